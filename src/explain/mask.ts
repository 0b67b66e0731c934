/** Values of a row, masked for a screen: enough to see what kind of text stands in a column, too little to know it. */
import type { Value } from '../mapping/cell-values.ts';

/** Upper ends of the classes of length, in characters. */
const LENGTHS = [3, 7, 15, 31, 63] as const;
/** A shorter text shows no character at all. */
const SHOWS_FIRST_FROM = 4;

const KINDS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['letters', /\p{L}/u],
  ['digits', /\p{N}/u],
  ['spaces', /\s/u],
  ['signs', /[^\p{L}\p{M}\p{N}\s]/u],
];

const lengthClass = (length: number): string => {
  const at = LENGTHS.findIndex((most) => length <= most);
  if (at === -1) return '64+';
  return `${at === 0 ? 1 : (LENGTHS[at - 1] as number) + 1}-${LENGTHS[at]}`;
};

/**
 * `j*** (16-31: letters, signs)`: the first character, the class of the length, and which kinds of characters occur. Digits are never shown,
 * and of a text shorter than four characters nothing is: a country, a gender or a house number would be known by less.
 */
export const maskText = (text: string): string => {
  const characters = [...text.trim()];
  if (characters.length === 0) return 'blank';
  const [first = ''] = characters;
  const shown = characters.length >= SHOWS_FIRST_FROM && !/[\p{N}\p{M}]/u.test(first) ? first : '';
  const kinds = KINDS.filter(([, pattern]) => pattern.test(text)).map(([name]) => name);
  return `${shown}*** (${lengthClass(characters.length)}: ${kinds.join(', ')})`;
};

/** The same for a value of any type; lists and maps say how many entries they have. */
export const maskValue = (value: Value): string => {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return 'true or false';
  if (value instanceof Date) return 'a point in time';
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return `a map of ${Object.keys(value).length}`;
  return maskText(String(value));
};
