import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../src/mapping/instants.ts';

/** ISO text of what a text means, or undefined. */
const iso = (text: string, timezone?: string): string | undefined => {
  const ms = parseInstant(text, timezone);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('parseInstant', () => {
  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00:00+00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00:00.123456+00', '2026-11-20T10:00:00.123Z'],
    ['2026-11-20T10:00:00.9999999Z', '2026-11-20T10:00:00.999Z'],
    ['2026-11-20T10:00:00,5Z', '2026-11-20T10:00:00.500Z'],
    ['2026-11-20T10:00:00.05Z', '2026-11-20T10:00:00.050Z'],
    ['2026-11-20T10:00:00z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00:00 +02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20 10:00:00+02', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20 10:00:00-0530', '2026-11-20T15:30:00.000Z'],
    ['2026-11-20 10:00:00-00:30', '2026-11-20T10:30:00.000Z'],
    ['1900-01-01 00:00:00+00:19:32', '1899-12-31T23:40:28.000Z'],
    ['1969-12-31T23:59:59.250Z', '1969-12-31T23:59:59.250Z'],
    ['1815-06-18T11:35:00Z', '1815-06-18T11:35:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0099-12-31T00:00:00Z', '0099-12-31T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
  ])('reads %s, and what the text says of its zone wins', (text, expected) => {
    expect(iso(text)).toBe(expected);
    expect(iso(text, 'America/New_York')).toBe(expected);
  });

  it('needs the zone of the source for texts that carry none', () => {
    expect(iso('2026-11-20 10:00:00')).toBeUndefined();
    expect(iso('2026-11-20')).toBeUndefined();
    expect(iso('2026-11-20 10:00:00', 'UTC')).toBe('2026-11-20T10:00:00.000Z');
    expect(iso('2026-11-20 10:00:00', 'Europe/Berlin')).toBe('2026-11-20T09:00:00.000Z');
    expect(iso('2026-07-20 10:00:00', 'Europe/Berlin')).toBe('2026-07-20T08:00:00.000Z');
    expect(iso('2026-11-20', 'Asia/Kolkata')).toBe('2026-11-19T18:30:00.000Z');
    expect(iso('2026-11-20 10:00:00', '+05:45')).toBe('2026-11-20T04:15:00.000Z');
    expect(iso('2026-11-20 10:00:00', 'Nowhere/Land')).toBeUndefined();
  });

  it('takes the first of two times when clocks go back, and moves on by an hour when they go forward', () => {
    expect(iso('2026-10-25 02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(iso('2026-03-29 02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    expect(iso('2026-10-04 02:10:00', 'Australia/Lord_Howe')).toBe('2026-10-03T15:40:00.000Z');
  });

  it('is right where clocks changed at no quarter of an hour', () => {
    expect(iso('2010-11-07 00:00:30', 'America/St_Johns')).toBe('2010-11-07T02:30:30.000Z');
    expect(iso('2010-11-07 00:05:00', 'America/St_Johns')).toBe('2010-11-07T03:35:00.000Z');
    expect(iso('1883-11-18 12:10:00', 'America/New_York')).toBe('1883-11-18T17:10:00.000Z');
  });

  it.each([
    '',
    ' ',
    'now',
    'infinity',
    '-infinity',
    '0000-00-00',
    '0000-00-00 00:00:00',
    '2026-00-10T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T10:60:00Z',
    '2026-11-20T10:00:60Z',
    '2026-11-20T10:00:00+24:00',
    '2026-11-20T10:00:00+10:99',
    '20261120T100000Z',
    '20/11/2026',
    '2026-11-20T10:00:00Zulu',
    '2026-11-20T10Z',
    '1763632800',
    '2026-11-20 10:00:00 BC',
    '12026-11-20T10:00:00Z',
    '２０２６-11-20T10:00:00Z',
  ])('does not guess at %j', (text) => expect(parseInstant(text, 'UTC')).toBeUndefined());
});
