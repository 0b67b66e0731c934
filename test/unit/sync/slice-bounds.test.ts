import { describe, expect, it } from 'vitest';
import type { Horizon, Stream } from '../../../connectors/connector.ts';
import { rangeOf, scaleOf } from '../../../src/sync/slice-bounds.ts';

const stream = (cursorUnit: 'time' | 'number', kind = 'integer'): Stream =>
  ({ cursorUnit, cursorColumn: { name: 'at', kind } }) as Stream;
const NOW = '2026-11-23T12:00:00.700Z';
const TIME: Horizon = { now: NOW, before: '2026-11-23 11:59:00.123456+00', guard: 'lag' };
const NUMBER: Horizon = { now: NOW, before: '5001' };

const range = (
  given: Stream,
  horizon: Horizon,
  since: string,
  until?: string,
  timezone?: string,
): (string | undefined)[] | undefined => {
  const scale = scaleOf(given, timezone);
  const span = rangeOf({ since, until }, { scale, horizon, lagSeconds: 60 });
  return span && [scale.text(span.from), scale.text(span.before)];
};

describe('a range of time', () => {
  it.each([
    ['7d', undefined, undefined, ['2026-11-16T12:00:00Z', '2026-11-23T11:59:00.123Z']],
    ['36h', '90m', undefined, ['2026-11-22T00:00:00Z', '2026-11-23T10:30:00Z']],
    ['2026-11-01', '2026-11-02', undefined, ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z']],
    ['2026-11-01', '2026-11-02', 'Europe/Berlin', ['2026-10-31T23:00:00Z', '2026-11-01T23:00:00Z']],
    [
      '2026-11-01T10:00:00.250+02:00',
      '2026-11-01 09:00',
      undefined,
      ['2026-11-01T08:00:00.250Z', '2026-11-01T09:00:00Z'],
    ],
    ['1969-07-20', '1970-01-02', undefined, ['1969-07-20T00:00:00Z', '1970-01-02T00:00:00Z']],
    // Beyond the horizon it ends at the horizon, and never behind it.
    ['1h', '2026-11-23T11:59:30Z', undefined, ['2026-11-23T11:00:00Z', '2026-11-23T11:59:00.123Z']],
    ['1h', '2999-01-01', undefined, ['2026-11-23T11:00:00Z', '2026-11-23T11:59:00.123Z']],
    ['30s', undefined, undefined, undefined],
  ])('since %s until %s in %s is %j', (since, until, zone, expected) => {
    expect(range(stream('time', 'timestamptz'), TIME, since, until, zone)).toEqual(expected);
  });

  it('of a source with one writer ends by the clock, though its horizon follows the last row', () => {
    const idle: Horizon = { now: NOW, before: '2026-11-20 00:00:00', guard: 'single-writer' };
    expect(range(stream('time', 'timestamp'), idle, '1h', undefined, 'UTC')).toEqual([
      '2026-11-23T11:00:00Z',
      '2026-11-23T11:59:00.700Z',
    ]);
  });

  it.each([
    ['17', undefined, /is no time: "17"/],
    ['1h', 'soon', /--until is no time: "soon"/],
    ['2026-02-30', undefined, /is no time/],
    ['1h', '2h', /--since \(2026-11-23T11:00:00Z\) is not before --until \(2026-11-23T10:00:00Z\)/],
    ['1h', '1h', /is not before/],
    ['2027-01-01', undefined, /lies in the future/],
  ])('since %s until %s is a mistake of whoever typed it', (since, until, message) => {
    const attempt = () => range(stream('time', 'timestamptz'), TIME, since, until);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'range-invalid', exitCode: 2 }));
  });
});

describe('a range of numbers', () => {
  it.each([
    ['integer', '1', '100', ['1', '100']],
    ['integer', '-20', '-3', ['-20', '-3']],
    ['integer', '4000', undefined, ['4000', '5001']],
    ['integer', '4000', '99999999999999999999', ['4000', '5001']],
    ['decimal', '0.5', '1.0000000001', ['0.5', '1.0000000001']],
    ['decimal', '-0.25', '0', ['-0.25', '0']],
    ['integer', '6000', '7000', undefined],
  ])('of %s since %s until %s is %j', (kind, since, until, expected) => {
    expect(range(stream('number', kind), NUMBER, since, until)).toEqual(expected);
  });

  it('of a horizon with more digits than are reckoned with ends before it', () => {
    const at = (before: string) => range(stream('number', 'decimal'), { now: NOW, before }, '-9');
    expect(at('3.99999999999')).toEqual(['-9', '3.9999999999']);
    expect(at('-3.00000000001')).toEqual(['-9', '-3.0000000001']);
    expect(range(stream('number'), { now: NOW, before: undefined }, '1')).toBeUndefined();
  });

  it.each([
    ['integer', '7d'],
    ['integer', '2026-11-01'],
    ['integer', '1.5'],
    ['decimal', '1.00000000001'],
    ['integer', '1e3'],
    ['integer', '9'.repeat(35)],
  ])('of %s does not begin at %s', (kind, since) => {
    expect(() => range(stream('number', kind), NUMBER, since)).toThrow(/--since is no (whole )?number/);
  });
});
