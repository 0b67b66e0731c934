import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { limitConcurrency } from '../../../src/load/limit-concurrency.ts';

describe('limitConcurrency', () => {
  it('lets in no more than it may, first come, first served', async () => {
    const limit = limitConcurrency(2);
    const order: number[] = [];
    for (const n of [1, 2, 3, 4]) void limit.acquire().then(() => order.push(n));
    await setImmediate();
    expect(order).toEqual([1, 2]);
    limit.release();
    await setImmediate();
    expect(order).toEqual([1, 2, 3]);
    limit.release();
    limit.release();
    await setImmediate();
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('halves when throttled, never below one, and comes back by one for ten successes', () => {
    const limit = limitConcurrency(8);
    const seen = [limit.current()];
    for (let n = 0; n < 5; n += 1) {
      limit.throttled();
      seen.push(limit.current());
    }
    expect(seen).toEqual([8, 4, 2, 1, 1, 1]);
    for (let n = 0; n < 9; n += 1) limit.succeeded();
    expect(limit.current()).toBe(1);
    limit.succeeded();
    expect(limit.current()).toBe(2);
    for (let n = 0; n < 1000; n += 1) limit.succeeded();
    expect(limit.current()).toBe(8);
  });

  it('one throttling answer starts the count of successes again', () => {
    const limit = limitConcurrency(4);
    limit.throttled();
    for (let n = 0; n < 9; n += 1) limit.succeeded();
    limit.throttled();
    for (let n = 0; n < 9; n += 1) limit.succeeded();
    expect(limit.current()).toBe(1);
    limit.succeeded();
    expect(limit.current()).toBe(2);
  });

  it('after a throttling, those under way end before others begin', async () => {
    const limit = limitConcurrency(4);
    await Promise.all([limit.acquire(), limit.acquire(), limit.acquire(), limit.acquire()]);
    limit.throttled();
    let begun = 0;
    for (let n = 0; n < 3; n += 1) void limit.acquire().then(() => (begun += 1));
    limit.release();
    limit.release();
    await setImmediate();
    expect(begun).toBe(0);
    limit.release();
    await setImmediate();
    expect(begun).toBe(1);
    for (let n = 0; n < 10; n += 1) limit.succeeded();
    await setImmediate();
    expect(begun).toBe(2);
  });
});
