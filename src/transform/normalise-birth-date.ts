import { type CalendarDay, dateFormat } from './date-format.ts';
import { DROP, type Drop } from './drop.ts';
import { latinDigits } from './latin-digits.ts';
import type { NormaliseContext } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';
import { writtenDate } from './written-date.ts';

const ISO = /^(\d{4})([-/.]?)(\d{2})\2(\d{2})(?:[T ]\d{1,2}:\d{2}.*)?$/;
const LOOSE_ISO = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?$/;
const DAY_AND_MONTH = /^(\d{1,2})([-/. ]|\. )(\d{1,2})\2(\d{4})(?:[T ]\d{1,2}:\d{2}.*)?$/;
const EIGHT_DIGITS = /^(\d{2})(\d{2})(\d{4})$/;
const SHORT_YEAR = /^\d{1,2}[-/. ](?:\d{1,2}|[a-z]{3})[-/. ]\d{2}$/i;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const FIRST_YEAR = 1900;

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

const exists = ({ year, month, day }: CalendarDay): boolean =>
  month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= daysIn(year, month));

const checked = (date: CalendarDay, now: () => number): string | Drop => {
  if (!exists(date)) return DROP['invalid-date'];
  if (date.year < FIRST_YEAR) return DROP['date-out-of-range'];
  // The latest place on Earth is 14 hours ahead: a birthday of today there is no future.
  if (Date.UTC(date.year, date.month - 1, date.day) > now() + 14 * 3_600_000) return DROP['date-out-of-range'];
  return `${date.year}${String(date.month).padStart(2, '0')}${String(date.day).padStart(2, '0')}`;
};

/** Year last: only where one reading is a day of the calendar, or both are the same day. */
const unambiguous = (first: number, second: number, year: number, now: () => number): string | Drop => {
  const dayFirst = { year, month: second, day: first };
  const monthFirst = { year, month: first, day: second };
  if (exists(dayFirst) && exists(monthFirst) && first !== second) return DROP['ambiguous-date'];
  return checked(exists(dayFirst) ? dayFirst : monthFirst, now);
};

/**
 * db: YYYYMMDD from 1900 to today (parameters/customer-information-parameters, read 2026-09-12). With `context.dateFormat` the text is
 * in that format, or year first; without it, 05.04.1990 is refused rather than guessed, and English names of months are read.
 * Of a timestamp the written day counts, whatever its zone.
 */
export const normaliseBirthDate = (
  text: string,
  context: NormaliseContext,
  now: () => number = Date.now,
): string | Drop => {
  const trimmed = PRINTABLE_ASCII.test(text) ? text.trim() : latinDigits(text.normalize('NFKC')).trim();
  if (trimmed === '') return DROP.empty;
  const format = context.dateFormat === undefined ? undefined : dateFormat(context.dateFormat);
  const declared = format?.(trimmed);
  if (declared !== undefined) return checked(declared, now);
  const iso = ISO.exec(trimmed) ?? LOOSE_ISO.exec(trimmed);
  if (iso !== null) {
    const [month, day] = iso.slice(-2).map(Number);
    const date = { year: Number(iso[1]), month: month ?? 0, day: day ?? 0 };
    if (exists(date) || format !== undefined || !EIGHT_DIGITS.test(trimmed)) return checked(date, now);
  }
  if (looksHashed(trimmed)) return DROP['looks-hashed'];
  if (SHORT_YEAR.test(trimmed)) return DROP['two-digit-year'];
  if (context.dateFormat !== undefined) return DROP['invalid-date'];
  const named = writtenDate(trimmed);
  if (named !== undefined) return checked(named, now);
  const digits = EIGHT_DIGITS.exec(trimmed);
  if (digits !== null) return unambiguous(Number(digits[1]), Number(digits[2]), Number(digits[3]), now);
  const last = DAY_AND_MONTH.exec(trimmed);
  return last === null ? DROP['invalid-date'] : unambiguous(Number(last[1]), Number(last[3]), Number(last[4]), now);
};
