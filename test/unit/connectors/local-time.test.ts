import { describe, expect, it } from 'vitest';
import { localHorizon, localShiftBack, localText } from '../../../connectors/sql/local-time.ts';

const form = { kind: 'timestamp', separator: ' ', digits: 6 } as const;
const day = { kind: 'date', separator: ' ', digits: 0 } as const;
const paris = 'Europe/Paris';

describe('wall time of a zone', () => {
  it('is rendered with the digits and separator of the column, cut and never rounded', async () => {
    expect(await localText('2026-07-01T10:00:00.123456789Z', paris, form)).toBe('2026-07-01 12:00:00.123456');
    expect(await localText('2026-07-01T10:00:00.9Z', paris, { ...form, separator: 'T', digits: 0 })).toBe(
      '2026-07-01T12:00:00',
    );
    expect(await localText('2026-07-01T23:00:00Z', paris, day)).toBe('2026-07-02');
  });

  // On 2026-10-25 at 01:00 UTC clocks in Paris go from 03:00 back to 02:00.
  it.each([
    ['2026-10-24T23:59:59.999999Z', '2026-10-25 01:59:59.999999'],
    ['2026-10-25T00:00:00Z', '2026-10-25 02:00:00.000000'],
    ['2026-10-25T00:30:00Z', '2026-10-25 02:00:00.000000'],
    ['2026-10-25T01:00:00Z', '2026-10-25 02:00:00.000000'],
    ['2026-10-25T01:59:59.999999Z', '2026-10-25 02:00:00.000000'],
    ['2026-10-25T02:00:00Z', '2026-10-25 03:00:00.000000'],
    ['2026-10-25T12:00:00Z', '2026-10-25 13:00:00.000000'],
  ])('waits with the hour that passes twice until it is over: %s', async (instant, before) => {
    expect(await localHorizon(instant, paris, form)).toBe(before);
  });

  it('never lets the horizon fall back, minute by minute over both changes of the year', async () => {
    for (const start of ['2026-03-28T22:00:00Z', '2026-10-24T22:00:00Z']) {
      let last = '';
      for (let minute = 0; minute < 6 * 60; minute += 7) {
        const instant = new Date(Date.parse(start) + minute * 60_000).toISOString();
        const before = await localHorizon(instant, paris, form);
        expect(before >= last).toBe(true);
        last = before;
      }
    }
  });

  it('shifts back with microseconds kept', async () => {
    expect(await localShiftBack('2026-07-01 10:00:00.123456', 600, paris, form)).toBe('2026-07-01 09:50:00.123456');
    expect(await localShiftBack('2026-07-01 10:00:00', 0, paris, form)).toBe('2026-07-01 10:00:00');
    expect(await localShiftBack('2026-07-01', 1, paris, day)).toBe('2026-06-30');
  });

  it('shifts back at least two hours after the clocks changed, and never to a later instant than asked', async () => {
    // 20 minutes before 03:10 in spring it was 01:50: the hour between does not exist.
    expect(await localShiftBack('2026-03-29 03:10:00', 1200, paris, form)).toBe('2026-03-29 01:10:00.000000');
    expect(await localShiftBack('2026-10-25 02:30:00', 600, paris, form)).toBe('2026-10-25 00:30:00.000000');
    expect(await localShiftBack('2026-10-25 12:00:00', 600, paris, form)).toBe('2026-10-25 10:00:00.000000');
    expect(await localShiftBack('2026-10-27 12:00:00', 600, paris, form)).toBe('2026-10-27 11:50:00.000000');
    // An hour and a half before 03:10 was 00:40: two hours back are later than the wall says, and one day is enough.
    expect(await localShiftBack('2026-03-29 03:10:00', 5400, paris, form)).toBe('2026-03-29 00:40:00.000000');
  });
});
