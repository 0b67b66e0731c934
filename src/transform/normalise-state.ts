import { DROP } from './drop.ts';
import { foldWord } from './fold-word.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';
import { isPlaceholderPhrase, isPlaceholderWord } from './placeholder.ts';
import { CA_PROVINCES, US_SHORT_FORMS, US_STATE_CODES, US_STATES } from './us-states.ts';

/** ISO 3166-2, such as `US-CA`: the part after the country. */
const SUBDIVISION = /^\s*([A-Za-z]{2})-([A-Za-z0-9]{1,3})\s*$/;

const withoutCountry = (text: string, country: string | undefined): string => {
  const match = text.includes('-') ? SUBDIVISION.exec(text) : null;
  if (match === null) return text;
  const prefix = match[1]?.toLowerCase();
  const isCountry = country === undefined ? prefix === 'us' || prefix === 'ca' : prefix === country;
  return isCountry ? (match[2] ?? text) : text;
};

/**
 * st: the two-letter code in the USA, elsewhere lower-case without punctuation and spaces
 * (parameters/customer-information-parameters, read 2026-09-12). Names become codes where the country is the USA or Canada, or where
 * it is unknown. Everywhere else the page asks for what is written, so names stay names and codes stay codes: New South Wales is
 * newsouthwales, NSW is nsw.
 */
export const normaliseState: Normalise = (text, { country }) => {
  if (isPlaceholderPhrase(text.trim())) return DROP.placeholder;
  const state = foldWord(withoutCountry(text, country));
  if (looksHashed(state) || looksHashed(text.trim())) return DROP['looks-hashed'];
  if (state === '') return DROP.empty;
  if (isPlaceholderWord(state)) return DROP.placeholder;
  if (country === 'us') {
    if (US_STATE_CODES.has(state)) return state;
    return US_STATES.get(state) ?? US_SHORT_FORMS.get(state) ?? DROP['unknown-state'];
  }
  if (country === 'ca') return CA_PROVINCES.get(state) ?? state;
  return country === undefined ? (US_STATES.get(state) ?? CA_PROVINCES.get(state) ?? state) : state;
};
