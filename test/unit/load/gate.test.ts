import { describe, expect, it } from 'vitest';
import { deliverBatch } from '../../../src/load/deliver-batch.ts';
import { type GateOptions, openGate } from '../../../src/load/gate.ts';
import type { Reply } from '../../../src/load/post-events.ts';
import { DEFAULT_RETRY } from '../../../src/load/retry.ts';
import { NO_BREAKER } from '../../../src/load/systemic-breaker.ts';
import {
  ACCEPTED,
  eventRow,
  refusal,
  type ScriptedPost,
  scriptedPost,
  THROTTLED,
  TIMEOUT,
} from '../../support/scripted-post.ts';

const never = new AbortController().signal;
const DOWN = refusal({ class: 'transient', code: undefined, subcode: undefined, status: 503, reason: 'http-503' });
const used = (percent: number, regainMs = 0): Reply => ({
  kind: 'accepted',
  traceId: undefined,
  usage: { percent, regainMs },
});

/** Time that passes only while someone sleeps, for several sleepers: the first to wake moves the clock. */
const virtualTime = () => {
  let now = 1_700_000_000_000;
  const sleepers: { at: number; wake: () => void }[] = [];
  let isTicking = false;
  const tick = (): void => {
    isTicking = false;
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    if (!next) return;
    now = Math.max(now, next.at);
    next.wake();
    schedule();
  };
  // After everything that can go on without time has gone on.
  const schedule = (): void => {
    if (isTicking || sleepers.length === 0) return;
    isTicking = true;
    setImmediate(() => setImmediate(tick));
  };
  return {
    now: () => now,
    sleep: (ms: number): Promise<void> =>
      new Promise((wake) => {
        sleepers.push({ at: now + ms, wake });
        schedule();
      }),
  };
};

const bed = (options: Partial<GateOptions> = {}) => {
  const time = virtualTime();
  const gate = openGate({ concurrency: 4, patienceMs: DEFAULT_RETRY.elapsedMs, random: () => 0, ...time, ...options });
  const deliver = (post: ScriptedPost, name = 'e') =>
    deliverBatch(
      [eventRow(name, { maxAgeSeconds: 1e9 })],
      {
        post,
        gate,
        breaker: NO_BREAKER,
        retry: DEFAULT_RETRY,
        random: () => 1,
        stop: never,
        abort: never,
        count: { requests: 0, retries: 0, inDoubtResent: 0 },
        ...time,
      },
      async () => undefined,
    ).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
  return { gate, deliver, ...time };
};

describe('an outage', () => {
  it.each([1, 2, 4, 8, 16])(
    'with %i batches at a time costs at most that many and ten more requests',
    async (concurrency) => {
      for (const [random, reply] of [
        [() => 0, DOWN],
        [() => 1, DOWN],
        [() => 0.5, TIMEOUT],
      ] as const) {
        const { deliver, now } = bed({ concurrency, random });
        const started = now();
        const post = scriptedPost(() => reply);
        const ends = await Promise.all(Array.from({ length: concurrency }, (_, n) => deliver(post, `e${n}`)));
        expect(new Set(ends)).toEqual(new Set(['destination-unavailable']));
        expect(post.requests.length).toBeLessThanOrEqual(concurrency + 10);
        expect(now() - started).toBeLessThanOrEqual(DEFAULT_RETRY.elapsedMs);
      }
    },
  );

  it('costs the next mapping of the process one probe', async () => {
    const { deliver } = bed();
    const post = scriptedPost(() => DOWN);
    await Promise.all([1, 2, 3, 4].map((n) => deliver(post, `e${n}`)));
    const before = post.requests.length;
    expect(await Promise.all([deliver(post, 'f1'), deliver(post, 'f2'), deliver(post, 'f3')])).toEqual(
      Array.from({ length: 3 }, () => 'destination-unavailable'),
    );
    expect(post.requests.length - before).toBe(1);
  });

  it('that ends lets everything through after one probe', async () => {
    const { deliver, now } = bed();
    const upAt = now() + 20_000;
    const post = scriptedPost(() => (now() >= upAt ? ACCEPTED : DOWN));
    expect(await Promise.all([1, 2, 3, 4].map((n) => deliver(post, `e${n}`)))).toEqual(
      Array.from({ length: 4 }, () => 'accepted'),
    );
    expect(post.requests.length).toBeLessThanOrEqual(4 + 4 + 4 + 4);
    expect(now() - upAt).toBeLessThan(40_000);
    const before = post.requests.length;
    await Promise.all([5, 6, 7].map((n) => deliver(post, `e${n}`)));
    expect(post.requests.length - before).toBe(3);
  });

  it('while it is probed, nothing else is sent', async () => {
    const { deliver } = bed();
    let open = 0;
    let widest = 0;
    let seen = 0;
    const post = scriptedPost(async () => {
      seen += 1;
      open += 1;
      if (seen > 8) widest = Math.max(widest, open);
      await new Promise((done) => setImmediate(done));
      open -= 1;
      return DOWN;
    });
    await Promise.all([1, 2, 3, 4].map((n) => deliver(post, `e${n}`)));
    expect(seen).toBeGreaterThan(8);
    expect(widest).toBe(1);
  });

  it('is not what something else at that address is: each batch has its three tries, and no more waits than theirs', async () => {
    const { deliver, now } = bed();
    const started = now();
    const post = scriptedPost(() => refusal({ class: 'bad_response', code: undefined, reason: 'http-200' }));
    expect(new Set(await Promise.all([1, 2, 3, 4].map((n) => deliver(post, `e${n}`))))).toEqual(
      new Set(['destination-bad-response']),
    );
    expect(post.requests).toHaveLength(12);
    expect(now() - started).toBeLessThanOrEqual(1_500);
  });

  it('is not what refusals and throttling are', async () => {
    const { deliver, now } = bed({ concurrency: 1 });
    const started = now();
    const post = scriptedPost(() => refusal());
    for (let n = 0; n < 30; n += 1) expect(await deliver(post, `e${n}`)).toBe('accepted');
    expect(now()).toBe(started);
    expect(post.requests).toHaveLength(30);
  });
});

describe('a far side in trouble', () => {
  it('that fails 70 of 100 requests gets all batches in the end, with bounded retries a second', async () => {
    const { deliver, now } = bed();
    let random = 7;
    const post = scriptedPost(() => {
      random = (random * 16_807) % 2_147_483_647;
      return random % 100 < 70 ? DOWN : ACCEPTED;
    });
    const started = now();
    let failed = 0;
    for (let n = 0; n < 15; n += 1)
      for (const end of await Promise.all([0, 1, 2, 3].map((m) => deliver(post, `e${n}-${m}`))))
        if (end !== 'accepted') failed += 1;
    const seconds = (now() - started) / 1000;
    // Each batch's first request is its own; beyond those: 20 retries at once, one in two seconds, one for five successes.
    expect(post.requests.length - 60).toBeLessThanOrEqual(20 + seconds / 2 + 60 / 5 + 4);
    // Eight attempts at 70 % are too few for some; those stay for the next run.
    expect(failed).toBeLessThan(15);
  });
});

describe('throttling', () => {
  it('that says when to come again holds back every batch until then, and costs no request meanwhile', async () => {
    const { gate, now } = bed();
    const first = await gate.enter(1, never);
    first?.(refusal({ class: 'throttle', code: 80_004, retryAfterMs: 30_000 }));
    const started = now();
    (await gate.enter(1, never))?.(ACCEPTED);
    expect(now() - started).toBe(30_000);
    expect(gate.concurrency()).toBe(2);
  });

  it('for longer than we wait lets nothing go, until it is over', async () => {
    const { gate, deliver, now, sleep } = bed();
    (await gate.enter(1, never))?.(refusal({ class: 'throttle', code: 80_004, retryAfterMs: 3_600_000 }));
    const post = scriptedPost(() => ACCEPTED);
    const started = now();
    expect(await deliver(post)).toBe('destination-unavailable');
    expect([post.requests.length, now() - started]).toEqual([0, 0]);
    await sleep(3_600_000);
    expect(await deliver(post)).toBe('accepted');
  });

  it('halves the requests at a time, ten successes bring one back', async () => {
    const { gate, deliver } = bed({ concurrency: 8 });
    await deliver(scriptedPost((_, n) => (n < 2 ? THROTTLED : ACCEPTED)));
    expect(gate.concurrency()).toBe(2);
    for (let n = 0; n < 9; n += 1) await deliver(scriptedPost(() => ACCEPTED));
    expect(gate.concurrency()).toBe(3);
    for (let n = 0; n < 100; n += 1) await deliver(scriptedPost(() => ACCEPTED));
    expect(gate.concurrency()).toBe(8);
  });
});

describe('what an accepted request says of usage', () => {
  it.each([
    [79, 8, 0],
    [80, 4, 0],
    [95, 4, 5_000],
    [100, 4, 5_000],
  ])('at %i %% leaves %i requests at a time and waits %i ms before the next', async (percent, concurrency, wait) => {
    const { gate, now } = bed({ concurrency: 8 });
    (await gate.enter(1, never))?.(used(percent));
    expect(gate.concurrency()).toBe(concurrency);
    const started = now();
    (await gate.enter(1, never))?.(ACCEPTED);
    expect(now() - started).toBe(wait);
  });

  it('with a time until access returns stops before Meta refuses', async () => {
    const { gate, now } = bed();
    (await gate.enter(1, never))?.(used(100, 60_000));
    const started = now();
    (await gate.enter(1, never))?.(ACCEPTED);
    expect(now() - started).toBe(60_000);
    (await gate.enter(1, never))?.(used(100, 600_000));
    expect(await gate.enter(1, never)).toBeUndefined();
  });
});

it('the rate limit and the number of requests at a time hold for all that share the gate', async () => {
  const { gate, now } = bed({ concurrency: 2, rateLimit: { requestsPerSecond: 2 } });
  const started = now();
  const at: number[] = [];
  let open = 0;
  let widest = 0;
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      const leave = await gate.enter(1, never);
      at.push(now() - started);
      open += 1;
      widest = Math.max(widest, open);
      await new Promise((done) => setImmediate(done));
      open -= 1;
      leave?.(ACCEPTED);
    }),
  );
  expect(at).toEqual([0, 500, 1000, 1500, 2000, 2500]);
  expect(widest).toBeLessThanOrEqual(2);
});

it('a stop during the wait for a turn lets nothing more go, and leaves the way free for others', async () => {
  const { gate, now } = bed({ concurrency: 1 });
  (await gate.enter(1, never))?.(used(100, 60_000));
  const stop = new AbortController();
  const waiting = gate.enter(1, stop.signal);
  stop.abort();
  expect(await waiting).toBeUndefined();
  const started = now();
  const leave = await gate.enter(1, never);
  expect(leave).toBeTypeOf('function');
  expect(now() - started).toBeLessThanOrEqual(60_000);
});
