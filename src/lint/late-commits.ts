import { parseDuration } from '../config/duration.ts';
import { isSnapshot } from '../config/source-mode.ts';
import { found, type LintRule } from './lint-subject.ts';

/** Less than this is as long as writing a row takes. */
const ENOUGH_SECONDS = 5;

/**
 * A row is written with the time at which its transaction began to write it, and seen when that commits. What commits later than `lag` and
 * `lookback` together reach back is never read, however often the mapping runs. SQLite has one writer at a time: nothing commits late there.
 */
export const lateCommits: LintRule = (subject) => {
  const { mapping } = subject.loaded;
  if (subject.connector === undefined || subject.connector === 'sqlite' || isSnapshot(mapping)) return [];
  const { lag, lookback } = mapping.source.cursor ?? {};
  // Numbers have units of their own.
  if (lag === undefined || typeof lookback !== 'string') return [];
  const reach = parseDuration(lag) + parseDuration(lookback);
  if (reach >= ENOUGH_SECONDS) return [];
  const message = `lag and lookback reach ${reach} s back: a row that is committed later than that is never read`;
  return [found(subject, 'lookback-too-short', ['source', 'cursor', 'lookback'], message)];
};
