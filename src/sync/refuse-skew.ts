/** A clock that is wrong: rows would count as expired that are young, or as of the future that are of now. */
import { EXIT, FatalError } from '../errors.ts';

export type MaxSkew = { readonly ahead: number; readonly behind: number };

/**
 * Seconds by which the clock here may differ without spoiling anything. Ahead: the margin that deliver-batch.ts keeps from the edge of Meta's age
 * window. Behind: what event-rules.ts bears of the future, and the lag that a row has waited before it is read.
 */
export const MAX_SKEW: MaxSkew = { ahead: 600, behind: 120 };

const about = (seconds: number): string =>
  seconds < 7_200
    ? `${Math.round(seconds / 60)} minutes`
    : seconds < 172_800
      ? `${Math.round(seconds / 3_600)} hours`
      : `${Math.round(seconds / 86_400)} days`;

/**
 * @param sourceNow the source's clock, ISO UTC
 * @throws FatalError `clock-skew`, before a row is read: a row that expired is not tried again
 */
export const refuseSkew = (sourceNow: string, now: number, { ahead, behind }: MaxSkew): void => {
  const seconds = (now - Date.parse(sourceNow)) / 1000;
  if (!(seconds > ahead || seconds < -behind)) return;
  const side = seconds > 0 ? 'ahead of' : 'behind';
  throw new FatalError('clock-skew', `the clock here is ${about(Math.abs(seconds))} ${side} the source's`, {
    hint: "set both by NTP: the age of events is reckoned by the clock here, where the reading ends by the source's. Nothing was read or sent",
    exitCode: EXIT.config,
  });
};
