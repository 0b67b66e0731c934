/** One order of the scheduler, from the question whether it is still needed to what became of it. Never rejects. */
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { RunParts, RunWatch } from '../observe/watch-run.ts';
import type { LetterFilter, RunRecord } from '../state/state-store.ts';
import type { RunError } from '../sync/run-error.ts';
import type { Progress, RunResult } from '../sync/run-mapping.ts';
import { isServed } from './missed.ts';
import type { Order } from './scheduler.ts';

/** What a run is told of, and tells. */
export type SyncCall = {
  readonly deadLetters: LetterFilter | undefined;
  readonly around: (parts: RunParts) => RunParts;
  readonly onProgress: (progress: Progress) => void;
};

export type OrderTools = {
  /** As the files in force say; undefined: there is no such mapping any more. */
  readonly find: (name: string) => ParsedMapping | undefined;
  readonly lastRun: (name: string) => Promise<RunRecord | undefined>;
  readonly sync: (mapping: ParsedMapping, call: SyncCall) => Promise<RunResult>;
  /** Any failure in our words. */
  readonly errorOf: (error: unknown) => RunError;
  /** @param onStarted the lease is won and the run is on record */
  readonly watch: (mapping: ParsedMapping, onStarted: () => void, order: Order) => RunWatch;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onStarted: (name: string) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onEnded: (name: string, status: RunResult['status'], error: RunError | undefined) => void;
  /** Another instance has it: to be looked at until its lease ends. */
  readonly onBusy: (name: string) => void;
};

export const runOrder = async (order: Order, tools: OrderTools): Promise<void> => {
  const { name, trigger, tick, deadLetters, tickets } = order;
  const { log, metrics } = tools;
  const mapping = tools.find(name);
  if (!mapping) return;
  const at = { mapping: name };
  if (tick !== undefined && isServed(await tools.lastRun(name).catch(() => undefined), tick))
    return log('run-served', at);
  const started = tools.now();
  const onStarted = (): void => {
    const runId = watch.runId();
    log('run-started', { ...at, trigger, run_id: runId });
    if (runId !== undefined) for (const { begun } of tickets) begun(runId);
    tools.onStarted(name);
  };
  const watch = tools.watch(mapping, onStarted, order);
  let result: Pick<RunResult, 'status' | 'error'> & Partial<RunResult>;
  try {
    result = await tools.sync(mapping, {
      deadLetters,
      around: watch.around,
      onProgress: (progress) => {
        watch.progress(progress.counts);
        tools.onProgress(progress);
      },
    });
  } catch (error) {
    result = { status: 'failed', error: tools.errorOf(error) };
  }
  const { status, error, counts } = result;
  for (const { ended } of tickets) ended({ status, error, counts });
  const ms = tools.now() - started;
  metrics.add('capi_runs_total', { mapping: name, status });
  if (status === 'skipped_busy') {
    log('run-busy', { ...at, trigger });
    tools.onBusy(name);
  } else {
    metrics.observe('capi_run_duration_seconds', at, ms / 1000);
    const isFailure = status === 'failed' && error?.code !== 'interrupted';
    log(isFailure ? 'run-failed' : 'run-ended', {
      ...at,
      trigger,
      run_id: watch.runId(),
      status,
      duration_ms: ms,
      counts,
      error,
    });
  }
  if (error?.code === 'lease-lost') {
    metrics.add('capi_lease_lost_total', at);
    log('lease-lost', { ...at, run_id: watch.runId() });
    tools.onBusy(name);
  }
  tools.onEnded(name, status, error);
};
