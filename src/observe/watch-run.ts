/**
 * Looks over the shoulder of a run: source, state and the way to Meta are handed through, and what goes by is counted and logged. The run knows nothing
 * of it. Only identities and counts are looked at; rows and events go by unseen.
 */
import type { Source } from '../../connectors/connector.ts';
import type { PostEvents, Reply } from '../load/post-events.ts';
import type { RunCounts, StateStore } from '../state/state-store.ts';
import type { PageTask } from '../sync/page-mapper.ts';
import type { Log } from './log.ts';
import { OUTCOMES, RETRY_REASONS } from './metric-table.ts';
import type { Metrics } from './metrics.ts';

export type RunParts = {
  readonly source: Source;
  readonly state: StateStore;
  readonly post: PostEvents;
  readonly watchPage?: ((task: PageTask) => void) | undefined;
};

export type RunWatch = {
  readonly around: (parts: RunParts) => RunParts;
  /** Counts so far: what came since the last call is added. */
  readonly progress: (counts: Readonly<RunCounts>) => void;
  /** Undefined: it did not begin. */
  readonly runId: () => number | undefined;
};

/** Longer than a lag that anybody would choose: an open transaction keeps rows from being read. */
const STALL_SECONDS = 900;

export type WatchTools = {
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds of a clock that only goes forward. */
  readonly ticks: () => number;
  /** Instant of a cursor's text, epoch ms; undefined: the cursor is no time. */
  readonly instantOf: (cursor: string) => number | undefined;
  readonly onStarted: () => void;
};

export const watchRun = (mapping: string, tools: WatchTools): RunWatch => {
  const { metrics, log, ticks, instantOf } = tools;
  const at = { mapping };
  let runId: number | undefined;
  let before: Partial<RunCounts> = {};

  const progress = (counts: Readonly<RunCounts>): void => {
    const grown = (name: keyof RunCounts): number => Math.max(0, (counts[name] ?? 0) - (before[name] ?? 0));
    let rows = 0;
    for (const outcome of OUTCOMES) {
      rows += grown(outcome);
      metrics.add('capi_rows_total', { mapping, outcome }, grown(outcome));
    }
    metrics.add('capi_rows_read_total', at, rows);
    metrics.add('capi_batches_total', at, grown('batches'));
    metrics.add('capi_events_resent_total', at, grown('inDoubtResent'));
    before = { ...counts };
  };

  const watchPost = (post: PostEvents): PostEvents => {
    /** Batches whose last request failed in a way that is tried again. */
    const failed = new Map<number, (typeof RETRY_REASONS)[number]>();
    let flying = 0;
    const inFlight = (by: number): void => {
      flying += by;
      metrics.set('capi_requests_in_flight', at, flying);
    };
    const watched: PostEvents = Object.assign(
      async (...[events, signal, batch]: Parameters<PostEvents>): Promise<Reply> => {
        const reason = batch && failed.get(batch.batchId);
        if (reason) metrics.add('capi_retries_total', { mapping, reason });
        if (batch) failed.delete(batch.batchId);
        const started = ticks();
        inFlight(1);
        try {
          const reply = await post(events, signal, batch);
          const ms = Math.round(ticks() - started);
          metrics.observe('capi_request_duration_seconds', at, ms / 1000);
          metrics.add('capi_requests_total', { mapping, result: reply.kind === 'accepted' ? 'accepted' : reply.class });
          const known = {
            ...at,
            run_id: batch?.runId,
            batch_id: batch?.batchId,
            events: events.length,
            duration_ms: ms,
          };
          if (reply.kind === 'accepted') log('request', { ...known, fbtrace_id: reply.traceId });
          else {
            const again = RETRY_REASONS.find((each) => each === reply.class);
            if (batch && again) failed.set(batch.batchId, again);
            log('request-failed', {
              ...known,
              class: reply.class,
              reason: reply.reason,
              http_status: reply.status,
              meta_code: reply.code,
              meta_subcode: reply.subcode,
              fbtrace_id: reply.traceId,
            });
          }
          return reply;
        } finally {
          inFlight(-1);
        }
      },
      { close: post.close },
    );
    return watched;
  };

  const watchState = (state: StateStore): StateStore => ({
    ...state,
    acquireLease: async (...args) => {
      const lease = await state.acquireLease(...args);
      if ('fence' in lease) metrics.set('capi_lease_held', at, 1);
      return lease;
    },
    releaseLease: async (fence) => {
      metrics.set('capi_lease_held', at, 0);
      await state.releaseLease(fence);
    },
    startRun: async (...args) => {
      runId = await state.startRun(...args);
      before = {};
      tools.onStarted();
      return runId;
    },
    finishRun: async (fence, id, end) => {
      if (end.counts) {
        progress(end.counts);
        const rows = OUTCOMES.reduce((sum, outcome) => sum + (end.counts?.[outcome] ?? 0), 0);
        if (rows !== end.counts.read) metrics.add('capi_invariant_violations_total', at);
      }
      if (end.eventAges) metrics.addAges(mapping, end.eventAges);
      await state.finishRun(fence, id, end);
    },
  });

  const watchSource = (source: Source): Source => {
    const horizon: Source['horizon'] = async (stream, lag) => {
      const found = await source.horizon(stream, lag);
      const bound = found.before === undefined ? undefined : instantOf(found.before);
      if (bound !== undefined && stream.cursorUnit === 'time') {
        // A source with one writer is read to its last commit, however old that is.
        const seconds = found.guard === 'single-writer' ? 0 : Math.max(0, (Date.parse(found.now) - bound) / 1000);
        metrics.set('capi_horizon_lag_seconds', at, seconds);
        if ((found.openFor ?? 0) > STALL_SECONDS) log('horizon', { ...at, seconds: Math.round(found.openFor ?? 0) });
      }
      if (found.future !== undefined) metrics.set('capi_rows_future', at, found.future);
      return found;
    };
    return { ...source, horizon };
  };

  return {
    around: ({ source, state, post, ...rest }) => ({
      ...rest,
      source: watchSource(source),
      state: watchState(state),
      post: watchPost(post),
    }),
    progress,
    runId: () => runId,
  };
};
