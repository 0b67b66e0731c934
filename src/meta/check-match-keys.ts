import type { UserData } from './event.ts';
import type { EventRejection } from './rejection-codes.ts';
import { USER_DATA, type UserDataKey } from './user-data-parameters.ts';

/**
 * Combinations that are too broad: user_data made only of keys of one set is refused with 100/2804050
 * (best-practices, read 2026-09-12; since Graph API v13.0).
 */
export const WEAK_COMBINATIONS = [
  ['ct', 'country', 'st', 'zp', 'ge', 'client_user_agent'],
  ['db', 'client_user_agent'],
  ['fn', 'ge'],
  ['ln', 'ge'],
] as const satisfies readonly (readonly UserDataKey[])[];

/** One bit per combination a key belongs to: the AND over all keys is zero unless one combination holds them all. */
const weakness = (key: UserDataKey): number =>
  WEAK_COMBINATIONS.reduce(
    (bits, keys, index) => ((keys as readonly string[]).includes(key) ? bits | (1 << index) : bits),
    0,
  );

const KEYS = new Map<string, { readonly hashed: boolean; readonly weakness: number; readonly field: string }>(
  (Object.keys(USER_DATA) as UserDataKey[]).map((key) => [
    key,
    { hashed: USER_DATA[key].hashed, weakness: weakness(key), field: `user_data.${key}` },
  ]),
);

const SHA256_LENGTH = 64;
const isHexDigit = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);

/**
 * Whether a value has the form of a SHA-256 in hex, alone or with the two or eight characters that Meta's Parameter Builder appends.
 * The transform has hashed every value; this is the last guard against one that slipped by, so its length and three of its digits are
 * looked at: reading all 64 of nine keys would cost more than all other rules together.
 */
const isHash = (value: string): boolean =>
  (value.length === SHA256_LENGTH || ((value.length === 67 || value.length === 73) && value[SHA256_LENGTH] === '.')) &&
  isHexDigit(value.charCodeAt(0)) &&
  isHexDigit(value.charCodeAt(31)) &&
  isHexDigit(value.charCodeAt(63));

/** 15 to 17 digits; an invalid one makes Meta reject the event (conversion-leads payload-specification, read 2026-09-12). */
export const LEAD_ID = /^\d{15,17}$/;
/** fb_login_id is an integer to Meta (customer-information-parameters, read 2026-09-12); it travels as text, because it may outgrow a number. */
const LOGIN_ID = /^\d+$/;

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';

const areHashed = (value: unknown): boolean => {
  if (typeof value === 'string') return isHash(value);
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && isHash(one));
};

/** Whether user_data can match anyone, and holds nothing that Meta refuses. */
export const checkMatchKeys = (userData: UserData): EventRejection | undefined => {
  let combined = -1;
  for (const key in userData) {
    const value: unknown = userData[key as UserDataKey];
    if (isEmpty(value) || (Array.isArray(value) && value.length === 0)) continue;
    const known = KEYS.get(key);
    if (known === undefined) return { code: 'match-key-invalid', field: 'user_data' };
    if (known.hashed ? !areHashed(value) : typeof value !== 'string')
      return { code: known.hashed ? 'match-key-not-hashed' : 'match-key-invalid', field: known.field };
    if (key === 'lead_id' && !LEAD_ID.test(value as string)) return { code: 'lead-id-invalid', field: known.field };
    if (key === 'fb_login_id' && !LOGIN_ID.test(value as string))
      return { code: 'match-key-invalid', field: known.field };
    combined &= known.weakness;
  }
  if (combined === -1) return { code: 'no-match-keys', field: 'user_data' };
  return combined === 0 ? undefined : { code: 'weak-match-keys', field: 'user_data' };
};
