/**
 * A backfill: the slices of a range, or everything again, one after another, each with a checkpoint of its own. It gives way: when another run
 * wants the mapping it stops at its next page, lets it through, and goes on. Finished slices are remembered, so that the same command goes on
 * after a crash, and has nothing to do when all is read.
 */
import { isSnapshot } from '../config/source-mode.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { NewSlice } from '../state/slices.ts';
import type { Fence } from '../state/state-store.ts';
import { keepLease } from './keep-lease.ts';
import { FULL, planFull, planSlices, type SlicePlan, withinAll, withinSlice } from './plan-slices.ts';
import { type Recorded, recordRun } from './record-run.ts';
import { busy, failed } from './run-end.ts';
import { interruption } from './run-error.ts';
import type { RunResult, RunTools } from './run-tools.ts';
import type { RangeRequest } from './slice-bounds.ts';
import { takeLeaseLast, watchTurn } from './take-lease.ts';
import { addTally, newTally, type Tally } from './tally.ts';

/** So long the lease is free for whoever wanted it. */
const PAUSE_MS = 500;

type Work = {
  readonly mapping: ParsedMapping;
  readonly tools: RunTools;
  readonly total: Tally;
  /** By name: what was counted of each slice. */
  readonly tallies: Map<string, Tally>;
  readonly finished: Set<string>;
  plan?: SlicePlan;
  last?: Recorded;
};
type Tenure = { readonly fence: Fence; readonly lost: AbortSignal; readonly wanted: AbortSignal };

/** Never throws for a failed run, as `runMapping`. */
export const runSlices = async (
  mapping: ParsedMapping,
  tools: RunTools,
  request: RangeRequest | 'full',
): Promise<RunResult> => {
  const started = tools.now();
  const work: Work = { mapping, tools, total: newTally(), tallies: new Map(), finished: new Set() };
  const result = (end: ReturnType<typeof failed>): RunResult => ({
    mapping: mapping.name,
    ...work.total,
    horizon: work.last?.horizon,
    forecast: work.last?.forecast,
    backfill: work.plan && {
      range: request === 'full' ? undefined : work.plan.range,
      slices: work.plan.todo
        .filter(({ name }) => work.tallies.has(name))
        .map(({ name, from, before }) => ({
          from,
          before,
          counts: (work.tallies.get(name) as Tally).counts,
          isFinished: work.finished.has(name),
        })),
      finishedBefore: work.plan.finished,
      left: openSlices(work).length,
      outdated: work.plan.outdated,
    },
    durationMs: tools.now() - started,
    ...end,
  });
  try {
    if (isSnapshot(mapping.file)) throw noRange(mapping.name);
    for (;;) {
      const turn = await takeLeaseLast(mapping.name, tools, work.plan !== undefined);
      if ('busy' in turn) return result(work.last ? await endOf(work) : busy(mapping.name));
      const isDone = await tenure(work, turn.fence, request);
      if (isDone || tools.stop.aborted) return result(await endOf(work));
      await tools.sleep(PAUSE_MS, tools.stop);
    }
  } catch (failure) {
    return result(failed(failure));
  }
};

const openSlices = ({ plan, finished }: Work): readonly NewSlice[] =>
  (plan?.todo ?? []).filter(({ name }) => !finished.has(name));

const rowsLeft = ({ tools, total }: Work): number | undefined =>
  tools.limit === undefined ? undefined : Math.max(0, tools.limit - total.counts.read);

/** Works for as long as nobody else wants the mapping. @returns whether there is no more to do */
const tenure = async (work: Work, fence: Fence, request: RangeRequest | 'full'): Promise<boolean> => {
  const { mapping, tools } = work;
  const { state, source } = tools;
  const renewal = keepLease(state, fence);
  const watch = watchTurn(state, fence);
  try {
    if (!work.plan) {
      const now = Math.floor(tools.now() / 1000);
      const place = { mapping, source };
      work.plan =
        request === 'full'
          ? await planFull(place, state, fence, now)
          : await planSlices(place, state, fence, request, now);
    }
    for (const slice of openSlices(work)) {
      await workOn(work, slice, { fence, lost: renewal.lost, wanted: watch.wanted });
      if (work.last?.error || rowsLeft(work) === 0) return true;
      if (watch.wanted.aborted || tools.stop.aborted) return false;
    }
    return true;
  } finally {
    watch.end();
    renewal.end();
    await state.releaseLease(fence).catch(() => undefined);
  }
};

const workOn = async (work: Work, slice: NewSlice, { fence, lost, wanted }: Tenure): Promise<void> => {
  const { mapping, tools, total, tallies, finished, plan } = work;
  const { state, source } = tools;
  const own = { ...fence, slice: slice.name };
  const at = { at: (plan?.todo.indexOf(slice) ?? 0) + 1, of: plan?.todo.length ?? 1 };
  const tally = newTally();
  const within = slice.name === FULL ? withinAll : withinSlice({ mapping, source }, slice);
  const limited = {
    ...tools,
    limit: rowsLeft(work),
    onProgress: (progress: Parameters<RunTools['onProgress']>[0]) => tools.onProgress({ ...progress, slice: at }),
  };
  try {
    work.last = await recordRun(mapping, limited, { fence: own, lost, wanted, tally, within });
  } finally {
    addTally(total, tally);
    const known = tallies.get(slice.name);
    if (known) addTally(known, tally);
    else tallies.set(slice.name, tally);
  }
  if (!work.last.complete || work.last.error) return;
  const end = Math.floor(tools.now() / 1000);
  await (slice.name === FULL ? state.promoteSlice(own, end) : state.finishSlice(own, end));
  finished.add(slice.name);
};

const endOf = async (work: Work): Promise<ReturnType<typeof failed>> => {
  const { mapping, tools, total, last } = work;
  const checkpoint = await tools.state.readCheckpoint(mapping.name);
  if (last?.error) return { status: 'failed', checkpoint, error: last.error, exitCode: last.exitCode };
  const stopped = openSlices(work).length > 0 ? interruption(tools.stop) : undefined;
  if (stopped) return { status: 'failed', checkpoint, error: stopped, exitCode: stopped.exitCode };
  const isRejected = total.counts.rejected > 0;
  return {
    status: isRejected ? 'completed_with_rejections' : 'succeeded',
    checkpoint,
    error: undefined,
    exitCode: isRejected ? EXIT.incomplete : EXIT.ok,
  };
};

export const noRange = (mapping: string): FatalError =>
  new FatalError('range-invalid', `"${mapping}" has no cursor: there is no range to read`, {
    hint: 'a snapshot compares the whole table in every run',
    exitCode: EXIT.usage,
  });
