/**
 * Meta's error codes, classified once. By `code` and `error_subcode` first, then by HTTP status, never by text: texts are localised,
 * and throttling comes as HTTP 400 with `type: OAuthException`.
 * Source: developers.facebook.com/docs/graph-api/guides/error-handling and /overview/rate-limiting, read 2026-09-12;
 * CAPI subcodes: Conversions API pages of the same date and captured answers (see docs/errors.md).
 */

/** What an error means for us. */
export type ErrorClass =
  /** The token or a permission: stop, reject nothing. */
  | 'auth'
  /** Blocked for policy: stop, a person must look. */
  | 'policy'
  /** The dataset, the API version or the request form is wrong: stop, the operator must mend the configuration. */
  | 'config'
  /** Too many calls: back off with fewer requests at a time. */
  | 'throttle'
  /** Their trouble: try the same bytes again. */
  | 'transient'
  /** An event is not acceptable: find it by halving. */
  | 'invalid'
  /** The request is too large: halve it. */
  | 'too_large'
  /** Not an answer of the Conversions API: try again, then stop. */
  | 'bad_response';

type Entry = { readonly class: ErrorClass; readonly meaning: string };

/** By `code`, and `code/subcode` where the subcode changes the class. */
export const ERROR_CODES: Readonly<Record<string, Entry>> = {
  '1': { class: 'transient', meaning: 'unknown error, often downtime' },
  '2': { class: 'transient', meaning: 'service temporarily unavailable' },
  '3': { class: 'auth', meaning: 'the app lacks the capability for this call' },
  '4': { class: 'throttle', meaning: 'too many calls by the app' },
  '10': { class: 'auth', meaning: 'a permission is missing' },
  '17': { class: 'throttle', meaning: 'too many calls for the user or ad account' },
  '32': { class: 'throttle', meaning: 'too many calls for the Page' },
  '100': { class: 'invalid', meaning: 'a parameter is not valid' },
  '100/33': { class: 'config', meaning: 'the dataset does not exist or the token may not see it' },
  '100/34': { class: 'config', meaning: 'the path is not known to the Graph API' },
  '100/38': { class: 'config', meaning: 'the request is not supported for this object' },
  '102': { class: 'auth', meaning: 'the session or token is not valid' },
  '104': { class: 'auth', meaning: 'the request needs a valid appsecret_proof or token' },
  '105': { class: 'config', meaning: 'too many parameters' },
  '190': { class: 'auth', meaning: 'the access token is not valid or has expired' },
  '341': { class: 'throttle', meaning: 'an application limit was reached' },
  '368': { class: 'policy', meaning: 'blocked for policy reasons' },
  '613': { class: 'throttle', meaning: 'too many calls of this kind' },
  '803': { class: 'config', meaning: 'the dataset does not exist' },
  '2500': { class: 'auth', meaning: 'no access token reached the API' },
  '2635': { class: 'config', meaning: 'the API version is no longer supported' },
  '5000': { class: 'transient', meaning: 'unknown error' },
  '21009': { class: 'transient', meaning: 'unknown error' },
};

const UNDOCUMENTED = 'seen in answers of Meta, whose pages do not explain it';

/** CAPI subcodes of code 100: what is wrong with the event. test/unit/meta/documented-subcodes.test.ts shows which local rule meets each. */
export const EVENT_SUBCODES: Readonly<Record<number, string>> = {
  1815356: 'an event of the former Offline Conversions API is not valid',
  2804001: UNDOCUMENTED,
  2804003: 'event_time is older than Meta accepts',
  2804004: 'event_time is in the future',
  2804007: UNDOCUMENTED,
  2804008: 'an item of contents has no id',
  2804009: 'a Purchase has no value',
  2804010: 'a Purchase has no currency',
  2804016: 'a customer information parameter is not hashed',
  2804017: UNDOCUMENTED,
  2804019: 'a parameter is missing or of the wrong type',
  2804023: 'a value has no currency',
  2804030: 'a choice about Limited Data Use is asked for (seen in 2020, for offline events)',
  2804043: 'app_data.extinfo has no OS version',
  2804048: UNDOCUMENTED,
  2804050: 'the customer information is missing or too broad to match',
  2804066: 'the event name is not allowed for business messaging',
  2804069: 'page_id is missing',
  2804079: 'ig_account_id is missing',
  2804087: 'ctwa_clid is not valid',
  2804116: 'page_id or whatsapp_business_account_id is missing',
  2804117: UNDOCUMENTED,
};

/**
 * @param code `error.code` of the body, undefined when the body is not a Graph error
 * @param status HTTP status
 */
export const classifyError = (
  code: number | undefined,
  subcode: number | undefined,
  isTransient: boolean,
  status: number,
): ErrorClass => {
  if (code !== undefined) {
    const entry = ERROR_CODES[`${code}/${subcode}`] ?? ERROR_CODES[String(code)];
    if (isTransient && (entry === undefined || entry.class === 'invalid')) return 'transient';
    if (entry) return entry.class;
    if (code >= 200 && code <= 299) return 'auth';
    if (code >= 80_000 && code <= 80_014) return 'throttle';
  }
  if (status === 413) return 'too_large';
  if (status === 429) return 'throttle';
  if (status === 408 || status >= 500) return 'transient';
  // Also with a code that no page names: a token must not cost rows.
  if (status === 401 || status === 403) return 'auth';
  if (code === undefined) return 'bad_response';
  return status >= 400 ? 'invalid' : 'bad_response';
};
