/** What holds for all processes that share the state: which mappings are paused, and who runs which. */
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { ownerIsGone, streamOf } from './leases.ts';
import type { StateStore } from './state-store.ts';

export const pauseStore = (db: Knex): Pick<StateStore, 'setPaused' | 'listPaused' | 'readLease'> => ({
  setPaused: async (mapping, since) => {
    const id = await streamOf(db, mapping);
    // Paused twice, it is paused since the first time.
    const open = db('stream').where({ id });
    await (since === undefined ? open : open.whereNull('paused_at')).update({ paused_at: since ?? null });
  },

  listPaused: async () => {
    const rows: { name: string; paused_at: number }[] = await db('stream')
      .whereNotNull('paused_at')
      .orderBy('name')
      .select('name', 'paused_at');
    return rows.map((row) => ({ mapping: row.name, since: row.paused_at }));
  },

  readLease: async (mapping, me) => {
    const { client, now } = dialectOf(db);
    const row: { owner: string | null; seconds_left: number } | undefined = await db('lease')
      .join('stream', 'stream.id', 'lease.stream_id')
      .where('stream.name', mapping)
      .first('owner', db.raw(`expires_at - ${now} AS seconds_left`));
    if (!row || row.owner === null) return undefined;
    const isGone = ownerIsGone(row.owner, me, client !== 'sqlite');
    return { owner: row.owner, secondsLeft: isGone ? 0 : Number(row.seconds_left) };
  },
});
