import { describe, expect, it } from 'vitest';
import { backoffMs, DEFAULT_RETRY, sleep } from '../../../src/load/retry.ts';

describe('backoffMs', () => {
  const policy = { firstMs: 500, ceilingMs: 30_000, attempts: 8, elapsedMs: 180_000 };

  it('grows twofold up to the ceiling, all of it jitter', () => {
    expect([1, 2, 3, 6, 7, 8, 60].map((n) => backoffMs(policy, n, () => 1))).toEqual([
      500, 1000, 2000, 16_000, 30_000, 30_000, 30_000,
    ]);
    expect(backoffMs(policy, 5, () => 0)).toBe(0);
    expect(backoffMs(policy, 3, () => 0.25)).toBe(500);
  });

  it('waits less in all than the policy gives time', () => {
    const waits = Array.from({ length: DEFAULT_RETRY.attempts - 1 }, (_, n) =>
      backoffMs(DEFAULT_RETRY, n + 1, () => 1),
    );
    expect(waits.reduce((a, b) => a + b)).toBeLessThan(DEFAULT_RETRY.elapsedMs);
  });
});

describe('sleep', () => {
  it('ends at its time', async () => {
    const started = performance.now();
    await sleep(30, new AbortController().signal);
    expect(performance.now() - started).toBeGreaterThan(25);
  });

  it('ends at once when stopped, before or while it waits', async () => {
    const started = performance.now();
    await sleep(60_000, AbortSignal.abort());
    const stop = new AbortController();
    const waiting = sleep(60_000, stop.signal);
    stop.abort();
    await waiting;
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
