/**
 * The outbox of identities. A batch and its keys are committed before the POST (SENT) and marked after the answer (ACKED);
 * dead letters and the checkpoint ride in the same transactions, so no crash can part an outcome from its record.
 */
import type { Knex } from 'knex';
import { writeCheckpoint } from './checkpoints.ts';
import { writeDeadLetters } from './dead-letters.ts';
import { insertForId } from './dialect.ts';
import { groupCommits } from './group-commits.ts';
import { guard } from './leases.ts';
import { packKeys, unpackKeys } from './pack-keys.ts';
import { writeRowHashes } from './row-hashes.ts';
import type { Due, Fence, StateStore } from './state-store.ts';

const dayOf = (seconds: number): number => Math.floor(seconds / 86_400);

const insertBatch = async (
  tx: Knex.Transaction,
  fence: Fence,
  row: { run_id: number; state: string; keys: readonly string[]; now: number },
): Promise<number> => {
  const id = await insertForId(tx, 'batch', {
    stream_id: fence.streamId,
    run_id: row.run_id,
    epoch: fence.epoch,
    state: row.state,
    events: row.keys.length,
    day: dayOf(row.now),
    created_at: row.now,
    acked_at: row.state === 'ACKED' ? row.now : null,
  });
  await tx('batch_key').insert({ batch_id: id, keys: packKeys(row.keys) });
  return id;
};

type BatchMethods = Pick<
  StateStore,
  | 'openBatches'
  | 'planBatch'
  | 'ackBatch'
  | 'ackPart'
  | 'dropBatch'
  | 'settle'
  | 'closeInDoubt'
  | 'confirmInDoubt'
  | 'countInDoubt'
>;

/** What a slice left in doubt is settled by that slice; what a slice left that is no more, by the mapping's own reading. */
const ofTheReading =
  (tx: Knex.Transaction, { streamId, slice }: Fence) =>
  (batches: Knex.QueryBuilder): void => {
    const runs = tx('run').where({ 'run.stream_id': streamId }).select('run.id');
    if (slice) batches.whereIn('run_id', runs.where({ 'run.slice': slice }));
    else
      batches.whereNotIn(
        'run_id',
        runs.join('read_slice', (on) =>
          on.on('read_slice.stream_id', 'run.stream_id').andOn('read_slice.slice', 'run.slice'),
        ),
      );
  };

export const batchStore = (db: Knex): BatchMethods => {
  const { commit, hasFailed } = groupCommits(db);
  const writeDue = async (tx: Knex.Transaction, fence: Fence, due: Due, now: number): Promise<void> => {
    await writeDeadLetters(tx, fence, due, now);
    if (hasFailed(fence)) return;
    await writeRowHashes(tx, fence, due.rowHashes);
    if (due.checkpoint) await writeCheckpoint(tx, fence, due.checkpoint, now);
  };
  return {
    openBatches: async (fence) => {
      const rows: { state: string; keys: Uint8Array }[] = await db('batch')
        .join('batch_key', 'batch_key.batch_id', 'batch.id')
        .where({ stream_id: fence.streamId })
        .where((open) =>
          open.where('state', 'ACKED').orWhere((sent) => sent.where('state', 'SENT').where('epoch', '<', fence.epoch)),
        )
        .select('state', 'keys');
      const acked = new Set(rows.filter((row) => row.state === 'ACKED').flatMap((row) => unpackKeys(row.keys)));
      const sent = new Set(rows.filter((row) => row.state === 'SENT').flatMap((row) => unpackKeys(row.keys)));
      return { acked: [...acked], inDoubt: [...sent].filter((key) => !acked.has(key)) };
    },

    planBatch: (fence, runId, keys, now) =>
      commit(fence, (tx) => insertBatch(tx, fence, { run_id: runId, state: 'SENT', keys, now })),

    ackBatch: (fence, batchId, due, now) =>
      commit(fence, async (tx) => {
        await tx('batch').where({ id: batchId }).update({ state: 'ACKED', acked_at: now });
        await writeDue(tx, fence, due, now);
      }),

    ackPart: (fence, runId, keys, due, now) =>
      commit(fence, async (tx) => {
        await insertBatch(tx, fence, { run_id: runId, state: 'ACKED', keys, now });
        await writeDue(tx, fence, due, now);
      }),

    dropBatch: (fence, batchId, due, now) =>
      commit(fence, async (tx) => {
        await tx('batch_key').where({ batch_id: batchId }).delete();
        await tx('batch').where({ id: batchId }).delete();
        await writeDue(tx, fence, due, now);
      }),

    settle: (fence, due, now) =>
      commit(fence, async (tx) => {
        await writeDue(tx, fence, due, now);
      }),

    closeInDoubt: (fence) =>
      db.transaction(async (tx) => {
        await guard(tx, fence);
        const old = tx('batch')
          .where({ stream_id: fence.streamId, state: 'SENT' })
          .where('epoch', '<', fence.epoch)
          .modify(ofTheReading(tx, fence));
        await tx('batch_key').whereIn('batch_id', old.clone().select('id')).delete();
        await old.clone().delete();
      }),

    confirmInDoubt: (fence, now) =>
      db.transaction(async (tx) => {
        await guard(tx, fence);
        const old = tx('batch').where({ stream_id: fence.streamId, state: 'SENT' }).where('epoch', '<', fence.epoch);
        const row = await old.clone().sum({ n: 'events' }).first();
        await old.clone().update({ state: 'ACKED', acked_at: now });
        return Number(row?.n ?? 0);
      }),

    countInDoubt: async (mapping) => {
      const row = await db('batch')
        .join('stream', 'stream.id', 'batch.stream_id')
        .where({ name: mapping, state: 'SENT' })
        .sum({ n: 'events' })
        .first();
      return Number(row?.n ?? 0);
    },
  };
};
