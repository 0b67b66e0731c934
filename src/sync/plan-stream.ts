/** Everything that is known before the first row: columns, bounds of the read, and whether the checkpoint still means what it says. */
import type { Column, Horizon, ReadSpec, Source, Stream } from '../../connectors/connector.ts';
import { parseDuration } from '../config/duration.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ReadPlan } from '../extract/read-stream.ts';
import { checkMapping, mappingColumns, type ParsedMapping } from '../mapping/compile-mapping.ts';
import { fingerprint } from '../mapping/identity.ts';
import { parseInstant } from '../mapping/instants.ts';
import type { TemplateProblem } from '../mapping/template.ts';
import type { Checkpoint } from '../state/state-store.ts';

/** Rows a page. Larger did not read faster and costs memory (docs/performance.md). */
export const PAGE_SIZE = 1_000;
/** Lookback of a number cursor, in units of the cursor, where the mapping names none. */
const NUMBER_LOOKBACK = 1_000;

export type StreamPlan = {
  readonly read: ReadPlan;
  /** The cells of a row, in order. */
  readonly columns: readonly Column[];
  readonly fingerprint: string;
  /** The source's clock, ISO UTC. */
  readonly sourceNow: string;
  /** Where the reading ends, and what it waits for. */
  readonly horizon: Horizon;
};

/** The mapping's expressions do not fit the table. */
export class MappingMismatch extends FatalError {
  readonly problems: readonly TemplateProblem[];
  constructor(mapping: string, problems: readonly TemplateProblem[]) {
    const [first] = problems;
    super(
      'mapping-mismatch',
      `"${mapping}" does not fit its source: ${first?.message ?? ''}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''}`,
      {
        hint: first?.hint ?? `look at "capi-sync preview ${mapping}"`,
        exitCode: EXIT.config,
      },
    );
    this.problems = problems;
  }
}

export const readSpec = ({ file, primaryKey }: ParsedMapping): ReadSpec => ({
  ...(file.source.table !== undefined && { table: file.source.table }),
  ...(file.source.query !== undefined && { query: file.source.query }),
  ...(file.source.where !== undefined && { where: file.source.where }),
  ...(file.source.timezone !== undefined && { timezone: file.source.timezone }),
  primaryKey,
  cursor: file.source.cursor.column,
  onNull: file.source.cursor.on_null,
});

/** What a checkpoint depends on: with another table, key, cursor or filter it would mean other rows. */
export const streamFingerprint = ({ file, primaryKey }: ParsedMapping, stream: Stream): string => {
  const { connection, table, query, where, cursor } = file.source;
  // A cursor or key that was retyped sorts otherwise, and its old text may mean another place.
  const kinds = [cursor.column, ...primaryKey].map(
    (name) => stream.columns.find((column) => column.name === name)?.kind,
  );
  return fingerprint(
    JSON.stringify([connection, table, query, where, primaryKey, cursor.column, stream.cursorUnit, kinds, file.filter]),
  );
};

/**
 * @throws SourceError · MappingMismatch · FatalError `checkpoint-mismatch`
 * @param limit rows wanted at the most: the page is not larger
 */
export const planStream = async (
  mapping: ParsedMapping,
  source: Source,
  checkpoint: Checkpoint | undefined,
  { limit, pageSize = PAGE_SIZE }: { limit?: number | undefined; pageSize?: number | undefined },
): Promise<StreamPlan> => {
  const stream = await source.describe(readSpec(mapping));
  const problems = checkMapping(mapping, stream.columns);
  if (problems.length > 0) throw new MappingMismatch(mapping.name, problems);
  const names = mappingColumns(mapping);
  const columns = names.map((name) => stream.columns.find((column) => column.name === name) as Column);
  const mark = streamFingerprint(mapping, stream);
  if (checkpoint && checkpoint.fingerprint !== mark) {
    throw new FatalError(
      'checkpoint-mismatch',
      `the source, key, cursor or filter of "${mapping.name}" changed: its checkpoint no longer fits`,
      {
        hint: `"capi-sync checkpoint adopt ${mapping.name}" goes on from where it stands: older rows that are new to the mapping stay unread. "capi-sync checkpoint reset ${mapping.name}" reads again all rows from cursor.start (${mapping.file.source.cursor.start}); the ledger keeps what was sent from going out twice`,
        exitCode: EXIT.config,
      },
    );
  }
  const { cursor } = mapping.file.source;
  const horizon = await source.horizon(stream, parseDuration(cursor.lag));
  const read: ReadPlan = {
    stream,
    columns: names,
    checkpoint,
    from: checkpoint ? undefined : await startText(source, stream, cursor.start, horizon.now),
    lookbackFrom: checkpoint ? await lookbackText(source, stream, cursor.lookback, checkpoint.cursor) : undefined,
    before: horizon.before,
    pageSize: Math.max(1, Math.min(pageSize, limit ?? pageSize)),
  };
  return { read, columns, fingerprint: mark, sourceNow: horizon.now, horizon };
};

const DURATION = /^\d+(ms|s|m|h|d)$/;
const NUMBER = /^-?\d+$/;

const mismatch = (what: string, wanted: string): FatalError =>
  new FatalError('cursor-setting', `source.cursor.${what} does not fit the cursor column`, {
    hint: wanted,
    exitCode: EXIT.config,
  });

/** Cursor text of `start`: a duration back from the source's clock, an instant, a number, or nothing for `beginning`. */
const startText = async (
  source: Source,
  stream: Stream,
  start: string | number,
  now: string,
): Promise<string | undefined> => {
  const text = String(start);
  if (text === 'beginning') return undefined;
  if (stream.cursorUnit === 'number') {
    if (NUMBER.test(text)) return text;
    if (text === '7d') return undefined; // the default is meant for times; a number cursor begins at the beginning
    throw mismatch('start', 'the cursor is a number: write `beginning` or the first number to read');
  }
  if (NUMBER.test(text))
    throw mismatch('start', 'the cursor is a time: write `beginning`, a duration back such as 7d, or an instant');
  if (!DURATION.test(text)) {
    const instant = parseInstant(text, 'UTC');
    if (instant === undefined) throw mismatch('start', 'write `beginning`, a duration back such as 7d, or an instant');
    return source.cursorAt(stream, new Date(instant).toISOString());
  }
  return source.shiftBack(stream, await source.cursorAt(stream, now), parseDuration(text));
};

const lookbackText = async (
  source: Source,
  stream: Stream,
  lookback: string | number,
  cursor: string,
): Promise<string | undefined> => {
  const text = String(lookback);
  const isDuration = DURATION.test(text);
  if (stream.cursorUnit === 'number') {
    const units = isDuration ? NUMBER_LOOKBACK : Number(text);
    return units === 0 ? undefined : source.shiftBack(stream, cursor, units);
  }
  if (!isDuration) throw mismatch('lookback', 'the cursor is a time: write a duration such as 10m');
  const seconds = parseDuration(text);
  return seconds === 0 ? undefined : source.shiftBack(stream, cursor, seconds);
};
