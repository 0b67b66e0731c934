import { type EventRule, mistyped } from './event-rule.ts';
import {
  boolean,
  decimal,
  digits,
  type FieldTypes,
  firstMistyped,
  flag,
  integer,
  isObject,
  list,
  object,
  oneOf,
  string,
  stringList,
  stringOrList,
} from './field-types.ts';
import { HASHED_KEYS, PLAIN_KEYS } from './match-keys.ts';
import type { JsonObject } from './sandbox-types.ts';

// Fact sheet §2: Server Event Parameters page, as read on 2026-09-12.
const EVENT_FIELDS: FieldTypes = new Map([
  ['event_name', string],
  ['event_time', integer],
  [
    'action_source',
    oneOf(
      'website',
      'app',
      'physical_store',
      'system_generated',
      'phone_call',
      'chat',
      'email',
      'business_messaging',
      'other',
    ),
  ],
  ['user_data', object],
  ['custom_data', object],
  ['app_data', object],
  ['original_event_data', object],
  ['attribution_data', object],
  ['event_source_url', string],
  ['referrer_url', string],
  ['event_id', string],
  ['opt_out', boolean],
  ['data_processing_options', stringList],
  ['data_processing_options_country', integer],
  ['data_processing_options_state', integer],
  ['customer_segmentation', string],
  ['messaging_channel', oneOf('messenger', 'whatsapp', 'instagram')],
  ['advanced_measurement_table', string],
  ['advertiser_tracking_enabled', flag],
]);
const REQUIRED = ['event_name', 'event_time', 'action_source', 'user_data'] as const;

// §3.1 and §3.2: Customer Information Parameters page, 2026-09-12.
const USER_DATA_FIELDS: FieldTypes = new Map([
  ...[...HASHED_KEYS, 'external_id'].map((key) => [key, stringOrList] as const),
  ...[...PLAIN_KEYS].map((key) => [key, string] as const),
  ['fb_login_id', digits],
  ['lead_id', digits],
]);

// §4: Custom Data Parameters page, 2026-09-12. Every other key is a custom property and may hold any JSON.
const CUSTOM_DATA_FIELDS: FieldTypes = new Map([
  ['value', decimal],
  ['predicted_ltv', decimal],
  ['net_revenue', decimal],
  ['currency', string],
  ['content_ids', stringList],
  ['contents', list],
  ['num_items', integer],
  ['delivery_category', oneOf('in_store', 'curbside', 'home_delivery')],
  ...[
    'content_type',
    'content_name',
    'content_category',
    'order_id',
    'item_number',
    'search_string',
    'status',
    'lead_event_source',
    'event_source',
  ].map((key) => [key, string] as const),
]);
const CONTENT_FIELDS: FieldTypes = new Map([
  ['quantity', integer],
  ['item_price', decimal],
  ['delivery_category', oneOf('in_store', 'curbside', 'home_delivery')],
]);

// §2.3: App Data page. extinfo has rules of its own.
const APP_DATA_FIELDS: FieldTypes = new Map([
  ['advertiser_tracking_enabled', flag],
  ['application_tracking_enabled', flag],
  ['extinfo', list],
]);

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
  {
    name: 'user-data-types',
    check: ({ user_data }) =>
      isObject(user_data) ? firstMistyped(user_data, USER_DATA_FIELDS, ['user_data']) : undefined,
  },
  {
    name: 'custom-data-types',
    check: ({ custom_data }) =>
      isObject(custom_data) ? firstMistyped(custom_data, CUSTOM_DATA_FIELDS, ['custom_data']) : undefined,
  },
  {
    name: 'contents-types',
    check: ({ custom_data }) =>
      isObject(custom_data) && Array.isArray(custom_data.contents)
        ? firstMistypedContent(custom_data.contents)
        : undefined,
  },
  {
    name: 'app-data-types',
    check: ({ app_data }) => (isObject(app_data) ? firstMistyped(app_data, APP_DATA_FIELDS, ['app_data']) : undefined),
  },
];
