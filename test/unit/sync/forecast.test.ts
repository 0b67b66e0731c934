import { describe, expect, it } from 'vitest';
import { forecastExpiry, trackBacklog } from '../../../src/sync/forecast.ts';
import { eventRow } from '../../support/scripted-post.ts';

const DAY = 86_400;
const MAX = 7 * DAY;

/** The same, row by row. */
const countExpiring = (rows: number, secondsLeft: number, oldestAge: number): number => {
  let expiring = 0;
  for (let n = 0; n < rows; n += 1) {
    const x = (n + 0.5) / rows;
    const ageNow = oldestAge * (1 - x);
    if (ageNow <= MAX && ageNow + secondsLeft * x > MAX) expiring += 1;
  }
  return expiring;
};

describe('forecastExpiry', () => {
  it.each([
    ['young and fast', 1 * DAY, 2 * DAY],
    ['old already, fast', 1 * DAY, 10 * DAY],
    ['nearly too old, slow', 3 * DAY, 6.9 * DAY],
    ['young, far too slow', 20 * DAY, 2 * DAY],
    ['old and far too slow', 20 * DAY, 30 * DAY],
    ['as fast as rows grow old', 8 * DAY, 8 * DAY],
    ['as fast as rows grow old, young', 2 * DAY, 2 * DAY],
  ])('%s: agrees with a count row by row', (_, secondsLeft, oldestAge) => {
    const expected = countExpiring(100_000, secondsLeft, oldestAge);
    expect(
      Math.abs(forecastExpiry({ rowsLeft: 100_000, secondsLeft, oldestAge, maxAge: MAX }) - expected),
    ).toBeLessThan(3);
  });
});

describe('a backlog', () => {
  const at = 1_700_000_000_000;
  const tracked = (rows: number, ageDays: number, seconds: number, done: number) => {
    let now = at;
    const backlog = trackBacklog(() => now);
    backlog.begin(rows);
    now += seconds * 1000;
    backlog.page(eventRow('e', { eventTime: now / 1000 - ageDays * DAY }));
    backlog.page(undefined);
    return backlog.forecast(done);
  };

  it('that takes longer than its rows stay young says how many will be too old', () => {
    // 1,000 of 101,000 rows in 3 hours: 12.5 days for the rest.
    expect(tracked(101_000, 6, 10_800, 1000)).toEqual({
      expiring: 84_615,
      rowsLeft: 100_000,
      secondsLeft: 1_080_000,
      maxAgeDays: 7,
    });
  });

  it.each([
    ['little is left', 10_500, 6, 10_800, 1000],
    ['it drains in time', 101_000, 1, 10, 1000],
    ['nothing was done, so that there is no speed', 101_000, 6, 10_800, 0],
    ['the source does not tell how many rows there are', 0, 6, 10_800, 1000],
  ] as const)('is not spoken of where %s', (_, rows, age, seconds, done) => {
    expect(tracked(rows, age, seconds, done)).toBeUndefined();
  });
});
