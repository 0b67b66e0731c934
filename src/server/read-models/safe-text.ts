/** What of a mapping's texts may be shown: its structure. A constant in a condition could be somebody's address. */

/** A word such as paid, closed_won or US. */
const WORD = /^[A-Za-z][A-Za-z_-]{0,23}$/;
const LITERAL = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.|'')*'/g;
const LONG_NUMBER = /\b\d{5,}\b/g;

/** The condition, with every quoted text that is not one plain word left out, and long numbers too. */
export const safeCondition = (text: string): string =>
  text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(LITERAL, (literal) => (WORD.test(literal.slice(1, -1)) ? literal : `${literal[0]}…${literal[0]}`))
    .replace(LONG_NUMBER, '…');

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** A cursor, if it is a point in time: any other could tell who stands there. */
export const safeCursor = (cursor: string): string | undefined => (INSTANT.test(cursor) ? cursor : undefined);
