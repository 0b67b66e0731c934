import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Pending, trackDedup } from '../../../src/dedup/track-dedup.ts';
import { FatalError } from '../../../src/errors.ts';
import { openGate } from '../../../src/load/gate.ts';
import { type LoaderOptions, openLoader } from '../../../src/load/load-events.ts';
import type { Reply } from '../../../src/load/post-events.ts';
import { DEFAULT_RETRY } from '../../../src/load/retry.ts';
import { systemicBreaker } from '../../../src/load/systemic-breaker.ts';
import type { RunCounts, StateStore } from '../../../src/state/state-store.ts';
import { type OpenPage, trackSettlement } from '../../../src/sync/settlement.ts';
import {
  ACCEPTED,
  eventRow,
  refusal,
  refusing,
  type ScriptedPost,
  scriptedPost,
  TIMEOUT,
} from '../../support/scripted-post.ts';
import { leaseOf, type TemporaryState, temporaryState, watched } from '../../support/temporary-state.ts';

const NOW = 1_700_000_100_000;
let temporary: TemporaryState;
beforeEach(async () => {
  temporary = await temporaryState();
});
afterEach(() => temporary.remove());

type Watch = (method: keyof StateStore, args: readonly unknown[]) => void;

/** A loader over a real state database; one page per `page()`. */
const bed = async (
  post: ScriptedPost,
  changes: Partial<LoaderOptions> = {},
  before: Watch = () => undefined,
  after: (method: keyof StateStore) => void = () => undefined,
) => {
  const state = watched(temporary.state, before, after);
  const fence = await leaseOf(temporary.state);
  const runId = await temporary.state.startRun(fence, 1);
  const counts: RunCounts = {
    ...{ read: 0, sent: 0, duplicate: 0, filtered: 0, withoutConsent: 0, rejected: 0, expired: 0 },
    ...{ batches: 0, requests: 0, retries: 0, inDoubtResent: 0 },
  };
  const settlement = trackSettlement();
  const dedup = trackDedup([]);
  const stop = new AbortController();
  const loader = openLoader({
    fence,
    runId,
    state,
    dedup,
    settlement,
    counts,
    batchSize: 10,
    concurrency: 2,
    fingerprint: 'print',
    inDoubt: new Set(),
    fingerprintOf: () => 'f'.repeat(16),
    delivery: {
      post,
      gate: openGate({
        concurrency: changes.concurrency ?? 2,
        patienceMs: DEFAULT_RETRY.elapsedMs,
        now: () => NOW,
        random: () => 0,
        sleep: async () => undefined,
      }),
      breaker: systemicBreaker('leads'),
      retry: DEFAULT_RETRY,
      now: () => NOW,
      random: () => 0,
      sleep: async () => undefined,
      stop: stop.signal,
      abort: new AbortController().signal,
      count: counts,
    },
    ...changes,
  });
  let pages = 0;
  const page = (rows: number): OpenPage => {
    pages += 1;
    return settlement.begin(rows, { cursor: `c${pages}`, key: [String(pages)] });
  };
  const offer = (name: string, open: OpenPage, more: Parameters<typeof eventRow>[1] = {}): void => {
    const pending: Pending = { event: eventRow(name, more), page: open, siblings: [] };
    if (dedup.offer(pending, new Set()) === 'new') loader.add(pending);
  };
  /** A page of so many events, offered. */
  const add = (prefix: string, size: number, more: Parameters<typeof eventRow>[1] = {}): void => {
    const open = page(size);
    for (let n = 0; n < size; n += 1) offer(`${prefix}${n}`, open, more);
  };
  const cursor = async () => (await temporary.state.readCheckpoint('leads'))?.cursor;
  return { loader, counts, settlement, fence, page, offer, add, cursor, stop };
};
const day = Math.floor(NOW / 86_400_000);
const keysOf = (...names: string[]): string[] => names.map((name) => eventRow(name).dedupKey);
const seen = async (fence: Parameters<StateStore['findSeen']>[0], ...names: string[]) =>
  (await temporary.state.findSeen(fence, keysOf(...names), day)).size;

describe('the order of writes', () => {
  it('is batch, POST, acknowledgement; the checkpoint comes with or after the acknowledgements before it', async () => {
    const log: string[] = [];
    let openPosts = 0;
    const post = scriptedPost(async () => {
      expect(log.filter((entry) => entry === 'planned').length).toBeGreaterThan(
        log.filter((entry) => entry === 'post').length,
      );
      log.push('post');
      openPosts += 1;
      await new Promise((resolve) => setImmediate(resolve));
      openPosts -= 1;
      log.push('answered');
      return ACCEPTED;
    });
    const { loader, add, cursor, counts } = await bed(
      post,
      {},
      (method, args) => {
        if (method === 'planBatch') log.push('plan');
        if (method !== 'ackBatch' && method !== 'settle') return;
        log.push(method);
        const due = args[2] ?? args[1];
        // A page is one batch here: a checkpoint to page n needs n batches acknowledged before, this one aside.
        const checkpoint = (
          args.find((arg) => typeof arg === 'object' && arg !== null && 'deadLetters' in arg) as typeof due & {
            checkpoint?: { cursor: string };
          }
        ).checkpoint;
        if (checkpoint)
          expect(log.filter((entry) => entry === 'acked').length).toBeGreaterThanOrEqual(
            Number(checkpoint.cursor.slice(1)),
          );
      },
      (method) => {
        if (method === 'planBatch') log.push('planned');
        if (method === 'ackBatch') log.push('acked');
      },
    );
    for (let n = 0; n < 6; n += 1) {
      add(`p${n}-`, 10);
      await loader.flush();
    }
    await loader.drain();
    expect(openPosts).toBe(0);
    expect(counts).toMatchObject({ sent: 60, batches: 6, requests: 6 });
    expect(await cursor()).toBe('c6');
    expect(log.slice(0, 3)).toEqual(expect.arrayContaining(['plan', 'planned']));
    expect(log.filter((entry) => entry === 'acked')).toHaveLength(6);
  });

  it('a batch that cannot be recorded is not sent, nor anything after it', async () => {
    const full = new FatalError('state-full', 'full');
    const post = scriptedPost(() => ACCEPTED);
    const { loader, add } = await bed(post, { concurrency: 1 }, (method) => {
      if (method === 'planBatch') throw full;
    });
    add('a', 30);
    await expect(loader.drain()).rejects.toBe(full);
    expect(post.requests).toHaveLength(0);
  });

  it('an acknowledgement that cannot be recorded stops the sending and leaves the batch in doubt', async () => {
    const full = new FatalError('state-full', 'full');
    const post = scriptedPost(() => ACCEPTED);
    const { loader, add, counts, cursor } = await bed(post, { concurrency: 1 }, (method) => {
      if (method === 'ackBatch') throw full;
    });
    add('a', 10);
    add('b', 50);
    await expect(loader.drain()).rejects.toBe(full);
    expect(post.requests.length).toBeLessThanOrEqual(2);
    expect(counts.sent).toBe(0);
    expect(await cursor()).toBeUndefined();
    const next = await leaseOf(temporary.state);
    expect((await temporary.state.openBatches(next)).inDoubt.length).toBe(post.requests.length * 10);
  });

  it('the checkpoint never passes a row that is still open', async () => {
    const replies: ((reply: Reply) => void)[] = [];
    const post = scriptedPost(() => new Promise((resolve) => replies.push(resolve)));
    const { loader, add, cursor } = await bed(post, { concurrency: 3 });
    for (const name of ['a', 'b', 'c']) add(name, 10);
    await loader.flush();
    const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await until(() => replies.length === 3);
    replies[2]?.(ACCEPTED);
    replies[1]?.(ACCEPTED);
    const next = { ...(await leaseOfReader()) };
    await until(async () => (await temporary.state.openBatches(next)).acked.length === 20);
    expect(await cursor()).toBeUndefined();
    replies[0]?.(ACCEPTED);
    await loader.drain();
    expect(await cursor()).toBe('c3');
  });
  const leaseOfReader = async () => ({ streamId: 1, mapping: 'leads', owner: 'reader', epoch: 1 });
});

describe('the window', () => {
  it('never has more than `concurrency` requests under way, nor reaches further than twice that beyond the oldest', async () => {
    let first: ((reply: Reply) => void) | undefined;
    const post = scriptedPost((_, n) => (n === 0 ? new Promise((resolve) => (first = resolve)) : ACCEPTED));
    const { loader, add } = await bed(post, { concurrency: 3 });
    add('a', 200);
    const flushed = loader.flush();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(post.requests.length).toBe(6);
    first?.(ACCEPTED);
    await flushed;
    await loader.drain();
    expect(post.requests).toHaveLength(20);
    expect(post.widest()).toBeLessThanOrEqual(3);
  });

  it('holds back what does not fill a batch until the end', async () => {
    const post = scriptedPost(() => ACCEPTED);
    const { loader, add } = await bed(post);
    add('a', 25);
    await loader.flush();
    await loader.drain();
    expect(post.requests.map((events) => events.length)).toEqual([10, 10, 5]);
  });
});

it('events of different age windows never share a request', async () => {
  const post = scriptedPost(() => ACCEPTED);
  const { loader, page, offer, counts } = await bed(post);
  const open = page(40);
  for (let n = 0; n < 40; n += 1)
    offer(`${n % 3 === 0 ? 'old' : 'new'}-${n}`, open, { maxAgeSeconds: n % 3 === 0 ? 5_356_800 : 604_800 });
  await loader.flush();
  await loader.drain();
  for (const events of post.requests) expect(new Set(events.map((event) => event.slice(1, 4))).size).toBe(1);
  expect(counts.sent).toBe(40);
});

describe('refusals', () => {
  it('become dead letters with the codes of Meta; the rest of the batch is in the ledger', async () => {
    const post = refusing(new Set(['"a3"']));
    const { loader, add, counts, fence, cursor } = await bed(post);
    add('a', 10);
    await loader.drain();
    expect(counts).toMatchObject({ sent: 9, rejected: 1, batches: 1 });
    expect(await temporary.state.listDeadLetters('leads', 10)).toMatchObject([
      { rowKey: ['a3'], origin: 'meta', code: 'refused-by-meta', metaCode: 100, metaSubcode: 2804019, times: 1 },
    ]);
    expect(await seen(fence, 'a2', 'a3', 'a4')).toBe(2);
    expect(await cursor()).toBe('c1');
    expect(await temporary.state.countInDoubt('leads')).toBe(0);
  });

  it('promote the held sibling of the same key, and its own refusal promotes the next', async () => {
    const post = refusing(new Set(['"x1"', '"x2"']));
    const { loader, page, offer, counts, fence, cursor } = await bed(post);
    const open = page(4);
    for (const name of ['x1', 'x2', 'x3', 'x4']) offer(name, open, { dedupKey: '0'.repeat(32) });
    await loader.drain();
    expect(post.requests).toEqual([['"x1"'], ['"x2"'], ['"x3"']]);
    expect(counts).toMatchObject({ sent: 1, rejected: 2, duplicate: 1 });
    expect((await temporary.state.findSeen(fence, ['0'.repeat(32)], day)).size).toBe(1);
    expect(await cursor()).toBe('c1');
  });

  it('too old counts as expired and leaves no dead letter', async () => {
    const post = scriptedPost(() => ACCEPTED);
    const { loader, page, offer, counts, cursor } = await bed(post);
    const open = page(2);
    offer('old', open, { eventTime: NOW / 1000 - 604_800 });
    offer('new', open);
    await loader.drain();
    expect(counts).toMatchObject({ sent: 1, expired: 1, rejected: 0 });
    expect(await temporary.state.countDeadLetters('leads')).toBe(0);
    expect(await cursor()).toBe('c1');
  });
});

describe('dead letters', () => {
  const letter = (name: string) =>
    ({ rowKey: [name], fingerprint: 'a'.repeat(16), origin: 'local', code: 'no-match-keys' }) as const;

  it('of rejected rows are written before or with the checkpoint that passes them', async () => {
    const writes: { letters: number; cursor: string | undefined }[] = [];
    const { loader, page, settlement, cursor } = await bed(
      scriptedPost(() => ACCEPTED),
      {},
      (_, args) => {
        for (const arg of args) {
          const due = arg as { deadLetters?: unknown[]; checkpoint?: { cursor: string } } | null;
          if (typeof due === 'object' && due?.deadLetters)
            writes.push({ letters: due.deadLetters.length, cursor: due.checkpoint?.cursor });
        }
      },
    );
    const open = page(2);
    loader.addDeadLetter(letter('r1'));
    loader.addDeadLetter(letter('r2'));
    settlement.resolve(open, 2);
    await loader.flush();
    expect(writes).toEqual([{ letters: 2, cursor: 'c1' }]);
    await loader.drain();
    expect(await cursor()).toBe('c1');
    expect(await temporary.state.countDeadLetters('leads')).toBe(2);
  });

  it('go when their row is sent after all', async () => {
    const { loader, add, fence } = await bed(scriptedPost(() => ACCEPTED));
    const due = { runId: 1, deadLetters: [letter('a1'), letter('zz')], cleared: [], checkpoint: undefined };
    await temporary.state.settle(fence, due, 1);
    loader.expectCleared(JSON.stringify(['a1']));
    add('a', 3);
    await loader.drain();
    expect((await temporary.state.listDeadLetters('leads', 10)).map(({ rowKey }) => rowKey)).toEqual([['zz']]);
  });

  it('are written by halt too, which sends nothing new', async () => {
    const post = scriptedPost(() => ACCEPTED);
    const { loader, add, settlement } = await bed(post);
    add('a', 5);
    loader.addDeadLetter(letter('r1'));
    await loader.halt();
    expect(post.requests).toHaveLength(0);
    expect(await temporary.state.countDeadLetters('leads')).toBe(1);
    expect(settlement.openRows()).toBe(5);
  });
});

describe('a failure', () => {
  it('of the token drops the batch that certainly did not arrive: nothing is in doubt, nothing rejected', async () => {
    const post = scriptedPost(() => refusal({ class: 'auth', code: 190, subcode: 463 }));
    const { loader, add, counts, cursor } = await bed(post, { concurrency: 1 });
    add('a', 30);
    await expect(loader.drain()).rejects.toMatchObject({ code: 'destination-auth' });
    await loader.halt();
    expect(post.requests).toHaveLength(1);
    expect(counts).toMatchObject({ sent: 0, rejected: 0 });
    expect(await temporary.state.countInDoubt('leads')).toBe(0);
    expect(await cursor()).toBeUndefined();
  });

  it('after a timeout leaves the batch in doubt for the next epoch', async () => {
    const { loader, add } = await bed(
      scriptedPost(() => TIMEOUT),
      { concurrency: 1 },
    );
    add('a', 10);
    await expect(loader.drain()).rejects.toMatchObject({ code: 'destination-unavailable' });
    expect(await temporary.state.countInDoubt('leads')).toBe(10);
    const next = await leaseOf(temporary.state);
    expect(new Set((await temporary.state.openBatches(next)).inDoubt)).toEqual(
      new Set(keysOf(...Array.from({ length: 10 }, (_, n) => `a${n}`))),
    );
  });

  it('of one batch lets the others under way end, and their outcomes are kept', async () => {
    const post = scriptedPost(async (events) => {
      if (events.includes('"a0"')) return refusal({ class: 'auth', code: 190 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      return ACCEPTED;
    });
    const { loader, add, counts, cursor } = await bed(post);
    add('a', 10);
    add('b', 10);
    await expect(loader.drain()).rejects.toMatchObject({ code: 'destination-auth' });
    await loader.halt();
    expect(counts.sent).toBe(10);
    expect(await cursor()).toBeUndefined();
    const next = await leaseOf(temporary.state);
    const open = await temporary.state.openBatches(next);
    expect([open.acked.length, open.inDoubt.length]).toEqual([10, 0]);
  });

  it('in the middle of halving keeps the accepted part; the rest alone is in doubt', async () => {
    const post = scriptedPost((_, n) => (n === 0 ? refusal() : n === 1 ? ACCEPTED : TIMEOUT));
    const { loader, add, counts } = await bed(post);
    add('a', 10);
    await expect(loader.drain()).rejects.toMatchObject({ code: 'destination-unavailable' });
    expect(counts.sent).toBe(5);
    const next = await leaseOf(temporary.state);
    const open = await temporary.state.openBatches(next);
    expect(new Set(open.acked)).toEqual(new Set(keysOf('a0', 'a1', 'a2', 'a3', 'a4')));
    expect(new Set(open.inDoubt)).toEqual(new Set(keysOf('a5', 'a6', 'a7', 'a8', 'a9')));
  });
});

it('counts what an older epoch left in doubt and is sent again', async () => {
  const { loader, add, counts } = await bed(
    scriptedPost(() => ACCEPTED),
    { inDoubt: new Set(keysOf('a1', 'a2', 'zz')) },
  );
  add('a', 10);
  await loader.drain();
  expect(counts.inDoubtResent).toBe(2);
});

it('folds acknowledged keys into the ledger by groups, and all of them at the end', async () => {
  let folds = 0;
  const { loader, add, counts, fence } = await bed(
    scriptedPost(() => ACCEPTED),
    { batchSize: 1 },
    (method) => {
      if (method === 'foldAcked') folds += 1;
    },
  );
  add('a', 120);
  await loader.drain();
  expect(counts.batches).toBe(120);
  expect(folds).toBe(3);
  expect(await seen(fence, 'a0', 'a60', 'a119')).toBe(3);
  expect(await temporary.state.openBatches(fence)).toEqual({ acked: [], inDoubt: [] });
});
