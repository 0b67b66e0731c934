import { CURRENCIES } from './currencies.ts';
import { type EventRule, PARAMETER_ERROR, refused } from './event-rule.ts';
import { isObject } from './field-types.ts';
import type { ShapedEvent } from './sandbox-types.ts';

const isContentId = (id: unknown): boolean => typeof id === 'number' || (typeof id === 'string' && id.trim() !== '');

/** Fact sheet §4 and §7.2 (Custom Data page, 2026-09-12). An event named Purchase is held to these whatever its source. */
export const CUSTOM_DATA_RULES: readonly EventRule<ShapedEvent>[] = [
  {
    name: 'purchase-without-value',
    check: ({ event_name, custom_data }) =>
      event_name === 'Purchase' && custom_data?.value === undefined
        ? refused(2804009, 'Purchase without value', 'A Purchase event needs custom_data.value.')
        : undefined,
  },
  {
    name: 'purchase-without-currency',
    check: ({ event_name, custom_data }) =>
      event_name === 'Purchase' && (custom_data?.currency === undefined || custom_data.currency === '')
        ? refused(2804010, 'Purchase without currency', 'A Purchase event needs custom_data.currency.')
        : undefined,
  },
  {
    name: 'value-without-currency',
    check: ({ custom_data }) =>
      custom_data !== undefined &&
      custom_data.value !== undefined &&
      (custom_data.currency === undefined || custom_data.currency === '')
        ? refused(2804023, 'Value without currency', 'custom_data.value needs custom_data.currency beside it.')
        : undefined,
  },
  {
    name: 'currency-known',
    // Both usd and USD were accepted on 2026-09-05. No subcode of its own is known.
    check: ({ custom_data }) =>
      custom_data !== undefined &&
      typeof custom_data.currency === 'string' &&
      !CURRENCIES.has(custom_data.currency) &&
      !CURRENCIES.has(custom_data.currency.toUpperCase())
        ? refused(PARAMETER_ERROR, 'Invalid currency', 'custom_data.currency is not an ISO 4217 code.')
        : undefined,
  },
  {
    name: 'contents-without-id',
    check: ({ custom_data }) =>
      custom_data !== undefined &&
      Array.isArray(custom_data.contents) &&
      !custom_data.contents.every((item) => isObject(item) && isContentId(item.id))
        ? refused(2804008, 'Content without id', 'Every item of custom_data.contents needs an id.')
        : undefined,
  },
];
