/** `--since`, `--until` and `--full` of a run: what they ask for, and what a person should know before it begins. */
import { isDuration, parseDuration } from '../config/duration.ts';
import { isSnapshot } from '../config/source-mode.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { parseInstant } from '../mapping/instants.ts';
import { durationText } from '../observe/duration-text.ts';
import { ageLimit } from '../observe/freshness.ts';
import type { RangeRequest } from '../sync/slice-bounds.ts';

export type BackfillOptions = { readonly since?: string; readonly until?: string; readonly full?: boolean };

const invalid = (message: string, hint: string): FatalError =>
  new FatalError('range-invalid', message, { hint, exitCode: EXIT.usage });

/** @throws FatalError `range-invalid`, for what is wrong whatever the cursor is */
export const backfillOf = ({ since, until, full }: BackfillOptions): RangeRequest | 'full' | undefined => {
  if (full && (since !== undefined || until !== undefined))
    throw invalid('--full reads everything: it takes no --since and no --until', 'leave one of them out');
  if (full) return 'full';
  if (since === undefined) {
    if (until === undefined) return undefined;
    throw invalid('--until needs --since', 'where should it begin? For everything from the first row on: --full');
  }
  for (const [option, text] of [
    ['--since', since],
    ['--until', until],
  ] as const) {
    if (
      text === undefined ||
      isDuration(text) ||
      /^-?\d+(\.\d+)?$/.test(text) ||
      parseInstant(text, 'UTC') !== undefined
    )
      continue;
    throw invalid(
      `${option} is no place of a cursor: ${JSON.stringify(text)}`,
      text === 'beginning'
        ? 'for everything from the first row on: --full'
        : 'write a duration back such as 7d, a date such as 2026-11-01, an instant such as 2026-11-01T10:00:00Z, or a number where the cursor is one',
    );
  }
  return { since, until };
};

/** @param now epoch milliseconds */
export const backfillWarnings = (
  mappings: readonly ParsedMapping[],
  backfill: RangeRequest | 'full' | undefined,
  now: number,
): string[] => {
  if (backfill === undefined) return [];
  return mappings
    .filter(({ file }) => !isSnapshot(file))
    .flatMap((mapping) => {
      const { window } = mapping.file.dedup;
      const limit = ageLimit(mapping);
      const old = `what happened more than ${durationText(limit)} ago is counted as expired and not sent: Meta would refuse it`;
      if (backfill === 'full')
        return [
          `${mapping.name}: everything is read again from the first row on; what was sent within dedup.window (${window}) is not sent again, and ${old}`,
        ];
      const { since } = backfill;
      const begins = isDuration(since)
        ? now - parseDuration(since) * 1000
        : parseInstant(since, mapping.file.source.timezone ?? 'UTC');
      return begins !== undefined && now - begins > limit * 1000
        ? [`${mapping.name}: the range begins ${durationText((now - begins) / 1000)} ago; ${old}`]
        : [];
    });
};
