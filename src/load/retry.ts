/** How long to wait, and when to stop waiting. Full jitter: the wait is uniform between 0 and the growing ceiling. Clock and random are arguments. */

export type RetryPolicy = {
  readonly firstMs: number;
  readonly ceilingMs: number;
  /** Attempts of one batch, the first included. */
  readonly attempts: number;
  /** No new attempt is begun this long after the first one. */
  readonly elapsedMs: number;
};

export const DEFAULT_RETRY: RetryPolicy = { firstMs: 500, ceilingMs: 30_000, attempts: 8, elapsedMs: 180_000 };

/** @param attempt 1 for the wait after the first attempt */
export const backoffMs = (policy: RetryPolicy, attempt: number, random: () => number): number =>
  Math.round(random() * Math.min(policy.ceilingMs, policy.firstMs * 2 ** (attempt - 1)));

/** Resolves after `ms`, or at once when the signal aborts. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
