/** How long a schedule leaves nothing running, told from the expression alone: no clock, no time zone, no hour that is turned. */
import { parse } from 'node-cron';
import { nextRun } from './next-run.ts';

/** A Monday. From here on every pattern of a week and of a month is seen. */
const FROM = Date.UTC(2026, 0, 5);
const DAY_MS = 86_400_000;
const DAYS_LOOKED_AT = 62;

const known = new Map<string, number>();

/** Seconds between two runs at the most, or 0 where there is no second run. @param cron was checked at load */
export const longestGap = (cron: string): number => {
  const cached = known.get(cron);
  if (cached !== undefined) return cached;
  const { second, minute, hour } = parse(cron);
  const ordered = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
  const [firstSecond = 0] = ordered(second);
  const times = ordered(hour).flatMap((h) => ordered(minute).map((m) => h * 3600 + m * 60 + firstSecond));
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const withinDay = times.slice(1).map((time, n) => time - (times[n] ?? 0));
  const days = daysApart(cron.trim().split(/\s+/).slice(-3).join(' '));
  const gap = days === undefined ? Math.max(0, ...withinDay) : Math.max(...withinDay, days * 86_400 - (last - first));
  known.set(cron, gap);
  return gap;
};

/** Most days from one day that has runs to the next; undefined where there is only one. */
const daysApart = (fields: string): number | undefined => {
  if (fields === '* * *') return 1;
  const next = nextRun(`0 12 ${fields}`, 'UTC');
  let longest: number | undefined;
  let at = next(FROM);
  const end = (at ?? FROM) + DAYS_LOOKED_AT * DAY_MS;
  while (at !== undefined && at < end) {
    const after = next(at);
    if (after !== undefined) longest = Math.max(longest ?? 0, Math.round((after - at) / DAY_MS));
    at = after;
  }
  return longest;
};
