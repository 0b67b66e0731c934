/**
 * Fixed numbers of the Conversions API. Each names the page that states it and the day that page was read.
 * Page names are paths below `DOCS`.
 */

/** Root of Meta's Conversions API documentation (read 2026-09-12). */
export const DOCS = 'https://developers.facebook.com/documentation/ads-commerce/conversions-api';
/** The day on which the pages below `DOCS` were read. */
export const DOCS_READ = '2026-09-12';

/** Newest Graph API version known (Graph API changelog, read 2026-09-22: v26.0 of 2026-07-29). Configurable per destination. */
export const DEFAULT_API_VERSION = 'v26.0';

/** Events per request: the `data` array may hold 1 to 1,000 (using-the-api, 2026-09-12). */
export const MAX_BATCH = 1000;

const DAY = 86_400;
/** Seconds an event may be old; one older event makes Meta refuse the whole request, 100/2804003 (using-the-api, 2026-09-12). */
export const MAX_AGE_SECONDS = 7 * DAY;
/** Seconds a `physical_store` event may be old (offline-events, 2026-09-12). */
export const PHYSICAL_STORE_MAX_AGE_SECONDS = 62 * DAY;
/** Seconds an event may lie ahead of our clock. Meta refuses the future, 100/2804004, without naming a tolerance; one minute covers clock skew. */
export const FUTURE_TOLERANCE_SECONDS = 60;

/** From here on a number cannot be Unix seconds (it would be the year 5138): it is milliseconds or microseconds. */
export const MILLISECONDS_FROM = 100_000_000_000;

/** Our own bound on `event_name`: Meta states none; a longer one is a wrong column, not a name. Characters. */
export const MAX_EVENT_NAME_LENGTH = 256;

/** Browser and server copies with the same event_name and event_id collapse within this window (deduplicate-pixel-and-server-events, 2026-09-12). */
export const DEDUPLICATION_WINDOW_SECONDS = 2 * DAY;

/** `extinfo` of app events: exactly this many entries, in a fixed order (parameters/app-data, 2026-09-12). */
export const EXTINFO_LENGTH = 16;

/** `data_processing_options_country`: 0 lets Meta geolocate, 1 is the USA (data-processing-options, 2026-09-12). */
export const LDU_COUNTRIES = [0, 1] as const;
/** `data_processing_options_state`: 0 lets Meta geolocate (data-processing-options, 2026-09-12). */
export const LDU_STATES = {
  ca: 1000,
  co: 1001,
  ct: 1002,
  fl: 1003,
  or: 1004,
  tx: 1005,
  mt: 1006,
  de: 1007,
  ne: 1008,
  nh: 1009,
  nj: 1010,
  mn: 1011,
  md: 1012,
  ri: 1013,
} as const;

/** What an `api_version` looks like: every call names one. */
export const API_VERSION_PATTERN = '^v\\d+\\.\\d+$';
