import { currencyStatus } from './currencies.ts';
import { CONTENT_ITEM, CUSTOM_DATA } from './custom-data-parameters.ts';
import type { MetaEvent } from './event.ts';
import { hasType } from './has-type.ts';
import type { JsonType, Parameter } from './parameter.ts';
import type { EventRejection } from './rejection-codes.ts';

const typesOf = (table: Record<string, Parameter>): ReadonlyMap<string, JsonType> =>
  new Map(Object.entries(table).map(([key, parameter]) => [key, parameter.type]));

const ITEM_TYPES = typesOf(CONTENT_ITEM);
/** Keys with a rule of their own below are left out. */
const TYPES = new Map([...typesOf(CUSTOM_DATA)].filter(([key]) => !['value', 'currency', 'contents'].includes(key)));

const CONTENTS = 'custom_data.contents';

const checkContents = (contents: unknown): EventRejection | undefined => {
  if (!hasType(contents, 'object-list')) return { code: 'content-invalid', field: CONTENTS };
  for (const item of contents as readonly Record<string, unknown>[]) {
    if (item.id === undefined || item.id === null || item.id === '')
      return { code: 'content-id-missing', field: `${CONTENTS}.id` };
    for (const key in item) {
      const type = ITEM_TYPES.get(key);
      if (type !== undefined && item[key] !== undefined && !hasType(item[key], type))
        return { code: 'wrong-type', field: `${CONTENTS}.${key}` };
    }
  }
  return undefined;
};

const CURRENCY = 'custom_data.currency';

const checkCurrency = (currency: unknown): EventRejection | undefined => {
  const status = typeof currency === 'string' ? currencyStatus(currency) : 'unknown';
  if (status === 'active') return undefined;
  return { code: status === 'withdrawn' ? 'currency-withdrawn' : 'currency-unknown', field: CURRENCY };
};

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

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
  if (contents !== undefined) {
    const problem = checkContents(contents);
    if (problem !== undefined) return problem;
  }
  for (const key in data as Record<string, unknown>) {
    const type = TYPES.get(key);
    if (type === undefined) continue;
    const one = (data as Record<string, unknown>)[key];
    if (one !== undefined && !hasType(one, type)) return { code: 'wrong-type', field: `custom_data.${key}` };
  }
  return undefined;
};
