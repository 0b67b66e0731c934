/**
 * Amounts that are not written as Meta wants them, by what the mapping declares of them and never by a guess:
 * `{ value: =total, decimal: comma }` for texts of people, `{ value: =cents, unit: minor }` for minor units of the currency.
 */
import { minorDigits } from '../meta/parameters.ts';
import { FAILED } from './expression.ts';

/** Which sign parts the decimals; the other one, an apostrophe or a blank may group the digits before it. */
export type DecimalSign = 'comma' | 'point';
export type AmountForm = { readonly decimal: DecimalSign | undefined; readonly minor: boolean };

/** As databases write numbers. */
export const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

const BLANKS = /[\u0020\u00a0\u2009\u202f]/g;
/**
 * Groups are of three digits and all parted by the same sign; before the last, the point form also knows groups of two (1,23,456.78 in
 * India). So `1.23` is no amount with a decimal comma, and `1,5` none with a point: what was declared wrongly shows at once.
 */
const WRITTEN: Readonly<Record<DecimalSign, RegExp>> = {
  comma: /^([+-]?)(\d{1,3}(?:\.\d{3})+|\d{1,3}(?:['’]\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:,(\d+))?$/,
  point: /^([+-]?)(\d{1,3}(?:,\d{2,3})*,\d{3}|\d{1,3}(?:['’]\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.(\d+))?$/,
};

/** The same amount as a database would write it, or undefined. */
const plainDecimal = (text: string, sign: DecimalSign): string | undefined => {
  const found = WRITTEN[sign].exec(text.replace(BLANKS, ' ').trim());
  if (!found) return undefined;
  const [, minus = '', whole = '', fraction = '0'] = found;
  return `${minus}${whole.replace(/\D/g, '')}.${fraction}`;
};

/** Moves the point without arithmetic: 1990 cents are 19.90, read as the double nearest to it. */
const shifted = (decimal: string, digits: number): number =>
  /e/i.test(decimal) ? Number(decimal) / 10 ** digits : Number(`${decimal.trim()}e-${digits}`);

/**
 * @param given text, or a number that needs no declaration of its sign
 * @param currency ISO 4217 code of the row; only minor units ask for it
 * @returns null for an empty text; FAILED for what is no amount, and for minor units of a currency that is not known
 */
export const readAmount = (
  given: string | number | bigint | null,
  { decimal, minor }: AmountForm,
  currency: string | null,
): number | null | typeof FAILED => {
  if (given === null || (typeof given === 'string' && given.trim() === '')) return null;
  const isWritten = typeof given === 'string' && decimal !== undefined;
  const text = isWritten ? plainDecimal(given, decimal) : String(given);
  if (text === undefined || !DECIMAL.test(text)) return FAILED;
  const digits = minor ? minorDigits(currency ?? '') : 0;
  if (digits === undefined) return FAILED;
  const amount = shifted(text, digits);
  return Number.isFinite(amount) ? amount : FAILED;
};
