import { type Bounds, type Page, type Position, type ReadRange, SourceError } from '../connector.ts';
import type { Ask } from './ask.ts';
import { compareIds } from './compare-ids.ts';
import { findInOrder, LATEST, type Span } from './find-in-order.ts';
import type { HubspotStream } from './hubspot-stream.ts';
import { cursorMs } from './instants.ts';
import { type PlacedRow, rowMaker } from './make-rows.ts';
import { compareKeys, parseKey } from './row-key.ts';
import { SEARCH_LIMIT } from './search.ts';

/** The pages of a range, in (cursor, key) order. Ends quietly when the signal is aborted, also in the middle of a request. */
export async function* readPages(
  ask: Ask,
  stream: HubspotStream,
  range: ReadRange,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  try {
    let held: PlacedRow[] = [];
    for await (const rows of placedRows(ask, stream, range, signal)) {
      for (const each of rows) held.push(each);
      let at = 0;
      for (; held.length - at > range.pageSize; at += range.pageSize) {
        if (signal.aborted) return;
        yield pageOf(held.slice(at, at + range.pageSize));
      }
      if (at > 0) held = held.slice(at);
    }
    if (held.length > 0 && !signal.aborted) yield pageOf(held);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function pageOf(rows: readonly PlacedRow[]): Page {
  return { rows: rows.map(({ row }) => row), end: rows.at(-1)!.position };
}

async function* placedRows(ask: Ask, stream: HubspotStream, range: ReadRange, signal: AbortSignal) {
  const maker = rowMaker(ask, stream, range.columns);
  const isWithin = withinOf(stream, range);
  for await (const found of findInOrder({ ask, stream, signal }, spanOf(stream, range), maker.searched)) {
    for (let at = 0; at < found.length; at += SEARCH_LIMIT) {
      if (signal.aborted) return;
      const part = found.slice(at, at + SEARCH_LIMIT);
      const rows = await maker.rowsOf(part, signal);
      yield rows.filter(isWithin);
      const last = part.at(-1);
      if (range.upTo && last && isPast(stream, last, range.upTo)) return;
    }
  }
}

/** The objects that may have rows of a range; the rows themselves are compared. */
export function spanOf(stream: HubspotStream, { after, from, upTo, before }: Bounds): Span {
  const { what } = stream.table;
  const least = after && placeOf(stream, after).key.id;
  if (stream.spec.byKey) return { from: 0, to: LATEST, least };
  const ms = (text: string): number => cursorMs(text, what);
  const to = upTo ? ms(upTo.cursor) + 1 : before === undefined ? LATEST : ms(before);
  if (after) return { from: ms(after.cursor), to, least };
  return { from: from === undefined ? 0 : ms(from), to };
}

/** Whether all that is behind this object lies behind the end of the range too. */
function isPast(
  stream: HubspotStream,
  { id, at }: { readonly id: string; readonly at: number },
  upTo: Position,
): boolean {
  const last = placeOf(stream, upTo);
  return at > last.ms || (at === last.ms && compareIds(id, last.key.id) > 0);
}

/** Milliseconds of a position's cursor (0 where the key is the cursor), and its key. */
function placeOf({ spec, table }: HubspotStream, { cursor, key: [text = ''] }: Position) {
  const key = parseKey(text, table.history);
  if (key !== undefined) return { ms: spec.byKey ? 0 : cursorMs(cursor, table.what), key };
  throw new SourceError('cursor-format', `the checkpoint of ${table.what} is not a place as HubSpot has them`, {
    hint: 'another kind of source wrote it: reset the checkpoint; the ledger keeps what was sent from going out twice',
  });
}

/** Whether a row lies in a range. */
export function withinOf(stream: HubspotStream, { after, from, upTo, before }: Bounds): (row: PlacedRow) => boolean {
  const { byKey } = stream.spec;
  const [first, last] = [after, upTo].map((position) => position && placeOf(stream, position));
  const compare = ({ position, key }: PlacedRow, place: NonNullable<typeof first>): number =>
    (byKey ? 0 : cursorMs(position.cursor, stream.table.what) - place.ms) || compareKeys(key, place.key);
  const byCursor = (a: string, b: string): number => (byKey ? compareIds(a, b) : a < b ? -1 : a > b ? 1 : 0);
  return (row) =>
    (first === undefined || compare(row, first) > 0) &&
    (from === undefined || byCursor(row.position.cursor, from) >= 0) &&
    (last === undefined || compare(row, last) <= 0) &&
    (before === undefined || byCursor(row.position.cursor, before) < 0);
}
