/**
 * Says when a backlog is too long: rows that are young enough now and will be too old for Meta when their turn comes.
 * An estimate. It takes the rest of the rows to be spread evenly between the last event that was read and now, and the speed to stay.
 */
import type { EventRow } from '../mapping/mapped-row.ts';

export type Forecast = {
  /** Rows that will pass Meta's age limit before their turn comes. */
  readonly expiring: number;
  readonly rowsLeft: number;
  readonly secondsLeft: number;
  /** Meta's limit for these events, days. */
  readonly maxAgeDays: number;
};

/** A shorter backlog is gone before anyone could act. */
const LARGE = 10_000;

/** Ages and durations in seconds. `oldestAge`: of the oldest event that was not sent. */
export const forecastExpiry = (backlog: {
  readonly rowsLeft: number;
  readonly secondsLeft: number;
  readonly oldestAge: number;
  readonly maxAge: number;
}): number => {
  const { rowsLeft, secondsLeft, oldestAge, maxAge } = backlog;
  // x: a row's place among the rows left, 0 to 1. Its age now is oldestAge * (1 - x); its turn comes in secondsLeft * x.
  const tooOldNowUpTo = oldestAge > maxAge ? 1 - maxAge / oldestAge : 0;
  const slope = secondsLeft - oldestAge;
  const crossing = slope === 0 ? undefined : (maxAge - oldestAge) / slope;
  const clamp = (x: number): number => Math.min(1, Math.max(tooOldNowUpTo, x));
  let share: number;
  if (crossing === undefined) share = oldestAge > maxAge ? 1 - tooOldNowUpTo : 0;
  // Faster than the rows grow old: the first ones are in danger. Slower: the last ones.
  else if (slope < 0) share = clamp(crossing) - tooOldNowUpTo;
  else share = 1 - clamp(crossing);
  return Math.round(rowsLeft * share);
};

export type Backlog = {
  /** @param rows that there are to read; undefined where the source does not tell */
  readonly begin: (rows: number | undefined) => void;
  /** @param last the last event of a page; pages are read oldest first */
  readonly page: (last: EventRow | undefined) => void;
  /** @param done rows with an outcome. @returns undefined where nothing is left, little is left, or no row is in danger */
  readonly forecast: (done: number) => Forecast | undefined;
};

/** @param now epoch milliseconds */
export const trackBacklog = (now: () => number): Backlog => {
  let total = 0;
  let since = now();
  let last: EventRow | undefined;
  return {
    begin: (rows) => {
      total = rows ?? 0;
      since = now();
    },
    page: (event) => {
      last = event ?? last;
    },
    forecast: (done) => {
      const rowsLeft = total - done;
      const seconds = (now() - since) / 1000;
      if (!last || rowsLeft < LARGE || done === 0 || seconds <= 0) return undefined;
      const secondsLeft = Math.round(rowsLeft / (done / seconds));
      const oldestAge = Math.max(0, now() / 1000 - last.eventTime);
      const expiring = forecastExpiry({ rowsLeft, secondsLeft, oldestAge, maxAge: last.maxAgeSeconds });
      return expiring === 0
        ? undefined
        : { expiring, rowsLeft, secondsLeft, maxAgeDays: Math.round(last.maxAgeSeconds / 86_400) };
    },
  };
};
