/** Which alerts hold for a mapping. Pure, and by what state remembers: every process that judges comes to the same. */
import type { AlertKind } from '../config/alerts-schema.ts';
import { parseDuration } from '../config/duration.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { AlertDetail, AlertVerdict } from '../state/alerts.ts';
import type { RunTotals } from '../state/run-hours.ts';
import type { RunRecord } from '../state/state-store.ts';
import { ageLimit, type Freshness } from './freshness.ts';

/** Fewer rows make no share: one bad row of two says nothing. */
const LEAST_ROWS = 20;
/** So long before Meta refuses what waits there is still time to act. */
const EDGE_SECONDS = 86_400;

export type AlertFacts = {
  readonly mapping: ParsedMapping;
  /** Newest first. */
  readonly recent: readonly RunRecord[];
  /** Of the last 24 hours. */
  readonly day: Pick<RunTotals, 'sent' | 'rejected' | 'expired'>;
  readonly freshness: Freshness;
  /** Epoch seconds: when a new row last got an outcome, or since when this has been watched. */
  readonly newRowsAt: number;
  readonly isPaused: boolean;
  /** Epoch seconds. */
  readonly now: number;
};

export type AlertLimits = { readonly failures: number; readonly rejected_percent: number };

type Verdict = readonly [raised: boolean, detail: AlertDetail];

/** A run that was stopped on request or found the mapping busy says nothing of the mapping. */
const isTelling = ({ status, errorCode }: RunRecord): boolean =>
  status !== 'running' && status !== 'skipped_busy' && errorCode !== 'interrupted';

const TOKEN = 'destination-auth';

const failing = ({ recent }: AlertFacts): readonly RunRecord[] => {
  const ended = recent.filter(isTelling);
  const end = ended.findIndex(({ status }) => status !== 'failed');
  return end === -1 ? ended : ended.slice(0, end);
};

const judges: Readonly<Record<AlertKind, (facts: AlertFacts, limits: AlertLimits) => Verdict | undefined>> = {
  failed: (facts, { failures }) => {
    const runs = failing(facts);
    const code = runs[0]?.errorCode ?? 'unknown';
    // Told as what it is, and once.
    return [runs.length >= failures && code !== TOKEN, { code, runs: runs.length }];
  },
  'token-failing': (facts) => [failing(facts)[0]?.errorCode === TOKEN, { code: TOKEN }],
  'rejected-share': ({ day }, limits) => {
    const rows = day.sent + day.rejected;
    const percent = rows === 0 ? 0 : (day.rejected / rows) * 100;
    const detail = { rejected: day.rejected, rows, percent: Math.round(percent * 10) / 10 };
    return [rows >= LEAST_ROWS && percent > limits.rejected_percent, detail];
  },
  'no-rows': ({ mapping, newRowsAt, isPaused, now }) => {
    const every = mapping.file.freshness?.rows_every;
    if (isPaused || every === undefined) return undefined;
    return [now - newRowsAt > parseDuration(every), { seconds: now - newRowsAt, limit: parseDuration(every) }];
  },
  freshness: ({ mapping, freshness, isPaused }) => {
    const limit = mapping.file.freshness?.alert;
    if (isPaused || limit === undefined || freshness.ageSeconds === null) return undefined;
    const seconds = parseDuration(limit);
    return [freshness.ageSeconds > seconds, { seconds: freshness.ageSeconds, limit: seconds }];
  },
  expiring: ({ mapping, recent, day, freshness }) => {
    const waiting = freshness.ageSeconds ?? 0;
    const expiring = recent.find(isTelling)?.counts?.expiring ?? 0;
    const limit = ageLimit(mapping);
    const detail = { expired: day.expired, expiring, seconds: waiting, limit };
    return [day.expired > 0 || expiring > 0 || waiting > limit - EDGE_SECONDS, detail];
  },
};

/** @returns a verdict for each kind of which something can be said */
export const judgeAlerts = (facts: AlertFacts, limits: AlertLimits): AlertVerdict[] =>
  (Object.keys(judges) as AlertKind[]).flatMap((kind) => {
    const verdict = judges[kind](facts, limits);
    return verdict ? [{ kind, raised: verdict[0], detail: verdict[1] }] : [];
  });
