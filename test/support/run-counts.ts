/** Counts of a run for tests: nothing but what is given. */
import type { RunCounts } from '../../src/state/state-store.ts';

export const runCounts = (changes: Partial<RunCounts> = {}): RunCounts => ({
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
  ...changes,
});
