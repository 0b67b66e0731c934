import { DROP } from './drop.ts';
import { asciiWord, isAsciiWord } from './fold-word.ts';
import { latinDigits } from './latin-digits.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';
import { POSTCODE_SHAPES } from './postcode-shapes.ts';

/** Only the USA writes five digits, a dash and four; elsewhere (Saudi Arabia) the country is asked for. */
const ZIP_PLUS_FOUR = /^\d{5}-\d{4}$/;
/** A country's sign before digits, as on European envelopes: D-10115, CH 8001, DE-10115. */
const SIGNS =
  'd|de|a|at|ch|li|f|fr|i|it|b|be|l|lu|nl|e|es|p|pt|s|se|dk|n|no|fi|fin|sf|pl|cz|sk|h|hu|sl|si|slo|hr|ro|bg|gr|ee|lt|lv|ua|rs|cy|mc|sm|md';
const COUNTRY_PREFIX = new RegExp(`^(?:${SIGNS})[-\\u2010-\\u2015 ]+(?=\\d)`);
/** The same without anything between: only where the country is known and its codes begin with a digit. */
const CLOSE_PREFIX = new RegExp(`^(?:${SIGNS})(?=\\d)`);
const NOT_POSTCODE = /[^\p{L}\p{N}]+/gu;
const VALID = /^(?=.*\p{N})(?!0+$)[\p{L}\p{M}\p{N}]{2,12}$/u;
/** Longer ones go the long way, where hashes are told. */
const LONGEST_SIMPLE = 16;

const general = (text: string): string =>
  latinDigits(text.normalize('NFKC')).trim().toLowerCase().replace(COUNTRY_PREFIX, '').replace(NOT_POSTCODE, '');

/** Letters and digits of ASCII as they are, others made so; undefined where there is anything but them, spaces and hyphens. */
const simple = (text: string): string | undefined => {
  if (text.length > LONGEST_SIMPLE) return undefined;
  let separators = 0;
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    if (code === 32 || code === 45) separators += 1;
    else if (!isAsciiWord(code | 32) || code < 48) return undefined;
  }
  if (separators === 0) return text.toLowerCase();
  const lower = text.trim().toLowerCase();
  return asciiWord(isDigit(lower.charCodeAt(0)) ? lower : lower.replace(COUNTRY_PREFIX, ''));
};

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Two to twelve characters of ASCII, a digit among them, and not zeros alone. */
const isPostcode = (ascii: string): boolean => {
  let digits = 0;
  let notZero = 0;
  for (let n = 0; n < ascii.length; n++) {
    const code = ascii.charCodeAt(n);
    if (isDigit(code)) digits += 1;
    if (code !== 48) notZero += 1;
  }
  return digits > 0 && notZero > 0 && ascii.length >= 2 && ascii.length <= 12;
};

const inCountry = (postcode: string, country: string | undefined): string | undefined => {
  const shape = country === undefined ? undefined : POSTCODE_SHAPES.get(country);
  if (shape === undefined) return postcode;
  const own = shape(postcode);
  if (own !== undefined || postcode[0] !== country?.[0]) return own;
  return shape(postcode.replace(CLOSE_PREFIX, ''));
};

/**
 * zp: lower-case, without spaces and dashes; the first five digits in the USA (parameters/customer-information-parameters, read
 * 2026-09-12). The whole code elsewhere, as in Meta's own British example; a country's sign in front of it is removed.
 */
export const normalisePostcode: Normalise = (text, { country }) => {
  const ascii = simple(text);
  const postcode = ascii ?? general(text);
  const short =
    country === undefined && ZIP_PLUS_FOUR.test(text.trim()) ? postcode.slice(0, 5) : inCountry(postcode, country);
  if (short !== undefined && (ascii === undefined ? VALID.test(short) : isPostcode(short))) return short;
  const trimmed = text.trim();
  return trimmed === '' ? DROP.empty : looksHashed(trimmed) ? DROP['looks-hashed'] : DROP['invalid-postcode'];
};
