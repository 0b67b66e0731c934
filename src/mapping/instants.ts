/**
 * Text of a database or ISO text → an instant. A text without a zone needs the source's; offsets of years and zones are cached,
 * because a time zone lookup costs more than the rest of an event. Time zones by Temporal ("compatible" in gaps and folds).
 */
import { Temporal } from 'temporal-polyfill';

const SHAPE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s?(Z|[+-]\d{2}(?::?\d{2})?(?::?\d{2})?)?$/i;

/**
 * @param timezone IANA zone of texts that carry none
 * @returns epoch milliseconds (fractions of a millisecond are cut), or undefined when the text is not an instant or its zone is unknown
 */
export const parseInstant = (text: string, timezone: string | undefined): number | undefined => {
  const m = SHAPE.exec(text);
  if (!m) return undefined;
  const [year, month, day, hour, minute, second] = [m[1], m[2], m[3], m[4] ?? '0', m[5] ?? '0', m[6] ?? '0'].map(
    Number,
  ) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const milliseconds = m[7] === undefined ? 0 : Math.trunc(Number(`${m[7]}00`.slice(0, 3)));
  const utc = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const zone = m[8] ?? timezone;
  if (zone === undefined) return undefined;
  if (zone === 'Z' || zone === 'z' || zone === 'UTC') return utc;
  if (m[8] !== undefined) return utc - offsetOf(m[8]) * 1000;
  return utc - zoneOffset(zone, utc, [year, month, day, hour, minute]);
};

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

const offsetOf = (text: string): number => {
  const digits = text.slice(1).replaceAll(':', '');
  const seconds =
    Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4) || 0) * 60 + Number(digits.slice(4, 6) || 0);
  return text.startsWith('-') ? -seconds : seconds;
};

const QUARTER_HOUR = 900_000;
const cache = new Map<string, Map<number, number>>();

/** Milliseconds that the zone is ahead of UTC at this local time. Zones change at quarter hours at the finest, so that is the cache's grain. */
const zoneOffset = (
  zone: string,
  localAsUtc: number,
  [year, month, day, hour, minute]: [number, number, number, number, number],
): number => {
  let byTime = cache.get(zone);
  if (!byTime) {
    byTime = new Map();
    cache.set(zone, byTime);
  }
  const grain = Math.floor(localAsUtc / QUARTER_HOUR);
  const known = byTime.get(grain);
  if (known !== undefined) return known;
  const start = minute - (minute % 15);
  const local = Temporal.PlainDateTime.from({ year, month, day, hour, minute: start });
  const offset = grain * QUARTER_HOUR - local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
  if (byTime.size > 100_000) byTime.clear();
  byTime.set(grain, offset);
  return offset;
};
