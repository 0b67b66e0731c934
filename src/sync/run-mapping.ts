/** One run of one mapping: lease → sync → run record. Whatever happens, the lease is given back and the run has an end. */
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { keepLease } from './keep-lease.ts';
import { recordRun } from './record-run.ts';
import { busy, failed } from './run-end.ts';
import { runSlices } from './run-slices.ts';
import type { RunResult, RunTools } from './run-tools.ts';
import { takeLease } from './take-lease.ts';
import { newTally } from './tally.ts';

export type { Progress, RunResult, RunTools } from './run-tools.ts';

/** Never throws for a failed run: the failure is the result. Throws only when state cannot even say so. */
export const runMapping = async (mapping: ParsedMapping, tools: RunTools): Promise<RunResult> => {
  if (tools.backfill !== undefined) return runSlices(mapping, tools, tools.backfill);
  const started = tools.now();
  const tally = newTally();
  const base = { mapping: mapping.name, ...tally };
  const turn = await takeLease(mapping.name, tools);
  if ('busy' in turn) return { ...base, ...busy(mapping.name), durationMs: tools.now() - started };
  const { fence } = turn;
  const renewal = keepLease(tools.state, fence);
  try {
    const recorded = await recordRun(mapping, tools, { fence, lost: renewal.lost, tally });
    const checkpoint = await tools.state.readCheckpoint(mapping.name);
    return { ...base, ...recorded, checkpoint, durationMs: tools.now() - started };
  } catch (failure) {
    return { ...base, ...failed(failure), durationMs: tools.now() - started };
  } finally {
    renewal.end();
    await tools.state.releaseLease(fence).catch(() => undefined);
  }
};
