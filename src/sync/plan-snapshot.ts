/** Everything that is known of a snapshot before its first row: columns, what a pass does, and whether what is remembered still means what it says. */
import type { Column, Source } from '../../connectors/connector.ts';
import { snapshotOf } from '../config/source-mode.ts';
import { EXIT, FatalError } from '../errors.ts';
import { checkMapping, mappingColumns, type ParsedMapping } from '../mapping/compile-mapping.ts';
import { emitColumns, VERSION_COLUMN } from '../mapping/emit.ts';
import { fingerprint } from '../mapping/identity.ts';
import type { SnapshotTools } from '../snapshot/read-snapshot.ts';
import { type RowHasher, rowHasher } from '../snapshot/row-hasher.ts';
import type { Checkpoint } from '../state/state-store.ts';
import { MappingMismatch, PAGE_SIZE, readSpec, type StreamPlan } from './plan-stream.ts';

/**
 * What a snapshot has for a checkpoint is no place: its cursor is the time of the last pass that reached the end, or one of these.
 * `FIRST_PASS`: none has yet. `REMEMBER_ALL`: the next one takes all rows as they are, and sends none.
 */
export const FIRST_PASS = 'first pass';
export const REMEMBER_ALL = 'remember all';

export type SnapshotPlan = StreamPlan & {
  /** What a pass does with new and changed rows. */
  readonly pass: 'send' | 'remember';
  /** Rows of the table. */
  readonly rows: number;
  /** Reads the table and compares it. @param find what is remembered of rows */
  readonly open: (find: SnapshotTools['find']) => SnapshotTools;
};

export type SnapshotOptions = {
  /** `state.secret`. */
  readonly secret: string;
  readonly checkpoint: Checkpoint | undefined;
  /** Milliseconds. */
  readonly now: number;
  readonly pageSize?: number | undefined;
};

/** @throws SourceError · MappingMismatch · FatalError `checkpoint-mismatch`, `snapshot-too-large` */
export const planSnapshot = async (
  mapping: ParsedMapping,
  source: Source,
  { secret, checkpoint, now, pageSize = PAGE_SIZE }: SnapshotOptions,
): Promise<SnapshotPlan> => {
  const hasher = rowHasher(secret, mapping.name);
  const stream = await source.describe(readSpec(mapping));
  const problems = checkMapping(mapping, stream.columns);
  if (problems.length > 0) throw new MappingMismatch(mapping.name, problems);
  const names = mappingColumns(mapping);
  const columns = names.map((name) => stream.columns.find((column) => column.name === name) as Column);
  const hasVersion = mapping.emit.kind === 'every_update';
  const mark = snapshotFingerprint(mapping, columns, hasher);
  if (checkpoint && checkpoint.fingerprint !== mark) throw mismatch(mapping);
  const { start, max_rows: most } = snapshotOf(mapping.file);
  const rows = await source.countUpTo(stream, most);
  if (rows > most) throw tooLarge(mapping, most);
  const isFirst = checkpoint === undefined || checkpoint.cursor === FIRST_PASS;
  const sourceNow = new Date(now).toISOString();
  return {
    read: {
      stream,
      columns: names,
      checkpoint: undefined,
      from: undefined,
      lookbackFrom: undefined,
      before: undefined,
      pageSize,
    },
    columns: hasVersion ? [...columns, VERSION] : columns,
    fingerprint: mark,
    sourceNow,
    horizon: { before: undefined, now: sourceNow },
    pass: (isFirst && start === 'none') || checkpoint?.cursor === REMEMBER_ALL ? 'remember' : 'send',
    rows,
    open: (find) => ({
      source,
      stream,
      columns: names,
      primaryKey: mapping.primaryKey,
      hasher,
      find,
      day: Math.floor(now / 86_400_000),
      hasVersion,
    }),
  };
};

const VERSION: Column = { name: VERSION_COLUMN, kind: 'text', type: '', nullable: false };

/**
 * What remembered rows depend on. With another `emit` every row would go out again, under new ids; and so it would with other columns where
 * each change is an event. Where a row is sent once, other columns only make it look changed: the ledger knows it.
 */
const snapshotFingerprint = (mapping: ParsedMapping, columns: readonly Column[], hasher: RowHasher): string => {
  const { file, primaryKey, emit } = mapping;
  const { connection, table, query, where } = file.source;
  const kinds = columns.filter(({ name }) => primaryKey.includes(name)).map(({ name, kind }) => [name, kind]);
  const events =
    emit.kind === 'every_update' ? [emit.kind, columns.map(({ name }) => name).sort()] : [emit.kind, emitColumns(emit)];
  return fingerprint(
    JSON.stringify(['snapshot', connection, table, query, where, primaryKey, kinds, file.filter, hasher.mark, events]),
  );
};

const mismatch = ({ name, emit }: ParsedMapping): FatalError => {
  const columns = emit.kind === 'every_update' ? 'columns, ' : '';
  return new FatalError(
    'checkpoint-mismatch',
    `the source, key, ${columns}filter, emit or state.secret of "${name}" changed, or it was read by a cursor: what is remembered of its rows no longer fits`,
    {
      hint: `"capi-sync checkpoint adopt ${name}" takes all rows as they are now and sends none of them. "capi-sync checkpoint reset ${name}" begins anew, by source.snapshot.start; the ledger keeps what was sent from going out twice, but not under another emit`,
      exitCode: EXIT.config,
    },
  );
};

const tooLarge = ({ name }: ParsedMapping, most: number): FatalError =>
  new FatalError(
    'snapshot-too-large',
    `the source of "${name}" has more than ${most.toLocaleString('en-US')} rows (source.snapshot.max_rows)`,
    {
      hint: 'every run reads all of them: read by a cursor instead (source.cursor), narrow it by source.where, or raise max_rows up to 1,000,000',
      exitCode: EXIT.config,
    },
  );
