import type { Diagnostic } from '../config/diagnostic.ts';
import { found, isExpression, type LintRule } from './lint-subject.ts';

/** As the event rules have it: what is larger lies in the year 5138, or is no seconds. */
const MILLISECONDS_FROM = 100_000_000_000;
/** One product and nothing else: anything with another operator could be right. */
const TIMES_A_THOUSAND = /^[^-+/%?:*]+\*\s*1000(?:\.0+)?\s*\)?$/;
const NAMED_MILLISECONDS =
  /^(?:row\[\s*["'])?\w*(?:(?:^|_)(?:ms|msec|millis|milliseconds)|[a-z](?:Ms|Millis|Milliseconds))(?:["']\s*\])?$/;

/** `event_time` and the time of a click are read as Unix seconds where they are numbers. Units are never guessed from a row. */
export const milliseconds: LintRule = (subject) => {
  const { event } = subject.loaded.mapping;
  const fbc = subject.userData.fbc as { at?: unknown } | undefined;
  const check = (value: unknown, path: readonly string[]): Diagnostic[] => {
    const reason = reasonOf(value);
    if (reason === undefined) return [];
    const instead = isExpression(value) ? inSeconds(value.slice(1).trim()) : undefined;
    return [found(subject, 'milliseconds-for-seconds', path, reason, undefined, instead)];
  };
  return [
    ...check(event.event_time, ['event', 'event_time']),
    ...check(typeof fbc === 'object' ? fbc?.at : undefined, ['event', 'user_data', 'fbc', 'at']),
  ];
};

/** Seconds are left as they are; a column of milliseconds is divided. Either way every row was rejected before. */
const inSeconds = (source: string): string | undefined =>
  TIMES_A_THOUSAND.test(source) && !source.endsWith(')')
    ? `=${source.replace(/\s*\*\s*1000(?:\.0+)?$/, '')}`
    : NAMED_MILLISECONDS.test(source)
      ? `=${source} / 1000`
      : undefined;

const reasonOf = (value: unknown): string | undefined => {
  if (typeof value === 'number') {
    return value >= MILLISECONDS_FROM ? 'this number is no Unix seconds: it looks like milliseconds' : undefined;
  }
  if (!isExpression(value)) return undefined;
  const source = value.slice(1).trim();
  if (TIMES_A_THOUSAND.test(source)) return 'seconds times 1000 are milliseconds; Unix seconds are read here';
  return NAMED_MILLISECONDS.test(source)
    ? 'by its name this column holds milliseconds; Unix seconds are read here'
    : undefined;
};
