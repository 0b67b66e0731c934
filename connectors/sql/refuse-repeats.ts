/**
 * Two rows of one (cursor, key) cannot be told apart: where a page ends between them, the second is never read. No index can be
 * asked of a view or a query, so the rows are: within a page by their text, across its end by the database's own comparison.
 */
import { type Cell, type Column, type Position, SourceError } from '../connector.ts';
import { selectAtMost } from './at-most.ts';
import type { Dialect, Run, SqlStream } from './dialect.ts';
import { whereAll } from './range-condition.ts';
import type { PageQuery } from './read-pages.ts';
import type { Statement } from './statement.ts';

/** @throws SourceError `key-not-unique` when two rows beside each other have one position. */
export function refuseRepeats(rows: readonly (readonly Cell[])[], query: PageQuery, stream: SqlStream): void {
  const { cursorIndex, keyIndexes } = query;
  for (let at = 1; at < rows.length; at += 1) {
    const [row, next] = [rows[at - 1]!, rows[at]!];
    if (isSame(row[cursorIndex], next[cursorIndex]) && keyIndexes.every((index) => isSame(row[index], next[index])))
      throw notUnique(stream);
  }
}

/** The same for the last row of a page and the first of the next, whose texts may differ and yet compare as equal: `a` and `A`, 1.0 and 1.00. */
export async function refuseRepeatAtEnd(
  { dialect, run, stream }: { readonly dialect: Dialect; readonly run: Run; readonly stream: SqlStream },
  { cursorIndex, keyIndexes }: PageQuery,
  [last, next]: readonly [readonly Cell[], readonly Cell[]],
  end: Position,
): Promise<void> {
  const columns = [stream.cursorColumn, ...stream.keyColumns];
  const indexes = [cursorIndex, ...keyIndexes];
  if (columns.some((column, at) => isSurelyOther(column, last[indexes[at]!], next[indexes[at]!]))) return;
  const texts = [end.cursor, ...end.key];
  const same = columns.map(
    (column, at): Statement => [`${dialect.quote(column.name)} = `, ...dialect.bound(column, texts[at]!)],
  );
  const rows = await run(
    selectAtMost(dialect, 2, [`1 FROM ${stream.relation}`, ...whereAll(stream, same)]),
    `look at the end of a page of ${stream.what}`,
  );
  if (rows.length > 1) throw notUnique(stream);
}

/** Of these kinds a value has one text only. */
const ONE_TEXT: ReadonlySet<string> = new Set(['integer', 'boolean', 'timestamptz', 'timestamp', 'date', 'bytes']);

function isSurelyOther({ kind }: Column, a: Cell | undefined, b: Cell | undefined): boolean {
  return ONE_TEXT.has(kind) && !isSame(a, b);
}

function isSame(a: Cell | undefined, b: Cell | undefined): boolean {
  return a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0);
}

function notUnique({ what, keyColumns }: SqlStream): SourceError {
  const names = [...new Set(keyColumns.map(({ name }) => name))].join(', ');
  return new SourceError('key-not-unique', `two rows of ${what} have the same cursor and the same key (${names})`, {
    hint: 'source.primary_key must be unique, or rows would be skipped where a page ends: name more columns, or use a query that gives each key once',
  });
}
