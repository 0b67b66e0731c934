import { isIP } from 'node:net';
import { type EventRule, PARAMETER_ERROR, refused } from './event-rule.ts';
import { HASHED_KEYS, MATCH_KEYS, WEAK_COMBINATIONS } from './match-keys.ts';
import type { JsonObject, ShapedEvent } from './sandbox-types.ts';

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** 1 for the char codes of lower-case hex digits. Looked up, as comparing takes three times as long and this is the hot path. */
const HEX = Uint8Array.from({ length: 256 }, (_, code) => (/[0-9a-f]/.test(String.fromCharCode(code)) ? 1 : 0));

const isTokenChar = (c: number): boolean =>
  (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 45 || c === 95;

/** 64 lower-case hex digits, alone or with the appendix of Meta's Parameter Builder: a dot and 2 or 8 characters (§9.1). */
const isHash = (text: string): boolean => {
  const { length } = text;
  if (length !== 64 && !((length === 67 || length === 73) && text.charCodeAt(64) === 46)) return false;
  for (let i = 0; i < 64; i++) if (HEX[text.charCodeAt(i)] !== 1) return false;
  for (let i = 65; i < length; i++) if (!isTokenChar(text.charCodeAt(i))) return false;
  return !text.startsWith(SHA256_OF_NOTHING);
};

const isExternalId = (text: string): boolean => text.trim() !== '' && !text.startsWith(SHA256_OF_NOTHING);

const every = (value: unknown, holds: (text: string) => boolean): boolean =>
  typeof value === 'string' ? holds(value) : Array.isArray(value) ? value.every(holds) : true;

const unhashed = (key: string) =>
  refused(2804016, 'Customer information is not hashed', `The parameter ${key} has to hold the SHA-256 of a value.`);

const isHeld = (value: unknown): boolean => value !== '' && !(Array.isArray(value) && value.length === 0);

/** For each key the weak sets it belongs to, as bits. A key outside all of them has none and makes any event strong. */
const WEAK_BITS: ReadonlyMap<string, number> = new Map(
  [...new Set(WEAK_COMBINATIONS.flat())].map((key) => [
    key,
    WEAK_COMBINATIONS.reduce((bits, keys, index) => bits | (keys.includes(key) ? 1 << index : 0), 0),
  ]),
);
const ALL_BITS = (1 << WEAK_COMBINATIONS.length) - 1;

const isTooBroad = (userData: JsonObject): boolean => {
  let bits = ALL_BITS;
  for (const key in userData) {
    if (MATCH_KEYS.has(key) && isHeld(userData[key])) bits &= WEAK_BITS.get(key) ?? 0;
    if (bits === 0) return false;
  }
  return true;
};

const holdsPattern = (key: string, pattern: RegExp, says: string): EventRule<ShapedEvent> => ({
  name: `${key}-shape`,
  check: ({ user_data }) => {
    const value = user_data[key];
    return value === undefined || pattern.test(String(value))
      ? undefined
      : refused(PARAMETER_ERROR, `Invalid ${key}`, says);
  },
});

/** Fact sheet §3. Only 2804016 and 2804050 are Meta's own subcodes; for the shapes none is known, so the generic one. */
export const USER_DATA_RULES: readonly EventRule<ShapedEvent>[] = [
  {
    name: 'hashed-keys',
    check: ({ user_data }) => {
      for (const key in user_data) {
        if (HASHED_KEYS.has(key) && !every(user_data[key], isHash)) return unhashed(key);
      }
      return undefined;
    },
  },
  {
    name: 'external-id-not-empty',
    check: ({ user_data }) =>
      user_data.external_id === undefined || every(user_data.external_id, isExternalId)
        ? undefined
        : unhashed('external_id'),
  },
  {
    name: 'match-keys-too-broad',
    check: ({ user_data }) =>
      isTooBroad(user_data)
        ? refused(
            2804050,
            'Not enough customer information',
            'An event has no customer information, or a combination too broad to match anybody.',
          )
        : undefined,
  },
  {
    name: 'client-ip-address-shape',
    check: ({ user_data: { client_ip_address: ip } }) =>
      ip === undefined || isIP(String(ip)) !== 0
        ? undefined
        : refused(PARAMETER_ERROR, 'Invalid client_ip_address', 'client_ip_address is not an IPv4 or IPv6 address.'),
  },
  // fbp-and-fbc page, 2026-09-12: time in milliseconds; the tail of 2 or 8 characters is the Parameter Builder's appendix.
  holdsPattern(
    'fbc',
    /^fb\.\d+\.\d{13}\.[\w-]+(\.[\w-]{2}|\.[\w-]{8})?$/,
    'fbc has to be fb.index.milliseconds.fbclid.',
  ),
  holdsPattern(
    'fbp',
    /^fb\.\d+\.\d{13}\.\d+(\.[\w-]{2}|\.[\w-]{8})?$/,
    'fbp has to be fb.index.milliseconds.random number.',
  ),
  // Payload Specification page, 2026-09-12: an invalid lead_id is refused.
  holdsPattern('lead_id', /^\d{15,17}$/, 'lead_id has to be a Lead Ads id of 15 to 17 digits.'),
];
