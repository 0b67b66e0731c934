/** How far a run is, for whoever waits for it: rows read, and of how many where they can be counted. */
import type { EventRow } from '../mapping/mapped-row.ts';
import type { RunCounts } from '../state/state-store.ts';
import type { Backlog } from './forecast.ts';
import type { StreamPlan } from './plan-stream.ts';
import type { RunTools } from './run-tools.ts';

export const progressReporter = async (
  mapping: string,
  plan: StreamPlan,
  tools: RunTools,
  counts: RunCounts,
  backlog: Backlog,
): Promise<(last?: EventRow) => void> => {
  const { checkpoint, from, before, stream } = plan.read;
  const range = {
    ...(checkpoint ? { after: checkpoint } : from === undefined ? {} : { from }),
    ...(before === undefined ? {} : { before }),
  };
  const total = tools.deadLetters ? undefined : before === undefined ? 0 : await tools.source.countRows(stream, range);
  const totalRows = total === undefined ? undefined : Math.min(total, tools.limit ?? total);
  backlog.begin(total);
  return (last) => {
    backlog.page(last);
    tools.onProgress({ mapping, counts, totalRows });
  };
};
