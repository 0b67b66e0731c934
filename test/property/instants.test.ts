import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../src/mapping/instants.ts';

const ZONES = ['Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca'];
const pad = (n: number, digits = 2): string => String(n).padStart(digits, '0');
const CHANGES = new Map(
  ZONES.map((zone) => {
    const times: number[] = [];
    let at: Temporal.ZonedDateTime | null = Temporal.ZonedDateTime.from(`1880-01-01T00:00[${zone}]`);
    while (at && at.year < 2036) {
      at = at.getTimeZoneTransition('next');
      if (at) times.push(Date.parse(`${at.toPlainDateTime().toString({ smallestUnit: 'second' })}Z`));
    }
    return [zone, times];
  }),
);

/** Local times, most of them within three hours of a change of the zone's clocks. */
const localTime = fc.constantFrom(...ZONES).chain((zone) =>
  fc.record({
    zone: fc.constant(zone),
    ms: fc.oneof(
      fc
        .tuple(fc.constantFrom(...(CHANGES.get(zone) as number[])), fc.integer({ min: -10_800, max: 10_800 }))
        .map(([change, seconds]) => change + seconds * 1000),
      fc.integer({ min: Date.UTC(1870, 0, 1), max: Date.UTC(2040, 0, 1) }),
    ),
    micros: fc.integer({ min: 0, max: 999 }),
    separator: fc.constantFrom(' ', 'T'),
  }),
);

describe('parseInstant', () => {
  it('agrees with Temporal on local times of five zones, in gaps and folds too', () => {
    fc.assert(
      fc.property(localTime, ({ zone, ms, micros, separator }) => {
        const text = `${new Date(ms).toISOString().slice(0, -1)}${pad(micros, 3)}`.replace('T', separator);
        const expected = Temporal.PlainDateTime.from(text).toZonedDateTime(zone, { disambiguation: 'compatible' });
        expect(`${text} ${zone} ${parseInstant(text, zone)}`).toBe(`${text} ${zone} ${expected.epochMilliseconds}`);
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with Temporal on texts with an offset', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
        fc.integer({ min: -1439, max: 1439 }),
        fc.constantFrom(':', ''),
        (date, offset, colon) => {
          const sign = offset < 0 ? '-' : '+';
          const zone = `${sign}${pad(Math.floor(Math.abs(offset) / 60))}${colon}${pad(Math.abs(offset) % 60)}`;
          const text = `${date.toISOString().slice(0, -1)}${zone}`;
          expect(parseInstant(text, undefined)).toBe(Temporal.Instant.from(text).epochMilliseconds);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('gives a whole number or nothing for any text', () => {
    const near = fc.stringMatching(
      /^\d{4}-\d{2}-\d{2}[T ]?\d{0,2}:?\d{0,2}:?\d{0,2}\.?\d{0,9} ?[Z+-]?\d{0,2}:?\d{0,2}$/,
    );
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
        const ms = parseInstant(text, 'Europe/Berlin');
        if (ms !== undefined) expect(Number.isSafeInteger(ms)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
