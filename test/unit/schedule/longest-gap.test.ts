import { expect, it } from 'vitest';
import { longestGap } from '../../../src/schedule/longest-gap.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

it.each([
  ['* * * * *', 60],
  ['*/15 * * * *', 15 * 60],
  ['*/40 * * * *', 40 * 60],
  ['30 * * * *', HOUR],
  ['*/10 * * * * *', 60],
  ['0 3 * * *', DAY],
  ['0 8,20 * * *', 12 * HOUR],
  ['*/5 8-17 * * *', 14 * HOUR + 5 * 60],
  ['0 */6 * * 1-5', 2 * DAY + 6 * HOUR],
  ['0 3 * * 1', 7 * DAY],
  ['0 3 1 * *', 31 * DAY],
  ['0 3 15 6 *', 365 * DAY],
])('%s leaves %i seconds at the most', (cron, seconds) => {
  expect(longestGap(cron)).toBe(seconds);
});
