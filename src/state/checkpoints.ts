/** Checkpoints: how far a mapping is, as database text. Moved only inside the transactions of `batches.ts`. */
import type { Knex } from 'knex';
import { guard } from './leases.ts';
import { deleteRowHashes } from './row-hashes.ts';
import type { Checkpoint, Fence, StateStore } from './state-store.ts';

type Stored = { cursor: string; key: string; fingerprint: string };
const toCheckpoint = (row: Stored): Checkpoint => ({
  cursor: row.cursor,
  key: JSON.parse(row.key),
  fingerprint: row.fingerprint,
});

export const writeCheckpoint = async (
  tx: Knex.Transaction,
  fence: Fence,
  checkpoint: Checkpoint,
  now: number,
): Promise<void> => {
  await tx('checkpoint')
    .insert({
      stream_id: fence.streamId,
      slice: fence.slice ?? '',
      cursor: checkpoint.cursor,
      key: JSON.stringify(checkpoint.key),
      fingerprint: checkpoint.fingerprint,
      epoch: fence.epoch,
      updated_at: now,
    })
    .onConflict(['stream_id', 'slice'])
    .merge();
};

export const checkpointStore = (
  db: Knex,
): Pick<StateStore, 'readCheckpoint' | 'deleteCheckpoint' | 'listCheckpoints'> => ({
  readCheckpoint: async (mapping, slice = '') => {
    const row: Stored | undefined = await db('checkpoint')
      .join('stream', 'stream.id', 'checkpoint.stream_id')
      .where({ 'stream.name': mapping, slice })
      .first('cursor', 'key', 'fingerprint');
    return row && toCheckpoint(row);
  },
  deleteCheckpoint: (fence) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      await tx('checkpoint')
        .where({ stream_id: fence.streamId, slice: fence.slice ?? '' })
        .delete();
      if (fence.slice === undefined) await deleteRowHashes(tx, fence);
    }),
  listCheckpoints: async () => {
    const rows: (Stored & { name: string; updated_at: number })[] = await db('checkpoint')
      .join('stream', 'stream.id', 'checkpoint.stream_id')
      .where({ slice: '' })
      .orderBy('name')
      .select('name', 'cursor', 'key', 'fingerprint', 'updated_at');
    return rows.map((row) => ({ mapping: row.name, checkpoint: toCheckpoint(row), updatedAt: row.updated_at }));
  },
});
