/**
 * The spans of a run: run → page (extract, transform), batch (its writes and requests), writes to the state. Like `watch-run.ts` it looks over the
 * run's shoulder, and the run knows nothing of it. What a span holds are counts, ids of ours and codes; rows, events and keys go by unseen.
 */
import type { Attributes } from '@opentelemetry/api';
import type { PostEvents, Reply } from '../load/post-events.ts';
import type { RunCounts, StateStore } from '../state/state-store.ts';
import type { PageTask } from '../sync/page-mapper.ts';
import type { OpenSpan, Traces } from './open-traces.ts';
import type { TraceParent } from './traceparent.ts';
import type { RunParts } from './watch-run.ts';

export type TraceFacts = {
  readonly mapping: string;
  /** Why the run is made. */
  readonly trigger: string;
  readonly parent?: TraceParent | undefined;
};

/** Code of ours, or the kind of an error that is none of ours. */
const codeOf = (error: unknown): string => {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(code) ? code : String(name ?? 'Error');
};

const countsOf = (counts: Readonly<RunCounts>): Attributes => ({
  'capi_sync.rows.read': counts.read,
  'capi_sync.rows.sent': counts.sent,
  'capi_sync.rows.duplicate': counts.duplicate,
  'capi_sync.rows.filtered': counts.filtered,
  'capi_sync.rows.rejected': counts.rejected,
  'capi_sync.rows.expired': counts.expired,
  'capi_sync.batches': counts.batches,
  'capi_sync.requests': counts.requests,
  'capi_sync.retries': counts.retries,
  'capi_sync.in_doubt_resent': counts.inDoubtResent,
});

export const traceRun = (parts: RunParts, traces: Traces, { mapping, trigger, parent }: TraceFacts): RunParts => {
  let run: OpenSpan | undefined;
  /** By the batch's id in the state. */
  const batches = new Map<number, OpenSpan>();

  const write = async <Result>(name: string, above: OpenSpan | undefined, work: () => Promise<Result>) => {
    const span = above?.child(`state ${name}`);
    try {
      const result = await work();
      span?.end();
      return result;
    } catch (error) {
      span?.end(codeOf(error));
      throw error;
    }
  };
  const endBatch = (id: number, outcome: string): void => {
    const batch = batches.get(id);
    batches.delete(id);
    batch?.set({ 'capi_sync.batch.outcome': outcome });
    batch?.end();
  };

  const { state, post } = parts;
  const tracedState: StateStore = {
    ...state,
    startRun: async (fence, startedAt, consent) => {
      const slice = fence.slice === undefined ? {} : { 'capi_sync.slice': true };
      run = traces.begin(
        `run ${mapping}`,
        { 'capi_sync.mapping': mapping, 'capi_sync.trigger': trigger, 'capi_sync.lease.epoch': fence.epoch, ...slice },
        parent,
      );
      try {
        const id = await write('start-run', run, () => state.startRun(fence, startedAt, consent));
        run.set({ 'capi_sync.run_id': id });
        return id;
      } catch (error) {
        run.end(codeOf(error));
        run = undefined;
        throw error;
      }
    },
    finishRun: async (fence, id, end) => {
      const ending = run;
      // Sent, and nobody knows whether it arrived.
      for (const each of [...batches.keys()]) endBatch(each, 'in-doubt');
      ending?.set({ 'capi_sync.status': end.status, ...(end.counts && countsOf(end.counts)) });
      try {
        await write('finish-run', ending, () => state.finishRun(fence, id, end));
        ending?.end(end.errorCode);
      } catch (error) {
        ending?.end(codeOf(error));
        throw error;
      } finally {
        run = undefined;
      }
    },
    planBatch: async (fence, runId, keys, now) => {
      const batch = run?.child('batch', { 'capi_sync.batch.events': keys.length });
      try {
        const id = await write('plan-batch', batch, () => state.planBatch(fence, runId, keys, now));
        batch?.set({ 'capi_sync.batch_id': id });
        if (batch) batches.set(id, batch);
        return id;
      } catch (error) {
        batch?.end(codeOf(error));
        throw error;
      }
    },
    ackBatch: async (fence, id, due, now) => {
      await write('ack-batch', batches.get(id), () => state.ackBatch(fence, id, due, now));
      endBatch(id, 'accepted');
    },
    dropBatch: async (fence, id, due, now) => {
      await write('drop-batch', batches.get(id), () => state.dropBatch(fence, id, due, now));
      endBatch(id, 'ended');
    },
    ackPart: (...given) => write('ack-part', run, () => state.ackPart(...given)),
    settle: (...given) => write('settle', run, () => state.settle(...given)),
    foldAcked: (...given) => write('fold-acked', run, () => state.foldAcked(...given)),
    closeInDoubt: (...given) => write('close-in-doubt', run, () => state.closeInDoubt(...given)),
    pruneLedger: (...given) => write('prune-ledger', run, () => state.pruneLedger(...given)),
  };

  const tracedPost: PostEvents = Object.assign(
    async (...[events, signal, mark]: Parameters<PostEvents>): Promise<Reply> => {
      const above = (mark && batches.get(mark.batchId)) ?? run;
      const span = above?.child(
        'POST events',
        { 'http.request.method': 'POST', 'capi_sync.events': events.length },
        'client',
      );
      const reply = await post(events, signal, mark);
      span?.set(answerOf(reply));
      span?.end(reply.kind === 'accepted' ? undefined : reply.reason);
      return reply;
    },
    { close: post.close },
  );

  const watchPage = (task: PageTask): void => {
    const page = run?.child('page');
    const extract = page?.child('extract');
    let transform: OpenSpan | undefined;
    const failed = (error: unknown): void => {
      (transform ?? extract)?.end(codeOf(error));
      page?.end(codeOf(error));
    };
    const read = task.read.then((found) => {
      extract?.set({ 'capi_sync.rows': found?.rows ?? 0 });
      extract?.end();
      if (found) transform = page?.child('transform');
    });
    read
      .then(() => task.mapped)
      .then((mapped) => {
        const { rows = 0, times = [], rejected = [], filtered = 0, expired = 0 } = mapped?.page ?? {};
        const counts: Attributes = {
          'capi_sync.rows': rows,
          'capi_sync.events': times.length,
          'capi_sync.rejected': rejected.length,
          'capi_sync.filtered': filtered,
          'capi_sync.expired': expired,
        };
        transform?.set(counts);
        transform?.end();
        page?.set(counts);
        page?.end();
      })
      .catch(failed);
  };

  return { ...parts, state: tracedState, post: tracedPost, watchPage };
};

/** Of Meta's making: only what looks like an id is let through. */
const TRACE_ID = /^[\w-]{1,64}$/;

const answerOf = (reply: Reply): Attributes => ({
  ...(reply.traceId !== undefined && TRACE_ID.test(reply.traceId) && { 'capi_sync.fbtrace_id': reply.traceId }),
  ...(reply.kind === 'accepted' && { 'http.response.status_code': 200 }),
  ...(reply.kind === 'error' && {
    'capi_sync.error.class': reply.class,
    ...(reply.status !== undefined && { 'http.response.status_code': reply.status }),
    ...(reply.code !== undefined && { 'capi_sync.meta_code': reply.code }),
    ...(reply.subcode !== undefined && { 'capi_sync.meta_subcode': reply.subcode }),
  }),
});
