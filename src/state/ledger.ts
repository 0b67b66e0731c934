/**
 * The dedup ledger: (mapping, 16-byte key) -> day of the acknowledgement. Read by sets, written sorted and in large groups,
 * because the random B-tree, not the driver, is what a ledger costs.
 */
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { guard } from './leases.ts';
import { unpackKeys } from './pack-keys.ts';
import type { StateStore } from './state-store.ts';

/** Keys of one transaction of a fold. */
const KEYS_PER_FOLD = 5_000;

export const ledgerStore = (
  db: Knex,
): Pick<StateStore, 'ledgerIsEmpty' | 'findSeen' | 'foldAcked' | 'pruneLedger'> => ({
  ledgerIsEmpty: async (fence) => !(await db('ledger').where({ stream_id: fence.streamId }).first('day')),

  findSeen: async (fence, keys, sinceDay) => {
    if (keys.length === 0) return new Set();
    const rows = await dialectOf(db).findKeys(db, fence.streamId, keys, sinceDay);
    return new Set(rows.map((row) => row.k));
  },

  // In several short transactions, so that batches under way can be recorded in between. Each may be repeated: a key that is in the
  // ledger already stays there, and the batches are forgotten only when all of their keys are.
  foldAcked: async (fence) => {
    const batches: { id: number; day: number; keys: Uint8Array }[] = await db('batch')
      .join('batch_key', 'batch_key.batch_id', 'batch.id')
      .where({ stream_id: fence.streamId, state: 'ACKED' })
      .select('batch.id', 'batch.day', 'batch_key.keys');
    const keysOfDay = new Map<number, string[]>();
    for (const { day, keys } of batches) keysOfDay.set(day, [...(keysOfDay.get(day) ?? []), ...unpackKeys(keys)]);
    for (const [day, keys] of keysOfDay) {
      keys.sort();
      for (let at = 0; at < keys.length; at += KEYS_PER_FOLD) {
        const part = keys.slice(at, at + KEYS_PER_FOLD);
        await db.transaction(async (tx) => {
          await guard(tx, fence);
          await dialectOf(tx).addKeys(tx, fence.streamId, part, day);
        });
      }
    }
    await db.transaction(async (tx) => {
      await guard(tx, fence);
      const { isOneOf } = dialectOf(tx);
      const ids = batches.map((batch) => batch.id);
      await tx('batch_key')
        .where(isOneOf(tx, 'batch_id', ids))
        .delete();
      await tx('batch')
        .where(isOneOf(tx, 'id', ids))
        .delete();
    });
  },

  pruneLedger: (fence, beforeDay) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      await tx('ledger').where({ stream_id: fence.streamId }).where('day', '<', beforeDay).delete();
    }),
});
