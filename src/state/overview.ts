/** What is known of all mappings at once: few statements, each by an index, however long the history is. Reads only, without a lease. */
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { briefRun, type StoredRun } from './runs.ts';
import type { StateStore } from './state-store.ts';

/** A mapping that ever had a lease. Times are epoch seconds. */
export type KnownMapping = {
  readonly mapping: string;
  /** When the last run began that read all there was. */
  readonly syncedAt: number | undefined;
  /** The process that holds the lease now. */
  readonly owner: string | undefined;
};

export type OpenEvents = {
  readonly mapping: string;
  /** Sent by the run that is going on, not answered yet. */
  readonly underWay: number;
  /** Sent, and nobody is left who would learn the outcome. */
  readonly inDoubt: number;
  readonly inDoubtBatches: number;
  readonly inDoubtSince: number | undefined;
};

type Reads = Pick<StateStore, 'listMappings' | 'recentRuns' | 'listOpenEvents'>;

const BRIEF = [
  'id',
  'status',
  'started_at',
  'ended_at',
  'counts',
  'error_code',
  'error_message',
  'error_hint',
  'slice',
];

/** SQLite takes 500 at the most. */
const MAPPINGS_PER_STATEMENT = 100;

/**
 * Written as a range of one id: `stream_id = ?` would let a planner walk the primary key backwards instead, through all runs of the others, for a
 * mapping that has not run for long.
 */
const lastRuns = (db: Knex, streamId: number, limit: number): Knex.QueryBuilder =>
  db('run')
    .where('stream_id', '>=', streamId)
    .where('stream_id', '<=', streamId)
    .orderBy([
      { column: 'stream_id', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit)
    .select('stream_id', ...BRIEF)
    .as('last_runs');

export const overviewStore = (db: Knex): Reads => {
  const { now } = dialectOf(db);
  const isLive = `held.owner IS NOT NULL AND held.expires_at > ${now}`;
  // Aliases that are no tables' names: on servers those get a schema or a prefix, and what is written here by hand does not.
  const held = { held: 'lease' };
  return {
    listMappings: async () => {
      const rows: { name: string; synced_at: number | null; owner: string | null }[] = await db('stream')
        .leftJoin(held, 'held.stream_id', 'stream.id')
        .orderBy('name')
        .select('name', 'synced_at', db.raw(`CASE WHEN ${isLive} THEN held.owner END AS owner`));
      return rows.map((row) => ({
        mapping: row.name,
        syncedAt: row.synced_at ?? undefined,
        owner: row.owner ?? undefined,
      }));
    },

    recentRuns: async (perMapping, mapping) => {
      const streams: { id: number; name: string }[] = await db('stream')
        .modify((query) => (mapping === undefined ? query : query.where({ name: mapping })))
        .select('id', 'name');
      const names = new Map(streams.map(({ id, name }) => [id, name]));
      const runs: StoredRun[] = [];
      for (let at = 0; at < streams.length; at += MAPPINGS_PER_STATEMENT) {
        const parts = streams
          .slice(at, at + MAPPINGS_PER_STATEMENT)
          .map(({ id }) => db.select('*').from(lastRuns(db, id, perMapping)));
        for (const row of (await db.unionAll(parts)) as (Omit<StoredRun, 'name'> & { stream_id: number })[])
          runs.push({ ...row, name: names.get(row.stream_id) as string });
      }
      return runs.sort((a, b) => b.id - a.id).map(briefRun);
    },

    listOpenEvents: async () => {
      const underWay = `${isLive} AND sent.epoch = held.epoch`;
      const fold = (what: 'sum' | 'min', when: string, name: string) =>
        db.raw(`${what}(CASE WHEN ${underWay} ${when} END) AS ${name}`);
      const rows: Record<string, unknown>[] = await db({ sent: 'batch' })
        .join('stream', 'stream.id', 'sent.stream_id')
        .leftJoin(held, 'held.stream_id', 'sent.stream_id')
        .where('sent.state', 'SENT')
        .groupBy('stream.name')
        .orderBy('stream.name')
        .select(
          'stream.name',
          fold('sum', 'THEN sent.events ELSE 0', 'under_way'),
          fold('sum', 'THEN 0 ELSE sent.events', 'in_doubt'),
          fold('sum', 'THEN 0 ELSE 1', 'batches'),
          fold('min', 'THEN NULL ELSE sent.created_at', 'since'),
        );
      return rows.map((row) => ({
        mapping: String(row.name),
        underWay: Number(row.under_way),
        inDoubt: Number(row.in_doubt),
        inDoubtBatches: Number(row.batches),
        inDoubtSince: row.since === null ? undefined : Number(row.since),
      }));
    },
  };
};
