import { boundedCache } from './bounded-cache.ts';
import { countryOfCode, countryOfName } from './country-names.ts';
import { DROP, type Drop } from './drop.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';

/** Columns of countries hold few distinct texts. */
const results = boundedCache<string | Drop>(4096);

const find = (text: string): string | Drop => {
  const trimmed = text.trim();
  if (trimmed === '') return DROP.empty;
  const code = countryOfCode(trimmed.toLowerCase());
  if (code !== undefined) return code;
  if (looksHashed(trimmed)) return DROP['looks-hashed'];
  return countryOfName(trimmed) ?? DROP['unknown-country'];
};

/**
 * country: ISO 3166-1 alpha-2, lower-case (parameters/customer-information-parameters, read 2026-09-12), from alpha-2, alpha-3 or a name
 * in some 35 languages. An unknown one is dropped: cut to two letters, Austria's AUT would become Australia.
 */
export const normaliseCountry: Normalise = (text) => results.get(text) ?? results.set(text, find(text));
