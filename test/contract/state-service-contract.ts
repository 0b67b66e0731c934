/** What `start` keeps in state, on whatever database it is: pauses, a look at leases, and what was told of alerts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processOwner } from '../../src/state/leases.ts';
import { openState } from '../../src/state/open-state.ts';
import { startStateThread } from '../../src/state/open-state-thread.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { leaseOf } from '../support/temporary-state.ts';
import type { StateBed } from './state-beds.ts';

const verdict = (kind: string, raised: boolean, detail = {}) => ({ kind, raised, detail });

export const describeServiceState = (bed: StateBed): void => {
  let state: StateStore;
  beforeEach(async () => {
    await bed.setUp();
    state = await openState(bed.place());
  });
  afterEach(async () => {
    await state.close();
    await bed.tearDown();
  });

  describe('a pause', () => {
    it('is kept, since its first day, until it is ended, also for a mapping that never ran', async () => {
      expect(await state.listPaused()).toEqual([]);
      await state.setPaused('leads', 1_000);
      await state.setPaused('orders', 2_000);
      await state.setPaused('leads', 3_000);
      expect(await state.listPaused()).toEqual([
        { mapping: 'leads', since: 1_000 },
        { mapping: 'orders', since: 2_000 },
      ]);
      await state.setPaused('leads', undefined);
      await state.setPaused('leads', undefined);
      expect(await state.listPaused()).toEqual([{ mapping: 'orders', since: 2_000 }]);
    });
  });

  describe('one run', () => {
    it('is found by its id, as the history tells it, while it goes on and afterwards', async () => {
      expect(await state.readRun(1)).toBeUndefined();
      const fence = await leaseOf(state, 'leads');
      const id = await state.startRun(fence, 1_000);
      expect(await state.readRun(id)).toMatchObject({ id, mapping: 'leads', status: 'running', endedAt: undefined });
      const end = {
        status: 'failed',
        endedAt: 1_002,
        counts: undefined,
        errorCode: 'interrupted',
        errorMessage: 'x',
      } as const;
      await state.finishRun(fence, id, end);
      expect(await state.readRun(id)).toMatchObject({
        id,
        status: 'failed',
        startedAt: 1_000,
        errorCode: 'interrupted',
      });
      expect(await state.readRun(id + 1)).toBeUndefined();
    });
  });

  describe('a look at a lease', () => {
    it('tells who holds it and for how long, by the clock of the database, and changes nothing', async () => {
      expect(await state.readLease('leads', 'me')).toBeUndefined();
      const fence = await leaseOf(state, 'leads', 'elsewhere#1#x');
      const held = await state.readLease('leads', 'me');
      expect(held?.owner).toBe('elsewhere#1#x');
      expect(held?.secondsLeft).toBeGreaterThan(80);
      expect(held?.secondsLeft).toBeLessThanOrEqual(90.5);
      await state.renewLease(fence, -5);
      expect((await state.readLease('leads', 'me'))?.secondsLeft).toBeLessThanOrEqual(0);
      await state.releaseLease(fence);
      expect(await state.readLease('leads', 'me')).toBeUndefined();
    });
    it('knows that the process beside it is gone', async () => {
      const me = processOwner();
      const gone = me.replace(/#\d+#/, '#4194000#');
      await leaseOf(state, 'leads', gone);
      // Only where process ids are told apart from those of other machines.
      if (me.includes('/')) expect(await state.readLease('leads', me)).toEqual({ owner: gone, secondsLeft: 0 });
    });
  });

  describe('an alert', () => {
    const pending = async (channel = 'ops'): Promise<string[]> =>
      (await state.claimAlerts(channel, 60)).map(({ mapping, kind, raised }) => `${mapping} ${kind} ${raised}`);

    it('is to be told when it begins and when it ends, once each, and by one only', async () => {
      await state.noteAlerts('leads', 'ops', [verdict('failed', false)], 100);
      expect(await pending()).toEqual([]);
      await state.noteAlerts('leads', 'ops', [verdict('failed', true, { code: 'x', runs: 3 })], 200);
      await state.noteAlerts('leads', 'ops', [verdict('failed', true, { code: 'y' })], 300);
      const [note, ...more] = await state.claimAlerts('ops', 60);
      expect(note).toEqual({
        mapping: 'leads',
        kind: 'failed',
        raised: true,
        since: 200,
        detail: { code: 'x', runs: 3 },
      });
      expect([more, await pending()]).toEqual([[], []]);
      await state.settleAlerts('ops', note ? [note] : []);
      expect(await pending()).toEqual([]);
      await state.noteAlerts('leads', 'ops', [verdict('failed', false)], 400);
      expect(await pending()).toEqual(['leads failed false']);
    });
    it('that nobody told is claimed again when the claim ends', async () => {
      await state.noteAlerts('leads', 'ops', [verdict('failed', true)], 200);
      expect(await state.claimAlerts('ops', -1)).toHaveLength(1);
      expect(await pending()).toEqual(['leads failed true']);
    });
    it('that was over before it was told is not told at all', async () => {
      await state.noteAlerts('leads', 'ops', [verdict('failed', true)], 200);
      await state.noteAlerts('leads', 'ops', [verdict('failed', false)], 300);
      expect(await pending()).toEqual([]);
    });
    it('that ends while its beginning is told is told as ended next', async () => {
      await state.noteAlerts('leads', 'ops', [verdict('failed', true)], 200);
      const notes = await state.claimAlerts('ops', 60);
      await state.noteAlerts('leads', 'ops', [verdict('failed', false)], 300);
      await state.settleAlerts('ops', notes);
      expect(await pending()).toEqual(['leads failed false']);
    });
    it('is told to each channel by itself; what holds is listed once', async () => {
      for (const channel of ['ops', 'boss']) {
        await state.noteAlerts('leads', channel, [verdict('failed', true), verdict('freshness', true)], 200);
        await state.noteAlerts('orders', channel, [verdict('failed', true)], 200);
      }
      expect(await pending('ops')).toEqual(['leads failed true', 'leads freshness true', 'orders failed true']);
      expect(await pending('boss')).toHaveLength(3);
      expect((await state.listAlerts()).map(({ mapping, kind }) => `${mapping} ${kind}`)).toEqual([
        'leads failed',
        'leads freshness',
        'orders failed',
      ]);
    });
    it('is claimed by one of several that ask at once', async () => {
      await state.noteAlerts('leads', 'ops', [verdict('failed', true)], 200);
      const place = bed.place();
      const other = typeof place === 'string' ? await startStateThread().open(place) : await openState(place);
      try {
        const claims = await Promise.all([state, other, state, other].map((each) => each.claimAlerts('ops', 60)));
        expect(claims.flat()).toHaveLength(1);
      } finally {
        await other.close();
      }
    });
  });
};
