/** The status of mappings: for people in 80 columns, and as data. Nothing in it is of a row but the checkpoint's place. */

import { durationText } from '../observe/duration-text.ts';
import type { Freshness } from '../observe/freshness.ts';
import type { MappingHealth } from '../observe/mapping-health.ts';
import { estimateOf } from '../quality/coverage.ts';
import type { Checkpoint, HorizonFacts } from '../state/state-store.ts';
import type { RunError } from '../sync/run-error.ts';
import { horizonJson, horizonLines } from './show-horizon.ts';
import { matchKeysJson } from './show-match-keys.ts';
import { countsJson } from './show-runs.ts';
import { count, type Terminal, table } from './terminal.ts';
import { wrap } from './wrap.ts';

export type MappingStatus = Omit<MappingHealth, 'synced' | 'recent'> & {
  /** With --source only: rows that wait, undefined where that is not counted; or why the source could not be asked. */
  readonly source:
    | { readonly rows: number | undefined; readonly horizon: HorizonFacts }
    | { readonly error: RunError }
    | undefined;
};

/** What a person would do next, in one line; undefined: nothing. */
export const nextStep = ({
  mapping,
  run,
  source,
  deadLetters,
  inDoubt,
  freshness,
}: MappingStatus): string | undefined => {
  if (!run) return `capi-sync run ${mapping}`;
  const error = source && 'error' in source ? source.error.code : run.errorCode;
  if (error === 'checkpoint-mismatch') return `capi-sync checkpoint adopt ${mapping}, or checkpoint reset`;
  if (error !== undefined && error !== 'interrupted')
    return `mend "${error}" (docs/errors.md), then capi-sync run ${mapping}`;
  if (inDoubt > 0) return `capi-sync run ${mapping}: what is in doubt is sent again, with the same ids`;
  if (freshness.level !== 'ok') return `capi-sync run ${mapping}`;
  return deadLetters > 0 ? `capi-sync dead-letters list ${mapping}` : undefined;
};

export const freshnessJson = ({ ageSeconds, of, band, limitSeconds, level, reason }: Freshness): object => ({
  level,
  reason,
  age_seconds: ageSeconds,
  of,
  band,
  limit_seconds: limitSeconds,
});

const sourceJson = (source: MappingStatus['source']): object | null => {
  if (!source) return null;
  if ('rows' in source) return { rows: source.rows ?? null, error: null };
  const { code, message, hint = null } = source.error;
  return { rows: null, error: { code, message, hint } };
};

export const statusJson = (status: MappingStatus): object => {
  const { mapping, checkpoint, run, matchKeys, deadLetters, inDoubt, freshness, source } = status;
  const horizon = horizonOf(status);
  return {
    mapping,
    checkpoint: checkpoint ? { cursor: checkpoint.cursor, key: checkpoint.key } : null,
    last_run: run
      ? {
          status: run.status,
          started_at: run.startedAt,
          ended_at: run.endedAt ?? null,
          ...(run.counts && countsJson(run.counts)),
          error: run.errorCode ? { code: run.errorCode, message: run.errorMessage } : null,
        }
      : null,
    match_keys: matchKeys ? matchKeysJson(matchKeys) : null,
    dead_letters: deadLetters,
    in_doubt: inDoubt,
    freshness: freshnessJson(freshness),
    horizon: horizon ? horizonJson(horizon) : null,
    source: sourceJson(source),
    next: nextStep(status) ?? null,
  };
};

/** As it is, where the source was asked; else as the last run found it. */
const horizonOf = ({ source, run }: MappingStatus): HorizonFacts | undefined =>
  source && 'horizon' in source ? source.horizon : run?.horizon;

const COLOUR = { ok: 'green', warn: 'yellow', alert: 'red' } as const;

const ageText = ({ ageSeconds, of }: Freshness): string => {
  if (of === 'nothing-waits') return 'nothing waits';
  return ageSeconds === null ? 'unknown' : durationText(ageSeconds);
};

/** A snapshot's checkpoint has no key: its cursor says when all rows were compared the last time. */
const placeText = ({ cursor, key }: Checkpoint): string =>
  key.length > 0 ? `stands at ${cursor}, key ${key.join(', ')}` : `snapshot: ${cursor}`;

const notes = (status: MappingStatus, { paint }: Pick<Terminal, 'paint'>): string[] => {
  const { mapping, checkpoint, run, matchKeys, freshness, source } = status;
  const { level, reason, of, ageSeconds } = freshness;
  const since =
    of === 'oldest-row'
      ? `a row has waited for ${durationText(ageSeconds ?? 0)}`
      : `rows may have waited for ${durationText(ageSeconds ?? 0)}`;
  const next = nextStep(status);
  const horizon = horizonOf(status);
  return [
    ...(checkpoint ? [`${mapping}: ${placeText(checkpoint)}`] : []),
    ...(reason === null ? [] : [`${mapping}: ${paint(COLOUR[level], level)}: ${since}, ${reason}`]),
    ...(source && 'rows' in source
      ? [`${mapping}: ${source.rows === undefined ? 'more rows than are counted' : count(source.rows)} to be read`]
      : []),
    ...(source && 'error' in source ? [`${mapping}: ${source.error.message} [${source.error.code}]`] : []),
    ...(horizon ? horizonLines(mapping, horizon) : []),
    ...(run?.errorCode ? [`${mapping}: ${run.errorMessage} [${run.errorCode}]`] : []),
    ...(matchKeys ? [`${mapping}: match quality, an estimate: ${estimateOf(matchKeys)}`] : []),
    ...(next === undefined ? [] : [`${mapping}: next: ${next}`]),
  ];
};

/** @param now epoch seconds */
export const showStatus = (
  all: readonly MappingStatus[],
  now: number,
  terminal: Pick<Terminal, 'paint' | 'width'>,
): string => {
  const rows = all.map(({ mapping, run, deadLetters, inDoubt, freshness }) => [
    mapping,
    run ? run.status.replaceAll('_', ' ').replace('completed with ', '') : 'never ran',
    run?.endedAt === undefined ? '' : `${durationText(now - run.endedAt)} ago`,
    run?.counts ? count(run.counts.sent) : '',
    ageText(freshness),
    count(deadLetters),
    count(inDoubt),
  ]);
  return [
    table(['mapping', 'last run', 'ended', 'sent', 'waiting', 'dead', 'in doubt'], rows, terminal.paint),
    ...all.flatMap((status) =>
      notes(status, terminal).flatMap((note) =>
        wrap(note, terminal.width - 2).map((line, n) => (n === 0 ? line : `  ${line}`)),
      ),
    ),
  ].join('\n');
};
