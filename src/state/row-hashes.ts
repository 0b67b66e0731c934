/**
 * What a snapshot remembers of each row: keyed hashes of its primary key and of its cells, never a value. The key of the hashes is not in
 * the state (`state.secret`). A row's hash is written when the row has its outcome, in the transactions of `batches.ts`, as a checkpoint is.
 */
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { guard } from './leases.ts';
import type { Fence, RowHash, StateStore } from './state-store.ts';

const ROWS_PER_INSERT = 100;
const KEYS_PER_LOOKUP = 1_000;

type Stored = { k: string; hash: string; version: number; day: number };

export const writeRowHashes = async (
  tx: Knex.Transaction,
  fence: Fence,
  rowHashes: readonly RowHash[] = [],
): Promise<void> => {
  // Sorted, so that the pages of the index are met in order; PostgreSQL does not take the same key twice in a statement.
  const byKey = new Map(rowHashes.map((row) => [row.key, row]));
  const rows = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) {
    await tx('row_hash')
      .insert(
        rows
          .slice(at, at + ROWS_PER_INSERT)
          .map(({ key, hash, version, day }) => ({ stream_id: fence.streamId, k: key, hash, version, day })),
      )
      .onConflict(['stream_id', 'k'])
      .merge();
  }
};

export const deleteRowHashes = async (tx: Knex.Transaction, { streamId }: Fence): Promise<void> => {
  await tx('row_hash').where({ stream_id: streamId }).delete();
};

export const rowHashStore = (db: Knex): Pick<StateStore, 'findRowHashes' | 'forgetRowHashes'> => ({
  findRowHashes: async (mapping, keys) => {
    const found = new Map<string, RowHash>();
    const stream: { id: number } | undefined = await db('stream').where({ name: mapping }).first('id');
    for (let at = 0; stream && at < keys.length; at += KEYS_PER_LOOKUP) {
      const rows: Stored[] = await db('row_hash')
        .where({ stream_id: stream.id })
        .where(dialectOf(db).isOneOf(db, 'k', keys.slice(at, at + KEYS_PER_LOOKUP)))
        .select('k', 'hash', 'version', 'day');
      for (const { k, ...rest } of rows) found.set(k, { key: k, ...rest });
    }
    return found;
  },
  forgetRowHashes: (fence, beforeDay) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      await tx('row_hash').where({ stream_id: fence.streamId }).where('day', '<', beforeDay).delete();
    }),
});
