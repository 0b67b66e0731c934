import type { CalendarDay } from './date-format.ts';

/** Dates that name their parts, so that nothing is to be guessed: 16-FEB-1997, February 16, 1997, 1997年2月16日, 1997년 2월 16일. */
const EAST_ASIAN = /^(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?$/;
const DAY_FIRST = /^(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([a-z]{3,9})[-/., ]+(\d{4})(?:[T ]\d{1,2}:\d{2}.*)?$/i;
const MONTH_FIRST = /^([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$/i;
const MONTHS = 'january february march april may june july august september october november december'.split(' ');

/** jan, january or sept: three letters or more of its English name; 0 where it is none. */
const monthOf = (word: string): number => MONTHS.findIndex((month) => month.startsWith(word.toLowerCase())) + 1;

export const writtenDate = (text: string): CalendarDay | undefined => {
  const east = EAST_ASIAN.exec(text);
  if (east !== null) return { year: Number(east[1]), month: Number(east[2]), day: Number(east[3]) };
  const [, day, month, year] = DAY_FIRST.exec(text) ?? [];
  if (month !== undefined) return { year: Number(year), month: monthOf(month), day: Number(day) };
  const [, name, number, full] = MONTH_FIRST.exec(text) ?? [];
  return name === undefined ? undefined : { year: Number(full), month: monthOf(name), day: Number(number) };
};
