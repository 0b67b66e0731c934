import { boundedCache } from './bounded-cache.ts';
import { DROP, type Drop } from './drop.ts';
import { latinDigits } from './latin-digits.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';
import { phoneLibrary } from './phone-library.ts';
import { callingCode, hasPhonePlan, parseByPlan } from './phone-plans.ts';

const CLEAN = /^\+?\d+$/;
const MAX_LENGTH = 64;
const SEPARATORS = /[\s\p{Pd}\p{Cf}\u2212().[\]/\\~_'·•|]+/gu;
const SCHEME = /^(?:tel|callto|whatsapp):/i;
/** An extension: after a word, a sign or a comma, up to seven digits at the end. */
const EXTENSION =
  /(?:[,;]+|#|\bx|(?:[;,]?\s*)(?:ext(?:ension|n|\.)?|x\.?|int(?:ern|erno)?\.?|anexo|ramal|poste|durchwahl|dw\.?|доб\.?|wew\.?)[\s.:=]*)\s*\d{1,7}\s*#?$/i;

/** Only what the library must parse is kept: it is what repeats in full reads. */
const parsed = boundedCache<string>(16_384);
const NONE = '';

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
/** Space, parentheses, dash, dot and slash. */
const isSeparator = (code: number): boolean => code === 32 || code === 40 || code === 41 || (code >= 45 && code <= 47);

/**
 * How most numbers are written: a plus or none, digits, and between them separators, but no letters, signs or other digits.
 * Pieces are put together, which costs half of what a replacing pattern does.
 */
const simpleDigits = (text: string): string | undefined => {
  let digits = '';
  let from = 0;
  for (let n = text.startsWith('+') ? 1 : 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    if (isDigit(code)) continue;
    if (!isSeparator(code)) return undefined;
    if (n > from) digits += text.slice(from, n);
    from = n + 1;
  }
  if (from > 0) digits += text.slice(from);
  else digits = text;
  return digits === '' || digits === '+' ? undefined : digits;
};

/** Digits with at most one leading plus, or undefined where something else remains. Exported for the tests. */
export const phoneDigits = (text: string): string | undefined => {
  if (text.length > MAX_LENGTH) return undefined;
  const simple = simpleDigits(text);
  if (simple !== undefined) return simple;
  const plain = latinDigits(text.normalize('NFKC')).trim().replace(SCHEME, '').replace(EXTENSION, '');
  const digits = plain.replace(SEPARATORS, '');
  return CLEAN.test(digits) ? digits : undefined;
};

/** What libphonenumber says of digits; the plans answer most of it faster. Exported for the tests. */
export const possibleNumber = (number: string, country: string | undefined): string | undefined => {
  const byPlan = parseByPlan(number, country);
  if (byPlan.decided) return byPlan.digits;
  const key = `${country ?? ''}${number}`;
  const found = parsed.get(key) ?? parsed.set(key, phoneLibrary().parse(number, country?.toUpperCase()) ?? NONE);
  return found === NONE ? undefined : found;
};

/**
 * A mobile number with its calling code that lost its plus, as spreadsheets make them: 4915123456789. Where national numbers may be long
 * (Germany, Indonesia), the library takes all of it for a national number without its zero.
 */
const withoutPlus = (digits: string, country: string): string | undefined => {
  if (!digits.startsWith(callingCode(country))) return undefined;
  const key = `mobile${digits}`;
  const found = parsed.get(key) ?? parsed.set(key, phoneLibrary().mobile(digits) ?? NONE);
  return found === NONE ? undefined : found;
};

/**
 * What the library takes and nobody can call from outside: Canada's numbers of seven digits (310 numbers), Japan's of more than the
 * fifteen that E.164 allows.
 */
const isLocal = (number: string): boolean => number.length > 15 || (number.length !== 11 && number.startsWith('1'));

/**
 * Two zeros behind the calling code, as in +49 0 (0)171: the library takes one away and lets the other be a part of the number, which would
 * read differently again. Looked for only where a calling code may end, because numbers hold zeros elsewhere.
 */
const isStable = (number: string, digits: string, country: string | undefined): boolean =>
  digits.lastIndexOf('00', digits.startsWith('0') ? 7 : 4) === -1 || possibleNumber(`+${number}`, country) === number;

/** What digits mean as an international number, or else as a national one. */
const read = (digits: string, country: string | undefined): string | undefined => {
  if (digits.startsWith('+')) {
    return possibleNumber(digits.startsWith('0', 1) ? `+${digits.replace(/^\+0+/, '')}` : digits, country);
  }
  // 00 is read as a plus in every country: no national number begins with it, and 011-countries write it too.
  if (digits.startsWith('00')) {
    const significant = digits.replace(/^0+/, '');
    const international = significant === '' ? undefined : possibleNumber(`+${significant}`, country);
    if (international !== undefined || significant === '') return international;
  }
  if (country === undefined) return undefined;
  return withoutPlus(digits, country) ?? possibleNumber(digits, country);
};

const find = (digits: string, country: string | undefined): string | Drop => {
  const known = country !== undefined && hasPhonePlan(country) ? country : undefined;
  if (known === undefined && !digits.startsWith('+') && !digits.startsWith('00')) return DROP['phone-without-country'];
  const found = read(digits, known);
  return found === undefined || isLocal(found) || !isStable(found, digits, known) ? DROP['invalid-phone'] : found;
};

/**
 * ph: digits only, with the country's calling code, without leading zeros (parameters/customer-information-parameters, read 2026-09-12).
 * International are numbers with + or 00; any other takes the country of the row. A number must be *possible* (a length its country has),
 * not *valid* (a range known to be in use): ranges open faster than metadata is updated, and a wrong number matches nobody anyway.
 * Extensions are cut; letters (vanity numbers) are refused.
 */
export const normalisePhone: Normalise = (text, { country }) => {
  const trimmed = text.trim();
  if (trimmed === '') return DROP.empty;
  const digits = phoneDigits(trimmed);
  if (digits !== undefined) return find(digits, country);
  return looksHashed(trimmed) ? DROP['looks-hashed'] : DROP['invalid-phone'];
};
