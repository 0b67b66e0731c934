/**
 * How long rows may have waited to be sent. Meta asks for events in real time or within an hour; over two hours costs optimisation, 24 or more
 * attribution and delivery (Conversions API End-to-End Implementation guide, read 2026-09-12). It refuses those older than 7 days, or 62 for physical_store.
 */
import { parseDuration } from '../config/duration.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { maxAgeSeconds } from '../meta/event-rules.ts';
import type { ActionSource } from '../meta/parameters.ts';
import { durationText } from './duration-text.ts';

const HOUR = 3600;
const DAY = 86_400;
/** So long before Meta refuses the oldest row there is still time to act. */
const EDGE = DAY;

export type FreshnessLevel = 'ok' | 'warn' | 'alert';

export type Freshness = {
  /** Seconds that a row may have waited; null: no run has succeeded yet, and the source was not asked. */
  readonly ageSeconds: number | null;
  /** `last-sync`: nothing older can be unsent, by state. `oldest-row`: of the first row that waits, by the source. `nothing-waits`: by the source. */
  readonly of: 'last-sync' | 'oldest-row' | 'nothing-waits' | 'unknown';
  readonly band: 'within 1h' | 'within 2h' | 'within 24h' | 'older' | null;
  /** Age at which Meta refuses an event of the mapping. */
  readonly limitSeconds: number;
  readonly level: FreshnessLevel;
  /** Why it is no longer ok. */
  readonly reason: string | null;
};

/** A mapping whose action source differs by row is held to the shorter limit. */
export const ageLimit = ({ file }: ParsedMapping): number =>
  maxAgeSeconds({ action_source: String(file.event.action_source) as ActionSource });

const bandOf = (age: number): Freshness['band'] =>
  age <= HOUR ? 'within 1h' : age <= 2 * HOUR ? 'within 2h' : age <= DAY ? 'within 24h' : 'older';

export const freshnessOf = (
  mapping: ParsedMapping,
  of: Freshness['of'],
  ageSeconds: number | null,
  limitSeconds = ageLimit(mapping),
): Freshness => {
  const { warn, alert } = mapping.file.freshness ?? {};
  const base = { ageSeconds, of, limitSeconds, band: ageSeconds === null ? null : bandOf(ageSeconds) };
  if (ageSeconds === null) return { ...base, level: 'ok', reason: null };
  const isOver = (limit: string | undefined): limit is string =>
    limit !== undefined && ageSeconds > parseDuration(limit);
  if (ageSeconds > limitSeconds)
    return { ...base, level: 'alert', reason: `over ${durationText(limitSeconds)}: Meta refuses what waited so long` };
  if (ageSeconds > limitSeconds - EDGE)
    return {
      ...base,
      level: 'alert',
      reason: `less than a day to the ${durationText(limitSeconds)} that Meta accepts`,
    };
  if (isOver(alert)) return { ...base, level: 'alert', reason: `over ${alert} (freshness.alert)` };
  if (isOver(warn)) return { ...base, level: 'warn', reason: `over ${warn} (freshness.warn)` };
  return { ...base, level: 'ok', reason: null };
};
