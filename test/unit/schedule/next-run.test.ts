import fc from 'fast-check';
import { createTask } from 'node-cron';
import { describe, expect, it, vi } from 'vitest';
import { nextRun } from '../../../src/schedule/next-run.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace('.000', '');

/** Several in a row. */
const series = (cron: string, zone: string, from: string, count: number): (string | undefined)[] => {
  const next = nextRun(cron, zone);
  const found: (string | undefined)[] = [];
  let after: number | undefined = at(from);
  for (let n = 0; n < count && after !== undefined; n += 1) {
    after = next(after);
    found.push(iso(after));
  }
  return found;
};

describe('the next run', () => {
  it.each([
    ['*/15 * * * *', 'UTC', '2026-11-20T10:07:00Z', '2026-11-20T10:15:00Z'],
    ['*/15 * * * *', 'UTC', '2026-11-20T10:15:00Z', '2026-11-20T10:30:00Z'],
    ['*/5 * * * * *', 'UTC', '2026-11-20T10:00:04.999Z', '2026-11-20T10:00:05Z'],
    ['0 3 * * *', 'Europe/Berlin', '2026-11-20T10:00:00Z', '2026-11-21T02:00:00Z'],
    ['30 9-17 * * 1-5', 'UTC', '2026-11-20T17:30:00Z', '2026-11-23T09:30:00Z'],
    ['0 0 29 2 *', 'UTC', '2026-11-20T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['0 6 L * *', 'UTC', '2026-11-20T00:00:00Z', '2026-11-30T06:00:00Z'],
    ['0 6 * * 1#2', 'UTC', '2026-11-20T00:00:00Z', '2026-12-14T06:00:00Z'],
    ['@daily', 'Asia/Kathmandu', '2026-11-20T00:00:00Z', '2026-11-20T18:15:00Z'],
    ['*/20 * * * *', 'Asia/Kathmandu', '2026-11-20T00:00:00Z', '2026-11-20T00:15:00Z'],
  ])('of "%s" in %s after %s is %s', (cron, zone, after, expected) => {
    expect(iso(nextRun(cron, zone)(at(after)))).toBe(expected);
  });

  it('of a day that never comes is none', () => {
    expect(nextRun('0 0 L-29 2 *', 'UTC')(at('2026-11-20T00:00:00Z'))).toBeUndefined();
  });

  it('takes the place of a time that the day lacks when clocks go forward', () => {
    expect(series('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:30:00Z', // 02:30 does not exist; 03:30 stands there
      '2026-03-30T00:30:00Z',
    ]);
  });

  it('does not put a missing time before an earlier one', () => {
    expect(series('30 2,3 * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 2)).toEqual([
      '2026-03-29T01:30:00Z', // 02:30 and 03:30 fall together
      '2026-03-30T00:30:00Z',
    ]);
    expect(series('0,30 2,3 * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 3)).toEqual([
      '2026-03-29T01:00:00Z',
      '2026-03-29T01:30:00Z',
      '2026-03-30T00:00:00Z',
    ]);
  });

  it('comes once when clocks go back, and every hour of an hourly schedule', () => {
    expect(series('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ]);
    expect(series('30 * * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z', 3)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-10-25T02:30:00Z',
    ]);
  });

  it('agrees with node-cron where no clock is turned', () => {
    const field = (max: number, min = 0) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min, max }).map(String),
        fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
          .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      );
    const cron = fc
      .tuple(
        field(59),
        field(59),
        field(23),
        fc.constantFrom('*', '1', '15', 'L', '1-7'),
        fc.constantFrom('*', '*/3'),
        field(6),
      )
      .map((fields) => fields.join(' '));
    const instant = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') });
    vi.useFakeTimers();
    try {
      fc.assert(
        fc.property(
          cron,
          instant,
          fc.constantFrom('UTC', 'Asia/Tokyo', 'Asia/Kolkata'),
          (expression, after, timezone) => {
            vi.setSystemTime(after);
            const task = createTask(expression, () => undefined, { timezone });
            const [expected] = task.getNextRuns(1);
            void task.destroy();
            expect(iso(nextRun(expression, timezone)(after))).toBe(iso(expected?.getTime()));
          },
        ),
        { numRuns: 150 },
      );
    } finally {
      vi.useRealTimers();
    }
  });
});
