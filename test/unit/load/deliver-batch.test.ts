import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FatalError, RetryableError } from '../../../src/errors.ts';
import { type DeliveryTools, deliverBatch } from '../../../src/load/deliver-batch.ts';
import { type Gate, openGate } from '../../../src/load/gate.ts';
import type { PostEvents, Reply } from '../../../src/load/post-events.ts';
import { DEFAULT_RETRY } from '../../../src/load/retry.ts';
import { systemicBreaker } from '../../../src/load/systemic-breaker.ts';
import type { EventRow } from '../../../src/mapping/mapped-row.ts';
import {
  ACCEPTED,
  eventRow,
  refusal,
  refusing,
  scriptedPost,
  THROTTLED,
  TIMEOUT,
  textOf,
} from '../../support/scripted-post.ts';

const START = 1_700_000_100_000;

/** Tools with a clock that only sleeping moves. */
const toolsFor = (post: PostEvents, changes: Partial<DeliveryTools> = {}) => {
  const sleeps: number[] = [];
  let now = START;
  const sleep = async (ms: number): Promise<void> => {
    sleeps.push(ms);
    now += ms;
  };
  const tools: DeliveryTools = {
    post,
    gate: openGate({ concurrency: 4, patienceMs: DEFAULT_RETRY.elapsedMs, now: () => now, random: () => 1, sleep }),
    breaker: systemicBreaker('m'),
    retry: DEFAULT_RETRY,
    now: () => now,
    random: () => 1,
    sleep,
    stop: new AbortController().signal,
    abort: new AbortController().signal,
    count: { requests: 0, retries: 0, inDoubtResent: 0 },
    ...changes,
  };
  return { tools, sleeps, advance: (ms: number) => (now += ms) };
};
const batch = (size: number): EventRow[] => Array.from({ length: size }, (_, n) => eventRow(`e${n}`));

const deliver = async (events: readonly EventRow[], tools: DeliveryTools) => {
  const accepted: { part: readonly EventRow[]; whole: boolean }[] = [];
  const result = await deliverBatch(events, tools, async (part, whole) => void accepted.push({ part, whole }));
  return { ...result, accepted };
};
const failureOf = async (events: readonly EventRow[], tools: DeliveryTools) => {
  const accepted: EventRow[] = [];
  const error: unknown = await deliverBatch(events, tools, async (part) => void accepted.push(...part)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, accepted };
};

describe('halving', () => {
  it.each([
    [0, 1],
    [1, 21],
    [2, 39],
    [5, 85],
    [20, 255],
  ])('finds %i bad events of 1,000 within %i requests and refuses no other', async (k, most) => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(999), { minLength: k, maxLength: k }), async (positions) => {
        const events = batch(1000);
        const bad = new Set(positions.map((at) => textOf((events[at] as EventRow).bytes)));
        const post = refusing(bad);
        const { tools } = toolsFor(post);
        const { refused, expired, accepted } = await deliver(events, tools);
        expect(new Set(refused.map(({ event }) => textOf(event.bytes)))).toEqual(bad);
        expect(refused).toHaveLength(k);
        expect(expired).toEqual([]);
        const parts = accepted.flatMap(({ part }) => part);
        expect(new Set(parts).size).toBe(parts.length);
        expect(parts.length).toBe(1000 - k);
        expect(accepted.every(({ whole }) => whole === (k === 0))).toBe(true);
        expect(post.requests.length).toBeLessThanOrEqual(most);
        expect(tools.count).toEqual({ requests: post.requests.length, retries: 0, inDoubtResent: 0 });
      }),
      { numRuns: 50 },
    );
  });

  it('keeps what Meta said of each event', async () => {
    const { refused } = await deliver(
      [eventRow('a')],
      toolsFor(scriptedPost(() => refusal({ subcode: 2804003 }))).tools,
    );
    expect(refused).toEqual([{ event: eventRow('a'), code: 100, subcode: 2804003, reason: 'meta-100-2804019' }]);
  });

  it('a request that is too large is halved until it passes', async () => {
    const post = scriptedPost((events) =>
      events.length > 100
        ? refusal({ class: 'too_large', code: undefined, status: 413, reason: 'http-413' })
        : ACCEPTED,
    );
    const { accepted, refused } = await deliver(batch(1000), toolsFor(post).tools);
    expect(refused).toEqual([]);
    expect(accepted.map(({ part }) => part.length).reduce((a, b) => a + b)).toBe(1000);
    expect(post.requests.length).toBe(31);
  });

  it('acknowledges an accepted half before the next request', async () => {
    const log: string[] = [];
    const post = scriptedPost((events) => {
      log.push(`post ${events.length}`);
      return events.includes('"e3"') ? refusal() : ACCEPTED;
    });
    await deliverBatch(batch(4), toolsFor(post).tools, async (part) => {
      await Promise.resolve();
      log.push(`ack ${part.length}`);
    });
    expect(log).toEqual(['post 4', 'post 2', 'ack 2', 'post 1', 'ack 1', 'post 1']);
  });

  it('stops as a configuration error when everything is refused, long before each event was tried', async () => {
    const post = scriptedPost(() => refusal({ subcode: 2804050 }));
    const { error, accepted } = await failureOf(batch(1000), toolsFor(post).tools);
    expect(error).toMatchObject({ code: 'systemic-rejection', exitCode: 3, maybeProcessed: false });
    expect(accepted).toEqual([]);
    expect(post.requests.length).toBeLessThan(60);
  });

  it('a state that cannot be written ends it at once', async () => {
    const post = scriptedPost((events) => (events.length > 1 ? refusal() : ACCEPTED));
    const broken = new FatalError('state-full', 'full');
    await expect(deliverBatch(batch(8), toolsFor(post).tools, () => Promise.reject(broken))).rejects.toBe(broken);
    expect(post.requests).toHaveLength(4);
  });
});

describe('trying again', () => {
  const answers = (...replies: Reply[]) => scriptedPost((_, n) => replies[n] ?? ACCEPTED);

  it('sends the same bytes', async () => {
    const post = answers(refusal({ class: 'bad_response', code: undefined, maybeProcessed: true }), THROTTLED, TIMEOUT);
    const { tools, sleeps } = toolsFor(post);
    const { accepted } = await deliver(batch(3), tools);
    expect(new Set(post.requests.map((events) => events.join())).size).toBe(1);
    expect(post.requests).toHaveLength(4);
    expect(accepted).toEqual([{ part: batch(3), whole: true }]);
    expect(sleeps).toEqual([500, 1000, 2000]);
    expect(tools.count).toEqual({ requests: 4, retries: 3, inDoubtResent: 9 });
  });

  it('counts as in doubt only what may have been processed', async () => {
    const { tools } = toolsFor(answers(THROTTLED, THROTTLED, TIMEOUT));
    await deliver(batch(5), tools);
    expect(tools.count.inDoubtResent).toBe(5);
  });

  it('ends after the attempts of the policy', async () => {
    const post = scriptedPost(() => TIMEOUT);
    const { error } = await failureOf(batch(2), toolsFor(post).tools);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ code: 'destination-unavailable', maybeProcessed: true, exitCode: 1 });
    expect(post.requests).toHaveLength(DEFAULT_RETRY.attempts);
  });

  it('begins no attempt after the time of the policy, however long Meta asks to wait', async () => {
    const post = scriptedPost(() => refusal({ class: 'throttle', code: 4, retryAfterMs: 50_000 }));
    const first = toolsFor(post);
    const { error } = await failureOf(batch(2), first.tools);
    expect(error).toMatchObject({ code: 'destination-unavailable', maybeProcessed: false });
    expect(first.sleeps).toEqual([50_000, 50_000, 50_000]);
    const later = toolsFor(scriptedPost(() => refusal({ class: 'throttle', code: 4, retryAfterMs: 3_600_000 })));
    expect((await failureOf(batch(2), later.tools)).error).toMatchObject({ code: 'destination-unavailable' });
    expect(later.sleeps).toEqual([]);
  });

  it('waits as long as Meta says, when that is longer', async () => {
    const { tools, sleeps } = toolsFor(answers(refusal({ class: 'throttle', retryAfterMs: 7000 })));
    await deliver(batch(1), tools);
    expect(sleeps).toEqual([7000]);
  });

  it('gives what is no answer of Meta three tries', async () => {
    const post = scriptedPost(() =>
      refusal({ class: 'bad_response', code: undefined, maybeProcessed: true, reason: 'http-200' }),
    );
    const { error } = await failureOf(batch(2), toolsFor(post).tools);
    expect(error).toMatchObject({ code: 'destination-bad-response', maybeProcessed: true });
    expect(post.requests).toHaveLength(3);
  });

  it('is never wasted on a token, a policy or a wrong address, and no event is refused for it', async () => {
    for (const [kind, code, exitCode] of [
      ['auth', 'destination-auth', 5],
      ['policy', 'destination-policy', 5],
      ['config', 'destination-config', 3],
    ] as const) {
      const post = scriptedPost(() => refusal({ class: kind, code: 190, subcode: 463 }));
      const { error } = await failureOf(batch(10), toolsFor(post).tools);
      expect(error).toBeInstanceOf(FatalError);
      expect(error).toMatchObject({ code, exitCode, maybeProcessed: false });
      expect(post.requests).toHaveLength(1);
    }
  });

  it('a token that expires after a timeout leaves the batch in doubt', async () => {
    const { error } = await failureOf(
      batch(2),
      toolsFor(answers(TIMEOUT, refusal({ class: 'auth', code: 190 }))).tools,
    );
    expect(error).toMatchObject({ code: 'destination-auth', maybeProcessed: true });
  });

  it('throttling lowers the concurrency, success brings it back', async () => {
    const post = answers(THROTTLED, THROTTLED);
    const { tools } = toolsFor(post);
    await deliver(batch(1), tools);
    expect(tools.gate.concurrency()).toBe(1);
    for (let n = 0; n < 40; n += 1) await deliver(batch(1), tools);
    expect(tools.gate.concurrency()).toBe(4);
  });

  it('gives its place back whatever happens', async () => {
    const sleep = async (): Promise<void> => undefined;
    const gate: Gate = openGate({ concurrency: 1, patienceMs: 1000, now: () => START, random: () => 1, sleep });
    const post = scriptedPost((_, n) => {
      if (n === 0) throw new Error('a bug');
      return n === 1 ? refusal({ class: 'auth' }) : ACCEPTED;
    });
    for (let n = 0; n < 2; n += 1) await failureOf(batch(1), toolsFor(post, { gate }).tools);
    const { accepted } = await deliver(batch(1), toolsFor(post, { gate }).tools);
    expect(accepted).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('begins no further attempt', async () => {
    const stop = new AbortController();
    const post = scriptedPost(() => {
      stop.abort();
      return TIMEOUT;
    });
    const { error } = await failureOf(batch(1), toolsFor(post, { stop: stop.signal }).tools);
    expect(error).toMatchObject({ code: 'interrupted', maybeProcessed: true });
    expect(post.requests).toHaveLength(1);
  });

  it('wakes from its wait', async () => {
    const stop = new AbortController();
    const post = scriptedPost(() => THROTTLED);
    const { error } = await failureOf(
      batch(1),
      toolsFor(post, { stop: stop.signal, sleep: async () => stop.abort() }).tools,
    );
    expect(error).toMatchObject({ code: 'interrupted', maybeProcessed: false });
    expect(post.requests).toHaveLength(1);
  });

  it('hands the forced stop to the request', async () => {
    const abort = new AbortController();
    let handed: AbortSignal | undefined;
    const post = scriptedPost((_, __, signal) => {
      handed = signal;
      return ACCEPTED;
    });
    await deliver(batch(1), toolsFor(post, { abort: abort.signal }).tools);
    expect(handed).toBe(abort.signal);
  });
});

describe('age', () => {
  const edge = (secondsLeft: number) =>
    eventRow(`left${secondsLeft}`, { eventTime: START / 1000 - 604_800 + 600 + secondsLeft });

  it('is asked before the first attempt: what is too old or too near the edge is not sent', async () => {
    const post = scriptedPost(() => ACCEPTED);
    const { expired, accepted } = await deliver([edge(-1), edge(0), edge(100)], toolsFor(post).tools);
    expect(expired).toEqual([edge(-1)]);
    expect(accepted).toEqual([{ part: [edge(0), edge(100)], whole: false }]);
  });

  it('is asked again before each attempt', async () => {
    const post = scriptedPost((_, n) =>
      n === 0 ? refusal({ class: 'transient', code: 2, retryAfterMs: 60_000 }) : ACCEPTED,
    );
    const { expired, accepted } = await deliver([edge(10), edge(100)], toolsFor(post).tools);
    expect(post.requests.map((events) => events.length)).toEqual([2, 1]);
    expect(expired).toEqual([edge(10)]);
    expect(accepted).toEqual([{ part: [edge(100)], whole: false }]);
  });

  it('a batch of which nothing is left is not sent', async () => {
    const post = scriptedPost(() => ACCEPTED);
    const { expired, accepted } = await deliver([edge(-5), edge(-6)], toolsFor(post).tools);
    expect([expired.length, accepted.length, post.requests.length]).toEqual([2, 0, 0]);
  });
});
