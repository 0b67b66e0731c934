/** Letters of one case and form, nothing else but letters, marks and digits: what names, cities and regions have in common. */

/**
 * Everything but letters, marks and digits: punctuation of every script, symbols, spaces, invisible characters, lone surrogates; also the
 * modifier letters that are typed as apostrophes (U+02B9 to U+02BF, U+02C8) and the variation selectors of removed emoji.
 */
const NOT_WORD = /[^\p{L}\p{M}\p{N}]+|[\u02b9-\u02bf\u02c8]+|[\ufe00-\ufe0f]+/gu;

/** The full rule. Lower-cased before anything is removed, because a final sigma is known by the space that follows it. */
export const foldWordGeneral = (text: string): string =>
  text.normalize('NFC').toLowerCase().replace(NOT_WORD, '').normalize('NFC');

/** What a text is made of, as bits: 0 is nothing but letters of ASCII. */
export const OTHER_ASCII = 1;
export const LATIN_LETTER = 2;
export const OTHER_SCRIPT = 4;

/**
 * Latin letters are composed ones up to U+017F, but for the dotted capital I, which becomes two characters. One pass over the
 * character codes costs less than the patterns that would ask the same.
 */
export const lettersOf = (text: string): number => {
  let found = 0;
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    if ((code | 32) >= 97 && (code | 32) <= 122) continue;
    if (code < 128) found |= OTHER_ASCII;
    else if (code >= 0xc0 && code <= 0x17f && code !== 0xd7 && code !== 0xf7 && code !== 0x130) found |= LATIN_LETTER;
    else return OTHER_SCRIPT;
  }
  return found;
};

/** A small letter or a digit. */
export const isAsciiWord = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57);

/** Pieces are put together, which costs half of what a replacing pattern does. Codes from `firstOther` on stay. */
const wordOf = (lower: string, firstOther: number): string => {
  let word = '';
  let from = 0;
  for (let n = 0; n < lower.length; n++) {
    const code = lower.charCodeAt(n);
    if (isAsciiWord(code) || code >= firstOther) continue;
    if (n > from) word += lower.slice(from, n);
    from = n + 1;
  }
  return from === 0 ? lower : word + lower.slice(from);
};

/** The small letters and digits of ASCII in a lower-case text, and nothing else of it. */
export const asciiWord = (lower: string): string => wordOf(lower, 0x1_0000);

/** The first small letter beyond ASCII. */
const SHARP_S = 0xdf;

/** The same as the full rule, with short cuts for Latin letters, which are in composed form already, and for ASCII. */
export const foldWord = (text: string, letters: number = lettersOf(text)): string => {
  if (letters >= OTHER_SCRIPT) return foldWordGeneral(text);
  const lower = text.toLowerCase();
  if ((letters & OTHER_ASCII) === 0) return lower;
  return wordOf(lower, SHARP_S);
};
