import { EXTINFO_LENGTH } from './limits.ts';
import type { Parameter } from './parameter.ts';

/**
 * app_data: device and app of an `app` event (parameters/app-data, read 2026-09-12; the keys after extinfo: Business SDK v26.0,
 * 2026-08-05). application_tracking_enabled was required on the page of 2026-02 and is optional on that of 2026-09.
 */
export const APP_DATA = {
  advertiser_tracking_enabled: {
    type: 'flag',
    required: true,
    description: '1 when the user allowed tracking in the app (iOS ATT), else 0.',
    example: 1,
  },
  application_tracking_enabled: {
    type: 'flag',
    description: '1 when the app allows tracking, else 0.',
    example: 1,
  },
  extinfo: {
    type: 'string-list',
    length: EXTINFO_LENGTH,
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
  consider_views: { type: 'boolean', description: 'Whether views of an ad count for attribution.', example: true },
  include_dwell_data: { type: 'boolean', description: 'Whether dwell data are included.', example: false },
  include_video_data: { type: 'boolean', description: 'Whether video data are included.', example: false },
  install_referrer: { type: 'string', description: 'Install referrer of Android.', example: 'utm_source=example' },
  installer_package: {
    type: 'string',
    description: 'App store that installed the app.',
    example: 'com.android.vending',
  },
  receipt_data: { type: 'string', description: 'Receipt of the app store.', example: 'MIIT...' },
  url_schemes: { type: 'string-list', description: 'URL schemes of the app.', example: ['exampleshop'] },
  windows_attribution_id: { type: 'string', description: 'Attribution id of Windows.', example: 'w-1' },
} as const satisfies Record<string, Parameter>;

/** original_event_data: the acquisition event that a delayed event belongs to (parameters/original-event-data, read 2026-09-12). */
export const ORIGINAL_EVENT_DATA = {
  event_name: { type: 'string', description: 'Name of the acquisition event.', example: 'Lead' },
  event_time: {
    type: 'unix-time',
    description: 'Time of the acquisition event; a timestamp, or Unix seconds.',
    example: 1_794_900_000,
  },
  order_id: { type: 'string', description: 'Order of the acquisition event.', example: 'A-4711' },
  event_id: { type: 'string', description: 'Id of the acquisition event.', example: 'order-4711' },
} as const satisfies Record<string, Parameter>;

/** store_data: the store of a `physical_store` event. Meta's page names it without saying where it goes (offline-events, read 2026-09-12). */
export const STORE_DATA = {
  store_page_id: { type: 'string', description: 'Facebook Page of the store.', example: '104000000000001' },
  brand_page_id: { type: 'string', description: 'Facebook Page of the brand.', example: '104000000000002' },
  store_code: {
    type: 'string',
    description: 'Code of the store, up to 64 letters and digits, as in the store set-up of the Page.',
    example: 'BER042',
  },
} as const satisfies Record<string, Parameter>;
