/** The record of one run around its work: begun before it, ended whatever happens. The lease is held. */
import { isSnapshot } from '../config/source-mode.ts';
import { EXIT } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { consentText } from '../mapping/consent-text.ts';
import { coverageOf } from '../quality/coverage.ts';
import type { Fence, HorizonFacts } from '../state/state-store.ts';
import { trackBacklog } from './forecast.ts';
import { interruption, toRunError } from './run-error.ts';
import type { RunResult, RunTools } from './run-tools.ts';
import { type SliceRun, syncSlice } from './sync-slice.ts';
import { syncSnapshot } from './sync-snapshot.ts';
import type { Tally } from './tally.ts';

export type RunPart = {
  readonly fence: Fence;
  /** The lease was lost: a failure. */
  readonly lost: AbortSignal;
  /** Another run wants its turn, which is none. */
  readonly wanted?: AbortSignal | undefined;
  readonly within?: SliceRun['within'];
  /** What is counted; begins at nothing. */
  readonly tally: Tally;
};

export type Recorded = Pick<RunResult, 'status' | 'forecast' | 'horizon' | 'error' | 'exitCode'> & {
  /** The whole range was read. */
  readonly complete: boolean;
};

/** @throws only when state cannot say how the run began or ended */
export const recordRun = async (mapping: ParsedMapping, tools: RunTools, part: RunPart): Promise<Recorded> => {
  const { state, now, stop } = tools;
  const { fence, lost, wanted, within, tally } = part;
  const { counts, matchKeys, eventAges } = tally;
  const backlog = trackBacklog(now);
  const runId = await state.startRun(fence, Math.floor(now() / 1000), consentText(mapping.file));
  let failure: unknown;
  let complete = false;
  let horizon: HorizonFacts | undefined;
  try {
    const ends = AbortSignal.any([stop, lost]);
    const endReading = wanted && AbortSignal.any([ends, wanted]);
    const sync = isSnapshot(mapping.file) ? syncSnapshot : syncSlice;
    const onHorizon = (facts: HorizonFacts): void => {
      horizon = facts;
    };
    complete = await sync(
      mapping,
      { ...tools, stop: ends, endReading },
      { ...tally, fence, runId, backlog, within, onHorizon },
    );
    // A lease that could not be renewed stopped the reading: that is no success, even if no write was refused.
    if (lost.aborted) throw lost.reason;
  } catch (error) {
    failure = error;
  }
  const error = failure === undefined ? interruption(stop) : toRunError(failure);
  const status = error ? 'failed' : counts.rejected > 0 ? 'completed_with_rejections' : 'succeeded';
  const forecast = backlog.forecast(counts.read);
  if (forecast) counts.expiring = forecast.expiring;
  await state.finishRun(fence, runId, {
    status,
    endedAt: Math.floor(now() / 1000),
    counts,
    matchKeys: coverageOf(matchKeys),
    eventAges,
    horizon,
    errorCode: error?.code,
    errorMessage: error?.message,
    errorHint: error?.hint,
  });
  const exitCode = error?.exitCode ?? (counts.rejected > 0 ? EXIT.incomplete : EXIT.ok);
  return { status, forecast, horizon, complete, error, exitCode };
};
