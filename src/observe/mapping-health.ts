/** How a mapping stands, by what state remembers. Of whoever ran it: no instance need be at work. */
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { MatchCoverage } from '../quality/coverage.ts';
import type { Checkpoint, RunRecord, StateStore } from '../state/state-store.ts';
import { type Freshness, freshnessOf } from './freshness.ts';

/** A run that found nothing new says nothing about keys, and a failed one nothing about freshness: so many runs are looked back. */
const LOOK_BACK = 200;

export type MappingHealth = {
  readonly mapping: string;
  readonly checkpoint: Checkpoint | undefined;
  /** The newest, which may still be running. */
  readonly run: RunRecord | undefined;
  /** The newest that read all there was when it began. */
  readonly synced: RunRecord | undefined;
  /** Newest first. */
  readonly recent: readonly RunRecord[];
  readonly matchKeys: MatchCoverage | undefined;
  readonly deadLetters: number;
  readonly inDoubt: number;
  readonly freshness: Freshness;
};

export type HealthReads = Pick<StateStore, 'listRuns' | 'readCheckpoint' | 'countDeadLetters' | 'countInDoubt'>;

/** It read all there was when it began. A retry of dead letters reads nothing new, and a slice is a part of what there is. */
export const isSync = ({ status, counts, slice }: RunRecord): boolean =>
  (status === 'succeeded' || status === 'completed_with_rejections') &&
  counts?.retried === undefined &&
  slice === undefined;

/** @param now epoch seconds */
export const readHealth = async (mapping: ParsedMapping, state: HealthReads, now: number): Promise<MappingHealth> => {
  const { name } = mapping;
  const recent = await state.listRuns(name, LOOK_BACK);
  const synced = recent.find(isSync);
  return {
    mapping: name,
    checkpoint: await state.readCheckpoint(name),
    run: recent[0],
    synced,
    recent,
    matchKeys: recent.find(({ matchKeys }) => matchKeys && matchKeys.events > 0)?.matchKeys,
    deadLetters: await state.countDeadLetters(name),
    inDoubt: await state.countInDoubt(name),
    freshness: synced
      ? freshnessOf(mapping, 'last-sync', Math.max(0, now - synced.startedAt))
      : freshnessOf(mapping, 'unknown', null),
  };
};
