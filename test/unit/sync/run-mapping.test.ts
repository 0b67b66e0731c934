import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Column, SourceError } from '../../../connectors/connector.ts';
import { FatalError } from '../../../src/errors.ts';
import { toRunError } from '../../../src/sync/run-error.ts';
import type { RunTools } from '../../../src/sync/run-mapping.ts';
import { runMapping } from '../../../src/sync/run-mapping.ts';
import { bindForTest, mappingFile, NOW } from '../../support/bind-for-test.ts';
import { type MemorySource, memorySource } from '../../support/memory-source.ts';
import { ACCEPTED, refusal, refusing, scriptedPost, TIMEOUT } from '../../support/scripted-post.ts';
import { leaseOf, type TemporaryState, temporaryState, watched } from '../../support/temporary-state.ts';

const COLUMNS: readonly Column[] = ['id', 'at', 'email'].map((name) => ({
  name,
  kind: name === 'email' ? 'text' : 'integer',
  type: 'any',
  nullable: true,
}));
const mapping = bindForTest(
  mappingFile(
    {
      source: {
        ...mappingFile().source,
        cursor: { column: 'at', start: 'beginning', lag: '0s', lookback: 0, on_null: 'error', max_stall: '15m' },
      },
    },
    { event_time: NOW - 60, event_id: '="r" + string(id)' },
  ),
  { id: 'integer', at: 'integer' },
).mapping;

let temporary: TemporaryState;
beforeEach(async () => {
  temporary = await temporaryState();
});
afterEach(() => temporary.remove());

const fill = (source: MemorySource, size: number): MemorySource => {
  for (let id = 1; id <= size; id += 1) source.rows.push({ id, at: id * 10, cells: { email: `p${id}@example.com` } });
  return source;
};
const run = (source: MemorySource, changes: Partial<RunTools> = {}) =>
  runMapping(mapping, {
    source,
    state: temporary.state,
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
    sizes: { page: 10, batch: 5 },
    onProgress: () => undefined,
    ...changes,
  });

describe('a run', () => {
  it('reads all, sends all, and remembers how far it is; the next one has nothing to do', async () => {
    const source = fill(memorySource(COLUMNS), 23);
    const first = await run(source);
    expect(first).toMatchObject({ status: 'succeeded', exitCode: 0, error: undefined });
    expect(first.counts).toMatchObject({ read: 23, sent: 23, batches: 5, requests: 5 });
    expect(first.checkpoint).toMatchObject({ cursor: '230', key: ['23'] });
    expect((await run(source)).counts).toMatchObject({ read: 0, sent: 0, requests: 0 });
    expect(await temporary.state.listRuns('leads', 5)).toMatchObject([
      { status: 'succeeded' },
      { status: 'succeeded', counts: first.counts },
    ]);
  });

  it('tells progress with the number of rows there are', async () => {
    const seen: (number | undefined)[][] = [];
    await run(fill(memorySource(COLUMNS), 12), {
      onProgress: ({ counts, totalRows }) => seen.push([counts.read, totalRows]),
    });
    expect(seen[0]).toEqual([10, 12]);
    expect(seen.at(-1)).toEqual([12, 12]);
  });

  it('with a limit stops there; the next one goes on from the end of the last whole page', async () => {
    const source = fill(memorySource(COLUMNS), 30);
    expect((await run(source, { limit: 14 })).counts).toMatchObject({ read: 14, sent: 14 });
    expect((await run(source, { limit: 5 })).counts).toMatchObject({ read: 5 });
    const rest = await run(source);
    expect(rest.checkpoint?.key).toEqual(['30']);
    const sent = (await temporary.state.listRuns('leads', 9)).reduce((sum, { counts }) => sum + (counts?.sent ?? 0), 0);
    expect(sent).toBe(30);
  });

  it('with rejections is complete, and says so', async () => {
    const source = fill(memorySource(COLUMNS), 3);
    source.rows.push({ id: 9, at: 90, cells: { email: null } });
    const post = scriptedPost((events) => (events.some((event) => event.includes('"r2"')) ? refusal() : ACCEPTED));
    const result = await run(source, { post });
    expect(result).toMatchObject({ status: 'completed_with_rejections', exitCode: 1, error: undefined });
    expect(result.counts).toMatchObject({ read: 4, sent: 2, rejected: 2 });
    expect(result.checkpoint?.key).toEqual(['9']);
  });

  it('keeps with its record how old the events were that were acknowledged, and the cure of what stopped it', async () => {
    const source = fill(memorySource(COLUMNS), 7);
    const post = scriptedPost((events) => (events.some((event) => event.includes('"r2"')) ? refusal() : ACCEPTED));
    // All are a minute old, and the one that was refused does not count.
    await run(source, { post });
    source.rows.push({ id: 9, at: 900, cells: { email: 'p9@example.com' } });
    const stopped = await run(source, { post: scriptedPost(() => TIMEOUT) });
    const [last, first] = await temporary.state.listRuns('leads', 2);
    expect(first?.eventAges).toEqual([6, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(last).toMatchObject({ status: 'failed', errorHint: stopped.error?.hint, eventAges: Array(9).fill(0) });
    expect(stopped.error?.hint).toBeTypeOf('string');
    expect((await temporary.state.sumRunDetails('leads', 0)).ages).toEqual(first?.eventAges);
  });

  it('clears the dead letter of a row that changed in the same run and was sent after all', async () => {
    const source = fill(memorySource(COLUMNS, { beforePage: () => mend() }), 12);
    const broken = { id: 1, at: 10, cells: { email: 'broken' } };
    source.rows[0] = broken;
    let pages = 0;
    const mend = (): void => {
      pages += 1;
      // The row is corrected while the run goes on: read with the second page again, behind everything else.
      if (pages === 2) source.rows[0] = { id: 1, at: 120, cells: { email: 'ada@example.com' } };
    };
    const result = await run(source, { sizes: { page: 6, batch: 1 }, concurrency: 1 });
    expect(result.counts.rejected).toBe(1);
    expect(result.counts.sent).toBe(12);
    expect(await temporary.state.countDeadLetters('leads')).toBe(0);
  });
});

describe('a run that cannot go on', () => {
  it('is skipped while another instance holds the lease', async () => {
    await leaseOf(temporary.state, 'leads', 'elsewhere#1#x');
    expect(await run(memorySource(COLUMNS))).toMatchObject({
      status: 'skipped_busy',
      exitCode: 75,
      error: { code: 'busy' },
    });
    expect(await temporary.state.listRuns('leads', 5)).toEqual([]);
  });

  it('because of the token fails, and rejects no row', async () => {
    const result = await run(fill(memorySource(COLUMNS), 30), {
      post: scriptedPost(() => refusal({ class: 'auth', code: 190 })),
    });
    expect(result).toMatchObject({ status: 'failed', exitCode: 5, error: { code: 'destination-auth' } });
    expect(result.counts).toMatchObject({ read: 0, rejected: 0, sent: 0 });
    expect(await temporary.state.countDeadLetters('leads')).toBe(0);
    expect(await temporary.state.countInDoubt('leads')).toBe(0);
    const after = await run(fill(memorySource(COLUMNS), 30));
    expect(after.counts).toMatchObject({ read: 30, sent: 30, inDoubtResent: 0 });
  });

  it('because Meta does not answer sends the same again next time, and counts it as in doubt', async () => {
    const first = scriptedPost(() => TIMEOUT);
    expect(await run(fill(memorySource(COLUMNS), 5), { post: first })).toMatchObject({ status: 'failed', exitCode: 1 });
    const second = scriptedPost(() => ACCEPTED);
    const result = await run(fill(memorySource(COLUMNS), 5), { post: second });
    expect(result.counts).toMatchObject({ sent: 5, inDoubtResent: 5 });
    expect(second.requests[0]).toEqual(first.requests[0]);
    expect(await temporary.state.countInDoubt('leads')).toBe(0);
  });

  it('before the end of the range leaves what it did not reach in doubt', async () => {
    await run(fill(memorySource(COLUMNS), 5), { post: scriptedPost(() => TIMEOUT) });
    expect((await run(fill(memorySource(COLUMNS), 5), { limit: 2 })).counts).toMatchObject({
      sent: 2,
      inDoubtResent: 2,
    });
    expect(await temporary.state.countInDoubt('leads')).toBe(5);
    expect((await run(fill(memorySource(COLUMNS), 5))).counts).toMatchObject({ sent: 3, inDoubtResent: 3 });
    expect(await temporary.state.countInDoubt('leads')).toBe(0);
  });

  it('because the source went away keeps what was settled', async () => {
    let pages = 0;
    const source = fill(
      memorySource(COLUMNS, {
        beforePage: () => {
          pages += 1;
          if (pages === 3) throw new SourceError('source-interrupted', 'the connection to "shop" was lost');
        },
      }),
      30,
    );
    const result = await run(source);
    expect(result).toMatchObject({ status: 'failed', exitCode: 4, error: { code: 'source-interrupted' } });
    expect(result.counts.read).toBe(result.counts.sent);
    expect(result.counts.sent).toBeGreaterThan(0);
  });

  it('because everything is refused is a fault of the mapping: no dead letters', async () => {
    const result = await run(fill(memorySource(COLUMNS), 60), {
      post: scriptedPost(() => refusal({ subcode: 2804050 })),
      concurrency: 1,
    });
    expect(result).toMatchObject({ status: 'failed', exitCode: 3, error: { code: 'systemic-rejection' } });
    expect(result.counts.sent).toBe(0);
    expect(await temporary.state.countDeadLetters('leads')).toBeLessThan(20);
  });

  it('because it was stopped drains what is under way, and says so', async () => {
    const stop = new AbortController();
    const result = await run(fill(memorySource(COLUMNS), 50), {
      stop: stop.signal,
      onProgress: ({ counts }) => counts.read >= 10 && stop.abort(),
    });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'interrupted' }, exitCode: 130 });
    expect(result.counts).toMatchObject({ read: 10, sent: 10 });
    expect((await run(fill(memorySource(COLUMNS), 50))).counts).toMatchObject({ read: 40, sent: 40 });
  });

  it('because the mapping changed what a checkpoint means asks for a decision', async () => {
    await run(fill(memorySource(COLUMNS), 3));
    const changed = { ...mapping, file: { ...mapping.file, filter: '=id > 1' } };
    const result = await runMapping(changed, {
      ...{ source: fill(memorySource(COLUMNS), 3), state: temporary.state, post: refusing(new Set()), datasetId: '1' },
      ...{
        concurrency: 1,
        owner: 'x#0#y',
        retry: { firstMs: 1, ceilingMs: 1, attempts: 1, elapsedMs: 1 },
        now: Date.now,
      },
      ...{ random: Math.random, sleep: async () => undefined, onProgress: () => undefined },
      ...{ stop: new AbortController().signal, abort: new AbortController().signal },
    });
    expect(result).toMatchObject({ status: 'failed', exitCode: 3, error: { code: 'checkpoint-mismatch' } });
    expect((await temporary.state.readCheckpoint('leads'))?.key).toEqual(['3']);
  });

  it('because its lease was not renewed is no success, though nothing was refused', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const source = fill(memorySource(COLUMNS, { beforePage: () => void vi.advanceTimersByTime(31_000) }), 50);
      const state = watched(temporary.state, (method) => {
        if (method === 'renewLease') throw new FatalError('state-busy', 'busy');
      });
      const result = await run(source, { state });
      expect(result).toMatchObject({ status: 'failed', error: { code: 'state-busy' } });
      expect(result.counts.read).toBeLessThan(50);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives the lease back, whatever happened', async () => {
    await run(fill(memorySource(COLUMNS), 3), { post: scriptedPost(() => refusal({ class: 'policy', code: 368 })) });
    expect(await temporary.state.acquireLease('leads', 'elsewhere#1#x', 90)).toHaveProperty('fence');
  });

  it('says of an error that is not ours its kind and nothing of its text', () => {
    const error = toRunError(new TypeError("cannot read 'ada@example.com'"));
    expect(error).toMatchObject({ code: 'internal', exitCode: 1 });
    expect(JSON.stringify(error)).not.toContain('ada');
    expect(toRunError('a text').code).toBe('internal');
    expect(toRunError(new SourceError('source-permission', 'x'))).toMatchObject({ exitCode: 5 });
    expect(toRunError(new SourceError('unknown-table', 'x'))).toMatchObject({ exitCode: 3 });
  });
});
