/** A schedule that leaves rows waiting longer than the mapping itself says they may, or longer than Meta takes them. */
import { parseDuration } from '../config/duration.ts';
import { durationText } from '../observe/duration-text.ts';
import { ageLimit } from '../observe/freshness.ts';
import { longestGap } from '../schedule/longest-gap.ts';
import { found, type LintRule, type LintSubject } from './lint-subject.ts';

export const scheduleGaps: LintRule = (subject) => {
  const { schedule } = subject.loaded.mapping;
  if (schedule === undefined) return [];
  const gap = longestGap(typeof schedule === 'string' ? schedule : schedule.cron);
  const over = limitsOf(subject)
    .filter(({ seconds }) => gap > seconds)
    .sort((a, b) => b.seconds - a.seconds);
  // Of several limits the hardest says it all.
  return over.slice(0, 1).map(({ path, what }) => {
    const message = `the schedule leaves ${durationText(gap)} between two runs: ${what}`;
    return found(subject, 'schedule-too-slow', path, message);
  });
};

type Limit = { readonly seconds: number; readonly path: readonly string[]; readonly what: string };

const limitsOf = ({ loaded: { mapping }, parsed }: LintSubject): Limit[] => {
  const { warn, alert, rows_every: every } = mapping.freshness ?? {};
  const limit = (key: string, text: string | undefined, what: string): Limit[] =>
    text === undefined ? [] : [{ seconds: parseDuration(text), path: ['freshness', key], what }];
  const age = ageLimit(parsed);
  return [
    { seconds: age, path: ['schedule'], what: `Meta refuses events older than ${durationText(age)}` },
    ...limit('alert', alert, 'freshness.alert would go off though nothing is wrong'),
    ...limit('warn', warn, 'freshness.warn would go off though nothing is wrong'),
    ...limit('rows_every', every, 'freshness.rows_every would go off though nothing is wrong'),
  ];
};
