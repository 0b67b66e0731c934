/**
 * What every StateStore promises, whatever database it is on. One suite: `npm run check` runs it on SQLite (test/unit/state), the integration tests
 * on PostgreSQL and MySQL or MariaDB as well (test/contract/state-store.test.ts).
 */
import { spawn, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerIsGone, processOwner } from '../../src/state/leases.ts';
import { openState, type StatePlace } from '../../src/state/open-state.ts';
import { startStateThread } from '../../src/state/open-state-thread.ts';
import type { Due, Fence, StateStore } from '../../src/state/state-store.ts';
import { leaseOf } from '../support/temporary-state.ts';
import type { StateBed } from './state-beds.ts';

const key = (n: number): string => n.toString(16).padStart(32, '0');
const DAY = 86_400;
const due = (changes: Partial<Due> = {}): Due => ({
  runId: 1,
  deadLetters: [],
  cleared: [],
  checkpoint: undefined,
  ...changes,
});
const checkpoint = (cursor: string) => ({ cursor, key: ['a"b', ''], fingerprint: 'print' });
const letter = (name: string, changes = {}) => ({
  rowKey: [name],
  fingerprint: 'f'.repeat(16),
  origin: 'local' as const,
  code: 'no-match-keys',
  field: 'user_data',
  ...changes,
});
const TABLES = ['checkpoint', 'read_slice', 'batch', 'batch_key', 'ledger', 'dead_letter', 'run', 'lease'];
const OPEN_STATE = JSON.stringify(new URL('../../src/state/open-state.ts', import.meta.url).href);

/** SQLite waits without giving way: two connections of one thread would wait for each other. */
const openElsewhere = (place: StatePlace): Promise<StateStore> =>
  typeof place === 'string' ? startStateThread().open(place) : openState(place);

export const describeStateContract = (bed: StateBed): void => {
  let state: StateStore;
  beforeEach(async () => {
    await bed.setUp();
    state = await openState(bed.place());
  });
  afterEach(async () => {
    await state.close();
    await bed.tearDown();
  });

  describe('slices', () => {
    const slice = (name: string, isKept = true) => ({ name, from: '1', before: '9', fingerprint: 'print', isKept });
    const names = async (): Promise<unknown[]> =>
      (await state.listSlices('leads')).map(({ name, finishedAt, checkpoint: at }) => [name, finishedAt, at?.cursor]);

    it('have checkpoints of their own, which leave the mapping where it is, and end with their slice', async () => {
      const fence = await leaseOf(state);
      const [a, b] = [
        { ...fence, slice: 'a' },
        { ...fence, slice: 'b' },
      ];
      await state.settle(fence, due({ checkpoint: checkpoint('live') }), 1);
      await state.addSlices(fence, [slice('a'), slice('b', false)], 5);
      await state.settle(a, due({ checkpoint: checkpoint('3') }), 6);
      await state.settle(b, due({ checkpoint: checkpoint('4') }), 6);
      expect(await names()).toEqual([
        ['a', undefined, '3'],
        ['b', undefined, '4'],
      ]);
      expect(await state.readCheckpoint('leads', 'a')).toEqual(checkpoint('3'));
      await state.finishSlice(a, 7);
      expect(await names()).toEqual([
        ['a', 7, undefined],
        ['b', undefined, '4'],
      ]);
      await state.finishSlice(b, 8);
      expect(await names()).toEqual([['a', 7, undefined]]);
      await state.deleteCheckpoint({ ...fence, slice: 'a' });
      expect(await state.readCheckpoint('leads')).toEqual(checkpoint('live'));
      expect((await state.listCheckpoints()).map(({ checkpoint: at }) => at.cursor)).toEqual(['live']);
      expect(await state.dropSlices(fence)).toBe(1);
      expect(await names()).toEqual([]);
      expect(await state.readCheckpoint('leads')).toEqual(checkpoint('live'));
    });

    it('can become the reading of the mapping, in one go', async () => {
      const fence = await leaseOf(state);
      const full = { ...fence, slice: 'full' };
      await state.settle(fence, due({ checkpoint: checkpoint('old') }), 1);
      await state.addSlices(fence, [slice('full', false), slice('other')], 5);
      await state.settle(full, due({ checkpoint: checkpoint('new') }), 6);
      await state.promoteSlice(full, 7);
      expect(await state.readCheckpoint('leads')).toEqual(checkpoint('new'));
      expect(await names()).toEqual([['other', undefined, undefined]]);
      await state.promoteSlice(full, 8);
      expect(await state.readCheckpoint('leads')).toEqual(checkpoint('new'));
    });

    it('settle what they left in doubt themselves; the mapping settles its own, and what is left of slices that are gone', async () => {
      const first = await leaseOf(state);
      const a = { ...first, slice: 'a' };
      await state.addSlices(first, [slice('a')], 5);
      await state.planBatch(first, await state.startRun(first, 1), [key(1)], 0);
      await state.planBatch(a, await state.startRun(a, 2), [key(2), key(3)], 0);
      const fence = await leaseOf(state);
      expect(new Set((await state.openBatches(fence)).inDoubt)).toEqual(new Set([key(1), key(2), key(3)]));
      await state.closeInDoubt(fence);
      expect(new Set((await state.openBatches(fence)).inDoubt)).toEqual(new Set([key(2), key(3)]));
      await state.planBatch(fence, await state.startRun(fence, 3), [key(4)], 0);
      const next = await leaseOf(state);
      await state.closeInDoubt({ ...next, slice: 'a' });
      expect((await state.openBatches(next)).inDoubt).toEqual([key(4)]);
      await state.planBatch({ ...next, slice: 'a' }, await state.startRun({ ...next, slice: 'a' }, 4), [key(5)], 0);
      const last = await leaseOf(state);
      await state.dropSlices(last, ['a']);
      await state.closeInDoubt(last);
      expect((await state.openBatches(last)).inDoubt).toEqual([]);
      expect((await state.listRuns('leads', 9)).map(({ slice: of }) => of)).toEqual(['a', undefined, 'a', undefined]);
    });
  });

  describe('a lease that gives way', () => {
    it('is told that it is wanted, and comes after whoever asked', async () => {
      const taken = await state.acquireLease('leads', 'one#1#a', 90, true);
      if (!('fence' in taken)) throw new Error('no lease');
      expect(await state.leaseIsWanted(taken.fence)).toBe(false);
      // Two that give way do not press each other.
      expect(await state.acquireLease('leads', 'two#1#b', 90, true)).toEqual({ heldBy: 'one#1#a' });
      expect(await state.leaseIsWanted(taken.fence)).toBe(false);
      expect(await state.acquireLease('leads', 'three#1#c', 90)).toEqual({
        heldBy: 'one#1#a',
        givesWay: true,
      });
      expect(await state.leaseIsWanted(taken.fence)).toBe(true);
      await state.releaseLease(taken.fence);
      expect(await state.acquireLease('leads', 'one#1#a', 90, true)).toHaveProperty('heldBy');
      const asked = await state.acquireLease('leads', 'three#1#c', 90);
      if (!('fence' in asked)) throw new Error('no lease');
      expect(await state.acquireLease('leads', 'two#1#b', 90)).toEqual({ heldBy: 'three#1#c' });
      expect(await state.leaseIsWanted(asked.fence)).toBe(false);
      await state.releaseLease(asked.fence);
      expect(await state.acquireLease('leads', 'one#1#a', 90, true)).toHaveProperty('fence');
    });
  });

  describe('checkpoints', () => {
    it('are kept by mapping, exactly, and moved in one transaction with what they pass', async () => {
      const fence = await leaseOf(state);
      expect(await state.readCheckpoint('leads')).toBeUndefined();
      await state.settle(
        fence,
        due({ checkpoint: checkpoint('2026-11-20 10:00:00.123456+00'), deadLetters: [letter('r')] }),
        77,
      );
      expect(await state.readCheckpoint('leads')).toEqual(checkpoint('2026-11-20 10:00:00.123456+00'));
      await state.settle(fence, due({ checkpoint: checkpoint('b') }), 99);
      expect(await state.listCheckpoints()).toEqual([{ mapping: 'leads', checkpoint: checkpoint('b'), updatedAt: 99 }]);
      expect(await state.readCheckpoint('other')).toBeUndefined();
    });

    it('can be forgotten while the ledger stays', async () => {
      const fence = await leaseOf(state);
      await state.ackPart(fence, 1, [key(1)], due({ checkpoint: checkpoint('a') }), 10 * DAY);
      await state.foldAcked(fence);
      await state.deleteCheckpoint(fence);
      expect(await state.readCheckpoint('leads')).toBeUndefined();
      expect((await state.findSeen(fence, [key(1)], 0)).size).toBe(1);
    });
  });

  describe('batches', () => {
    it('are in doubt for a later epoch until they are acknowledged or dropped', async () => {
      const first = await leaseOf(state);
      const [a, b, c] = [
        await state.planBatch(first, 1, [key(1), key(2)], 0),
        await state.planBatch(first, 1, [key(3)], 0),
        await state.planBatch(first, 1, [key(4)], 0),
      ];
      expect(new Set([a, b, c]).size).toBe(3);
      expect(await state.openBatches(first)).toEqual({ acked: [], inDoubt: [] });
      await state.ackBatch(first, a, due(), 0);
      await state.dropBatch(first, b, due(), 0);
      expect(await state.countInDoubt('leads')).toBe(1);
      const second = await leaseOf(state);
      expect(await state.openBatches(second)).toEqual({ acked: [key(1), key(2)], inDoubt: [key(4)] });
      await state.closeInDoubt(second);
      expect(await state.openBatches(second)).toEqual({ acked: [key(1), key(2)], inDoubt: [] });
      expect(await bed.rows('batch_key')).toHaveLength(1);
    });

    it('closing what is in doubt leaves the batches of the own epoch and of other mappings alone', async () => {
      const other = await leaseOf(state, 'other');
      await state.planBatch(other, 1, [key(9)], 0);
      const fence = await leaseOf(state);
      await state.planBatch(fence, 1, [key(1)], 0);
      await state.closeInDoubt(fence);
      expect([await state.countInDoubt('leads'), await state.countInDoubt('other')]).toEqual([1, 1]);
    });

    it('a key that a part acknowledged is not in doubt', async () => {
      const first = await leaseOf(state);
      await state.planBatch(first, 1, [key(1), key(2), key(3)], 0);
      await state.ackPart(first, 1, [key(2)], due(), 0);
      expect(await state.openBatches(await leaseOf(state))).toEqual({ acked: [key(2)], inDoubt: [key(1), key(3)] });
    });

    it('keep their keys as 16 bytes each, in their order', async () => {
      const fence = await leaseOf(state);
      const keys = ['ff'.repeat(16), '00'.repeat(16), key(1)];
      await state.ackPart(fence, 1, keys, due(), 0);
      expect((await state.openBatches(fence)).acked).toEqual(keys);
      expect((await bed.rows('batch_key')).map((row) => (row.keys as Buffer).length)).toEqual([48]);
    });
  });

  describe('the ledger', () => {
    it('takes the keys of acknowledged batches, however often it is asked', async () => {
      const fence = await leaseOf(state);
      await state.ackPart(fence, 1, [key(2), key(1)], due(), 100 * DAY);
      await state.planBatch(fence, 1, [key(3)], 100 * DAY);
      expect((await state.findSeen(fence, [key(1)], 0)).size).toBe(0);
      await state.foldAcked(fence);
      await state.foldAcked(fence);
      expect(await state.findSeen(fence, [key(1), key(2), key(3)], 0)).toEqual(new Set([key(1), key(2)]));
      expect((await state.openBatches(fence)).acked).toEqual([]);
    });

    it('knows a key within the window, from its latest acknowledgement on', async () => {
      const fence = await leaseOf(state);
      for (const day of [100, 90]) {
        await state.ackPart(fence, 1, [key(1)], due(), day * DAY);
        await state.foldAcked(fence);
      }
      expect((await state.findSeen(fence, [key(1)], 100)).size).toBe(1);
      expect((await state.findSeen(fence, [key(1)], 101)).size).toBe(0);
      await state.ackPart(fence, 1, [key(2)], due(), 100 * DAY);
      await state.ackPart(fence, 1, [key(2)], due(), 90 * DAY);
      await state.foldAcked(fence);
      expect((await state.findSeen(fence, [key(2)], 100)).size).toBe(1);
    });

    it('is one for each mapping', async () => {
      const fence = await leaseOf(state);
      const other = await leaseOf(state, 'other');
      await state.ackPart(fence, 1, [key(1)], due(), 0);
      await state.foldAcked(fence);
      expect((await state.findSeen(other, [key(1)], 0)).size).toBe(0);
      await state.ackPart(fence, 1, [key(2)], due(), 0);
      await state.foldAcked(other);
      expect((await state.openBatches(fence)).acked).toEqual([key(2)]);
    });

    it('forgets what is older than asked, and nothing else', async () => {
      const fence = await leaseOf(state);
      for (const day of [10, 11, 12]) await state.ackPart(fence, 1, [key(day)], due(), day * DAY);
      await state.foldAcked(fence);
      await state.pruneLedger(fence, 11);
      expect(await state.findSeen(fence, [10, 11, 12].map(key), 0)).toEqual(new Set([key(11), key(12)]));
    });

    it('answers for none and for thousands', async () => {
      const fence = await leaseOf(state);
      expect((await state.findSeen(fence, [], 0)).size).toBe(0);
      const keys = Array.from({ length: 12_000 }, (_, n) => key(n * 7919));
      await state.ackPart(fence, 1, keys, due(), 0);
      await state.foldAcked(fence);
      expect((await state.findSeen(fence, [...keys, key(1)], 0)).size).toBe(12_000);
    });
  });

  describe('dead letters', () => {
    it('are written once a row, count their times, and go when their row was sent', async () => {
      const fence = await leaseOf(state);
      await state.settle(fence, due({ deadLetters: [letter('a'), letter('b')] }), 10);
      const again = letter('a', {
        fingerprint: 'e'.repeat(16),
        origin: 'meta',
        code: 'refused-by-meta',
        field: undefined,
        metaCode: 100,
        metaSubcode: 5,
      });
      await state.settle(fence, due({ runId: 2, deadLetters: [again] }), 20);
      expect(await state.listDeadLetters('leads', 10)).toEqual([
        { ...again, mapping: 'leads', times: 2, firstAt: 10, lastAt: 20 },
        {
          ...letter('b'),
          metaCode: undefined,
          metaSubcode: undefined,
          mapping: 'leads',
          times: 1,
          firstAt: 10,
          lastAt: 10,
        },
      ]);
      await state.settle(fence, due({ cleared: [JSON.stringify(['a']), JSON.stringify(['zz'])] }), 30);
      expect(await state.countDeadLetters('leads')).toBe(1);
    });

    it('are found by row key with their fingerprints', async () => {
      const fence = await leaseOf(state);
      const many = Array.from({ length: 120 }, (_, n) => letter(`r${n}`, { rowKey: [`r${n}`, '"'] }));
      await state.settle(fence, due({ deadLetters: many }), 10);
      const found = await state.findDeadLetters(fence, [JSON.stringify(['r7', '"']), JSON.stringify(['r7'])]);
      expect([...found]).toEqual([[JSON.stringify(['r7', '"']), 'f'.repeat(16)]]);
      expect((await state.findDeadLetters(fence, [])).size).toBe(0);
      expect((await state.findDeadLetters(await leaseOf(state, 'other'), [JSON.stringify(['r7', '"'])])).size).toBe(0);
      expect(await state.listDeadLetters(undefined, 5)).toHaveLength(5);
    });

    it('are summed up by code and field', async () => {
      const fence = await leaseOf(state);
      const other = letter('z', { code: 'value-missing', field: undefined });
      await state.settle(fence, due({ deadLetters: [letter('a'), letter('b'), other] }), 10);
      expect(await state.summariseDeadLetters('leads')).toEqual([
        { mapping: 'leads', code: 'no-match-keys', field: 'user_data', rows: 2 },
        { mapping: 'leads', code: 'value-missing', field: undefined, rows: 1 },
      ]);
    });
  });

  describe('runs', () => {
    it('are listed newest first, with their counts', async () => {
      const fence = await leaseOf(state);
      const id = await state.startRun(fence, 100);
      const counts = {
        read: 1,
        sent: 1,
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
      const end = { status: 'succeeded', endedAt: 105, counts, errorCode: undefined, errorMessage: undefined } as const;
      await state.finishRun(fence, id, end);
      const second = await state.startRun(fence, 200);
      expect(await state.listRuns('leads', 10)).toMatchObject([
        { id: second, mapping: 'leads', status: 'running', startedAt: 200, endedAt: undefined, counts: undefined },
        { id, startedAt: 100, ...end },
      ]);
      expect(await state.listRuns(undefined, 1)).toHaveLength(1);
      expect(await state.listRuns('other', 10)).toEqual([]);
    });

    it('that a dead process left open are closed by the next one', async () => {
      const id = await state.startRun(await leaseOf(state), 100);
      await state.startRun(await leaseOf(state), 300);
      expect((await state.listRuns('leads', 10)).find((run) => run.id === id)).toMatchObject({
        status: 'failed',
        endedAt: 300,
        errorCode: 'interrupted',
      });
    });
  });

  describe('leases', () => {
    it('of a live process are not given away, whatever other mappings do', async () => {
      const mine = `elsewhere#${process.pid}#a`;
      await leaseOf(state, 'leads', mine);
      expect(await state.acquireLease('leads', 'here#1#b', 90)).toEqual({ heldBy: mine });
      expect(await state.acquireLease('other', 'here#1#b', 90)).toHaveProperty('fence');
    });

    it('given back are free at once, and each owner gets a new epoch', async () => {
      const first = await leaseOf(state, 'leads', 'elsewhere#1#a');
      await state.releaseLease(first);
      const second = await leaseOf(state, 'leads', 'elsewhere#2#b');
      expect([first.epoch, second.epoch]).toEqual([1, 2]);
      expect(second.streamId).toBe(first.streamId);
    });

    it("expire by the database's clock, unless renewed", async () => {
      const first = await state.acquireLease('leads', 'elsewhere#1#a', 0.05);
      await new Promise((resolve) => setTimeout(resolve, 80));
      const second = await leaseOf(state, 'leads', 'elsewhere#2#b');
      expect(second.epoch).toBe(2);
      if (!('fence' in first)) throw new Error('no lease');
      await expect(state.renewLease(first.fence, 90)).rejects.toMatchObject({ code: 'lease-lost' });
      const short = await state.acquireLease('other', 'elsewhere#1#a', 0.05);
      if (!('fence' in short)) throw new Error('no lease');
      await state.renewLease(short.fence, 90);
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect(await state.acquireLease('other', 'elsewhere#2#b', 90)).toHaveProperty('heldBy');
    });

    it('of a process of this machine that is gone are taken over at once', async () => {
      const { pid } = spawnSync(process.execPath, ['-e', '']);
      const [place] = processOwner().split('#');
      await leaseOf(state, 'leads', `${place}#${pid}#dead`);
      expect(await state.acquireLease('leads', processOwner(), 90)).toHaveProperty('fence.epoch', 2);
    });

    it('tell a gone owner only where that can be known', () => {
      const me = processOwner();
      const [place] = me.split('#');
      const { pid } = spawnSync(process.execPath, ['-e', '']);
      expect(ownerIsGone(`${place}#${pid}#x`, me)).toBe(true);
      expect(ownerIsGone(`${place}#${process.ppid}#x`, me)).toBe(false);
      expect(ownerIsGone(`other-host/pid:[1]#${pid}#x`, me)).toBe(false);
      expect(ownerIsGone('garbage', me)).toBe(false);
      expect(ownerIsGone(me, me)).toBe(false);
      expect(ownerIsGone(`${place}#${process.pid}#an-earlier-process`, me)).toBe(true);
      expect(processOwner()).not.toBe(me);
    });

    it('asked for by three processes at the same time have one winner', async () => {
      const script = `import { openState } from ${OPEN_STATE};
      const state = await openState(${JSON.stringify(bed.place())});
      for (let n = 0; n < 20; n += 1) console.log(JSON.stringify(await state.acquireLease('m' + n, 'host' + process.pid + '#1#x', 90)));
      await state.close();`;
      const runs = Array.from({ length: 3 }, () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        return child.stdout.setEncoding('utf8').toArray();
      });
      const lines = (await Promise.all(runs)).flatMap((chunks) => chunks.join('').trim().split('\n'));
      expect(lines).toHaveLength(60);
      const fences = lines.map((line) => JSON.parse(line)).filter((result) => 'fence' in result);
      expect(new Set(fences.map(({ fence }) => fence.mapping)).size).toBe(20);
      expect(fences).toHaveLength(20);
    });

    const WRITES: Record<string, (fence: Fence) => Promise<unknown>> = {
      planBatch: (fence) => state.planBatch(fence, 1, [key(1)], 0),
      ackBatch: (fence) => state.ackBatch(fence, 1, due({ checkpoint: checkpoint('x') }), 0),
      ackPart: (fence) => state.ackPart(fence, 1, [key(1)], due({ checkpoint: checkpoint('x') }), 0),
      dropBatch: (fence) => state.dropBatch(fence, 1, due(), 0),
      settle: (fence) => state.settle(fence, due({ deadLetters: [letter('x')], checkpoint: checkpoint('x') }), 0),
      foldAcked: (fence) => state.foldAcked(fence),
      closeInDoubt: (fence) => state.closeInDoubt(fence),
      pruneLedger: (fence) => state.pruneLedger(fence, 1e6),
      deleteCheckpoint: (fence) => state.deleteCheckpoint(fence),
      startRun: (fence) => state.startRun(fence, 1),
      finishRun: (fence) =>
        state.finishRun(fence, 1, {
          status: 'succeeded',
          endedAt: 1,
          counts: undefined,
          errorCode: undefined,
          errorMessage: undefined,
        }),
      renewLease: (fence) => state.renewLease(fence, 90),
      deleteDeadLetters: (fence) => state.deleteDeadLetters(fence, {}),
      addSlices: (fence) =>
        state.addSlices(fence, [{ name: 's', from: '1', before: '2', fingerprint: 'print', isKept: true }], 1),
      finishSlice: (fence) => state.finishSlice({ ...fence, slice: 's' }, 1),
      promoteSlice: (fence) => state.promoteSlice({ ...fence, slice: 's' }, 1),
      dropSlices: (fence) => state.dropSlices(fence),
      closeRetried: (fence) => state.closeRetried(fence, { runId: 99, asked: [['a']], found: [['a']] }, 5),
    };

    it.each(Object.keys(WRITES))('an old epoch may not %s, and nothing changes', async (method) => {
      const old = await leaseOf(state);
      await state.startRun(old, 1);
      const batch = await state.planBatch(old, 1, [key(7)], 0);
      await state.ackPart(old, 1, [key(8)], due({ checkpoint: checkpoint('a') }), 0);
      await state.foldAcked(old);
      await state.ackPart(old, 1, [key(9)], due({ deadLetters: [letter('a')] }), 0);
      expect(batch).toBe(1);
      const now = await leaseOf(state);
      const dump = () => Promise.all(TABLES.map(bed.rows));
      const before = await dump();
      await expect(WRITES[method]?.(old)).rejects.toMatchObject({ code: 'lease-lost', exitCode: 75 });
      await expect(WRITES[method]?.({ ...now, owner: 'someone else' })).rejects.toMatchObject({ code: 'lease-lost' });
      await state.releaseLease(old);
      expect(await dump()).toEqual(before);
      await expect(WRITES[method]?.(now)).resolves.not.toThrow();
    });
  });

  it('writes that come together are each done, and a fenced one spoils no other', async () => {
    const old = await leaseOf(state);
    const now = await leaseOf(state);
    const results = await Promise.allSettled([
      state.planBatch(now, 1, [key(1)], 0),
      state.planBatch(old, 1, [key(2)], 0),
      state.settle(now, due({ checkpoint: checkpoint('a') }), 0),
      state.planBatch(now, 1, [key(3)], 0),
      state.settle(now, due({ checkpoint: checkpoint('b') }), 0),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect((await state.readCheckpoint('leads'))?.cursor).toBe('b');
    expect(await state.countInDoubt('leads')).toBe(2);
  });

  it('after a write that failed the checkpoint does not pass what it was to record', async () => {
    const fence = await leaseOf(state);
    const impossible = letter('a', { code: null });
    const results = await Promise.allSettled([
      state.settle(fence, due({ checkpoint: checkpoint('a') }), 0),
      state.settle(fence, due({ deadLetters: [impossible], checkpoint: checkpoint('b') }), 0),
      state.settle(fence, due({ deadLetters: [letter('c')], checkpoint: checkpoint('c') }), 0),
    ]);
    await state.settle(fence, due({ checkpoint: checkpoint('d') }), 0);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await state.readCheckpoint('leads'))?.cursor).toBe('a');
    expect(await state.countDeadLetters('leads')).toBe(1);
    await state.settle(await leaseOf(state), due({ checkpoint: checkpoint('e') }), 0);
    expect((await state.readCheckpoint('leads'))?.cursor).toBe('e');
  });

  describe('several at once', () => {
    it('of the mappings of one process and of two processes keep their own counts', async () => {
      const second = await openElsewhere(bed.place());
      try {
        const fences = await Promise.all(
          [state, second, state, second].map((store, n) => leaseOf(store, `m${n}`, `place${n % 2}#1#x`)),
        );
        await Promise.all(
          fences.map(async (fence, n) => {
            const store = n % 2 === 0 ? state : second;
            for (let batch = 0; batch < 12; batch += 1) {
              const keys = Array.from({ length: 40 }, (_, at) => key(batch * 40 + at));
              const id = await store.planBatch(fence, 1, keys, 20 * DAY);
              await store.ackBatch(
                fence,
                id,
                due({ deadLetters: [letter(`r${batch}`)], checkpoint: checkpoint(`c${batch}`) }),
                20 * DAY,
              );
              if (batch % 4 === 3) await store.foldAcked(fence);
            }
          }),
        );
        for (const [n, fence] of fences.entries()) {
          const all = Array.from({ length: 500 }, (_, at) => key(at));
          expect((await state.findSeen(fence, all, 0)).size).toBe(480);
          expect(await state.countDeadLetters(`m${n}`)).toBe(12);
          expect((await state.readCheckpoint(`m${n}`))?.cursor).toBe('c11');
          expect(await state.countInDoubt(`m${n}`)).toBe(0);
        }
      } finally {
        await second.close();
      }
    });

    it('a transaction of the owner that is under way ends before somebody takes over', async () => {
      const first = await state.acquireLease('leads', 'elsewhere#1#a', 0.05);
      if (!('fence' in first)) throw new Error('no lease');
      await new Promise((resolve) => setTimeout(resolve, 80));
      const second = await openElsewhere(bed.place());
      try {
        const [written, taken] = await Promise.allSettled([
          Promise.allSettled(Array.from({ length: 8 }, (_, n) => state.planBatch(first.fence, 1, [key(n)], 0))),
          second.acquireLease('leads', 'other#2#b', 90),
        ]);
        expect(taken).toMatchObject({ status: 'fulfilled', value: { fence: { epoch: 2 } } });
        const kept =
          written.status === 'fulfilled' ? written.value.filter(({ status }) => status === 'fulfilled').length : -1;
        expect(await state.countInDoubt('leads')).toBe(kept);
        await expect(state.planBatch(first.fence, 1, [key(99)], 0)).rejects.toMatchObject({ code: 'lease-lost' });
      } finally {
        await second.close();
      }
    });
  });

  describe('a row', () => {
    it('is remembered by its dedup key and its primary key', async () => {
      const fence = await leaseOf(state);
      const nothing = { acknowledgedDay: undefined, openDay: undefined, deadLetter: undefined };
      expect(await state.findRowHistory('none', key(1), ['a'])).toEqual(nothing);
      await state.ackPart(fence, 1, [key(1)], due({ deadLetters: [letter('a')] }), 50 * DAY);
      expect(await state.findRowHistory('leads', key(1), ['a'])).toMatchObject({
        acknowledgedDay: 50,
        deadLetter: { code: 'no-match-keys', times: 1, lastAt: 50 * DAY },
      });
      await state.foldAcked(fence);
      await state.planBatch(fence, 1, [key(2)], 51 * DAY);
      expect((await state.findRowHistory('leads', key(1), ['a'])).acknowledgedDay).toBe(50);
      expect(await state.findRowHistory('leads', key(2), ['b'])).toEqual({ ...nothing, openDay: 51 });
    });

    it('read twice and refused twice in one transaction is one dead letter, tried twice', async () => {
      const fence = await leaseOf(state);
      await state.settle(
        fence,
        due({ deadLetters: [letter('a'), letter('b'), letter('a', { code: 'event-too-old' })] }),
        10,
      );
      const found = (await state.listDeadLetters('leads', 10)).map(({ rowKey, code, times }) => [
        rowKey[0],
        code,
        times,
      ]);
      expect(found).toEqual([
        ['a', 'event-too-old', 2],
        ['b', 'no-match-keys', 1],
      ]);
    });
  });

  describe('row hashes', () => {
    const row = (n: number, changes = {}) => ({ key: key(n), hash: key(1000 + n), version: 1, day: 100, ...changes });
    const find = async (...keys: number[]) => [...(await state.findRowHashes('leads', keys.map(key))).values()];

    it('are written with what a batch or a settling is due, and found by their keys', async () => {
      const fence = await leaseOf(state);
      expect(await find(1)).toEqual([]);
      const batch = await state.planBatch(fence, 1, [key(7)], 5);
      await state.ackBatch(fence, batch, due({ rowHashes: [row(2), row(1)] }), 6);
      await state.settle(fence, due({ rowHashes: [row(1, { hash: key(5), version: 2, day: 101 }), row(3)] }), 7);
      expect(new Set(await find(1, 2, 4))).toEqual(new Set([row(1, { hash: key(5), version: 2, day: 101 }), row(2)]));
      expect((await state.findRowHashes('others', [key(1)])).size).toBe(0);
    });

    it('of more rows than one statement takes are all there, the last of one key counts', async () => {
      const fence = await leaseOf(state);
      const rows = Array.from({ length: 1_234 }, (_, n) => row(n));
      await state.settle(fence, due({ rowHashes: [...rows, row(3, { version: 9 })] }), 7);
      const found = await state.findRowHashes(
        'leads',
        rows.map((each) => each.key),
      );
      expect(found.size).toBe(1_234);
      expect(found.get(key(3))?.version).toBe(9);
    });

    it('are forgotten by day, and all of them with the checkpoint', async () => {
      const fence = await leaseOf(state);
      const other = await leaseOf(state, 'others');
      await state.settle(fence, due({ checkpoint: checkpoint('x'), rowHashes: [row(1, { day: 99 }), row(2)] }), 7);
      await state.settle(other, due({ rowHashes: [row(1)] }), 7);
      await state.forgetRowHashes(fence, 100);
      expect(await find(1, 2)).toEqual([row(2)]);
      await state.deleteCheckpoint(fence);
      expect(await find(1, 2)).toEqual([]);
      expect((await state.findRowHashes('others', [key(1)])).size).toBe(1);
    });

    it('are not written by whom another has replaced, nor after a write that failed', async () => {
      const old = await leaseOf(state);
      await state.releaseLease(old);
      const fence = await leaseOf(state, 'leads', 'test#0#other');
      await expect(state.settle(old, due({ rowHashes: [row(1)] }), 7)).rejects.toMatchObject({ code: 'lease-lost' });
      await expect(state.forgetRowHashes(old, 200)).rejects.toMatchObject({ code: 'lease-lost' });
      // Once a write has failed, what it was to record is missing: no row that it covered may count as remembered.
      await expect(
        state.settle(fence, due({ deadLetters: [letter('x', { code: null })] as never }), 7),
      ).rejects.toMatchObject({ code: expect.stringMatching(/^state-/) });
      await state.settle(fence, due({ rowHashes: [row(1)] }), 8);
      expect(await find(1)).toEqual([]);
    });
  });

  describe('the tables', () => {
    it('made by three processes at the same time are made once', async () => {
      await state.close();
      await bed.tearDown();
      await bed.setUp();
      const stores = await Promise.all(Array.from({ length: 3 }, () => openState(bed.place())));
      expect(await stores[0]?.listRuns(undefined, 1)).toEqual([]);
      for (const store of stores) await store.close();
      const names = (await bed.rows('schema_migration')).map((row) => row.name);
      expect(names).toEqual([...new Set(names)]);
      expect(names.length).toBeGreaterThan(1);
      state = await openState(bed.place());
    });

    it('of an older state are brought forward, and what they hold stays', async () => {
      await state.close();
      await bed.tearDown();
      await bed.setUp();
      const old = await openState(bed.place(), { upTo: 1 });
      // By hand: the program of today asks for columns that this state has not yet.
      await bed.execute('stream', (table) => `INSERT INTO ${table} (name) VALUES ('leads')`);
      await bed.execute(
        'lease',
        (table) => `INSERT INTO ${table} (stream_id, owner, epoch, expires_at) VALUES (1, 'test#0#me', 1, 9000000000)`,
      );
      const fence: Fence = { streamId: 1, mapping: 'leads', owner: 'test#0#me', epoch: 1 };
      await old.ackPart(fence, 1, [key(1)], due({ checkpoint: checkpoint('a') }), 5 * DAY);
      await old.close();
      expect(await bed.rows('schema_migration')).toHaveLength(1);
      state = await openState(bed.place());
      expect((await state.readCheckpoint('leads'))?.cursor).toBe('a');
      await state.finishRun(fence, await state.startRun(fence, 9, 'consent == true'), {
        status: 'succeeded',
        endedAt: 10,
        counts: undefined,
        matchKeys: { events: 1, keys: {} } as never,
        errorCode: undefined,
        errorMessage: undefined,
      });
      expect(await state.listRuns('leads', 1)).toMatchObject([{ consent: 'consent == true', startedAt: 9 }]);
    });

    it('of a newer program are refused, and left as they are', async () => {
      await bed.execute('schema_migration', (table) => `INSERT INTO ${table} (name) VALUES ('9999-of-the-future')`);
      await expect(openState(bed.place())).rejects.toMatchObject({ code: 'state-newer', exitCode: 3 });
    });

    it('that must exist and do not are not made', async () => {
      await state.close();
      await bed.tearDown();
      await bed.setUp();
      await expect(openState(bed.place(), { mustExist: true })).rejects.toMatchObject({ code: 'state-missing' });
      expect(await bed.isEmpty()).toBe(true);
      state = await openState(bed.place());
    });
  });
};
