/** Whether a mapping should run at once, by its last run: a time of its schedule went by without one, or the last one did not come to its end. */
import type { RunRecord } from '../state/state-store.ts';
import type { NextRun } from './next-run.ts';

/** Cut off by a stop or a crash: what is left is read on. */
const isCutOff = ({ status, errorCode }: RunRecord): boolean => status === 'running' || errorCode === 'interrupted';

/**
 * @param last the newest run, whoever made it. A mapping that never ran waits for its time.
 * @param now epoch milliseconds
 */
export const isMissed = (last: RunRecord | undefined, next: NextRun, now: number): boolean => {
  if (!last) return false;
  if (isCutOff(last)) return true;
  const due = next(last.startedAt * 1000);
  return due !== undefined && due <= now;
};

/** Whether another instance ran the mapping for this time of the schedule already. A run's start is known in whole seconds. */
export const isServed = (last: RunRecord | undefined, tick: number): boolean =>
  last !== undefined && !isCutOff(last) && last.startedAt >= Math.floor(tick / 1000);
