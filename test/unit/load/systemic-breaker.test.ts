import { describe, expect, it } from 'vitest';
import { FatalError } from '../../../src/errors.ts';
import { systemicBreaker } from '../../../src/load/systemic-breaker.ts';

const times = (n: number, act: () => void): void => {
  for (let i = 0; i < n; i += 1) act();
};

describe('systemicBreaker', () => {
  it('stops at twenty refusals in a row, as a configuration error of which nothing is in doubt', () => {
    const breaker = systemicBreaker('orders');
    breaker.accepted(100_000);
    times(19, () => breaker.refused(2804050));
    let thrown: unknown;
    try {
      breaker.refused(2804050);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(FatalError);
    expect(thrown).toMatchObject({ code: 'systemic-rejection', exitCode: 3, maybeProcessed: false });
    expect((thrown as Error).message).toContain('2804050');
  });

  it('does not mind any number of refusals with acceptances between', () => {
    const breaker = systemicBreaker('orders');
    breaker.accepted(1000);
    times(500, () => {
      times(19, () => breaker.refused(1));
      breaker.accepted(100);
    });
  });

  it('stops when more than a fifth of the first thousand are refused', () => {
    const breaker = systemicBreaker('orders');
    times(200, () => {
      breaker.accepted(1);
      breaker.refused(1);
    });
    breaker.accepted(1);
    expect(() => breaker.refused(1)).toThrow(FatalError);
    const later = systemicBreaker('orders');
    times(200, () => {
      later.accepted(4);
      later.refused(1);
    });
    later.refused(1);
  });

  it('is calm once a thousand events are through and nothing points to the mapping', () => {
    const breaker = systemicBreaker('orders');
    breaker.accepted(999);
    expect(breaker.isCalm()).toBe(false);
    breaker.refused(1);
    expect(breaker.isCalm()).toBe(false);
    breaker.accepted(1);
    expect(breaker.isCalm()).toBe(true);
    times(19, () => breaker.refused(1));
    expect(breaker.isCalm()).toBe(false);
  });

  it('stops halving when two hundred requests found mostly refusals', () => {
    const breaker = systemicBreaker('orders');
    times(200, breaker.splitRequest);
    breaker.refused(1);
    expect(breaker.splitRequest).toThrow(FatalError);
    const fine = systemicBreaker('orders');
    fine.accepted(1000);
    fine.refused(1);
    times(1000, fine.splitRequest);
  });
});
