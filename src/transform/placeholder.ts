/**
 * Words that people and systems write where there is no value. Hashed, they would look like match keys and match nobody. A handful of people
 * are called Null or None; in tables those words mean nothing far more often. Nan is left: it is a common name.
 */
const WORDS: ReadonlySet<string> = new Set(['unknown', 'undefined', 'null', 'none']);
/** With signs or spaces, which a normal form has no more. */
const PHRASES: ReadonlySet<string> = new Set([
  'n/a',
  'n.a.',
  '#n/a',
  'not available',
  'not provided',
  'not specified',
  'not given',
  'no name',
  '(null)',
  '[null]',
  '<null>',
]);
const LONGEST = 13;

const N = 110;
const U = 117;
const isLetterBut = (code: number): boolean => code >= 97 && code <= 122 && code !== N && code !== U;

/** Of a normal form. Most begin with another letter, and need not be looked up. */
export const isPlaceholderWord = (normal: string): boolean =>
  !isLetterBut(normal.charCodeAt(0)) && normal.length <= LONGEST && WORDS.has(normal);

/** Of a text without spaces around it. */
export const isPlaceholderPhrase = (text: string): boolean =>
  !isLetterBut(text.charCodeAt(0) | 32) && text.length <= LONGEST && PHRASES.has(text.toLowerCase());
