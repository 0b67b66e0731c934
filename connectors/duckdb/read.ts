/** A range of a stream: one query, or for files that are read by their own time one for all files of one time, in their order. */
import type { Bounds, Page, ReadRange } from '../connector.ts';
import type { SqlStream } from '../sql/dialect.ts';
import { rangeQuery } from '../sql/read-pages.ts';
import { type RunStream, streamPages } from '../sql/stream-pages.ts';
import { dialect } from './dialect.ts';
import { type FileEntry, microsOf } from './file-listing.ts';
import { dataOf, FILE_COLUMNS, FILE_CURSOR, shaped, withFileColumns } from './file-tables.ts';
import type { FileRead, Files } from './files.ts';
import type { Session } from './session.ts';

export type DuckdbStream = SqlStream & { readonly files: FileRead | undefined };

export const isByTime = ({ files, cursorColumn, spec }: DuckdbStream): boolean =>
  files !== undefined && cursorColumn.name === FILE_CURSOR && spec.byKey !== true;

/** The stream over these files. Where no column of ours is asked for, none is made. */
export function over(stream: DuckdbStream, entries: readonly FileEntry[], columns: readonly string[]): DuckdbStream {
  const { files, spec } = stream;
  if (files === undefined) return stream;
  if (entries.length === 0)
    return { ...stream, relation: shaped('(SELECT 1 WHERE false) AS capi_none', files.columns) };
  const asked = [spec.cursor, ...spec.primaryKey, ...columns];
  const isOurs = FILE_COLUMNS.some(({ name }) => asked.includes(name) || spec.where?.toLowerCase().includes(name));
  const relation = isOurs ? withFileColumns(files.reading, entries) : dataOf(files.reading, entries);
  // All files together have all columns by themselves.
  if (files.frozen === entries) return { ...stream, relation };
  return {
    ...stream,
    relation: shaped(relation, isOurs ? files.columns : files.columns.slice(0, -FILE_COLUMNS.length)),
  };
}

/** The files whose time lies in a range. */
export function within(entries: readonly FileEntry[], { after, from, upTo, before }: Bounds): FileEntry[] {
  const low = microsOf(after?.cursor ?? from ?? '');
  const high = microsOf(upTo?.cursor ?? '');
  const end = microsOf(before ?? '');
  return entries.filter(
    ({ changed }) =>
      (low === undefined || changed >= low) &&
      (high === undefined || changed <= high) &&
      (end === undefined || changed < end),
  );
}

export async function* readRange(
  session: Session,
  files: Files,
  stream: DuckdbStream,
  range: ReadRange,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  if (stream.files === undefined) {
    yield* streamPages(dialect, session.stream, stream, range, signal);
    return;
  }
  const entries = await files.entries(stream.files);
  if (!isByTime(stream)) {
    yield* streamPages(dialect, session.stream, over(stream, entries, range.columns), range, signal);
    return;
  }
  // Sorted by file: nothing is ever sorted that is larger than the files of one moment.
  const inTurn: RunStream = async function* (_statement, doing, stop) {
    for (const group of byTime(within(entries, range))) {
      if (stop.aborted) return;
      const { statement } = rangeQuery(dialect, over(stream, group, range.columns), range);
      yield* session.stream(statement, doing, stop);
    }
  };
  yield* streamPages(dialect, inTurn, over(stream, [], range.columns), range, signal);
}

/** Neighbours of one time together. */
function byTime(entries: readonly FileEntry[]): FileEntry[][] {
  const groups: FileEntry[][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last?.[0]?.changed === entry.changed) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}
