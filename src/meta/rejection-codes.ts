/** Why an event is not sent: each a rule by which Meta would refuse it, and with it the whole batch (using-the-api, read 2026-09-12). */
export const REJECTION_CODES = {
  'event-name-missing': {
    meaning: 'event_name is absent or empty',
    cure: 'map event_name to a constant or to a column that is never empty',
  },
  'event-name-invalid': {
    meaning: 'event_name is no text, longer than 256 characters, or holds control characters',
    cure: 'map event_name to the name of the event, not to a free-text column',
  },
  'event-time-missing': {
    meaning: 'event_time is absent',
    cure: 'map event_time to a column that is never null, or filter such rows',
  },
  'event-time-invalid': {
    meaning: 'event_time is not a whole number of seconds',
    cure: 'map event_time to a timestamp column, or to Unix seconds',
  },
  'event-time-milliseconds': {
    meaning:
      'a time (event_time, or one in original_event_data or attribution_data) looks like milliseconds or microseconds; Meta reads seconds',
    cure: 'divide by 1000 (or 1000000) in the mapping',
  },
  'event-time-future': {
    meaning: 'event_time lies more than a minute in the future (Meta: 100/2804004)',
    cure: "check the column's time zone (source.timezone) and the clocks",
  },
  'action-source-missing': {
    meaning: 'action_source is absent',
    cure: 'say where the event happened: website, physical_store, system_generated, ...',
  },
  'action-source-unknown': {
    meaning: 'action_source is none of the values Meta lists',
    cure: 'use one of the listed values, in lower case',
  },
  'event-source-url-missing': {
    meaning: 'a website event has no event_source_url',
    cure: 'map event_source_url, or use the action_source that is true',
  },
  'event-source-url-invalid': {
    meaning: 'event_source_url is not an http(s) address',
    cure: 'map a full address that starts with https://',
  },
  'no-match-keys': {
    meaning: 'no value was left in user_data (Meta: 100/2804050)',
    cure: 'map more match keys; preview shows what was dropped and why',
  },
  'weak-match-keys': {
    meaning: 'user_data holds only a combination that is too broad to match anyone (Meta: 100/2804050)',
    cure: 'add em, ph, external_id, fbc or another key that points to one person',
  },
  'match-key-not-hashed': {
    meaning: 'a value of a hashed user_data key is no SHA-256 (Meta: 100/2804016)',
    cure: 'remove hashed: true from a column that holds plain values',
  },
  'match-key-invalid': {
    meaning: 'a user_data value is not of the type Meta asks for',
    cure: 'map the key to a text column',
  },
  'lead-id-invalid': {
    meaning: 'lead_id is not 15 to 17 digits; Meta rejects such an event',
    cure: "map the lead's id as Lead Ads gave it, as text",
  },
  'value-missing': {
    meaning: 'a Purchase has no value (Meta: 100/2804009)',
    cure: 'map custom_data.value to the amount',
  },
  'value-invalid': {
    meaning: 'value is not a finite number',
    cure: 'map a numeric column, or declare the decimal sign: value: { value: =total, decimal: comma }',
  },
  'currency-missing': {
    meaning: 'there is a value or a Purchase without currency (Meta: 100/2804023, 100/2804010)',
    cure: 'map custom_data.currency to a column or to a constant',
  },
  'currency-unknown': { meaning: 'currency is no code of ISO 4217', cure: 'map a three-letter code such as EUR' },
  'currency-withdrawn': {
    meaning: 'currency is a code that ISO 4217 has withdrawn, such as HRK',
    cure: 'convert the amount to the currency that replaced it',
  },
  'content-invalid': {
    meaning: 'contents is not a list of objects',
    cure: 'build contents with items.map(i, {"id": i.sku, "quantity": i.qty})',
  },
  'content-id-missing': {
    meaning: 'an item of contents has no id (Meta: 100/2804008)',
    cure: 'give every item an id, or filter the items',
  },
  'wrong-type': {
    meaning: 'a standard parameter is not of the type Meta asks for (Meta: 100/2804019)',
    cure: 'convert the value in the mapping',
  },
  'value-not-listed': {
    meaning: 'a parameter with a closed list of values holds another one',
    cure: 'use one of the values that docs/parameters lists, or leave the parameter out',
  },
  'conversion-lead-incomplete': {
    meaning:
      'a stage of CRM Conversion Leads lacks event_source: crm, lead_event_source or action_source: system_generated; Meta stores such an event and never uses it',
    cure: 'map all three; lead_event_source is the name of the CRM',
  },
  'pii-in-custom-data': {
    meaning:
      "an e-mail address, a phone number or one of the row's match keys stands in custom_data or in the query of a URL, where nothing is hashed",
    cure: 'leave the value out, or cut it out in the expression; where it is no personal data: personal_data: { allow: [custom_data.<key>] }',
  },
  'app-data-missing': {
    meaning: 'an app event has no app_data',
    cure: 'map app_data with advertiser_tracking_enabled and extinfo',
  },
  'advertiser-tracking-missing': {
    meaning: 'app_data.advertiser_tracking_enabled is neither 0 nor 1',
    cure: 'map it to 1 where the user allowed tracking, else to 0',
  },
  'extinfo-invalid': {
    meaning: 'app_data.extinfo is not 16 texts that start with a2 or i2 and name the OS version (Meta: 100/2804043)',
    cure: 'list all sixteen entries in order, empty where unknown',
  },
  'messaging-channel-missing': {
    meaning: 'a business_messaging event has no messaging_channel',
    cure: 'map messaging_channel',
  },
  'messaging-channel-unknown': {
    meaning: 'messaging_channel is none of the values Meta lists',
    cure: 'use messenger, whatsapp or instagram, in lower case',
  },
  'messaging-event-unknown': {
    meaning: 'event_name is no event of business messaging (Meta: 100/2804066)',
    cure: 'use one of its names: LeadSubmitted instead of Lead, and see docs/parameters',
  },
  'messaging-id-missing': {
    meaning: 'an id that this messaging channel needs is absent (Meta: 100/2804069, 2804079, 2804087, 2804116)',
    cure: 'map the ids of the channel: docs/parameters names them',
  },
  'ldu-option-unknown': {
    meaning: 'data_processing_options is neither ["LDU"] nor []',
    cure: 'use consent.limited_data_use',
  },
  'ldu-country-missing': {
    meaning: 'LDU is set without data_processing_options_country',
    cure: 'set it to 1 (USA) or 0 (Meta geolocates)',
  },
  'ldu-country-unknown': {
    meaning: 'data_processing_options_country is neither 0 nor 1',
    cure: 'set it to 1 (USA) or 0 (Meta geolocates)',
  },
  'ldu-state-missing': {
    meaning: 'LDU is set without data_processing_options_state, and there is no IP address to geolocate',
    cure: 'set it to the code of the state, or to 0',
  },
  'ldu-state-unknown': {
    meaning: 'data_processing_options_state is no code that Meta lists',
    cure: 'use 0, or 1000 (California) to 1013 (Rhode Island)',
  },
} as const satisfies Record<string, { readonly meaning: string; readonly cure: string }>;

export type RejectionCode = keyof typeof REJECTION_CODES;

/** `field` is a path in the event (`custom_data.value`), never a value. */
export type EventRejection = { readonly code: RejectionCode; readonly field: string };
