/**
 * Sums of runs by the hour in which they ended. They are written with the end of each run, so that a page that shows weeks of a mapping
 * reads a few hundred short rows, however many runs there were.
 */
import type { Knex } from 'knex';
import type { MatchCoverage } from '../quality/coverage.ts';
import type { EventAges } from '../quality/event-ages.ts';
import type { RunCounts, StateStore } from './state-store.ts';

/** What runs did, added up. */
export type RunTotals = {
  readonly runs: number;
  readonly failed: number;
  readonly read: number;
  readonly sent: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly rejected: number;
  readonly expired: number;
  readonly requests: number;
  readonly retries: number;
  readonly inDoubtResent: number;
  readonly busySeconds: number;
};

/** `hour`: whole hours since 1970. */
export type RunHour = RunTotals & { readonly hour: number };

export type RunDetails = { readonly ages?: EventAges; readonly matchKeys?: MatchCoverage };

/** A run as far as its hour is concerned. */
export type EndedRun = {
  readonly runs: number;
  readonly failed: number;
  readonly endedAt: number;
  readonly busySeconds: number;
  readonly counts: RunCounts | undefined;
  readonly details: RunDetails;
};

/** A quarter of a year: what the page can show at the most. */
export const HOURS_KEPT = 92 * 24;

/** Property and column. */
export const TOTALS = {
  runs: 'runs',
  failed: 'failed',
  read: 'rows_read',
  sent: 'sent',
  duplicate: 'duplicate',
  filtered: 'filtered',
  rejected: 'rejected',
  expired: 'expired',
  requests: 'requests',
  retries: 'retries',
  inDoubtResent: 'in_doubt_resent',
  busySeconds: 'busy_seconds',
} as const satisfies Record<keyof RunTotals, string>;

const names = Object.entries(TOTALS) as [keyof RunTotals, string][];

export const hourOf = (seconds: number): number => Math.floor(seconds / 3600);

/** A row of `run_hour`, without its key. */
export type HourRow = Record<string, number | string | null>;

export const hourRow = ({ runs, failed, busySeconds, counts, details }: EndedRun): HourRow => {
  const own = { runs, failed, busySeconds };
  return {
    ...Object.fromEntries(names.map(([name, column]) => [column, { ...counts, ...own }[name] ?? 0])),
    details: Object.keys(details).length === 0 ? null : JSON.stringify(details),
  };
};

export const addHourRows = (to: HourRow, more: HourRow): HourRow => ({
  ...Object.fromEntries(names.map(([, column]) => [column, Number(to[column] ?? 0) + Number(more[column] ?? 0)])),
  details: addTexts(to.details, more.details),
});

const addTexts = (to: unknown, more: unknown): string | null => {
  if (typeof more !== 'string') return typeof to === 'string' ? to : null;
  return typeof to === 'string' ? JSON.stringify(addTree(JSON.parse(to), JSON.parse(more))) : more;
};

/** Adds numbers wherever they stand in two trees of the same kind; what only one of them has stays. */
const addTree = (to: unknown, more: unknown): unknown => {
  if (typeof to === 'number' && typeof more === 'number') return to + more;
  if (typeof to !== 'object' || to === null || typeof more !== 'object' || more === null) return to ?? more;
  const [left, right] = [to as Record<string, unknown>, more as Record<string, unknown>];
  if (Array.isArray(to)) return to.map((each: unknown, n) => addTree(each, (more as unknown[])[n]));
  return Object.fromEntries(
    [...new Set([...Object.keys(left), ...Object.keys(right)])].map((key) => [key, addTree(left[key], right[key])]),
  );
};

/** Within the transaction that ends the run, which holds the mapping's lease: nobody else writes to its hours. */
export const addToHour = async (tx: Knex, streamId: number, run: EndedRun): Promise<void> => {
  const hour = hourOf(run.endedAt);
  const place = { stream_id: streamId, hour };
  const known: HourRow | undefined = await tx('run_hour').where(place).first();
  const row = hourRow(run);
  if (known) await tx('run_hour').where(place).update(addHourRows(known, row));
  else {
    await tx('run_hour').insert({ ...place, ...row });
    await tx('run_hour')
      .where({ stream_id: streamId })
      .where('hour', '<', hour - HOURS_KEPT)
      .delete();
  }
};

type Reads = Pick<StateStore, 'sumRuns' | 'listRunHours' | 'sumRunDetails'>;

export const runHourStore = (db: Knex): Reads => {
  const hours = (mapping: string | undefined, sinceHour: number): Knex.QueryBuilder =>
    db('run_hour')
      .join('stream', 'stream.id', 'run_hour.stream_id')
      .modify((query) => (mapping === undefined ? query : query.where('stream.name', mapping)))
      .where('hour', '>=', sinceHour);
  const sums = Object.fromEntries(names.map(([name, column]) => [name, column]));
  const totals = (row: Record<string, unknown>): RunTotals =>
    Object.fromEntries(names.map(([name]) => [name, Number(row[name])])) as RunTotals;
  return {
    sumRuns: async (sinceHour) => {
      const rows: Record<string, unknown>[] = await hours(undefined, sinceHour)
        .groupBy('stream.name')
        .sum(sums)
        .select('stream.name');
      return rows.map((row) => ({ mapping: String(row.name), ...totals(row) }));
    },
    listRunHours: async (mapping, sinceHour) => {
      const rows: Record<string, unknown>[] = await hours(mapping, sinceHour)
        .groupBy('hour')
        .orderBy('hour')
        .sum(sums)
        .select('hour');
      return rows.map((row) => ({ hour: Number(row.hour), ...totals(row) }));
    },
    sumRunDetails: async (mapping, sinceHour) => {
      const rows: { details: string }[] = await hours(mapping, sinceHour).whereNotNull('details').select('details');
      return rows.reduce<RunDetails>(
        (sum, { details }) => addTree(sum, JSON.parse(details) as RunDetails) as RunDetails,
        {},
      );
    },
  };
};
