import { type Cell, type Page, type Position, type ReadRange, SourceError } from '../connector.ts';
import { selectAtMost } from './at-most.ts';
import type { Dialect, Run, SqlStream } from './dialect.ts';
import { rangeCondition } from './range-condition.ts';
import { refuseRepeatAtEnd, refuseRepeats } from './refuse-repeats.ts';
import { bind, type Statement } from './statement.ts';

/** The query of one page, and where in its rows the position stands. Columns are found by index, so equal names cannot clash. */
export type PageQuery = {
  readonly statement: Statement;
  readonly cursorIndex: number;
  readonly keyIndexes: readonly number[];
};

export function pageQuery(dialect: Dialect, stream: SqlStream, range: ReadRange): PageQuery {
  const { rest, cursorIndex, keyIndexes } = rangeParts(dialect, stream, range);
  // One row more: the first of the next page, beside which the last of this one must stand apart.
  return { statement: selectAtMost(dialect, bind(range.pageSize + 1), rest), cursorIndex, keyIndexes };
}

/** The same without an end: all rows of the range, in order. */
export function rangeQuery(dialect: Dialect, stream: SqlStream, range: Omit<ReadRange, 'pageSize'>): PageQuery {
  const { rest, cursorIndex, keyIndexes } = rangeParts(dialect, stream, range);
  return { statement: ['SELECT ', ...rest], cursorIndex, keyIndexes };
}

/** What stands after SELECT. */
function rangeParts(
  dialect: Dialect,
  stream: SqlStream,
  range: Omit<ReadRange, 'pageSize'>,
): Omit<PageQuery, 'statement'> & { readonly rest: Statement } {
  const names = [...range.columns];
  const indexOf = (name: string): number => {
    const index = names.indexOf(name);
    return index === -1 ? names.push(name) - 1 : index;
  };
  const cursorIndex = indexOf(stream.cursorColumn.name);
  const keyIndexes = stream.keyColumns.map((column) => indexOf(column.name));
  const selected = names.map((name) => {
    const column = stream.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw new SourceError('unknown-column', `${stream.what} has no column "${name}"`);
    return dialect.read(column, dialect.quote(name));
  });
  // No output column has an alias, so a name here is the column itself, never the expression that reads it.
  const order = [stream.cursorColumn, ...stream.keyColumns].map((column) => dialect.quote(column.name));
  const rest = [
    `${selected.join(', ')} FROM ${stream.relation}`,
    ...rangeCondition(dialect, stream, range),
    ` ORDER BY ${[...new Set(order)].join(', ')}`,
  ];
  return { rest, cursorIndex, keyIndexes };
}

/**
 * The pages of a range, one query each, in `(cursor, key)` order. Holds one page at a time.
 * Returns at the end of the range, or between two pages once `signal` is aborted.
 */
export async function* readPages(
  dialect: Dialect,
  run: Run,
  stream: SqlStream,
  range: ReadRange,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  const doing = `read a page of ${stream.what}`;
  let rest = range;
  while (!signal.aborted) {
    const query = pageQuery(dialect, stream, rest);
    const rows = await run(query.statement, doing);
    if (dialect.check !== undefined)
      for (const row of rows) dialect.check(stream.cursorColumn, row[query.cursorIndex] ?? null);
    refuseRepeats(rows, query, stream);
    const next = rows.length > range.pageSize ? rows.pop() : undefined;
    const last = rows.at(-1);
    if (last === undefined) return;
    const end = positionOf(last, query, dialect, stream);
    if (next !== undefined) await refuseRepeatAtEnd({ dialect, run, stream }, query, [last, next], end);
    if (rest.after !== undefined && samePosition(rest.after, end)) {
      throw new SourceError(
        'source-query-failed',
        `could not ${doing}: the order of (cursor, primary key) does not advance`,
        {
          hint: 'the primary key must be unique, and compare the same way as it sorts',
        },
      );
    }
    if (last.length > range.columns.length) for (const row of rows) row.length = range.columns.length;
    yield { rows, end };
    if (next === undefined) return;
    const { from: _from, ...others } = rest;
    rest = { ...others, after: end };
  }
}

export function positionOf(row: readonly Cell[], query: PageQuery, { check }: Dialect, stream: SqlStream): Position {
  const cursor = positionText(row[query.cursorIndex] ?? null, stream.cursorColumn.name, stream);
  const key = query.keyIndexes.map((index, at) => {
    const column = stream.keyColumns[at]!;
    const cell = row[index] ?? null;
    check?.(column, cell);
    return positionText(cell, column.name, stream);
  });
  return { cursor, key };
}

function positionText(cell: Cell, name: string, stream: SqlStream): string {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'bigint') return cell.toString();
  if (cell instanceof Uint8Array) return bytesText(cell);
  if (cell === null) {
    throw new SourceError(
      'cursor-null',
      `column "${name}" of ${stream.what} holds NULL, which has no place in the reading order`,
    );
  }
  throw new SourceError(
    'cursor-type',
    `column "${name}" of ${stream.what} holds floating-point numbers, which cannot mark a place`,
  );
}

/** Bytes as text, in the form PostgreSQL gives them: `\x` and hexadecimal digits. */
export function bytesText(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

function samePosition(a: Position, b: Position): boolean {
  return a.cursor === b.cursor && a.key.every((text, index) => text === b.key[index]);
}
