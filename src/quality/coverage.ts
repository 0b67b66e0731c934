/** Match-key coverage of a run or a preview: what its events carried, what was dropped, and the estimate made of it. Counts only. */
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import { BANDS, type Band, bandOf, isBroad } from './match-quality.ts';

export type MatchCoverage = {
  /** Events that the rows became, those sent before included. */
  readonly events: number;
  /** Events that carry the key, for every mapped key. */
  readonly present: Readonly<Record<string, number>>;
  /** Values that were left out, by key and reason. */
  readonly dropped: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Events without a key that points to one person. */
  readonly broadOnly: number;
  /** Events by estimated band. */
  readonly bands: Readonly<Record<Band, number>>;
};

export const coverageOf = ({ present: mapped, dropped, together = [] }: MatchKeyCounts): MatchCoverage => {
  const present: Record<string, number> = Object.fromEntries(Object.keys(mapped).map((key) => [key, 0]));
  const bands: Record<Band, number> = { low: 0, medium: 0, good: 0, great: 0 };
  let all = 0;
  let broadOnly = 0;
  for (const { keys, events } of together) {
    all += events;
    bands[bandOf(keys)] += events;
    if (isBroad(keys)) broadOnly += events;
    for (const key of keys) present[key] = (present[key] ?? 0) + events;
  }
  return { events: all, present, dropped, broadOnly, bands };
};

/** The band of the event in the middle: half of the events are in this band or above. Undefined without events. */
export const estimateOf = ({ events, bands }: Pick<MatchCoverage, 'events' | 'bands'>): Band | undefined => {
  let above = 0;
  for (const band of BANDS.toReversed()) {
    above += bands[band];
    if (events > 0 && above * 2 >= events) return band;
  }
  return undefined;
};
