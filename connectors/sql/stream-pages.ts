import type { Cell, Page, ReadRange } from '../connector.ts';
import type { Dialect, SqlStream } from './dialect.ts';
import { positionOf, rangeQuery } from './read-pages.ts';
import { refuseRepeats } from './refuse-repeats.ts';
import type { Statement } from './statement.ts';

/**
 * Runs one statement and gives its rows as they come, in parts of any size; no more of them are held than one part and what the client buffers.
 * Ends quietly, and cancels the statement at the server, when `signal` is aborted or the iteration is left. Throws SourceError.
 */
export type RunStream = (statement: Statement, doing: string, signal: AbortSignal) => AsyncIterable<readonly Cell[][]>;

/**
 * The pages of a range by one query, in `(cursor, key)` order, for sources where a query a page would scan a table each time: nothing but the
 * order of the result is needed of them. Equal texts beside each other are refused; a source whose texts differ and yet compare as equal
 * (a collation without case) has to read by `readPages`.
 */
export async function* streamPages(
  dialect: Dialect,
  runStream: RunStream,
  stream: SqlStream,
  range: ReadRange,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  const query = rangeQuery(dialect, stream, range);
  const width = range.columns.length;
  let rows: Cell[][] = []; // read, and not yet given
  const page = (full: Cell[][]): Page => {
    const end = positionOf(full.at(-1)!, query, dialect, stream);
    if (full[0]!.length > width) for (const row of full) row.length = width;
    return { rows: full, end };
  };
  for await (const part of runStream(query.statement, `read ${stream.what}`, signal)) {
    if (dialect.check !== undefined)
      for (const row of part) dialect.check(stream.cursorColumn, row[query.cursorIndex] ?? null);
    for (const row of part) rows.push(row);
    let at = 0;
    // A row more than the page: the first of the next one, beside which its last must stand apart.
    for (; rows.length - at > range.pageSize; at += range.pageSize) {
      refuseRepeats(rows.slice(at, at + range.pageSize + 1), query, stream);
      if (signal.aborted) return;
      yield page(rows.slice(at, at + range.pageSize));
    }
    if (at > 0) rows = rows.slice(at);
  }
  if (rows.length === 0 || signal.aborted) return;
  refuseRepeats(rows, query, stream);
  yield page(rows);
}
