/** What every StateStore tells of the past: runs and their sums by hour, what is open, for all mappings at once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../src/state/open-state.ts';
import type { Fence, RunCounts, RunRecord, StateStore } from '../../src/state/state-store.ts';
import { leaseOf } from '../support/temporary-state.ts';
import type { StateBed } from './state-beds.ts';

const key = (n: number): string => n.toString(16).padStart(32, '0');
const HOUR = 3600;
const NO_DUE = { runId: 1, deadLetters: [], cleared: [], checkpoint: undefined };
const counts = (read: number, more: Partial<RunCounts> = {}): RunCounts => ({
  read,
  sent: read,
  duplicate: 0,
  filtered: 0,
  withoutConsent: 0,
  rejected: 0,
  expired: 0,
  batches: 1,
  requests: 1,
  retries: 0,
  inDoubtResent: 0,
  ...more,
});
const coverage = (em: number, ph = 0) => ({
  events: em,
  present: { em, ph },
  dropped: ph === 0 ? {} : { ph: { 'too-short': ph } },
  broadOnly: 0,
  bands: { low: 0, medium: 0, good: em, great: 0 },
});
type End = Partial<Omit<RunRecord, 'id' | 'mapping' | 'startedAt'>>;

export const describeStateHistory = (bed: StateBed): void => {
  let state: StateStore;
  beforeEach(async () => {
    await bed.setUp();
    state = await openState(bed.place());
  });
  afterEach(async () => {
    await state.close();
    await bed.tearDown();
  });

  const run = async (fence: Fence, startedAt: number, end: End = {}): Promise<number> => {
    const id = await state.startRun(fence, startedAt);
    const base = { status: 'succeeded', endedAt: startedAt + 60, counts: counts(10) } as const;
    await state.finishRun(fence, id, { errorCode: undefined, errorMessage: undefined, ...base, ...end });
    return id;
  };

  describe('the history', () => {
    it('has the last runs of each mapping, newest first, and of each so many as are asked for', async () => {
      const [leads, orders] = [await leaseOf(state), await leaseOf(state, 'orders')];
      const ids = [];
      for (let n = 0; n < 5; n += 1) ids.push(await run(leads, n * HOUR));
      const failed = { status: 'failed', errorCode: 'source-tls', errorMessage: 'no', errorHint: 'do this' } as const;
      const other = await run(orders, 9, { ...failed, counts: undefined });
      const runs = await state.recentRuns(3);
      expect(runs.map(({ id }) => id)).toEqual([other, ids[4], ids[3], ids[2]]);
      expect(runs[0]).toMatchObject({ mapping: 'orders', ...failed, startedAt: 9, endedAt: 69, counts: undefined });
      expect(runs[1]).toMatchObject({ mapping: 'leads', status: 'succeeded', counts: { read: 10 } });
      expect((await state.recentRuns(2, 'leads')).map(({ id }) => id)).toEqual([ids[4], ids[3]]);
      expect((await state.recentRuns(9, 'leads')).map(({ id }) => id)).toEqual(ids.toReversed());
      expect(await state.recentRuns(3, 'nobody')).toEqual([]);
    });

    it('adds runs up by the hour of their end, by mapping and for all', async () => {
      const [leads, orders] = [await leaseOf(state), await leaseOf(state, 'orders')];
      await run(leads, 100 * HOUR, { counts: counts(10, { sent: 7, rejected: 3, retries: 2 }) });
      await run(leads, 100 * HOUR + 120, { status: 'failed', counts: counts(4) });
      await run(leads, 102 * HOUR - 30, { counts: counts(5) });
      await run(orders, 100 * HOUR, { counts: counts(1) });
      const none = { duplicate: 0, filtered: 0, expired: 0, inDoubtResent: 0 };
      const first = { ...none, runs: 2, failed: 1, read: 14, sent: 11, rejected: 3, requests: 2, retries: 2 };
      const last = { ...none, runs: 1, failed: 0, read: 5, sent: 5, rejected: 0, requests: 1, retries: 0 };
      expect(await state.listRunHours('leads', 0)).toEqual([
        { hour: 100, ...first, busySeconds: 120 },
        { hour: 102, ...last, busySeconds: 60 },
      ]);
      expect(await state.listRunHours(undefined, 100)).toMatchObject([
        { hour: 100, runs: 3, read: 15 },
        { hour: 102, runs: 1, read: 5 },
      ]);
      expect(await state.listRunHours('leads', 101)).toHaveLength(1);
      expect(await state.listRunHours('nobody', 0)).toEqual([]);
      const sums = await state.sumRuns(0);
      expect(sums.toSorted((a, b) => a.mapping.localeCompare(b.mapping))).toMatchObject([
        { mapping: 'leads', runs: 3, failed: 1, read: 19, sent: 16 },
        { mapping: 'orders', runs: 1, read: 1 },
      ]);
      expect(await state.sumRuns(103)).toEqual([]);
    });

    it('adds up what events carried and how old they were', async () => {
      const leads = await leaseOf(state);
      await run(leads, 10 * HOUR, { matchKeys: coverage(4), eventAges: [1, 2, 3] });
      await run(leads, 10 * HOUR + 90, { matchKeys: coverage(6, 2), eventAges: [4, 0, 1] });
      await run(leads, 12 * HOUR, { eventAges: [0, 0, 5] });
      expect(await state.sumRunDetails('leads', 0)).toEqual({
        ages: [5, 2, 9],
        matchKeys: {
          events: 10,
          present: { em: 10, ph: 2 },
          dropped: { ph: { 'too-short': 2 } },
          broadOnly: 0,
          bands: { low: 0, medium: 0, good: 10, great: 0 },
        },
      });
      expect(await state.sumRunDetails('leads', 11)).toEqual({ ages: [0, 0, 5] });
      expect(await state.sumRunDetails('nobody', 0)).toEqual({});
      expect((await state.listRuns('leads', 1))[0]).toMatchObject({ eventAges: [0, 0, 5], matchKeys: undefined });
    });

    it('knows when a mapping last read all there was: neither a failed run nor a retry of dead letters did', async () => {
      const leads = await leaseOf(state);
      expect(await state.listMappings()).toEqual([{ mapping: 'leads', syncedAt: undefined, owner: 'test#0#me' }]);
      await run(leads, 500, { status: 'completed_with_rejections' });
      await run(leads, 600, { status: 'failed' });
      await run(leads, 700, { counts: counts(3, { retried: 3 }) });
      await state.releaseLease(leads);
      await leaseOf(state, 'ads');
      expect(await state.listMappings()).toEqual([
        { mapping: 'ads', syncedAt: undefined, owner: 'test#0#me' },
        { mapping: 'leads', syncedAt: 500, owner: undefined },
      ]);
    });

    it('counts a run whose process died as failed, in the hour in which that was seen', async () => {
      const first = await leaseOf(state);
      await state.startRun(first, 10 * HOUR);
      await state.releaseLease(first);
      await state.startRun(await leaseOf(state), 12 * HOUR);
      expect(await state.listRunHours('leads', 0)).toMatchObject([{ hour: 12, runs: 1, failed: 1, read: 0 }]);
    });

    it('tells what is under way from what nobody waits for any more', async () => {
      const first = await leaseOf(state);
      await state.planBatch(first, 1, [key(1), key(2)], 100);
      await state.planBatch(first, 1, [key(3)], 90);
      expect(await state.listOpenEvents()).toEqual([
        { mapping: 'leads', underWay: 3, inDoubt: 0, inDoubtBatches: 0, inDoubtSince: undefined },
      ]);
      await state.releaseLease(first);
      const lost = { mapping: 'leads', underWay: 0, inDoubt: 3, inDoubtBatches: 2, inDoubtSince: 90 };
      expect(await state.listOpenEvents()).toEqual([lost]);
      const second = await leaseOf(state);
      const batch = await state.planBatch(second, 2, [key(4)], 200);
      expect(await state.listOpenEvents()).toEqual([{ ...lost, underWay: 1 }]);
      await state.ackBatch(second, batch, NO_DUE, 201);
      expect(await state.listOpenEvents()).toEqual([lost]);
    });

    it('of a state made before there were sums is added up when it is opened', async () => {
      await state.close();
      await bed.tearDown();
      await bed.setUp();
      await (await openState(bed.place(), { upTo: 2 })).close();
      const rows = [
        [1, 'succeeded', 360_000, 360_060, JSON.stringify(counts(10)), JSON.stringify(coverage(4))],
        [2, 'succeeded', 360_100, 360_160, JSON.stringify(counts(5, { retried: 5 })), JSON.stringify(coverage(1))],
        [3, 'failed', 360_200, 360_260, JSON.stringify(counts(1)), null],
      ];
      await bed.execute('stream', (name) => `INSERT INTO ${name} (id, name) VALUES (1, 'leads')`);
      for (const [id, ...values] of rows) {
        const list = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(', ');
        await bed.execute(
          'run',
          (name) =>
            `INSERT INTO ${name} (id, stream_id, epoch, status, started_at, ended_at, counts, match_keys) VALUES (${id}, 1, 1, ${list})`,
        );
      }
      state = await openState(bed.place());
      expect(await state.listRunHours('leads', 0)).toMatchObject([{ hour: 100, runs: 3, failed: 1, read: 16 }]);
      expect(await state.sumRunDetails('leads', 0)).toEqual({ matchKeys: coverage(5) });
      expect(await state.listMappings()).toMatchObject([{ mapping: 'leads', syncedAt: 360_000 }]);
    });
  });
};
