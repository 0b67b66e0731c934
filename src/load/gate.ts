/**
 * The way to one destination, shared by all batches and all mappings of the process: so many requests at a time, so many a second,
 * none while Meta asks for a pause, and few while the far side is down. Costs nothing per event.
 */
import { type CircuitTools, openCircuit } from './circuit.ts';
import { limitConcurrency } from './limit-concurrency.ts';
import { limitRate, type RateLimit } from './limit-rate.ts';
import type { Reply } from './post-events.ts';
import { retryBudget } from './retry-budget.ts';

export type GateOptions = CircuitTools & {
  /** Requests at a time, at the most. */
  readonly concurrency: number;
  /** The destination's own limit, where it has one. */
  readonly rateLimit?: RateLimit | undefined;
};

export type Gate = {
  /**
   * Waits until a request of so many events may go.
   * @param isRepeat the same events were here before
   * @returns to be called with the reply, or without one if there is none; undefined: it may not go, because the wait would be too long or `stop` came
   */
  readonly enter: (
    events: number,
    stop: AbortSignal,
    isRepeat?: boolean,
  ) => Promise<((reply?: Reply) => void) | undefined>;
  /** Milliseconds that the budget of retries asks to wait before one more. */
  readonly retryWait: () => number;
  /** Why nothing may go, as the far side last said it. */
  readonly lastError: () => Extract<Reply, { kind: 'error' }> | undefined;
  /** Requests at a time, as it stands. */
  readonly concurrency: () => number;
};

/** Used share of a limit of Meta from which on fewer requests go at a time, and from which on each waits. Our own choice. */
const HIGH_PERCENT = 80;
const NEARLY_FULL_PERCENT = 95;
const NEARLY_FULL_WAIT_MS = 5_000;

/** What is no answer of Meta gets its three tries and stops the run: waiting for something else to listen there would only delay that. */
const isFailure = (reply: Reply): boolean => reply.kind === 'error' && reply.class === 'transient';

export const openGate = (options: GateOptions): Gate => {
  const { now, sleep, patienceMs } = options;
  const limit = limitConcurrency(options.concurrency);
  const pace = options.rateLimit && limitRate(options.rateLimit, now);
  const circuit = openCircuit(options);
  const budget = retryBudget(now);
  let pausedUntil = 0;
  let lastError: Extract<Reply, { kind: 'error' }> | undefined;

  const pause = (ms: number): void => {
    pausedUntil = Math.max(pausedUntil, now() + ms);
  };

  const learn = (reply: Reply): void => {
    if (reply.kind === 'error') {
      lastError = reply;
      if (reply.class === 'throttle') limit.throttled();
      if (reply.retryAfterMs !== undefined) pause(reply.retryAfterMs);
      return;
    }
    budget.succeeded();
    const { percent, regainMs } = reply.usage ?? { percent: 0, regainMs: 0 };
    if (percent < HIGH_PERCENT) limit.succeeded();
    else limit.throttled();
    if (percent >= NEARLY_FULL_PERCENT) pause(NEARLY_FULL_WAIT_MS);
    if (regainMs > 0) pause(regainMs);
  };

  return {
    enter: async (events, stop, isRepeat = false) => {
      await limit.acquire();
      const pass = await circuit.enter(stop, isRepeat);
      const wait = pausedUntil - now();
      if (pass === undefined || wait >= patienceMs) {
        if (pass === 'probe') circuit.failed(pass);
        limit.release();
        return undefined;
      }
      const ahead = Math.max(wait, pace?.(events) ?? 0);
      if (ahead > 0) await sleep(ahead, stop);
      // What need not wait is under way, and is brought to its end.
      if (ahead > 0 && stop.aborted) {
        if (pass === 'probe') circuit.failed(pass);
        limit.release();
        return undefined;
      }
      return (reply) => {
        // Without a reply nothing was learned; a probe that never went must still end.
        if (reply === undefined ? pass === 'probe' : isFailure(reply)) circuit.failed(pass);
        else if (reply) circuit.answered(pass);
        if (reply) learn(reply);
        limit.release();
      };
    },
    retryWait: budget.take,
    lastError: () => lastError,
    concurrency: limit.current,
  };
};
