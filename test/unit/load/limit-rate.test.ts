import { describe, expect, it } from 'vitest';
import { limitRate } from '../../../src/load/limit-rate.ts';

describe('limitRate', () => {
  it('spaces requests evenly', () => {
    const pace = limitRate({ requestsPerSecond: 10 }, () => 1_000);
    expect([pace(1), pace(1000), pace(1)]).toEqual([0, 100, 200]);
  });

  it('counts events where they are the tighter bound', () => {
    const pace = limitRate({ requestsPerSecond: 10, eventsPerSecond: 500 }, () => 0);
    expect([pace(1000), pace(10), pace(10)]).toEqual([0, 2000, 2100]);
  });

  it('lets no burst through after a pause', () => {
    let now = 0;
    const pace = limitRate({ requestsPerSecond: 1 }, () => now);
    pace(1);
    now = 60_000;
    expect([pace(1), pace(1)]).toEqual([0, 1000]);
  });

  it('never waits without a limit', () => {
    const pace = limitRate({}, () => 5);
    expect([pace(1000), pace(1000)]).toEqual([0, 0]);
  });
});
