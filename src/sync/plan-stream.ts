/** Everything that is known before the first row: columns, bounds of the read, and whether the checkpoint still means what it says. */
import type { Column, Horizon, ReadSpec, Source, Stream } from '../../connectors/connector.ts';
import { parseDuration } from '../config/duration.ts';
import { cursorOf, isSnapshot } from '../config/source-mode.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ReadPlan } from '../extract/read-stream.ts';
import { checkMapping, mappingColumns, type ParsedMapping } from '../mapping/compile-mapping.ts';
import { fingerprint } from '../mapping/identity.ts';
import type { TemplateProblem } from '../mapping/template.ts';
import type { Checkpoint } from '../state/state-store.ts';
import { checkpointMismatch } from './checkpoint-mismatch.ts';
import { lookbackText, startText } from './cursor-texts.ts';

/** Rows a page. Larger did not read faster and costs memory (docs/performance.md). */
export const PAGE_SIZE = 1_000;

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

/** A part of the cursor's range, as cursor text: from `from` (else the first row) up to `before` (else the horizon), which it does not hold. */
export type Within = { readonly from: string | undefined; readonly before: string | undefined };

export type PlanOptions = {
  /** Rows wanted at the most: the page is not larger. */
  readonly limit?: number | undefined;
  readonly pageSize?: number | undefined;
  /** Nothing but this part is read; it has no lookback. Left out: from the checkpoint or `start` to the horizon. */
  readonly within?: ((stream: Stream, horizon: Horizon) => Promise<Within>) | undefined;
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

export const readSpec = (mapping: ParsedMapping): ReadSpec => {
  const { file, primaryKey } = mapping;
  return {
    ...(file.source.table !== undefined && { table: file.source.table }),
    ...(file.source.query !== undefined && { query: file.source.query }),
    ...(file.source.where !== undefined && { where: file.source.where }),
    ...(file.source.timezone !== undefined && { timezone: file.source.timezone }),
    primaryKey,
    ...(isSnapshot(file)
      ? { cursor: primaryKey[0] ?? '', byKey: true, onNull: 'error' }
      : { cursor: cursorOf(file).column, onNull: cursorOf(file).on_null }),
    wants: mappingColumns(mapping),
  };
};

/** What a checkpoint depends on: with another table, key, cursor or filter it would mean other rows. */
export const streamFingerprint = ({ file, primaryKey }: ParsedMapping, stream: Stream): string => {
  const { connection, table, query, where } = file.source;
  const cursor = cursorOf(file);
  // A cursor or key that was retyped sorts otherwise, and its old text may mean another place.
  const kinds = [cursor.column, ...primaryKey].map(
    (name) => stream.columns.find((column) => column.name === name)?.kind,
  );
  return fingerprint(
    JSON.stringify([connection, table, query, where, primaryKey, cursor.column, stream.cursorUnit, kinds, file.filter]),
  );
};

/** @throws SourceError · MappingMismatch · FatalError `checkpoint-mismatch`, and what `within` throws */
export const planStream = async (
  mapping: ParsedMapping,
  source: Source,
  checkpoint: Checkpoint | undefined,
  { limit, pageSize = PAGE_SIZE, within: withinOf }: PlanOptions,
): Promise<StreamPlan> => {
  const stream = await source.describe(readSpec(mapping));
  const problems = checkMapping(mapping, stream.columns);
  if (problems.length > 0) throw new MappingMismatch(mapping.name, problems);
  const names = mappingColumns(mapping);
  const columns = names.map((name) => stream.columns.find((column) => column.name === name) as Column);
  const mark = streamFingerprint(mapping, stream);
  const cursor = cursorOf(mapping.file);
  const horizon = await source.horizon(stream, parseDuration(cursor.lag), parseDuration(cursor.max_stall));
  if (checkpoint && checkpoint.fingerprint !== mark) throw await checkpointMismatch(mapping, source, stream, horizon);
  const within = await withinOf?.(stream, horizon);
  const read: ReadPlan = {
    stream,
    columns: names,
    checkpoint,
    from: checkpoint ? undefined : within ? within.from : await startText(source, stream, cursor.start, horizon.now),
    lookbackFrom:
      checkpoint && !within ? await lookbackText(source, stream, cursor.lookback, checkpoint.cursor) : undefined,
    before: within?.before ?? horizon.before,
    pageSize: Math.max(1, Math.min(pageSize, limit ?? pageSize)),
  };
  return { read, columns, fingerprint: mark, sourceNow: horizon.now, horizon };
};
