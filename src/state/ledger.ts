/**
 * The dedup ledger: (mapping, 16-byte key) -> day of the acknowledgement. Read by sets, written sorted and in large groups,
 * because the random B-tree, not the driver, is what a ledger costs.
 */
import type { Knex } from 'knex';
import { guard } from './leases.ts';
import { unpackKeys } from './pack-keys.ts';
import type { StateStore } from './state-store.ts';

export const ledgerStore = (db: Knex): Pick<StateStore, 'findSeen' | 'foldAcked' | 'pruneLedger'> => ({
  findSeen: async (fence, keys, sinceDay) => {
    if (keys.length === 0) return new Set();
    const rows: { k: string }[] = await db.raw(
      `SELECT lower(hex(l.k)) AS k FROM json_each(?) AS j
       CROSS JOIN ledger AS l ON l.stream_id = ? AND l.k = unhex(j.value) WHERE l.day >= ?`,
      [JSON.stringify(keys), fence.streamId, sinceDay],
    );
    return new Set(rows.map((row) => row.k));
  },

  foldAcked: (fence) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      const batches: { id: number; day: number; keys: Uint8Array }[] = await tx('batch')
        .join('batch_key', 'batch_key.batch_id', 'batch.id')
        .where({ stream_id: fence.streamId, state: 'ACKED' })
        .select('batch.id', 'batch.day', 'batch_key.keys');
      const dayOf = new Map<string, number>();
      for (const batch of batches)
        for (const key of unpackKeys(batch.keys)) dayOf.set(key, Math.max(batch.day, dayOf.get(key) ?? 0));
      const sorted = [...dayOf.keys()].sort();
      for (let at = 0; at < sorted.length; at += 5000) {
        const part = sorted.slice(at, at + 5000).map((key) => [key, dayOf.get(key)]);
        await tx.raw(
          `INSERT INTO ledger (stream_id, k, day) SELECT ?, unhex(value ->> 0), value ->> 1 FROM json_each(?) WHERE true
           ON CONFLICT (stream_id, k) DO UPDATE SET day = max(day, excluded.day)`,
          [fence.streamId, JSON.stringify(part)],
        );
      }
      const ids = batches.map((batch) => batch.id);
      for (let at = 0; at < ids.length; at += 500) {
        await tx('batch_key')
          .whereIn('batch_id', ids.slice(at, at + 500))
          .delete();
        await tx('batch')
          .whereIn('id', ids.slice(at, at + 500))
          .delete();
      }
      return sorted;
    }),

  pruneLedger: (fence, beforeDay) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      await tx('ledger').where({ stream_id: fence.streamId }).where('day', '<', beforeDay).delete();
    }),
});
