import { boundedCache } from './bounded-cache.ts';
import { DROP, type Drop } from './drop.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';
import { phoneLibrary } from './phone-library.ts';
import { hasPhonePlan, parseByPlan } from './phone-plans.ts';

const CLEAN = /^\+?\d+$/;
/** How most numbers are written: separators, but no letters, signs or other digits. */
const SIMPLE = /^\+?[\d ()./-]+$/;
const SIMPLE_SEPARATORS = /[ ()./-]+/g;
const MAX_LENGTH = 64;
const SEPARATORS = /[\s\p{Pd}\p{Cf}\u2212().[\]/\\~_'·•|]+/gu;
const SCHEME = /^(?:tel|callto|whatsapp):/i;
/** An extension: after a word, a sign or a comma, up to seven digits at the end. */
const EXTENSION =
  /(?:[,;]+|#|\bx|(?:[;,]?\s*)(?:ext(?:ension|n|\.)?|x\.?|int(?:ern|erno)?\.?|anexo|ramal|poste|durchwahl|dw\.?|доб\.?|wew\.?)[\s.:=]*)\s*\d{1,7}\s*#?$/i;
const ARABIC_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;

/** Only what the library must parse is kept: it is what repeats in full reads. */
const parsed = boundedCache<string>(16_384);
const NONE = '';

const latinDigits = (text: string): string =>
  text.replace(ARABIC_DIGITS, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));

/** Digits with at most one leading plus, or undefined where something else remains. Exported for the tests. */
export const phoneDigits = (text: string): string | undefined => {
  if (text.length > MAX_LENGTH) return undefined;
  if (CLEAN.test(text)) return text;
  if (SIMPLE.test(text)) {
    const digits = text.replace(SIMPLE_SEPARATORS, '');
    return CLEAN.test(digits) ? digits : undefined;
  }
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

const find = (digits: string, country: string | undefined): string | Drop => {
  const plan = country !== undefined && hasPhonePlan(country) ? country : undefined;
  if (digits.startsWith('+'))
    return possibleNumber(`+${digits.slice(1).replace(/^0+/, '')}`, plan) ?? DROP['invalid-phone'];
  if (digits.startsWith('00')) {
    // 00 is read as a plus in every country: no national number begins with it, and 011-countries write it too.
    const international = possibleNumber(`+${digits.replace(/^0+/, '')}`, plan);
    if (international !== undefined) return international;
    if (plan === undefined) return DROP['invalid-phone'];
  }
  if (plan === undefined) return DROP['phone-without-country'];
  return possibleNumber(digits, plan) ?? DROP['invalid-phone'];
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
