/** Match-key coverage and event ages, in the order in which they are shown. */
import { estimateOf, type MatchCoverage } from '../../quality/coverage.ts';
import { AGE_BOUNDS, type EventAges } from '../../quality/event-ages.ts';
import { BANDS } from '../../quality/match-quality.ts';
import { DROP_REASONS, type DropReason } from '../../transform/drop.ts';
import type { Coverage, Detail } from './page-data.ts';

const cureOf = (reason: string): string | undefined => {
  const cure = Object.hasOwn(DROP_REASONS, reason) ? DROP_REASONS[reason as DropReason].cure : undefined;
  return cure === 'none needed' ? undefined : cure;
};

export const coverageView = (coverage: MatchCoverage | undefined): Coverage | undefined => {
  if (!coverage || coverage.events === 0) return undefined;
  const { events, present, dropped, broadOnly, bands } = coverage;
  const keys = [...new Set([...Object.keys(present), ...Object.keys(dropped)])];
  return {
    events,
    broadOnly,
    estimate: estimateOf(coverage),
    bands: BANDS.map((band) => ({ band, events: bands[band] })),
    keys: keys
      .map((key) => ({
        key,
        events: present[key] ?? 0,
        dropped: Object.entries(dropped[key] ?? {})
          .map(([reason, values]) => ({ reason, values, cure: cureOf(reason) }))
          .sort((a, b) => b.values - a.values),
      }))
      .sort((a, b) => b.events - a.events || a.key.localeCompare(b.key)),
  };
};

export const agesView = (ages: EventAges | undefined): Detail['ages'] =>
  ages?.some((events) => events > 0) ? ages.map((events, n) => ({ upTo: AGE_BOUNDS[n], events })) : undefined;
