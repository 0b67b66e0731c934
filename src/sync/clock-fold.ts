/** When clocks are set back, an hour of wall time passes twice, and a column without a zone does not tell which of the two a row is of. */
import { Temporal } from 'temporal-polyfill';

/** No clock was ever set back further. */
const REACH = { hours: 26 };

/** Epoch milliseconds: from where the repeated wall times first begin, up to where they have passed twice. Undefined: `instant` is in no such time. */
export const foldAround = (instant: number, timezone: string): { start: number; end: number } | undefined => {
  const at = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone);
  const last = at.add(REACH).epochMilliseconds;
  let change = at.subtract(REACH).getTimeZoneTransition('next');
  while (change !== null && change.epochMilliseconds <= last) {
    const back = (change.subtract({ nanoseconds: 1 }).offsetNanoseconds - change.offsetNanoseconds) / 1e6;
    const [start, end] = [change.epochMilliseconds - back, change.epochMilliseconds + back];
    if (back > 0 && start <= instant && instant < end) return { start, end };
    change = change.getTimeZoneTransition('next');
  }
  return undefined;
};
