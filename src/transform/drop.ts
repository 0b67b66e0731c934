/** Why a value of user_data is left out. A dropped key is counted by reason; the event goes out with what remains. */
export const DROP_REASONS = {
  empty: { meaning: 'no value: null, empty, or nothing but spaces', cure: 'none needed' },
  'looks-hashed': {
    meaning: 'the value looks like a hash, but the mapping does not say so',
    cure: 'write { value: =column, hashed: true } if the column holds SHA-256 of the normal form; keys that leave as plain text are never hashed',
  },
  'invalid-hash': {
    meaning: 'marked hashed: true, but no SHA-256 of 64 hex digits',
    cure: 'remove hashed: true, or hash with SHA-256; MD5 is not accepted',
  },
  'hash-of-empty': {
    meaning: 'the SHA-256 of an empty text: matches nobody',
    cure: 'let the column be null where there is no value',
  },
  placeholder: {
    meaning: 'a word that stands for no value: n/a, unknown, NULL',
    cure: 'let the column be null where there is no value',
  },
  'invalid-email': { meaning: 'no e-mail address', cure: 'correct it at the source' },
  'invalid-phone': {
    meaning: 'no phone number: letters, or a length its country does not have',
    cure: 'correct it at the source, or map the country of the row',
  },
  'phone-without-country': {
    meaning: 'a national phone number, and no country is known',
    cure: 'map user_data.country or set defaults.country',
  },
  'invalid-name': { meaning: 'a name without any letter, or an e-mail address', cure: 'correct it at the source' },
  'unsplit-name': {
    meaning: 'a full name that does not tell this part: one word, no space, or two orders possible',
    cure: 'map first and last name from columns of their own, or store `Last, First`',
  },
  'invalid-date': { meaning: 'no date, or a day that does not exist', cure: 'correct it at the source' },
  'ambiguous-date': {
    meaning: 'day and month could be swapped',
    cure: 'name the format: db: { value: =column, format: DD.MM.YYYY }',
  },
  'two-digit-year': { meaning: 'a year of two digits', cure: 'store birthdays with the full year' },
  'date-out-of-range': { meaning: 'a birthday before 1900 or in the future', cure: 'correct it at the source' },
  'unknown-gender': { meaning: 'a word that means neither female nor male; Meta knows no other', cure: 'none needed' },
  'unknown-state': {
    meaning: 'no state of the USA, though the country is us',
    cure: 'correct the state or the country',
  },
  'invalid-postcode': { meaning: 'no postcode of its country', cure: 'correct it at the source' },
  'unknown-country': { meaning: 'no country known by that name or code', cure: 'use ISO 3166-1 alpha-2' },
  'invalid-ip': { meaning: 'no IPv4 or IPv6 address', cure: 'map the address alone, without port' },
  'private-ip': {
    meaning: 'an address of a private network, of the machine itself or of no machine: matches nobody',
    cure: "store the browser's public address",
  },
  'invalid-user-agent': {
    meaning: 'a user agent with control characters or beyond 2048 characters',
    cure: 'correct it at the source',
  },
  'invalid-fbc': {
    meaning: 'no click id of the form fb.1.<milliseconds>.<fbclid>, or a URL instead of its fbclid',
    cure: 'fbc: { fbclid: =column, at: =time }',
  },
  'invalid-fbc-time': {
    meaning: 'the time the click was first seen is absent or no milliseconds',
    cure: 'map `at` to a timestamp',
  },
  'invalid-fbp': {
    meaning: 'no browser id of the form fb.1.<milliseconds>.<number>',
    cure: 'map the _fbp cookie as it is',
  },
  'invalid-lead-id': { meaning: 'no lead id of 15 to 17 digits', cure: "store the lead's id as text" },
  'invalid-madid': {
    meaning: 'no advertising id, or the zeros of a device that hides it',
    cure: 'correct it at the source',
  },
  'invalid-id': { meaning: 'an id with control characters or beyond 512 characters', cure: 'correct it at the source' },
  'unknown-currency': { meaning: 'no code of ISO 4217', cure: 'map a three-letter code such as EUR' },
} as const satisfies Record<string, { readonly meaning: string; readonly cure: string }>;

export type DropReason = keyof typeof DROP_REASONS;
/** Instead of a normal form: the value is left out, for this reason. Never holds the value. */
export type Drop = { readonly drop: DropReason };

/** One frozen drop per reason, so that dropping costs no memory and may be compared by identity. */
export const DROP = Object.freeze(
  Object.fromEntries((Object.keys(DROP_REASONS) as DropReason[]).map((drop) => [drop, Object.freeze({ drop })])),
) as { readonly [R in DropReason]: { readonly drop: R } };

export const isDrop = (result: string | Drop): result is Drop => typeof result !== 'string';
