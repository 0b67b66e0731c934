/** What a run counts, and the sum of several. */
import { addMatchKeys } from '../mapping/match-key-counts.ts';
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import { noAges } from '../quality/event-ages.ts';
import type { RunCounts } from '../state/state-store.ts';

export type Tally = {
  readonly counts: RunCounts;
  readonly matchKeys: MatchKeyCounts;
  /** Events by their age when they were acknowledged. */
  readonly eventAges: number[];
};

export const newTally = (): Tally => ({
  counts: {
    read: 0,
    sent: 0,
    duplicate: 0,
    filtered: 0,
    withoutConsent: 0,
    rejected: 0,
    expired: 0,
    batches: 0,
    requests: 0,
    retries: 0,
    inDoubtResent: 0,
  },
  matchKeys: { present: {}, dropped: {}, together: [] },
  eventAges: noAges(),
});

export const addTally = (to: Tally, { counts, matchKeys, eventAges }: Tally): void => {
  for (const name of Object.keys(counts) as (keyof RunCounts)[])
    if (counts[name] !== undefined) to.counts[name] = (to.counts[name] ?? 0) + counts[name];
  addMatchKeys(to.matchKeys, matchKeys);
  for (const [n, events] of eventAges.entries()) to.eventAges[n] = (to.eventAges[n] ?? 0) + events;
};
