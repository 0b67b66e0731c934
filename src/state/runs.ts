/** Run history: one row a run, with every count. */
import type { Knex } from 'knex';
import { insertForId } from './dialect.ts';
import { guard } from './leases.ts';
import type { RunRecord, RunStatus, StateStore } from './state-store.ts';

type StoredRun = {
  id: number;
  name: string;
  status: RunStatus;
  started_at: number;
  ended_at: number | null;
  counts: string | null;
  match_keys: string | null;
  consent: string | null;
  error_code: string | null;
  error_message: string | null;
};

export const runStore = (db: Knex): Pick<StateStore, 'startRun' | 'finishRun' | 'listRuns'> => ({
  startRun: (fence, startedAt, consent) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      // A run that an older epoch left open ended with its process.
      await tx('run').where({ stream_id: fence.streamId, status: 'running' }).update({
        status: 'failed',
        ended_at: startedAt,
        error_code: 'interrupted',
        error_message: 'the process ended before the run did',
      });
      return insertForId(tx, 'run', {
        stream_id: fence.streamId,
        epoch: fence.epoch,
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
          error_code: end.errorCode ?? null,
          error_message: end.errorMessage ?? null,
        });
    }),

  listRuns: async (mapping, limit) => {
    const rows: StoredRun[] = await db('run')
      .join('stream', 'stream.id', 'run.stream_id')
      .modify((query) => (mapping === undefined ? query : query.where('stream.name', mapping)))
      .orderBy('run.id', 'desc')
      .limit(limit)
      .select('run.*', 'stream.name');
    return rows.map(
      (row): RunRecord => ({
        id: row.id,
        mapping: row.name,
        status: row.status,
        startedAt: row.started_at,
        endedAt: row.ended_at ?? undefined,
        counts: row.counts === null ? undefined : JSON.parse(row.counts),
        matchKeys: row.match_keys === null ? undefined : JSON.parse(row.match_keys),
        consent: row.consent ?? undefined,
        errorCode: row.error_code ?? undefined,
        errorMessage: row.error_message ?? undefined,
      }),
    );
  },
});
