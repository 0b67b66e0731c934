/** Letters of one case and form, nothing else but letters, marks and digits: what names, cities and regions have in common. */

const LATIN_LETTERS = /^[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
const ASCII = /^[\x00-\x7f]*$/;
const NOT_ASCII_WORD = /[^a-z0-9]+/g;
/**
 * Everything but letters, marks and digits: punctuation of every script, symbols, spaces, invisible characters, lone surrogates; also the
 * modifier letters that are typed as apostrophes (U+02B9 to U+02BF, U+02C8) and the variation selectors of removed emoji.
 */
const NOT_WORD = /[^\p{L}\p{M}\p{N}]+|[\u02b9-\u02bf\u02c8]+|[\ufe00-\ufe0f]+/gu;

/** The full rule. Lower-cased before anything is removed, because a final sigma is known by the space that follows it. */
export const foldWordGeneral = (text: string): string =>
  text.normalize('NFC').toLowerCase().replace(NOT_WORD, '').normalize('NFC');

/** ASCII and composed Latin letters, but for the dotted capital I, which becomes two characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
const LATIN = /^[\x00-\x7f\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u012f\u0131-\u017f]*$/;
const NOT_LATIN_WORD = /[^a-z0-9\u00df-\u00f6\u00f8-\u017f]+/g;

/** The same, with short cuts for Latin letters, which are in composed form already, and for ASCII. */
export const foldWord = (text: string): string => {
  if (LATIN_LETTERS.test(text)) return text.toLowerCase();
  if (ASCII.test(text)) return text.toLowerCase().replace(NOT_ASCII_WORD, '');
  if (LATIN.test(text)) return text.toLowerCase().replace(NOT_LATIN_WORD, '');
  return foldWordGeneral(text);
};
