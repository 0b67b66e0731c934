import { DROP } from './drop.ts';
import { foldWord } from './fold-word.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';

const LETTER = /\p{L}/u;

/**
 * fn, ln and ct: lower-case, without punctuation and spaces; accents and scripts stay, in composed form
 * (parameters/customer-information-parameters, read 2026-09-12). The page is silent on inner spaces; Pixel and Parameter Builder
 * remove them, so we do. It contradicts itself on accents in cities; we keep them, as in names.
 */
export const normaliseName: Normalise = (text) => {
  if (looksHashed(text.trim())) return DROP['looks-hashed'];
  const name = foldWord(text);
  if (LETTER.test(name)) return name;
  return text.trim() === '' ? DROP.empty : DROP['invalid-name'];
};
