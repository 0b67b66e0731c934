/** From a request for runs to its answer: run ids as soon as they are known, the outcome for those who wait, and a plain no where another instance is at work. */
import type { RunRecord } from '../state/state-store.ts';
import type { RequestedRun, RequestedRuns } from './seams.ts';

/** A run as callers get it, in the words of `run --json`. */
export type RunJson = {
  readonly mapping: string;
  readonly run_id: number | null;
  readonly state: 'queued' | 'running' | 'ended' | 'paused';
  readonly status: string | null;
  readonly [count: string]: unknown;
};

export type RunsAnswer = {
  readonly status: 200 | 202 | 409;
  readonly body: {
    /** Every run has ended, and all that could be sent was sent: what exit code 0 is to `run`. */
    readonly ok: boolean;
    readonly runs: readonly RunJson[];
    readonly warnings: readonly string[];
    readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
  };
};

/** A run that need not wait in line is on record sooner than this, or says why not. */
const RECORD_MS = 3_000;

/** @param gone the caller hung up: the runs go on */
export const answerRuns = async (
  { runs, unmatched }: RequestedRuns,
  waitMs: number | undefined,
  gone: AbortSignal,
): Promise<RunsAnswer> => {
  const beginning = runs.filter((run) => run.now().state === 'running');
  const isDone = waitMs === undefined ? beginning.map(({ begun }) => begun) : runs.map(({ ended }) => ended);
  await within(waitMs ?? RECORD_MS, Promise.all(isDone), gone);
  const shown = runs.map(shownRun);
  const body = {
    ok: shown.every(({ status }) => status === 'succeeded'),
    runs: shown,
    warnings: unmatched.map(
      ({ selector, hint }) => `no mapping fits ${JSON.stringify(selector)}${hint === undefined ? '' : `: ${hint}`}`,
    ),
  };
  if (shown.some(({ status }) => status === 'skipped_busy'))
    return {
      status: 409,
      body: {
        ...body,
        error: {
          code: 'busy',
          message: 'another instance runs a mapping that is asked for',
          hint: 'ask again when its run has ended, so that what was written meanwhile is read',
        },
      },
    };
  return { status: shown.every(({ state }) => state === 'ended' || state === 'paused') ? 200 : 202, body };
};

const within = async (ms: number, work: Promise<unknown>, gone: AbortSignal): Promise<void> => {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  gone.addEventListener('abort', () => over.resolve(), { once: true });
  if (gone.aborted) over.resolve();
  await Promise.race([work, over.promise]);
  clearTimeout(timer);
};

const shownRun = (run: RequestedRun): RunJson => {
  const { state, runId, end } = run.now();
  return {
    mapping: run.mapping,
    run_id: runId ?? null,
    state,
    status: end?.status ?? null,
    ...countsJson(end?.counts),
    error: end?.error ? { ...end.error, hint: end.error.hint ?? null } : null,
  };
};

const countsJson = (counts: RunRecord['counts']): Record<string, number> =>
  counts
    ? {
        read: counts.read,
        sent: counts.sent,
        duplicate: counts.duplicate,
        filtered: counts.filtered,
        rejected: counts.rejected,
        expired: counts.expired,
      }
    : {};

/** `GET /api/runs/<id>`: whoever ran it. */
export const recordedRun = (run: RunRecord): RunJson => ({
  mapping: run.mapping,
  run_id: run.id,
  state: run.status === 'running' ? 'running' : 'ended',
  status: run.status === 'running' ? null : run.status,
  started_at: iso(run.startedAt),
  ended_at: run.endedAt === undefined ? null : iso(run.endedAt),
  ...countsJson(run.counts),
  error:
    run.errorCode === undefined
      ? null
      : { code: run.errorCode, message: run.errorMessage ?? '', hint: run.errorHint ?? null },
});

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
