/** One mapping in a few numbers, from what this process sees of it and what state remembers. */
import { parseDuration } from '../../config/duration.ts';
import { freshnessOf } from '../../observe/freshness.ts';
import type { KnownMapping, OpenEvents } from '../../state/overview.ts';
import type { RunTotals } from '../../state/run-hours.ts';
import type { RunRecord } from '../../state/state-store.ts';
import type { MappingView } from '../seams.ts';
import { judgeHealth } from './judge-health.ts';
import { type LetterSum, letterGroups } from './letter-groups.ts';
import type { LiveRun, MappingSummary, RunCell } from './page-data.ts';

export type MappingFacts = {
  readonly known: KnownMapping | undefined;
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  readonly day: RunTotals;
  readonly letters: readonly LetterSum[];
  readonly open: OpenEvents | undefined;
};

export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

export const NO_TOTALS: RunTotals = {
  runs: 0,
  failed: 0,
  read: 0,
  sent: 0,
  duplicate: 0,
  filtered: 0,
  rejected: 0,
  expired: 0,
  requests: 0,
  retries: 0,
  inDoubtResent: 0,
  busySeconds: 0,
};

export const runCell = ({ id, status, startedAt, endedAt, counts, errorCode }: RunRecord): RunCell => ({
  id,
  status,
  startedAt,
  endedAt,
  read: counts?.read ?? 0,
  sent: counts?.sent ?? 0,
  rejected: counts?.rejected ?? 0,
  errorCode,
});

export const liveRun = (running: MappingView['running']): LiveRun | undefined =>
  running && {
    trigger: running.trigger,
    startedAt: seconds(running.startedAt),
    read: running.counts?.read ?? 0,
    sent: running.counts?.sent ?? 0,
    rejected: running.counts?.rejected ?? 0,
    totalRows: running.totalRows,
  };

/** @param now epoch seconds */
export const summariseMapping = (
  view: MappingView,
  { known, runs, day, letters, open }: MappingFacts,
  now: number,
): { summary: MappingSummary; rank: number } => {
  const { definition, schedule, running } = view;
  const { file } = definition;
  const syncedAt = known?.syncedAt;
  const freshness =
    syncedAt === undefined
      ? freshnessOf(definition, 'unknown', null)
      : freshnessOf(definition, 'last-sync', Math.max(0, now - syncedAt));
  const elsewhere = running === undefined && view.elsewhereUntil !== undefined;
  const inDoubt = open?.inDoubt ?? 0;
  const nextAt = view.nextAt === undefined ? undefined : seconds(view.nextAt);
  const { health, rank } = judgeHealth({
    name: view.name,
    runs,
    freshness,
    isRunning: running !== undefined || elsewhere,
    isPaused: view.pausedSince !== undefined,
    hasSchedule: schedule !== undefined,
    onUnknown: file.on_unknown,
    inDoubt,
    letters: letterGroups(letters),
    now,
  });
  const limit = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseDuration(text);
  return {
    rank,
    summary: {
      name: view.name,
      description: file.description,
      health,
      schedule: schedule && { cron: schedule.cron, timezone: schedule.timezone },
      nextAt,
      pausedSince: view.pausedSince === undefined ? undefined : seconds(view.pausedSince),
      queued: view.queued !== undefined,
      running: liveRun(running),
      elsewhere,
      syncedAt,
      freshness: freshness.level,
      limits: { warn: limit(file.freshness?.warn), alert: limit(file.freshness?.alert), meta: freshness.limitSeconds },
      runs: runs.map(runCell).toReversed(),
      day,
      deadLetters: letters.reduce((sum, { rows }) => sum + rows, 0),
      inDoubt,
    },
  };
};
