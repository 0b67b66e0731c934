import { type EventRule, mistyped, PARAMETER_ERROR, refused, type Violation } from './event-rule.ts';
import type { JsonObject, ShapedEvent } from './sandbox-types.ts';

const isHeld = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

/** Nearly every URL is plain and passes by the pattern; a full parse of each would take a twentieth of the sandbox's time. */
const PLAIN_URL = /^https?:\/\/[a-z\d.-]+(:\d{1,5})?([/?#]\S*)?$/i;
const isHttpUrl = (text: string): boolean =>
  PLAIN_URL.test(text) || (/^https?:\/\/[^\s/]\S*$/i.test(text) && URL.canParse(text));

const EXTINFO_ITEMS = 16;
const EXTINFO_VERSIONS: ReadonlySet<unknown> = new Set(['a2', 'i2']);
const OS_VERSION = 4;

const extinfoViolation = (extinfo: readonly unknown[]): Violation | undefined => {
  if (extinfo.length !== EXTINFO_ITEMS || !EXTINFO_VERSIONS.has(extinfo[0])) {
    return refused(PARAMETER_ERROR, 'Invalid extinfo', 'extinfo has to hold 16 items, the first of them a2 or i2.');
  }
  if (!extinfo.every((item) => typeof item === 'string' || typeof item === 'number')) {
    return refused(PARAMETER_ERROR, 'Invalid extinfo', 'Items of extinfo are strings; a missing one is empty.');
  }
  return String(extinfo[OS_VERSION]).trim() === ''
    ? refused(2804043, 'Missing OS version', 'The fifth item of extinfo, the OS version, must not be blank.')
    : undefined;
};

const missingId = (subcode: number, says: string) => refused(subcode, 'Missing messaging id', says);

/** Ids per channel: fact sheet §3.3 (Business Messaging page, 2026-09-12), subcodes from §7.2. */
const MESSAGING_IDS: ReadonlyMap<string, (ids: JsonObject) => Violation | undefined> = new Map([
  [
    'messenger',
    (ids: JsonObject) => {
      if (!isHeld(ids.page_id)) return missingId(2804069, 'A Messenger event needs page_id.');
      return isHeld(ids.page_scoped_user_id)
        ? undefined
        : missingId(PARAMETER_ERROR, 'A Messenger event needs page_scoped_user_id.');
    },
  ],
  [
    'whatsapp',
    (ids: JsonObject) => {
      if (!isHeld(ids.page_id) && !isHeld(ids.whatsapp_business_account_id)) {
        return missingId(2804116, 'A WhatsApp event needs whatsapp_business_account_id or page_id.');
      }
      return isHeld(ids.ctwa_clid) ? undefined : missingId(2804087, 'A WhatsApp event needs ctwa_clid.');
    },
  ],
  [
    'instagram',
    (ids: JsonObject) => {
      if (!isHeld(ids.ig_account_id)) return missingId(2804079, 'An Instagram event needs ig_account_id.');
      return isHeld(ids.ig_sid) ? undefined : missingId(PARAMETER_ERROR, 'An Instagram event needs ig_sid.');
    },
  ],
]);

/** Business Messaging page, cited by others, 2026-11-23: no other name is taken, not even a standard one such as Lead (§7.2). */
const MESSAGING_EVENTS: ReadonlySet<string> = new Set(
  (
    'Purchase LeadSubmitted QualifiedLead InitiateCheckout AddToCart ViewContent CartAbandoned OrderCreated OrderShipped ' +
    'OrderDelivered OrderCanceled OrderReturned RatingProvided ReviewProvided'
  ).split(' '),
);

const LDU_COUNTRIES: ReadonlySet<unknown> = new Set([0, 1]);
const LDU_FIRST_STATE = 1000;
const LDU_LAST_STATE = 1013;

/** What each action_source needs (fact sheet §2.2 and §2.3), and data processing options (§2). */
export const ACTION_SOURCE_RULES: readonly EventRule<ShapedEvent>[] = [
  {
    // The documents also ask for client_user_agent; v26.0 accepted an event without it on 2026-09-05, so it passes here.
    name: 'website-needs-url',
    check: ({ action_source, event_source_url: url }) =>
      action_source === 'website' && url === undefined
        ? refused(PARAMETER_ERROR, 'Missing event_source_url', 'A website event needs event_source_url.')
        : undefined,
  },
  {
    name: 'event-source-url-is-http',
    check: ({ event_source_url: url }) =>
      url === undefined || isHttpUrl(url)
        ? undefined
        : refused(PARAMETER_ERROR, 'Invalid event_source_url', 'event_source_url has to be an http or https URL.'),
  },
  {
    name: 'app-needs-app-data',
    check: ({ action_source, app_data }) => {
      if (action_source !== 'app') return undefined;
      if (app_data === undefined) return mistyped(['app_data'], 'is required for app events');
      for (const key of ['advertiser_tracking_enabled', 'extinfo']) {
        if (app_data[key] === undefined) return mistyped(['app_data', key], 'is required for app events');
      }
      return undefined;
    },
  },
  {
    name: 'extinfo',
    check: ({ app_data }) => (Array.isArray(app_data?.extinfo) ? extinfoViolation(app_data.extinfo) : undefined),
  },
  {
    name: 'messaging-event-name',
    check: ({ action_source, event_name }) =>
      action_source !== 'business_messaging' || MESSAGING_EVENTS.has(event_name)
        ? undefined
        : refused(2804066, 'Messaging event of an invalid type', 'event_name is no event of business messaging.'),
  },
  {
    name: 'messaging-ids',
    check: ({ action_source, messaging_channel, user_data }) => {
      if (action_source !== 'business_messaging') return undefined;
      if (messaging_channel === undefined) return mistyped(['messaging_channel'], 'is required for business_messaging');
      return MESSAGING_IDS.get(messaging_channel)?.(user_data);
    },
  },
  {
    name: 'data-processing-options',
    check: ({ data_processing_options: options }) =>
      options === undefined || (options.length <= 1 && options.every((option) => option === 'LDU'))
        ? undefined
        : refused(PARAMETER_ERROR, 'Invalid data_processing_options', 'data_processing_options is [] or ["LDU"].'),
  },
  {
    // Data Processing Options page, 2026-09-12.
    name: 'data-processing-country-and-state',
    check: ({ data_processing_options_country: country, data_processing_options_state: state }) =>
      (country === undefined || LDU_COUNTRIES.has(country)) &&
      (state === undefined || state === 0 || (state >= LDU_FIRST_STATE && state <= LDU_LAST_STATE))
        ? undefined
        : refused(PARAMETER_ERROR, 'Invalid data processing codes', 'Country is 0 or 1, state is 0 or 1000 to 1013.'),
  },
];
