import { DROP } from './drop.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';

/** The USA and the places its ZIP codes serve. */
const ZIP_COUNTRIES: ReadonlySet<string> = new Set(['us', 'pr', 'vi', 'gu', 'as', 'mp', 'fm', 'mh', 'pw', 'um']);
const ZIP = /^(\d{5})(?:\d{4})?$/;
/** Only the USA writes five digits, a dash and four; elsewhere (Saudi Arabia) the country is asked for. */
const ZIP_PLUS_FOUR = /^\d{5}-\d{4}$/;
/** A country's sign before digits, as on European envelopes: D-10115, CH 8001, DE-10115. */
const COUNTRY_PREFIX =
  /^(?:d|de|a|at|ch|li|f|fr|i|it|b|be|l|lu|nl|e|es|p|pt|s|se|dk|n|no|fi|fin|sf|pl|cz|sk|h|hu|sl|si|slo|hr|ro|bg|gr|ee|lt|lv|ua|rs|cy|mc|sm|md)[-\u2010-\u2015 ]+(?=\d)/;
const PLAIN = /^[0-9]+$/;
const NOT_POSTCODE = /[^\p{L}\p{N}]+/gu;
const VALID = /^(?=.*\p{N})(?!0+$)[\p{L}\p{M}\p{N}]{2,12}$/u;

const shorten = (postcode: string, country: string | undefined): string | undefined =>
  country !== undefined && ZIP_COUNTRIES.has(country) ? ZIP.exec(postcode)?.[1] : postcode;

/**
 * zp: lower-case, without spaces and dashes; the first five digits in the USA (parameters/customer-information-parameters, read
 * 2026-09-12). The whole code elsewhere, as in Meta's own British example; a country's sign in front of it is removed.
 */
export const normalisePostcode: Normalise = (text, { country }) => {
  const trimmed = text.trim().normalize('NFKC').toLowerCase();
  if (trimmed === '') return DROP.empty;
  if (looksHashed(trimmed)) return DROP['looks-hashed'];
  const zip = country === undefined && ZIP_PLUS_FOUR.test(trimmed) ? trimmed.slice(0, 5) : trimmed;
  const postcode = PLAIN.test(zip) ? zip : zip.replace(COUNTRY_PREFIX, '').replace(NOT_POSTCODE, '');
  const short = shorten(postcode, country);
  return short !== undefined && VALID.test(short) ? short : DROP['invalid-postcode'];
};
