import type { Advice } from '../../connectors/connector.ts';
import type { ExitCode } from '../errors.ts';
import type { CheckCode } from './check-codes.ts';

/** One thing that `check` looked at. No text holds a value of a row or a secret. */
export type Finding = {
  /** Stable: one of check-codes.ts, or the code of the error that stands behind a problem. */
  readonly code: string;
  readonly level: 'ok' | 'warning' | 'problem';
  /** One sentence. */
  readonly text: string;
  /** What to do, in words. */
  readonly cure?: string | undefined;
  /** What to run or to write, to be pasted as it stands. */
  readonly paste?: string | undefined;
  /** Where a problem means more than exit code 1: source or token. */
  readonly exitCode?: ExitCode;
};

/** `2.5s`, `42s`, `10m`, `3h`, `2d`: about how long. */
export const duration = (seconds: number): string => {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10}s`;
  if (seconds < 120) return `${Math.round(seconds)}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86_400)}d`;
};

/** What a connector says in its own words. */
export const fromAdvice = (code: CheckCode, { isGood, text, cure, paste }: Advice): Finding => ({
  code,
  level: isGood ? 'ok' : 'warning',
  text,
  cure,
  paste,
});
