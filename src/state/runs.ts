/** Run history: one row a run, with every count. */
import type { Knex } from 'knex';
import { insertForId } from './dialect.ts';
import { guard } from './leases.ts';
import { addToHour } from './run-hours.ts';
import type { RunCounts, RunRecord, RunStatus, StateStore } from './state-store.ts';

export type StoredRun = {
  id: number;
  name: string;
  status: RunStatus;
  started_at: number;
  ended_at: number | null;
  counts: string | null;
  match_keys: string | null;
  event_ages: string | null;
  consent: string | null;
  error_code: string | null;
  error_message: string | null;
  error_hint: string | null;
  slice: string;
  horizon: string | null;
};

/** It read all there was when it began. A retry of dead letters reads nothing new. */
export const isSync = (status: RunStatus, counts: RunCounts | undefined): boolean =>
  (status === 'succeeded' || status === 'completed_with_rejections') && counts?.retried === undefined;

/** What is shown of a run where there are many. */
export const briefRun = (row: StoredRun): RunRecord => ({
  id: row.id,
  mapping: row.name,
  status: row.status,
  startedAt: row.started_at,
  endedAt: row.ended_at ?? undefined,
  counts: row.counts === null ? undefined : JSON.parse(row.counts),
  errorCode: row.error_code ?? undefined,
  errorMessage: row.error_message ?? undefined,
  errorHint: row.error_hint ?? undefined,
  ...(row.slice && { slice: row.slice }),
});

export const runStore = (db: Knex): Pick<StateStore, 'startRun' | 'finishRun' | 'listRuns' | 'readRun'> => ({
  startRun: (fence, startedAt, consent) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      // A run that an older epoch left open ended with its process.
      const interrupted = await tx('run').where({ stream_id: fence.streamId, status: 'running' }).update({
        status: 'failed',
        ended_at: startedAt,
        error_code: 'interrupted',
        error_message: 'the process ended before the run did',
        error_hint: 'this run goes on from the checkpoint; what was on its way is sent again, with the same ids',
      });
      if (interrupted > 0) {
        const runs = { runs: interrupted, failed: interrupted, busySeconds: 0 };
        await addToHour(tx, fence.streamId, { ...runs, endedAt: startedAt, counts: undefined, details: {} });
      }
      return insertForId(tx, 'run', {
        stream_id: fence.streamId,
        epoch: fence.epoch,
        slice: fence.slice ?? '',
        status: 'running',
        started_at: startedAt,
        consent: consent ?? null,
      });
    }),

  finishRun: (fence, runId, end) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      await tx('run')
        .where({ id: runId })
        .update({
          status: end.status,
          ended_at: end.endedAt ?? null,
          counts: end.counts ? JSON.stringify(end.counts) : null,
          match_keys: end.matchKeys ? JSON.stringify(end.matchKeys) : null,
          event_ages: end.eventAges ? JSON.stringify(end.eventAges) : null,
          error_code: end.errorCode ?? null,
          error_message: end.errorMessage ?? null,
          error_hint: end.errorHint ?? null,
          horizon: end.horizon ? JSON.stringify(end.horizon) : null,
        });
      const { started_at: startedAt }: { started_at: number } = await tx('run')
        .where({ id: runId })
        .first('started_at');
      const { status, counts, matchKeys, eventAges, endedAt = startedAt } = end;
      await addToHour(tx, fence.streamId, {
        runs: 1,
        failed: status === 'failed' ? 1 : 0,
        endedAt,
        busySeconds: Math.max(0, endedAt - startedAt),
        counts,
        details: { ...(matchKeys && { matchKeys }), ...(eventAges && { ages: eventAges }) },
      });
      if (!fence.slice && isSync(status, counts))
        await tx('stream').where({ id: fence.streamId }).update({ synced_at: startedAt });
    }),

  readRun: async (id) => {
    const row: StoredRun | undefined = await db('run')
      .join('stream', 'stream.id', 'run.stream_id')
      .where('run.id', id)
      .first('run.*', 'stream.name');
    return row && briefRun(row);
  },

  listRuns: async (mapping, limit) => {
    const rows: StoredRun[] = await db('run')
      .join('stream', 'stream.id', 'run.stream_id')
      .modify((query) => (mapping === undefined ? query : query.where('stream.name', mapping)))
      .orderBy('run.id', 'desc')
      .limit(limit)
      .select('run.*', 'stream.name');
    return rows.map(
      (row): RunRecord => ({
        ...briefRun(row),
        matchKeys: row.match_keys === null ? undefined : JSON.parse(row.match_keys),
        eventAges: row.event_ages === null ? undefined : JSON.parse(row.event_ages),
        consent: row.consent ?? undefined,
        horizon: row.horizon === null ? undefined : JSON.parse(row.horizon),
      }),
    );
  },
});
