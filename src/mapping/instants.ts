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
  const plain = plainUtc(text);
  if (plain !== undefined) return plain;
  const m = SHAPE.exec(text);
  if (!m) return undefined;
  const [year, month, day, hour, minute, second] = [m[1], m[2], m[3], m[4] ?? '0', m[5] ?? '0', m[6] ?? '0'].map(
    Number,
  ) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const milliseconds = m[7] === undefined ? 0 : Math.trunc(Number(`${m[7]}00`.slice(0, 3)));
  // Date.UTC takes years below 100 for 1900 and later; the calendar repeats every 400 years.
  const utc = Date.UTC(year + 400, month - 1, day, hour, minute, second, milliseconds) - YEARS_400;
  const zone = m[8] ?? timezone;
  if (zone === undefined) return undefined;
  if (zone === '+00' || zone === 'Z' || zone === 'z' || zone === 'UTC') return utc;
  const offset = m[8] === undefined ? zoneOffset(zone, utc) : offsetOf(m[8]);
  return offset === undefined ? undefined : utc - offset;
};

const YEARS_400 = 146_097 * 86_400_000;

const digits = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

/** The form nearly every timestamp has, `2026-11-20 10:00:00.123456+00`, read without a pattern; undefined for any other. */
const plainUtc = (text: string): number | undefined => {
  const isUtc = text.endsWith('+00') ? 3 : text.endsWith('Z') ? 1 : 0;
  const end = text.length - isUtc;
  if (isUtc === 0 || end < 19 || end > 29 || text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':')
    return undefined;
  if ((text[10] !== ' ' && text[10] !== 'T') || (end > 19 && (text[19] !== '.' || end === 20))) return undefined;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)];
  const [hour, minute, second] = [digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)];
  const fraction = end > 19 ? digits(text, 20, end) : 0;
  const isDate = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!isDate || !(hour <= 23 && minute <= 59 && second <= 59) || Number.isNaN(fraction)) return undefined;
  const milliseconds = end > 19 ? Math.trunc(fraction / 10 ** (end - 20 - 3)) : 0;
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
};

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const daysIn = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (DAYS[month - 1] as number);

/** Milliseconds; undefined beyond a day. */
const offsetOf = (text: string): number | undefined => {
  const digits = text.slice(1).replaceAll(':', '');
  const [hours, minutes, seconds] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)].map(Number) as [
    number,
    number,
    number,
  ];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return (hours * 3600 + minutes * 60 + seconds) * (text.startsWith('-') ? -1000 : 1000);
};

const QUARTER_HOUR = 900_000;
const REMEMBERED = 100_000;
/** Per zone: the offset of a quarter of an hour; null where it changes within one. */
const cache = new Map<string, Map<number, number | null>>();

/** Milliseconds that the zone is ahead of UTC at this local time; undefined for an unknown zone. */
const zoneOffset = (zone: string, localAsUtc: number): number | undefined => {
  let byTime = cache.get(zone);
  if (!byTime) {
    byTime = new Map();
    cache.set(zone, byTime);
  }
  const grain = Math.floor(localAsUtc / QUARTER_HOUR);
  let offset = byTime.get(grain);
  try {
    if (offset === undefined) {
      const first = lookUp(zone, grain * QUARTER_HOUR);
      // Clocks mostly change at a full quarter; where they did not (00:01 in Newfoundland until 2011), each time is looked up.
      offset = first === lookUp(zone, (grain + 1) * QUARTER_HOUR - 1) ? first : null;
      if (byTime.size > REMEMBERED) byTime.clear();
      byTime.set(grain, offset);
    }
    return offset ?? lookUp(zone, localAsUtc);
  } catch {
    return undefined;
  }
};

/** @throws RangeError for an unknown zone */
const lookUp = (zone: string, localAsUtc: number): number => {
  const local = Temporal.Instant.fromEpochMilliseconds(localAsUtc).toZonedDateTimeISO('UTC').toPlainDateTime();
  return localAsUtc - local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
};
