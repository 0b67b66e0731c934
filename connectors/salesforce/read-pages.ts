/**
 * Pages of a range in (cursor, Id) order. A few thousand rows come by short queries, each from the end of the one before: a result that is
 * fetched in batches shows records as they are when a batch is fetched, out of their place if they changed meanwhile. From `bulkFrom`
 * rows on one job of Bulk API 2.0 reads the rest; its result does not change.
 */
import { type Cell, type Page, type Position, type ReadRange, SourceError } from '../connector.ts';
import { bulkRecords } from './bulk-query.ts';
import { BATCH, queryRecords } from './query.ts';
import type { SalesforceStream } from './salesforce-stream.ts';
import type { Session } from './session.ts';
import { rangeTerms, selectText } from './soql.ts';

export async function* readPages(
  session: Session,
  stream: SalesforceStream,
  range: ReadRange,
  bulkFrom: number,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  const selection = selectionOf(stream, range.columns);
  let rows: Cell[][] = []; // read, and not yet given
  const page = (full: Cell[][]): Page => {
    const end = positionOf(full.at(-1)!, selection, stream);
    for (const row of full) row.length = range.columns.length;
    return { rows: full, end };
  };
  for await (const part of readParts(session, stream, range, selection, bulkFrom, signal)) {
    rows = rows.length === 0 ? part : [...rows, ...part];
    let at = 0;
    for (; rows.length - at > range.pageSize; at += range.pageSize) {
      if (signal.aborted) return;
      yield page(rows.slice(at, at + range.pageSize));
    }
    if (at > 0) rows = rows.slice(at);
  }
  if (rows.length > 0 && !signal.aborted) yield page(rows);
}

type Selection = { readonly names: readonly string[]; readonly cursorIndex: number; readonly idIndex: number };

/** What is asked for: the columns wanted, then cursor and Id where they are not among them. */
function selectionOf(stream: SalesforceStream, columns: readonly string[]): Selection {
  const names = [...columns];
  const indexOf = (name: string): number => {
    const index = names.indexOf(name);
    return index === -1 ? names.push(name) - 1 : index;
  };
  const cursorIndex = indexOf(stream.cursorColumn.name);
  const idIndex = indexOf(stream.spec.primaryKey[0] ?? '');
  return { names, cursorIndex, idIndex };
}

async function* readParts(
  session: Session,
  stream: SalesforceStream,
  range: ReadRange,
  selection: Selection,
  bulkFrom: number,
  signal: AbortSignal,
): AsyncGenerator<Cell[][], void, undefined> {
  const doing = `read a page of ${stream.what}`;
  let rest = range;
  // Without a limit the first reply tells how many rows there are.
  for (let limit: number | undefined; !signal.aborted; limit = BATCH) {
    const soql = selectText(stream, selection.names, rangeTerms(stream, rest), { ordered: true, limit });
    const found = await unlessAborted(queryRecords(session, stream, selection.names, soql, doing), signal);
    if (found === undefined || found.rows.length === 0) return;
    const end = checkOrder(found.rows, rest.after, selection, stream);
    yield found.rows;
    if (found.rows.length === found.total && found.total !== limit) return;
    const { from: _from, ...others } = rest;
    rest = { ...others, after: end };
    if (limit === undefined && found.total - found.rows.length >= bulkFrom) {
      yield* readBulk(session, stream, rest, selection, signal);
      return;
    }
  }
}

async function* readBulk(
  session: Session,
  stream: SalesforceStream,
  range: ReadRange,
  selection: Selection,
  signal: AbortSignal,
): AsyncGenerator<Cell[][], void, undefined> {
  const soql = selectText(stream, selection.names, rangeTerms(stream, range), { ordered: true });
  let after = range.after;
  for await (const rows of bulkRecords(session, stream, selection.names, soql, signal)) {
    after = checkOrder(rows, after, selection, stream);
    yield rows;
  }
}

/**
 * Each row lies after the one before it: by time, and then by Id, whose first 15 letters and digits sort as their codes do. What Salesforce
 * promises is not left to chance: a row out of its place would move the checkpoint past rows that were never read.
 */
function checkOrder(
  rows: readonly (readonly Cell[])[],
  after: Position | undefined,
  selection: Selection,
  stream: SalesforceStream,
): Position {
  let last = after;
  for (const row of rows) {
    const here = positionOf(row, selection, stream);
    if (last !== undefined && !isBehind(here, last))
      throw new SourceError(
        'source-query-failed',
        `the rows of ${stream.what} do not come in the order of (cursor, Id)`,
        {
          hint: 'nothing was lost: the next run reads on from the checkpoint. If it stays so, report it with the object and api_version',
        },
      );
    last = here;
  }
  return last!;
}

function isBehind(here: Position, last: Position): boolean {
  if (here.cursor !== last.cursor) return here.cursor > last.cursor;
  return (here.key[0] ?? '').slice(0, 15) > (last.key[0] ?? '').slice(0, 15);
}

function positionOf(row: readonly Cell[], { cursorIndex, idIndex }: Selection, stream: SalesforceStream): Position {
  const [cursor, id] = [row[cursorIndex], row[idIndex]];
  if (typeof cursor === 'string' && typeof id === 'string') return { cursor, key: [id] };
  throw new SourceError('cursor-null', `a row of ${stream.what} has no cursor or no Id`);
}

/** Salesforce has no way to end a query from outside: it is left to itself, which is two minutes at the most. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  work.catch(() => undefined);
  let stop = (): void => undefined;
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
