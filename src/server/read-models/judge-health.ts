/** Whether a mapping is healthy: why not, in one sentence, and what to do about it. The first thing that is amiss is the one that is told. */
import type { Freshness } from '../../observe/freshness.ts';
import type { RunRecord } from '../../state/state-store.ts';
import type { Health, LetterGroup } from './page-data.ts';

export type HealthSubject = {
  readonly name: string;
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  readonly freshness: Freshness;
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  readonly hasSchedule: boolean;
  readonly onUnknown: 'resend' | 'hold';
  readonly inDoubt: number;
  /** By code, the most frequent first. */
  readonly letters: readonly LetterGroup[];
  /** Epoch seconds. */
  readonly now: number;
};

/** Whole minutes and no seconds: a sentence that changes all the time cannot be cached, and tells no more. */
const span = (seconds: number): string => {
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
};

type Rule = (subject: HealthSubject) => Health | undefined;

const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
const sentence = (text: string): string => {
  const whole = /^\w*[_-]/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
};
const ended = (runs: readonly RunRecord[]): readonly RunRecord[] =>
  runs.filter(({ status }) => status !== 'running' && status !== 'skipped_busy');

const CURES: Readonly<Record<string, (name: string) => string>> = {
  'checkpoint-mismatch': (name) =>
    `capi-sync checkpoint adopt ${name} goes on from where it stands; capi-sync checkpoint reset ${name} reads everything again.`,
};

const failed: Rule = ({ runs, name, now }) => {
  const past = ended(runs);
  const [last] = past;
  if (last?.status !== 'failed' || last.errorCode === 'interrupted') return undefined;
  const streak = past.findIndex(({ status }) => status !== 'failed');
  const times = streak === -1 ? past.length : streak;
  const since = past[times - 1]?.startedAt ?? last.startedAt;
  const ago = span(Math.max(0, now - since));
  const lead = times > 1 ? `${times}${streak === -1 ? ' or more' : ''} runs in a row failed, for ${ago}: ` : '';
  const cure = CURES[last.errorCode ?? '']?.(name) ?? last.errorHint;
  return {
    level: 'bad',
    label: 'Failing',
    why: sentence(`${lead}${last.errorMessage ?? 'the last run failed'}`),
    todo: cure
      ? sentence(cure)
      : `Look up ${last.errorCode ?? 'the code'} in docs/errors.md, mend it, then run it now.`,
    action: 'run',
  };
};

const whatToDo = ({ isPaused, isRunning, hasSchedule }: HealthSubject): Pick<Health, 'todo' | 'action'> => {
  if (isPaused) return { todo: 'It is paused: resume it.', action: 'resume' };
  if (isRunning) return { todo: 'A run is going on.' };
  if (!hasSchedule) return { todo: 'It has no schedule: run it now, or give it one.', action: 'run' };
  return { todo: 'Run it now, or let it run more often.', action: 'run' };
};

const late =
  (level: 'alert' | 'warn'): Rule =>
  (subject) => {
    const { freshness } = subject;
    if (freshness.level !== level) return undefined;
    return {
      level: level === 'alert' ? 'bad' : 'warn',
      label: 'Late',
      why: `Rows may have waited for ${span(freshness.ageSeconds ?? 0)}, ${freshness.reason}.`,
      ...whatToDo(subject),
    };
  };

const inDoubt: Rule = ({ inDoubt: events, onUnknown, name }) => {
  if (events === 0) return undefined;
  const why = `${count(events, 'event was', 'events were')} sent, and no answer is known.`;
  const base = { level: 'warn', label: 'In doubt', why } as const;
  return onUnknown === 'hold'
    ? {
        ...base,
        todo: `Look into Events Manager, then capi-sync in-doubt resend ${name} or capi-sync in-doubt confirm ${name}.`,
      }
    : { ...base, todo: 'The next run sends them again, with the same ids.', action: 'run' };
};

const interrupted: Rule = ({ runs, isRunning }) => {
  const [last] = ended(runs);
  if (last?.errorCode !== 'interrupted' || isRunning) return undefined;
  return {
    level: 'warn',
    label: 'Interrupted',
    why: 'The last run was stopped before it had read everything.',
    todo: 'The next run goes on from the checkpoint.',
    action: 'run',
  };
};

const paused: Rule = ({ isPaused }) =>
  isPaused
    ? {
        level: 'off',
        label: 'Paused',
        why: 'It does not run until it is resumed.',
        todo: 'Resume it.',
        action: 'resume',
      }
    : undefined;

const refused: Rule = ({ letters }) => {
  const rows = letters.reduce((sum, group) => sum + group.rows, 0);
  const [most] = letters;
  if (!most) return undefined;
  const share = most.rows === rows ? 'all for' : `${count(most.rows, 'of them', 'of them')} for`;
  return {
    level: 'warn',
    label: 'Rejections',
    why: `${count(rows, 'row')} could not be sent, ${share} ${most.code}${most.meaning ? `: ${most.meaning}` : ''}.`,
    todo: sentence(`${most.cure ?? 'mend the rows or the mapping'}; then retry`),
    action: 'retry',
  };
};

const neverRan: Rule = (subject) =>
  ended(subject.runs).length === 0 && !subject.isRunning
    ? {
        level: 'off',
        label: 'Never ran',
        why: 'No run has ended yet.',
        ...(subject.hasSchedule ? { todo: 'Wait for its schedule, or run it now.' } : { todo: 'Run it now.' }),
        action: 'run',
      }
    : undefined;

const RULES: readonly Rule[] = [failed, late('alert'), inDoubt, interrupted, paused, late('warn'), refused, neverRan];

/** @returns the health, and its rank: the lower, the sooner it needs a person */
export const judgeHealth = (subject: HealthSubject): { health: Health; rank: number } => {
  for (const [rank, rule] of RULES.entries()) {
    const health = rule(subject);
    if (health) return { health, rank };
  }
  const { ageSeconds } = subject.freshness;
  const why =
    ageSeconds === null
      ? 'The first run is under way.'
      : 'Every row that could be read at the last sync has its outcome.';
  return { health: { level: 'ok', label: 'Healthy', why }, rank: RULES.length };
};
