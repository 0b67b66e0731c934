/** Backfills over a source in memory and a real state: slices, what is remembered of them, and who comes first. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Column } from '../../../connectors/connector.ts';
import { FatalError } from '../../../src/errors.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { type RunResult, type RunTools, runMapping } from '../../../src/sync/run-mapping.ts';
import { bindForTest, mappingFile, NOW } from '../../support/bind-for-test.ts';
import { type MemorySource, memorySource } from '../../support/memory-source.ts';
import { ACCEPTED, scriptedPost } from '../../support/scripted-post.ts';
import { type TemporaryState, temporaryState, watched } from '../../support/temporary-state.ts';

const COLUMNS: readonly Column[] = ['id', 'at', 'email'].map((name) => ({
  name,
  kind: name === 'email' ? 'text' : 'integer',
  type: 'any',
  nullable: true,
}));
const mappingOf = (changes: object = {}, lookback = 0) =>
  bindForTest(
    mappingFile(
      {
        source: {
          ...mappingFile().source,
          cursor: { column: 'at', start: 'beginning', lag: '0s', lookback, on_null: 'error', max_stall: '15m' },
        },
        ...changes,
      },
      { event_time: NOW - 60, event_id: '="r" + string(id)' },
    ),
    { id: 'integer', at: 'integer' },
  ).mapping;
const mapping = mappingOf();

/** Of a number cursor, a slice is a million: ten rows a slice. */
const STEP = 100_000;
const fill = (size: number, source = memorySource(COLUMNS)): MemorySource => {
  for (let id = source.rows.length + 1; id <= size; id += 1)
    source.rows.push({ id, at: id * STEP, cells: { email: `p${id}@example.com` } });
  return source;
};

let temporary: TemporaryState;
let state: StateStore;
beforeEach(async () => {
  temporary = await temporaryState();
  state = temporary.state;
});
afterEach(() => temporary.remove());

const run = (source: MemorySource, changes: Partial<RunTools> = {}, of = mapping): Promise<RunResult> =>
  runMapping(of, {
    source,
    state,
    post: scriptedPost(() => ACCEPTED),
    datasetId: '1',
    concurrency: 2,
    owner: 'test#0#me',
    retry: { firstMs: 1, ceilingMs: 1, attempts: 2, elapsedMs: 1000 },
    now: () => NOW * 1000,
    random: () => 0,
    sleep: async () => undefined,
    stop: new AbortController().signal,
    abort: new AbortController().signal,
    sizes: { page: 5, batch: 5 },
    onProgress: () => undefined,
    ...changes,
  });
const range = (since: number, until?: number) => ({
  backfill: { since: String(since * STEP), ...(until !== undefined && { until: String(until * STEP) }) },
});
const finished = async (): Promise<(string | undefined)[]> =>
  (await state.listSlices('leads')).filter(({ finishedAt }) => finishedAt !== undefined).map(({ name }) => name);

describe('a backfill', () => {
  it('reads the range, its first row and not its end, slice by slice, and never moves the checkpoint', async () => {
    const source = fill(60);
    expect((await run(source, { limit: 5 })).checkpoint?.cursor).toBe(String(5 * STEP));
    const seen: unknown[] = [];
    const result = await run(source, {
      ...range(12, 45),
      onProgress: ({ slice, totalRows }) => seen.push([slice?.at, slice?.of, totalRows]),
    });
    expect(result).toMatchObject({ status: 'succeeded', exitCode: 0, checkpoint: { cursor: String(5 * STEP) } });
    expect(result.counts).toMatchObject({ read: 33, sent: 33, duplicate: 0 });
    expect(result.backfill).toMatchObject({
      range: { from: '1200000', before: '4500000' },
      left: 0,
      finishedBefore: 0,
    });
    expect(
      result.backfill?.slices.map(({ from, before, counts, isFinished }) => [from, before, counts.read, isFinished]),
    ).toEqual([
      ['1200000', '2000000', 8, true],
      ['2000000', '3000000', 10, true],
      ['3000000', '4000000', 10, true],
      ['4000000', '4500000', 5, true],
    ]);
    expect(seen).toContainEqual([2, 4, 10]);
    expect((await state.readCheckpoint('leads'))?.cursor).toBe(String(5 * STEP));
    expect((await state.listRuns('leads', 9)).map(({ slice }) => slice)).toEqual([
      '4000000..4500000',
      '3000000..4000000',
      '2000000..3000000',
      '1200000..2000000',
      undefined,
    ]);
    // The mapping's own reading goes on where it was, and sends nothing of the range again.
    expect((await run(source)).counts).toMatchObject({ read: 55, sent: 22, duplicate: 33 });
  });

  it('has nothing to do when all of the range was read, and reads no more than what is new to a larger one', async () => {
    const source = fill(60);
    await run(source, range(10, 30));
    expect(await run(source, range(10, 30))).toMatchObject({
      status: 'succeeded',
      counts: { read: 0, requests: 0 },
      backfill: { slices: [], finishedBefore: 2, left: 0 },
    });
    expect((await run(source, range(5, 45))).counts).toMatchObject({ read: 20, sent: 20 });
    expect((await run(source, range(7, 44))).counts.read).toBe(0);
  });

  it('does not remember as finished where rows may still be committed late', async () => {
    const source = fill(60);
    const careful = mappingOf({}, 15 * STEP);
    expect((await run(source, range(1), careful)).counts.read).toBe(60);
    // 60 rows, the horizon behind the last, 15 rows of lookback: from 46 on rows may appear.
    expect(await finished()).toEqual(['100000..1000000', '1000000..2000000', '2000000..3000000', '3000000..4000000']);
    source.rows.push({ id: 99, at: 47 * STEP + 1, cells: { email: 'late@example.com' } });
    expect((await run(source, range(1), careful)).counts).toMatchObject({ read: 22, sent: 1, duplicate: 21 });
  });

  it('goes on with its slice after it was cut off, and sends again only what was in doubt', async () => {
    const source = fill(40);
    let acks = 0;
    const failing = watched(state, (method) => {
      if (method === 'ackBatch' && ++acks === 4) throw new FatalError('state-failed', 'no disk', {});
    });
    const first = await run(source, { ...range(1, 31), state: failing, concurrency: 1 });
    expect(first).toMatchObject({ status: 'failed', error: { code: 'state-failed' }, backfill: { left: 3 } });
    expect(await finished()).toEqual(['100000..1000000']);
    // A run in between that does not come so far leaves it in doubt.
    await run(source, { limit: 1 });
    expect(await state.countInDoubt('leads')).toBe(5);
    const second = await run(source, range(1, 31));
    expect(second).toMatchObject({ status: 'succeeded', backfill: { left: 0, finishedBefore: 1 } });
    expect(second.counts).toMatchObject({ read: 21, sent: 16, duplicate: 5, inDoubtResent: 5 });
    expect(await state.countInDoubt('leads')).toBe(0);
    expect((await run(source, range(1, 31))).counts.read).toBe(0);
  });

  it('with a limit goes on from there the next time, also where the range begins a little later then', async () => {
    const source = fill(40);
    const parts: number[][] = [];
    for (const since of [10, 11, 12, 12]) {
      const { counts, backfill } = await run(source, { ...range(since, 40), limit: 12 });
      parts.push([counts.read, counts.sent, backfill?.left ?? -1]);
    }
    expect(parts).toEqual([
      [12, 12, 2],
      [12, 12, 1],
      [6, 6, 0],
      [0, 0, 0],
    ]);
  });

  it('begins anew, in its own range, what was begun for a larger one and does not reach it yet', async () => {
    const source = fill(40);
    await run(source, { ...range(1, 35), limit: 3 });
    const { counts, backfill } = await run(source, range(6, 15));
    expect(counts).toMatchObject({ read: 9, sent: 9 });
    expect(backfill?.slices.map(({ from, before }) => [from, before])).toEqual([
      ['600000', '1000000'],
      ['1000000', '1500000'],
    ]);
    // The larger one goes on by its own slices: what the other read of them is a duplicate.
    expect((await run(source, range(1, 35))).counts).toMatchObject({ read: 31, sent: 22, duplicate: 9 });
  });

  it('of a mapping that changed what its rows are forgets the slices of before, and says so', async () => {
    const source = fill(40);
    await run(source, range(10, 30));
    const changed = mappingOf({ filter: '=id > 0' });
    expect(await run(source, range(10, 20), changed)).toMatchObject({
      counts: { read: 10, duplicate: 10 },
      backfill: { outdated: 2, finishedBefore: 0, left: 0 },
    });
    expect(await finished()).toEqual(['1000000..2000000']);
  });

  it('stops cleanly when it is told to, and says that it was not all', async () => {
    const stop = new AbortController();
    const result = await run(fill(40), {
      ...range(1, 31),
      stop: stop.signal,
      onProgress: ({ slice, counts }) => slice?.at === 2 && counts.sent > 0 && stop.abort(),
    });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'interrupted' }, exitCode: 130 });
    expect(result.backfill?.left).toBeGreaterThan(0);
  });

  it('refuses what is no range, and a mapping without a cursor', async () => {
    const source = fill(10);
    for (const backfill of [{ since: '7d' }, { since: '5', until: '5' }])
      expect(await run(source, { backfill })).toMatchObject({
        status: 'failed',
        exitCode: 2,
        error: { code: 'range-invalid' },
      });
    expect(await state.listSlices('leads')).toEqual([]);
  });
});

describe('everything again', () => {
  it('is read from the first row on, and moves the checkpoint at its end', async () => {
    const source = fill(30);
    await run(source);
    source.rows.push({ id: 99, at: 3, cells: { email: 'old@example.com' } });
    fill(35, source);
    const result = await run(source, { backfill: 'full' });
    expect(result).toMatchObject({ status: 'succeeded', checkpoint: { cursor: String(35 * STEP) } });
    expect(result.counts).toMatchObject({ read: 35, sent: 5, duplicate: 30 });
    expect(result.backfill).toMatchObject({ range: undefined, left: 0 });
    expect(await state.listSlices('leads')).toEqual([]);
    expect((await run(source)).counts.read).toBe(0);
  });

  it('is taken up where it was left, and leaves the checkpoint alone until then', async () => {
    const source = fill(30);
    await run(source, { limit: 2 });
    for (const read of [20, 10]) {
      expect((await state.readCheckpoint('leads'))?.cursor).toBe(String(2 * STEP));
      expect((await run(source, { backfill: 'full', limit: 20 })).counts.read).toBe(read);
    }
    expect((await state.readCheckpoint('leads'))?.cursor).toBe(String(30 * STEP));
  });

  it('is the way on after a change that a checkpoint does not outlive', async () => {
    const source = fill(20);
    await run(source);
    const changed = mappingOf({ filter: '=id > 3' });
    expect((await run(source, {}, changed)).error).toMatchObject({
      code: 'checkpoint-mismatch',
      hint: expect.stringMatching(/reads again 20 rows, from cursor.start \(beginning\) on.*--full/),
    });
    expect((await run(source, { backfill: 'full' }, changed)).counts).toMatchObject({
      read: 20,
      filtered: 3,
      duplicate: 17,
    });
    expect((await run(source, {}, changed)).status).toBe('succeeded');
  });
});

describe('a run beside a backfill', () => {
  it('comes first: the backfill stops at a page, lets it through, and goes on', { timeout: 20_000 }, async () => {
    const source = fill(60);
    let other: Promise<RunResult> | undefined;
    const pause = (): Promise<void> => new Promise((done) => setTimeout(done, 25));
    const slow = scriptedPost(() => ACCEPTED);
    const order: string[] = [];
    const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
    const backfill = run(source, {
      ...range(1, 60),
      owner: 'here#1#a',
      concurrency: 1,
      sleep,
      post: Object.assign(
        async (...args: Parameters<typeof slow>) => {
          await sleep(120);
          return slow(...args);
        },
        { close: slow.close },
      ),
      onProgress: () => {
        other ??= pause().then(() =>
          run(source, { owner: 'there#1#b', sleep }).then((result) => {
            order.push('run');
            return result;
          }),
        );
      },
    }).then((result) => {
      order.push('backfill');
      return result;
    });
    const done = await backfill;
    const result = await other;
    expect(order).toEqual(['run', 'backfill']);
    expect(result).toMatchObject({ status: 'succeeded', counts: { read: 60 } });
    expect(done).toMatchObject({ status: 'succeeded', backfill: { left: 0 } });
    expect((result?.counts.sent ?? 0) + done.counts.sent).toBe(60);
  });

  it('does not wait for another run, and a backfill does not wait for its first turn', async () => {
    const lease = await state.acquireLease('leads', 'here#1#a', 90);
    expect(lease).toHaveProperty('fence');
    expect((await run(fill(3))).status).toBe('skipped_busy');
    expect((await run(fill(3), range(1, 2))).status).toBe('skipped_busy');
  });
});
