import { DROP, type Drop } from './drop.ts';
import { asciiWord, foldWord, LATIN_LETTER, lettersOf, OTHER_ASCII } from './fold-word.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';
import { isPlaceholderPhrase, isPlaceholderWord } from './placeholder.ts';
import { withoutTitles } from './without-titles.ts';

const LETTER = /\p{L}/u;
/** Where a title may end. Without one there is none, and most names have none. */
const TITLE_END = /[\s.]/;
/** Shorter texts are no hash. */
const SHORTEST_HASH = 32;

const isSmallLetter = (code: number): boolean => code >= 97 && code <= 122;

const unlessPlaceholder = (name: string): string | Drop => (isPlaceholderWord(name) ? DROP.placeholder : name);

const foldName = (text: string, letters: number): string | Drop => {
  const name = foldWord(text, letters);
  // A hash with a symbol before it is one all the same.
  if (isSmallLetter(name.charCodeAt(0)) || LETTER.test(name))
    return looksHashed(name) ? DROP['looks-hashed'] : unlessPlaceholder(name);
  return text.trim() === '' ? DROP.empty : DROP['invalid-name'];
};

const isPlainWord = (text: string, letters: number): boolean =>
  (letters & ~LATIN_LETTER) === 0 && text.length < SHORTEST_HASH && text !== '';

/**
 * fn and ln: lower-case, without punctuation and spaces; accents and scripts stay, in composed form
 * (parameters/customer-information-parameters, read 2026-09-12). The page is silent on inner spaces; Pixel and Parameter Builder
 * remove them, so we do. Leading titles are no part of a name: see without-titles.ts. An e-mail address is no name.
 */
export const normaliseName: Normalise = (text) => {
  const letters = lettersOf(text);
  if (isPlainWord(text, letters)) return unlessPlaceholder(text.toLowerCase());
  const trimmed = text.trim();
  if (isPlaceholderPhrase(trimmed)) return DROP.placeholder;
  if (looksHashed(trimmed)) return DROP['looks-hashed'];
  if (trimmed.includes('@')) return DROP['invalid-name'];
  return TITLE_END.test(trimmed) ? foldName(withoutTitles(trimmed), lettersOf(trimmed)) : foldName(trimmed, letters);
};

/** ct: like a name, but a title stays: Dr. Phillips is a place. The page contradicts itself on accents; we keep them, as in names. */
export const normaliseCity: Normalise = (text) => {
  const letters = lettersOf(text);
  if (isPlainWord(text, letters)) return unlessPlaceholder(text.toLowerCase());
  const trimmed = text.trim();
  if (isPlaceholderPhrase(trimmed)) return DROP.placeholder;
  if (looksHashed(trimmed)) return DROP['looks-hashed'];
  return foldName(text, letters);
};

/**
 * ct in the other reading of "no special characters": letters beyond a to z are removed, as Meta's Parameter Builder does (1.3.2, executed
 * 2026-11-23): Zürich is zrich. Which of the two Meta looks up is not documented; ct takes a list, so both may be sent.
 */
export const normaliseAsciiCity: Normalise = (text, context) => {
  const city = normaliseCity(text, context);
  if (typeof city !== 'string' || (lettersOf(city) & ~OTHER_ASCII) === 0) return city;
  const ascii = asciiWord(city);
  if (looksHashed(ascii)) return DROP['looks-hashed'];
  return /[a-z]/.test(ascii) ? unlessPlaceholder(ascii) : DROP['invalid-name'];
};
