/** Results of runs: for people, and as the one JSON document of `run --json` (contract §3). */

import { durationText } from '../observe/duration-text.ts';
import { coverageOf } from '../quality/coverage.ts';
import type { RunCounts } from '../state/state-store.ts';
import type { RunResult } from '../sync/run-mapping.ts';
import { backfillJson, backfillLines } from './show-backfill.ts';
import { horizonJson, horizonLines } from './show-horizon.ts';
import { matchKeysJson } from './show-match-keys.ts';
import { count, type Terminal, table } from './terminal.ts';

/** @param counts of a run that an older version recorded may lack `withoutConsent` */
export const countsJson = ({ inDoubtResent, withoutConsent = 0, held, expiring, ...counts }: RunCounts): object => ({
  ...counts,
  ...(held && { held }),
  ...(expiring && { expiring }),
  filtered_by: { filter: counts.filtered - withoutConsent, consent: withoutConsent },
  in_doubt_resent: inDoubtResent,
});

export const runJson = (result: RunResult): object => {
  return {
    mapping: result.mapping,
    status: result.status,
    ...countsJson(result.counts),
    forecast: result.forecast
      ? {
          expiring: result.forecast.expiring,
          rows_left: result.forecast.rowsLeft,
          seconds_left: result.forecast.secondsLeft,
          max_age_days: result.forecast.maxAgeDays,
        }
      : null,
    ...(result.backfill && { backfill: backfillJson(result.backfill) }),
    horizon: result.horizon ? horizonJson(result.horizon) : null,
    checkpoint: result.checkpoint ? { cursor: result.checkpoint.cursor, key: result.checkpoint.key } : null,
    duration_ms: result.durationMs,
    match_keys: matchKeysJson(coverageOf(result.matchKeys)),
    error: result.error
      ? { code: result.error.code, message: result.error.message, hint: result.error.hint ?? null }
      : null,
  };
};

export const STATUS = {
  succeeded: 'ok',
  completed_with_rejections: 'rejections',
  failed: 'failed',
  skipped_busy: 'busy',
} as const;

export const showRuns = (results: readonly RunResult[], { paint }: Pick<Terminal, 'paint'>): string => {
  const rows = results.map(({ mapping, status, counts, durationMs }) => [
    mapping,
    STATUS[status],
    ...[counts.read, counts.sent, counts.duplicate, counts.filtered, counts.rejected, counts.expired].map(count),
    `${(durationMs / 1000).toFixed(1)}`,
  ]);
  const lines = [
    table(
      ['mapping', 'status', 'read', 'sent', 'duplicate', 'filtered', 'rejected', 'expired', 'seconds'],
      rows,
      paint,
    ),
  ];
  for (const { mapping, counts, error, forecast, horizon, backfill } of results) {
    if (backfill) lines.push(...backfillLines(mapping, backfill));
    if (horizon) lines.push(...horizonLines(mapping, horizon));
    if (counts.inDoubtResent > 0)
      lines.push(
        `${mapping}: ${count(counts.inDoubtResent)} events were sent again because their outcome was unknown (same ids)`,
      );
    if (counts.withoutConsent > 0)
      lines.push(`${mapping}: ${count(counts.withoutConsent)} of the filtered had no consent`);
    if (counts.unchanged) lines.push(`${mapping}: ${count(counts.unchanged)} rows are as remembered: nothing to send`);
    if (counts.rejected > 0) lines.push(`${mapping}: rows were rejected; see "capi-sync dead-letters list ${mapping}"`);
    if (forecast)
      lines.push(
        `${mapping}: about ${count(forecast.expiring)} rows will pass ${forecast.maxAgeDays} days before this backlog drains (${count(forecast.rowsLeft)} rows left, ${durationText(forecast.secondsLeft)} at this speed)`,
      );
    if (error)
      lines.push(`${paint('red', mapping)}: ${error.message} [${error.code}]${error.hint ? `\n  ${error.hint}` : ''}`);
  }
  return lines.join('\n');
};
