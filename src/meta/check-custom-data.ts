import { type CheckObject, checkerOf } from './check-table.ts';
import { currencyStatus } from './currencies.ts';
import { CONTENT_ITEM, CUSTOM_DATA } from './custom-data-parameters.ts';
import type { MetaEvent } from './event.ts';
import { hasType } from './has-type.ts';
import { STORE_DATA } from './nested-parameters.ts';
import type { EventRejection } from './rejection-codes.ts';

const CONTENTS = 'custom_data.contents';
const CURRENCY = 'custom_data.currency';

const checkItem: CheckObject = checkerOf(CONTENT_ITEM, CONTENTS);
const { value: _value, currency: _currency, contents: _contents, ...WITHOUT_OWN_RULE } = CUSTOM_DATA;
const checkKeys: CheckObject = checkerOf(WITHOUT_OWN_RULE, 'custom_data', { store_data: STORE_DATA });

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

const checkContents = (contents: unknown): EventRejection | undefined => {
  if (!hasType(contents, 'object-list')) return { code: 'content-invalid', field: CONTENTS };
  for (const item of contents as readonly Record<string, unknown>[]) {
    if (isAbsent(item.id) || (typeof item.id === 'string' && item.id.trim() === ''))
      return { code: 'content-id-missing', field: `${CONTENTS}.id` };
    const problem = checkItem(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const checkCurrency = (currency: unknown): EventRejection | undefined => {
  const status = typeof currency === 'string' ? currencyStatus(currency) : 'unknown';
  if (status === 'active') return undefined;
  return { code: status === 'withdrawn' ? 'currency-withdrawn' : 'currency-unknown', field: CURRENCY };
};

/**
 * A stage of CRM Conversion Leads: Meta stores one without its three marks, and never uses it; sent again once mended, it would be too
 * old or a repeat (conversion-leads payload-specification, read 2026-09-12).
 */
const checkConversionLead = (event: MetaEvent, data: Record<string, unknown>): EventRejection | undefined => {
  const { event_source: source, lead_event_source: crm } = data;
  const isSystem = event.action_source === 'system_generated';
  if (source !== 'crm') {
    return isSystem && isAbsent(source) && !isAbsent(crm)
      ? { code: 'conversion-lead-incomplete', field: 'custom_data.event_source' }
      : undefined;
  }
  if (!isSystem) return { code: 'conversion-lead-incomplete', field: 'action_source' };
  const isNamed = typeof crm === 'string' && crm.trim() !== '';
  return isNamed ? undefined : { code: 'conversion-lead-incomplete', field: 'custom_data.lead_event_source' };
};

/**
 * custom_data: a Purchase needs value and currency, any value needs a currency, contents need ids, standard keys their type
 * (parameters/custom-data, read 2026-09-12). Custom properties may be anything.
 */
export const checkCustomData = (event: MetaEvent): EventRejection | undefined => {
  const data: unknown = event.custom_data;
  const isPurchase = event.event_name === 'Purchase';
  if (data === undefined) return isPurchase ? { code: 'value-missing', field: 'custom_data.value' } : undefined;
  if (!hasType(data, 'object')) return { code: 'wrong-type', field: 'custom_data' };
  const { value, currency, contents } = data as Record<string, unknown>;
  const hasValue = !isAbsent(value);
  if (isPurchase && !hasValue) return { code: 'value-missing', field: 'custom_data.value' };
  if (hasValue && !hasType(value, 'number')) return { code: 'value-invalid', field: 'custom_data.value' };
  if (!isAbsent(currency)) {
    const problem = checkCurrency(currency);
    if (problem !== undefined) return problem;
  } else if (isPurchase || hasValue) return { code: 'currency-missing', field: CURRENCY };
  const problem = contents === undefined ? undefined : checkContents(contents);
  return problem ?? checkKeys(data as object) ?? checkConversionLead(event, data as Record<string, unknown>);
};
