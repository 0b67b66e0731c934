import type { Cell, Column, Stream } from '../connector.ts';
import type { Statement } from './statement.ts';

/** The few facts in which one SQL differs from another when a table is paged through. */
export type Dialect = {
  /** An identifier in quotes, safe for any name. */
  readonly quote: (identifier: string) => string;
  /**
   * `(c, k) > (?, ?)` when true, else `c >= ? AND (c > ? OR k > ?)`. The planners differ: on each side the other form
   * is slower by two or three orders of magnitude.
   */
  readonly rowComparison: boolean;
  /** How a SELECT is held to a number of rows: `LIMIT n` at its end (when left out), or `TOP (n)` after its first word. */
  readonly limit?: 'top' | undefined;
  /** The expression that reads a column as a cell; `quoted` is its name. */
  readonly read: (column: Column, quoted: string) => string;
  /** A bound text of the column, cast to the column's type, so that an index serves and nothing is compared as a float. */
  readonly bound: (column: Column, text: string) => Statement;
  /**
   * Where each value has a type of its own: fails on one that is not of the form the stream was described with. Asked of the
   * cursor of every row that is read, and of the key where a page ends.
   */
  readonly check?: ((column: Column, cell: Cell) => void) | undefined;
};

/** Runs one statement and gives its rows as arrays. Throws SourceError; `doing` says what failed: `read a page of orders`. */
export type Run = (statement: Statement, doing: string) => Promise<Cell[][]>;

/** What the SQL connectors keep in a described stream. */
export type SqlStream = Stream & {
  /** For messages: `orders`, or `the query`. */
  readonly what: string;
  /** What stands after FROM. */
  readonly relation: string;
  /** The author's `where`, in parentheses. */
  readonly condition: string | undefined;
  readonly keyColumns: readonly Column[];
};

/** A stream that this module described. Anything else is a mistake of the caller. */
export function asSqlStream(stream: Stream): SqlStream {
  if (!('relation' in stream)) throw new TypeError('this stream was not described by an SQL connector');
  return stream as SqlStream;
}
