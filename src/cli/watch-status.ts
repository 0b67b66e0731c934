/** What `status --watch` shows, read anew each time: a few statements for all mappings, by state only. */
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { type Freshness, freshnessOf } from '../observe/freshness.ts';
import { nextRun } from '../schedule/next-run.ts';
import type { RunRecord, StateStore } from '../state/state-store.ts';

export type WatchReads = Pick<
  StateStore,
  'recentRuns' | 'listMappings' | 'sumRuns' | 'listOpenEvents' | 'summariseDeadLetters' | 'listPaused'
>;

export type WatchRow = {
  readonly mapping: string;
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** A process holds the lease. */
  readonly isRunning: boolean;
  readonly pausedSince: number | undefined;
  readonly freshness: Freshness;
  /** Of the last 24 hours. */
  readonly sent: number;
  readonly rejected: number;
  readonly deadLetters: number;
  readonly inDoubt: number;
  /** Epoch seconds; by the schedule, without jitter. */
  readonly nextAt: number | undefined;
};

export const RUNS_SHOWN = 24;
const DAY_HOURS = 24;

const nextOf = ({ file: { schedule } }: ParsedMapping, now: number): number | undefined => {
  if (schedule === undefined) return undefined;
  const { cron, timezone = 'UTC' } = typeof schedule === 'string' ? { cron: schedule } : schedule;
  const next = nextRun(cron, timezone)(now * 1000);
  return next === undefined ? undefined : next / 1000;
};

/** @param now epoch seconds */
export const readWatch = async (
  mappings: readonly ParsedMapping[],
  state: WatchReads,
  now: number,
): Promise<WatchRow[]> => {
  const runs = await state.recentRuns(RUNS_SHOWN);
  const known = new Map((await state.listMappings()).map((each) => [each.mapping, each]));
  const day = new Map((await state.sumRuns(Math.floor(now / 3600) - DAY_HOURS)).map((each) => [each.mapping, each]));
  const open = new Map((await state.listOpenEvents()).map((each) => [each.mapping, each.inDoubt]));
  const paused = new Map((await state.listPaused()).map((each) => [each.mapping, each.since]));
  const letters = new Map<string, number>();
  for (const { mapping, rows } of await state.summariseDeadLetters(undefined))
    letters.set(mapping, (letters.get(mapping) ?? 0) + rows);
  return mappings.map((mapping) => {
    const { name } = mapping;
    const { syncedAt, owner } = known.get(name) ?? {};
    const isPaused = paused.has(name);
    return {
      mapping: name,
      runs: runs.filter((run) => run.mapping === name),
      isRunning: owner !== undefined,
      pausedSince: paused.get(name),
      freshness:
        syncedAt === undefined
          ? freshnessOf(mapping, 'unknown', null)
          : freshnessOf(mapping, 'last-sync', Math.max(0, now - syncedAt)),
      sent: day.get(name)?.sent ?? 0,
      rejected: day.get(name)?.rejected ?? 0,
      deadLetters: letters.get(name) ?? 0,
      inDoubt: open.get(name) ?? 0,
      nextAt: isPaused ? undefined : nextOf(mapping, now),
    };
  });
};
