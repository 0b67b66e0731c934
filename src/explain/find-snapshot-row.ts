/** Reads one row of a snapshot by its key, and finds out whether it is as it was when it was last read. */
import type { Source } from '../../connectors/connector.ts';
import { FatalError } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { readSnapshotKeys } from '../snapshot/read-snapshot.ts';
import type { Checkpoint, StateStore } from '../state/state-store.ts';
import { planSnapshot } from '../sync/plan-snapshot.ts';
import { readSpec } from '../sync/plan-stream.ts';
import { type FoundRow, notFound } from './find-row.ts';

export type SnapshotMemory = {
  readonly checkpoint: Checkpoint | undefined;
  /** Undefined before the first run. */
  readonly state: Pick<StateStore, 'findRowHashes'> | undefined;
  readonly secret: string;
  /** Milliseconds. */
  readonly now: number;
};

/**
 * What is remembered under another secret or table is left aside, as after `checkpoint reset`.
 * @throws SourceError · MappingMismatch
 */
export const openSnapshotFinder = async (
  mapping: ParsedMapping,
  source: Source,
  { checkpoint, state, secret, now }: SnapshotMemory,
): Promise<(key: readonly string[]) => Promise<FoundRow>> => {
  const planFor = (known: Checkpoint | undefined) => planSnapshot(mapping, source, { secret, checkpoint: known, now });
  let fits = state !== undefined;
  const { columns, open } = await planFor(checkpoint).catch((error: unknown) => {
    if (!(error instanceof FatalError && error.code === 'checkpoint-mismatch')) throw error;
    fits = false;
    return planFor(undefined);
  });
  const snapshot = open(async (keys) => (fits && state ? state.findRowHashes(mapping.name, keys) : new Map()));
  return async (key) => {
    const [found] = await readSnapshotKeys(snapshot, [key]);
    if (found) return { row: found.row, columns, reach: found.isUnchanged ? 'unchanged' : 'next-run' };
    if (mapping.file.source.where === undefined) throw notFound(mapping);
    const { where: _where, ...spec } = readSpec(mapping);
    const [hidden] = await readSnapshotKeys(snapshot, [key], await source.describe(spec));
    if (!hidden) throw notFound(mapping);
    return { row: hidden.row, columns, reach: 'where' };
  };
};
