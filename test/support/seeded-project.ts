/**
 * A project with a past: 30 mappings of an invented shop, and 10,000 runs of them in state, as after two weeks of work. Always the same past but for
 * the day it ends on. Runs are written beside the store, in one transaction and with the store's own sums: a commit for each would take a minute.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { noAges } from '../../src/quality/event-ages.ts';
import { openState } from '../../src/state/open-state.ts';
import { addHourRows, type HourRow, hourOf, hourRow, TOTALS } from '../../src/state/run-hours.ts';
import type { DeadLetter, RunCounts, StateStore } from '../../src/state/state-store.ts';
import { configText, mappingText, SEEDED_MAPPINGS, type SeededMapping } from './seeded-mappings.ts';

export const SEEDED_RUNS = 10_000;
export const SERVER_TOKEN = 'a-token-for-the-status-page';

/** Numbers that look like chance and are always the same. */
const dice = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 4_294_967_296;
};

const COUNTS: RunCounts = {
  read: 0,
  sent: 0,
  duplicate: 0,
  filtered: 0,
  withoutConsent: 0,
  rejected: 0,
  expired: 0,
  batches: 1,
  requests: 1,
  retries: 0,
  inDoubtResent: 0,
};

/** As many rows as the hour of the day brings. */
const countsOf = (roll: () => number, hour: number, size: number, rejects: number): RunCounts => {
  const busy = 0.25 + Math.max(0, Math.sin(((hour - 6) / 24) * 2 * Math.PI)) + roll() * 0.35;
  const read = Math.round(size * busy);
  const filtered = Math.round(read * 0.09);
  const duplicate = Math.round(read * (0.1 + roll() * 0.05));
  const rejected = rejects > 0 ? Math.round(read * rejects * roll()) : 0;
  const expired = roll() < 0.02 ? Math.round(read * 0.01) : 0;
  const sent = read - filtered - duplicate - rejected - expired;
  const batches = Math.ceil(sent / 1000);
  return {
    ...COUNTS,
    read,
    sent,
    duplicate,
    filtered,
    withoutConsent: Math.round(filtered / 2),
    rejected,
    expired,
    batches,
    requests: batches,
  };
};

const SHARES = { em: 0.86, ph: 0.62, fn: 0.94, ln: 0.94, zp: 0.71, country: 1, external_id: 0.97 } as const;

const coverageOf = (events: number, roll: () => number) => {
  const part = (share: number): number => Math.round(events * Math.min(1, share * (0.97 + roll() * 0.05)));
  const present = Object.fromEntries(Object.entries(SHARES).map(([key, share]) => [key, part(share)]));
  const [great, good] = [part(0.58), part(0.29)];
  return {
    events,
    present,
    dropped: {
      ph: { 'phone-without-country': part(0.04), 'invalid-phone': part(0.02) },
      em: { 'invalid-email': part(0.01) },
    },
    broadOnly: part(0.01),
    bands: { low: part(0.02), medium: Math.max(0, events - great - good - part(0.02)), good, great },
  };
};

const agesOf = (sent: number, every: number, roll: () => number): number[] => {
  const shares = every <= 30 ? [0.22, 0.46, 0.27, 0.03, 0.01, 0.01] : [0.04, 0.12, 0.4, 0.28, 0.12, 0.03, 0.01];
  return noAges().map((_, n) => Math.round(sent * (shares[n] ?? 0) * (0.9 + roll() * 0.2)));
};

type PastRun = {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: string;
  readonly counts: RunCounts;
  readonly error?: readonly [string, string, string];
};

const ERRORS = {
  failing: [
    'source-unreachable',
    'the source does not answer (PostgreSQL at crm-replica.internal:5432, ECONNREFUSED)',
    'check that the server runs and may be reached from here; capi-sync check says more',
  ],
  interrupted: ['interrupted', 'the process ended before the run did', 'the next run goes on from the checkpoint'],
} as const;

/** The runs of one mapping, oldest first. */
const pastOf = ({ every, story }: SeededMapping, n: number, runs: number, end: number): PastRun[] => {
  const roll = dice(n * 7919 + 17);
  const size = 40 + roll() * 900;
  const lastAt =
    end -
    (story === 'late' ? 27 * 3600 : story === 'paused' ? 3 * 3600 : Math.round(every * 60 * (0.1 + roll() * 0.4)));
  return Array.from({ length: runs }, (_, at): PastRun => {
    const left = runs - 1 - at;
    const startedAt = Math.round(lastAt - left * every * 60 - roll() * 5);
    const endedAt = startedAt + 1 + Math.round(roll() * 9);
    const fails = (story === 'failing' && left < 5) || (left > 6 && roll() < 0.004);
    if (fails) return { startedAt, endedAt, status: 'failed', counts: COUNTS, error: ERRORS.failing };
    if (story === 'interrupted' && left === 0)
      return { startedAt, endedAt, status: 'failed', counts: COUNTS, error: ERRORS.interrupted };
    const rejects = story === 'rejections' ? 0.05 : roll() < 0.03 ? 0.01 : 0;
    const counts = countsOf(roll, new Date(startedAt * 1000).getUTCHours(), size, rejects);
    return { startedAt, endedAt, status: counts.rejected > 0 ? 'completed_with_rejections' : 'succeeded', counts };
  });
};

const writeRuns = (file: string, ids: ReadonlyMap<string, number>, end: number, total: number): void => {
  const db = new Database(file);
  const run = db.prepare(
    `INSERT INTO run (stream_id, epoch, status, started_at, ended_at, counts, match_keys, event_ages, error_code, error_message, error_hint)
     VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const columns = ['stream_id', 'hour', ...Object.values(TOTALS), 'details'];
  const hour = db.prepare(
    `INSERT INTO run_hour (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
  );
  const synced = db.prepare('UPDATE stream SET synced_at = ? WHERE id = ?');
  // Who runs more often has more runs; what is left over goes to the first.
  const weights = SEEDED_MAPPINGS.map(({ every }) => 1 / every);
  const sum = weights.reduce((a, b) => a + b, 0);
  const shares = weights.map((weight) => Math.floor((weight / sum) * total));
  shares[0] = (shares[0] ?? 0) + total - shares.reduce((a, b) => a + b, 0);
  db.transaction(() => {
    for (const [n, seeded] of SEEDED_MAPPINGS.entries()) {
      const id = ids.get(seeded.name) as number;
      const roll = dice(n + 3);
      const hours = new Map<number, HourRow>();
      for (const { startedAt, endedAt, status, counts, error } of pastOf(seeded, n, shares[n] ?? 0, end)) {
        const matchKeys = coverageOf(counts.read - counts.filtered, roll);
        const ages = agesOf(counts.sent, seeded.every, roll);
        run.run(
          id,
          status,
          startedAt,
          endedAt,
          JSON.stringify(counts),
          JSON.stringify(matchKeys),
          JSON.stringify(ages),
          ...(error ?? [null, null, null]),
        );
        const row = hourRow({
          runs: 1,
          failed: status === 'failed' ? 1 : 0,
          endedAt,
          busySeconds: endedAt - startedAt,
          counts,
          details: { matchKeys, ages },
        });
        const at = hourOf(endedAt);
        const known = hours.get(at);
        hours.set(at, known ? addHourRows(known, row) : row);
        if (status !== 'failed') synced.run(startedAt, id);
      }
      for (const [at, row] of hours) hour.run({ stream_id: id, hour: at, ...row });
    }
  })();
  db.close();
};

const LETTERS: readonly (readonly [string, string, number])[] = [
  ['weak-match-keys', 'user_data', 214],
  ['currency-missing', 'custom_data.currency', 61],
  ['value-missing', 'custom_data.value', 23],
  ['event-time-future', 'event_time', 4],
];

const lettersOf = (n: number): DeadLetter[] =>
  LETTERS.slice(0, n === 0 ? 4 : 2).flatMap(([code, field, rows]) =>
    Array.from({ length: n === 0 ? rows : Math.ceil(rows / 9) }, (_, at) => ({
      rowKey: [`${code}-${at}`],
      fingerprint: 'f'.repeat(16),
      origin: 'local' as const,
      code,
      field,
    })),
  );

const writeRest = async (state: StateStore, ids: Map<string, number>, end: number): Promise<void> => {
  for (const [n, { name, story }] of SEEDED_MAPPINGS.entries()) {
    const lease = await state.acquireLease(name, 'seed', 60);
    if ('heldBy' in lease) throw new Error('the seed found a lease');
    const { fence } = lease;
    ids.set(name, fence.streamId);
    const cursor = new Date((end - 400) * 1000).toISOString().slice(0, 19).replace('T', ' ');
    const due = {
      runId: 1,
      cleared: [],
      deadLetters: story === 'rejections' ? lettersOf(n) : [],
      checkpoint: { cursor, key: ['1'], fingerprint: 'x' },
    };
    await state.settle(fence, due, end - 3000);
    if (story === 'in-doubt')
      await state.planBatch(
        fence,
        1,
        Array.from({ length: 640 }, (_, at) => at.toString(16).padStart(32, '0')),
        end - 900,
      );
    await state.releaseLease(fence);
  }
};

/** Writes config, mappings and state. @param scheduled false: nothing runs by itself */
export const seedProject = async (
  dir: string,
  {
    baseUrl,
    port,
    scheduled = true,
    runs = SEEDED_RUNS,
    now = Date.now(),
  }: { baseUrl: string; port: number; scheduled?: boolean; runs?: number; now?: number },
): Promise<void> => {
  mkdirSync(join(dir, 'mappings'), { recursive: true });
  mkdirSync(join(dir, '.capi-sync'));
  writeFileSync(join(dir, 'config.yaml'), configText(baseUrl, port));
  writeFileSync(join(dir, '.env'), `META_ACCESS_TOKEN=EAAseededToken\nCAPI_SYNC_TOKEN=${SERVER_TOKEN}\n`);
  for (const [n, seeded] of SEEDED_MAPPINGS.entries())
    writeFileSync(join(dir, 'mappings', `${seeded.name}.yaml`), mappingText(seeded, n, scheduled));
  const end = Math.floor(now / 1000);
  const file = join(dir, '.capi-sync/state.db');
  const ids = new Map<string, number>();
  const state = await openState(file);
  await writeRest(state, ids, end);
  await state.close();
  writeRuns(file, ids, end, runs);
};
