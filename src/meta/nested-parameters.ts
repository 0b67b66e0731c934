import type { Parameter } from './parameter.ts';

/** app_data: device and app of an `app` event (parameters/app-data, read 2026-09-12). */
export const APP_DATA = {
  advertiser_tracking_enabled: {
    type: 'integer',
    required: true,
    description: '1 when the user allowed tracking in the app (iOS ATT), else 0.',
    example: 1,
  },
  application_tracking_enabled: {
    type: 'integer',
    description: '1 when the app allows tracking, else 0.',
    example: 1,
  },
  extinfo: {
    type: 'string-list',
    required: true,
    description:
      'Sixteen texts in fixed order, empty where unknown: version (a2 or i2, required), package, short version, long version, OS version (required), model, locale, time zone, carrier, width, height, density, cores, storage, free storage, device time zone.',
    example: [
      'i2',
      'com.example.shop',
      '4.2',
      '4.2.1',
      '18.1',
      'iPhone16,1',
      'en_US',
      'PST',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
    ],
  },
  campaign_ids: { type: 'string', description: 'Parameters of the deep link of the ad.', example: '23842672200000000' },
  install_referrer: { type: 'string', description: 'Install referrer of Android.', example: 'utm_source=example' },
  installer_package: {
    type: 'string',
    description: 'App store that installed the app.',
    example: 'com.android.vending',
  },
  url_schemes: { type: 'string-list', description: 'URL schemes of the app.', example: ['exampleshop'] },
  windows_attribution_id: { type: 'string', description: 'Attribution id of Windows.', example: 'w-1' },
} as const satisfies Record<string, Parameter>;

/** original_event_data: the acquisition event that a delayed event belongs to (parameters/original-event-data, read 2026-09-12). */
export const ORIGINAL_EVENT_DATA = {
  event_name: { type: 'string', description: 'Name of the acquisition event.', example: 'Lead' },
  event_time: {
    type: 'integer',
    description: 'Time of the acquisition event, in Unix seconds.',
    example: 1_794_900_000,
  },
  order_id: { type: 'string', description: 'Order of the acquisition event.', example: 'A-4711' },
  event_id: { type: 'string', description: 'Id of the acquisition event.', example: 'order-4711' },
} as const satisfies Record<string, Parameter>;

/** attribution_data: passed back by measurement partners; the keys a partner cannot do without (Business SDK v26.0, 2026-08-05). */
export const ATTRIBUTION_DATA = {
  scope: { type: 'string', description: 'What the attribution is for: click or impression.', example: 'click' },
  visit_time: {
    type: 'integer',
    description: 'When the attributed visit was, in Unix seconds.',
    example: 1_794_900_000,
  },
  ad_id: { type: 'string', description: 'Attributed ad.', example: '23842672200000000' },
  adset_id: { type: 'string', description: 'Attributed ad set.', example: '23842672200000001' },
  campaign_id: { type: 'string', description: 'Attributed campaign.', example: '23842672200000002' },
  attribution_share: { type: 'number', description: 'Share of the event, from 0 to 1.', example: 1 },
  attribution_model: {
    type: 'string',
    values: [
      'customized_multi_touch',
      'first_touch',
      'last_click',
      'last_touch',
      'linear',
      'position_based',
      'time_decay',
      'unknown',
    ],
    description: 'Model that gave the share.',
    example: 'last_click',
  },
  attr_window: { type: 'integer', description: 'Attribution window in days.', example: 7 },
  attribution_value: { type: 'number', description: 'Value attributed.', example: 19.9 },
  attribution_source: { type: 'string', description: 'Who attributed.', example: 'example_partner' },
  touchpoint_type: { type: 'string', description: 'Kind of the touchpoint.', example: 'click' },
  touchpoint_ts: { type: 'integer', description: 'When the touchpoint was, in Unix seconds.', example: 1_794_900_000 },
} as const satisfies Record<string, Parameter>;

export type AppDataKey = keyof typeof APP_DATA;
export type OriginalEventDataKey = keyof typeof ORIGINAL_EVENT_DATA;
export type AttributionDataKey = keyof typeof ATTRIBUTION_DATA;
