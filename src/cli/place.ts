/** A place in a source's reading order, as a person names it, and what a run that begins there would read. */
import type { Position, Source, Stream } from '../../connectors/connector.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { parseInstant } from '../mapping/instants.ts';
import type { Checkpoint } from '../state/state-store.ts';
import type { StreamPlan } from '../sync/plan-stream.ts';
import { count } from './terminal.ts';

const badCursor = (wanted: string): FatalError =>
  new FatalError('cursor-value', 'this is no value of the cursor column', { hint: wanted, exitCode: EXIT.usage });

/** The cursor's text as the source takes it. @throws FatalError `cursor-value` */
export const cursorText = async (
  { file }: ParsedMapping,
  source: Source,
  stream: Stream,
  given: string,
): Promise<string> => {
  const text = given.trim();
  if (stream.cursorUnit === 'number') {
    const form = stream.cursorColumn.kind === 'decimal' ? /^-?\d{1,38}(\.\d+)?$/ : /^-?\d{1,18}$/;
    if (form.test(text)) return text;
    throw badCursor(`"${stream.cursorColumn.name}" is a number: write digits`);
  }
  const instant = parseInstant(text, file.source.timezone ?? 'UTC');
  if (instant === undefined)
    throw badCursor('the cursor is a time: write it as the database shows it, or as 2026-11-20T10:00:00Z');
  if (instant > Date.now()) throw badCursor('it lies in the future: rows up to then would never be read');
  // ISO text is a person's; any other was copied from the database or from `checkpoint show`, and stays exact.
  const isIso = text.includes('T') || text.length === 10;
  return isIso ? source.cursorAt(stream, new Date(instant).toISOString()) : text;
};

/**
 * The position from which a run reads every row at or above the cursor. With a key: every row after that one.
 * @throws FatalError `row-not-found`, `nothing-to-read`
 */
export const placeOf = async (
  mapping: ParsedMapping,
  source: Source,
  { read }: StreamPlan,
  cursor: string,
  key: readonly string[],
): Promise<Position> => {
  const { stream } = read;
  if (key.length > 0) {
    const [row] = await source.readKeys(stream, read.columns, [key]);
    if (row) return { cursor, key };
    throw new FatalError('row-not-found', `the source of "${mapping.name}" has no row with this key`, {
      hint: 'leave --key out: then all rows from the cursor on are read',
      exitCode: EXIT.usage,
    });
  }
  // One second or one unit earlier, so that it does not matter which key stands beside it: too much is read rather than too little.
  const earlier = await source.shiftBack(stream, cursor, 1);
  for (const range of [{ from: earlier }, {}]) {
    const pages = source.readPages(stream, { columns: [], ...range, pageSize: 1 }, new AbortController().signal);
    for await (const { end } of pages) return { cursor: earlier, key: end.key };
  }
  throw new FatalError('nothing-to-read', `the source of "${mapping.name}" has no rows yet`, {
    hint: 'the first run begins at cursor.start',
    exitCode: EXIT.usage,
  });
};

/** Where a run begins: after a position, or at a cursor text, or at the very first row. */
export type Start = { readonly after: Position } | { readonly from: string } | Record<string, never>;

/** Undefined where counting would be costly, or the place means nothing to the source as it is now. */
export const countFrom = async (source: Source, { read }: StreamPlan, start: Start): Promise<number | undefined> => {
  if (read.before === undefined) return 0;
  return source.countRows(read.stream, { ...start, before: read.before }).catch(() => undefined);
};

export type Move = {
  readonly mapping: ParsedMapping;
  /** How a person would name the new place. */
  readonly to: string;
  readonly rows: number | undefined;
  readonly present: Checkpoint | undefined;
  /** Rows that a run would read if nothing was changed. */
  readonly rowsNow: number | undefined;
};

const rowsText = (rows: number | undefined): string =>
  rows === undefined ? 'more rows than are counted' : rows === 1 ? 'one row' : `${count(rows)} rows`;

/** What a moved checkpoint means, in a few sentences. */
export const consequences = ({ mapping, to, rows, present, rowsNow }: Move): string[] => {
  const { name } = mapping;
  const lines = [
    `${name}: ${present ? `stands at ${present.cursor}` : 'has no checkpoint'}; the next run would read from ${to}.`,
    `That is ${rowsText(rows)}${rowsNow === undefined ? '' : `, instead of ${count(rowsNow)}`}. What was sent does not go out again within dedup.window (${mapping.file.dedup.window}).`,
  ];
  if (rows !== undefined && rowsNow !== undefined && rows < rowsNow)
    lines.push(`${rowsText(rowsNow - rows)} in between would never be read.`);
  return lines;
};
