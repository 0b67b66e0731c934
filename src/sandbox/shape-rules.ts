import { type EventRule, mistyped } from './event-rule.ts';
import {
  APP_DATA_FIELDS,
  ATTRIBUTION_DATA_FIELDS,
  ATTRIBUTION_SETTING_FIELDS,
  CONTENT_FIELDS,
  CUSTOM_DATA_FIELDS,
  EVENT_FIELDS,
  ORIGINAL_EVENT_FIELDS,
  REQUIRED,
  STORE_DATA_FIELDS,
  USER_DATA_FIELDS,
} from './field-tables.ts';
import { type FieldTypes, firstMistyped, isObject } from './field-types.ts';
import type { JsonObject } from './sandbox-types.ts';

const firstMistypedContent = (contents: readonly unknown[]) => {
  for (const [index, item] of contents.entries()) {
    const path = ['custom_data', 'contents', index];
    if (!isObject(item)) return mistyped(path, 'must be an object');
    const { id: _, ...rest } = item;
    const found = firstMistyped(rest, CONTENT_FIELDS, path);
    if (found !== undefined) return found;
  }
  return undefined;
};

const typesBelow = (name: string, types: FieldTypes, ...path: readonly string[]): EventRule<JsonObject> => ({
  name,
  check: (event) => {
    let held: unknown = event;
    for (const step of path) held = isObject(held) ? held[step] : undefined;
    return isObject(held) ? firstMistyped(held, types, path) : undefined;
  },
});

/**
 * Rules about JSON types, run first and in this order: missing and mistyped fields, all 2804019 with the path (§7.2).
 * The later ones may rely on the earlier: from `required-fields` on, `user_data` is an object.
 */
export const SHAPE_RULES: readonly EventRule<JsonObject>[] = [
  {
    name: 'required-fields',
    check: (event) => {
      for (const key of REQUIRED) if (event[key] === undefined) return mistyped([key], 'is required');
      return undefined;
    },
  },
  { name: 'event-types', check: (event) => firstMistyped(event, EVENT_FIELDS, []) },
  {
    name: 'event-name-not-blank',
    check: ({ event_name }) =>
      typeof event_name === 'string' && event_name.trim() === '' ? mistyped(['event_name'], 'is required') : undefined,
  },
  typesBelow('user-data-types', USER_DATA_FIELDS, 'user_data'),
  typesBelow('custom-data-types', CUSTOM_DATA_FIELDS, 'custom_data'),
  {
    name: 'contents-types',
    check: ({ custom_data }) =>
      isObject(custom_data) && Array.isArray(custom_data.contents)
        ? firstMistypedContent(custom_data.contents)
        : undefined,
  },
  typesBelow('store-data-types', STORE_DATA_FIELDS, 'custom_data', 'store_data'),
  typesBelow('app-data-types', APP_DATA_FIELDS, 'app_data'),
  typesBelow('original-event-types', ORIGINAL_EVENT_FIELDS, 'original_event_data'),
  typesBelow('attribution-types', ATTRIBUTION_DATA_FIELDS, 'attribution_data'),
  typesBelow('attribution-setting-types', ATTRIBUTION_SETTING_FIELDS, 'attribution_data', 'attribution_setting'),
];
