/**
 * When a schedule comes next: pure, by any instant, so that a missed time is known and tests have a clock of their own. node-cron says what an
 * expression means; time zones are Temporal's. Day of month and day of week must both fit.
 *
 * Where the clock is turned, each time of day counts once: one that the day lacks comes at the hour that stands in its place, one that the day has
 * twice comes the first time. A schedule for every hour goes by real time and misses and repeats nothing.
 */
import { createTask, parse } from 'node-cron';
import { Temporal } from 'temporal-polyfill';

/** @returns the first time after an instant, both epoch milliseconds; undefined: there is none, such as on 30 February */
export type NextRun = (after: number) => number | undefined;

/** Any day that comes at all comes within these: 29 February on a Monday, across 2100. */
const MAX_DAYS = 366 * 41;
const NOON_MS = 12 * 3_600_000;

type Times = {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
};

/** @param cron was checked at load. @throws Error for what is no cron expression */
export const nextRun = (cron: string, timezone: string): NextRun => {
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = parse(cron);
  const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
  const times: Times = { hours: ascending(hour), minutes: ascending(minute), seconds: ascending(second) };
  const isDay = dayMatcher([dayOfMonth, month, dayOfWeek].map((field) => field.join(',')).join(' '));
  const timeOnDay = times.hours.length === 24 ? everyHour : atHours;
  return (after) => {
    // To the next whole second.
    const from = Math.floor(after / 1000) * 1000 + 1000;
    const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone);
    let day = start.toPlainDate();
    for (let n = 0; n < MAX_DAYS; n += 1, day = day.add({ days: 1 })) {
      if (!isDay(day)) continue;
      const found = timeOnDay(day, timezone, times, from);
      if (found !== undefined) return found;
    }
    return undefined;
  };
};

/** node-cron knows what `L`, `15W` and `1#2` mean; it is asked about noon of a day. */
const dayMatcher = (fields: string): ((day: Temporal.PlainDate) => boolean) => {
  const task = createTask(`0 0 12 ${fields}`, () => undefined, { timezone: 'UTC' });
  const known = new Map<string, boolean>();
  // Its registry of tasks must not grow with each reload.
  void task.destroy();
  return (day) => {
    const text = day.toString();
    const cached = known.get(text);
    if (cached !== undefined) return cached;
    if (known.size > 400) known.clear();
    const matches = task.match(new Date(Date.UTC(day.year, day.month - 1, day.day) + NOON_MS));
    known.set(text, matches);
    return matches;
  };
};

type TimeOnDay = (day: Temporal.PlainDate, timezone: string, times: Times, from: number) => number | undefined;

/** Walks through the day in real time, from one field that does not fit to the next that may. */
const everyHour: TimeOnDay = (day, timezone, { minutes, seconds }, from) => {
  const begin = day.toZonedDateTime(timezone);
  const end = begin.add({ days: 1 }).epochMilliseconds;
  let at = Temporal.Instant.fromEpochMilliseconds(Math.max(from, begin.epochMilliseconds)).toZonedDateTimeISO(timezone);
  while (at.epochMilliseconds < end) {
    if (!minutes.includes(at.minute)) at = at.with({ second: 0 }, { offset: 'use' }).add({ minutes: 1 });
    else if (!seconds.includes(at.second)) at = at.add({ seconds: 1 });
    else return at.epochMilliseconds;
  }
  return undefined;
};

/** Times of day. Where hours are missing, a later one may come before an earlier one: two hours are looked at, and the nearer counts. */
const atHours: TimeOnDay = (day, timezone, { hours, minutes, seconds }, from) => {
  const found: number[] = [];
  const instant = (hour: number, minute: number, second: number): number =>
    day.toPlainDateTime({ hour, minute, second }).toZonedDateTime(timezone, { disambiguation: 'compatible' })
      .epochMilliseconds;
  for (const hour of hours) {
    if (instant(hour, 59, 59) < from) continue;
    const first = firstInHour(minutes, seconds, (minute, second) => instant(hour, minute, second), from);
    if (first !== undefined) found.push(first);
    if (found.length === 2) break;
  }
  return found.length === 0 ? undefined : Math.min(...found);
};

const firstInHour = (
  minutes: readonly number[],
  seconds: readonly number[],
  instant: (minute: number, second: number) => number,
  from: number,
): number | undefined => {
  for (const minute of minutes) {
    if (instant(minute, 59) < from) continue;
    for (const second of seconds) {
      const at = instant(minute, second);
      if (at >= from) return at;
    }
  }
  return undefined;
};
