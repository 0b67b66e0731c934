import type { Parameter } from './parameter.ts';
import { ACTION_SOURCES, CUSTOMER_SEGMENTATIONS, MESSAGING_CHANNELS } from './standard-names.ts';

/** One element of `data`, the event itself (parameters/server-event, read 2026-09-12). */
export const EVENT = {
  event_name: {
    type: 'string',
    required: true,
    description: 'A standard event (Purchase, Lead, ...) or a name of your own; half of the deduplication key.',
    example: 'Purchase',
  },
  event_time: {
    type: 'integer',
    required: true,
    description:
      'When it happened, in Unix seconds. At most 7 days ago (physical_store: 62 days), never in the future.',
    example: 1_795_000_000,
  },
  action_source: {
    type: 'string',
    required: true,
    values: Object.keys(ACTION_SOURCES),
    description: 'Where it happened.',
    example: 'physical_store',
  },
  user_data: {
    type: 'object',
    required: true,
    description:
      'Who it is about: at least one match key, and more than a weak combination such as country and postcode.',
    example: { em: 'john_smith@gmail.com' },
  },
  custom_data: {
    type: 'object',
    description: 'What it is about: value, currency, order, products, and properties of your own. No personal data.',
    example: { value: 142.52, currency: 'USD' },
  },
  event_source_url: {
    type: 'string',
    description: 'The http(s) page on which it happened; required for website events, on the verified domain.',
    example: 'https://shop.example.com/checkout',
  },
  event_id: {
    type: 'string',
    description: 'Unique id of this event; the other half of the deduplication key, the same as on the Pixel.',
    example: 'order-4711',
  },
  opt_out: {
    type: 'boolean',
    description: 'True: used for attribution only, not for the delivery of ads. Not a sign of consent.',
    example: false,
  },
  data_processing_options: {
    type: 'string-list',
    keepsEmpty: true,
    values: ['LDU'],
    description: 'Limited Data Use: ["LDU"] limits processing, [] says explicitly that it does not.',
    example: ['LDU'],
  },
  data_processing_options_country: {
    type: 'integer',
    description: 'With LDU: 1 is the USA, 0 lets Meta geolocate.',
    example: 1,
  },
  data_processing_options_state: {
    type: 'integer',
    description: 'With LDU: code of the state (1000 is California), 0 lets Meta geolocate.',
    example: 1000,
  },
  referrer_url: {
    type: 'string',
    description: 'The HTTP referrer that the page saw.',
    example: 'https://www.example.org/review',
  },
  original_event_data: {
    type: 'object',
    description: 'For a delayed event: the acquisition event it belongs to.',
    example: { event_name: 'Lead', event_time: 1_794_900_000 },
  },
  customer_segmentation: {
    type: 'string',
    values: CUSTOMER_SEGMENTATIONS,
    strict: true,
    description: 'Whether the customer is new or known, and to what.',
    example: 'new_customer_to_business',
  },
  app_data: {
    type: 'object',
    description: 'Device and app; required for app events.',
    example: { advertiser_tracking_enabled: 1, extinfo: ['i2'] },
  },
  messaging_channel: {
    type: 'string',
    values: Object.keys(MESSAGING_CHANNELS),
    description: 'Channel of a business_messaging event.',
    example: 'whatsapp',
  },
  attribution_data: {
    type: 'object',
    description: 'What a measurement partner attributes the event to; passed back by such partners only.',
    example: { scope: 'click', ad_id: '23842672200000000' },
  },
  advanced_measurement_table: {
    type: 'string',
    description: 'Table of the Advanced Analytics product; only for its customers.',
    example: 'orders',
  },
} as const satisfies Record<string, Parameter>;

export type EventKey = keyof typeof EVENT;
