/**
 * What holds of each alert, and what each channel was told. Several processes judge and tell: a change is noted once, and whoever claims it tells it.
 * One that dies over it leaves a claim that ends; so a message may come twice, and none is lost.
 */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { streamOf } from './leases.ts';
import type { StateStore } from './state-store.ts';

/** Codes and counts; no text from outside, nothing of a row. */
export type AlertDetail = Readonly<Record<string, string | number>>;

export type AlertVerdict = { readonly kind: string; readonly raised: boolean; readonly detail: AlertDetail };

export type AlertNote = AlertVerdict & { readonly mapping: string; readonly since: number };

type StoredAlert = {
  stream_id: number;
  name: string;
  kind: string;
  raised: number;
  since: number;
  detail: string | null;
};

const toNote = (row: StoredAlert): AlertNote => ({
  mapping: row.name,
  kind: row.kind,
  raised: row.raised === 1,
  since: row.since,
  detail: row.detail === null ? {} : JSON.parse(row.detail),
});

type AlertMethods = Pick<StateStore, 'noteAlerts' | 'claimAlerts' | 'settleAlerts' | 'listAlerts'>;

export const alertStore = (db: Knex): AlertMethods => ({
  noteAlerts: async (mapping, channel, verdicts, now) => {
    const streamId = await streamOf(db, mapping);
    const place = { stream_id: streamId, channel };
    const known: { kind: string; raised: number }[] = await db('alert').where(place).select('kind', 'raised');
    for (const { kind, raised, detail } of verdicts) {
      const before = known.find((each) => each.kind === kind);
      const values = { raised: raised ? 1 : 0, since: now, detail: JSON.stringify(detail) };
      if (!before) {
        // What never was is not worth a row.
        if (!raised) continue;
        const row = { ...place, kind, ...values, told: 0 };
        await db('alert').insert(row).onConflict(['stream_id', 'kind', 'channel']).ignore();
      } else if (before.raised !== values.raised) {
        await db('alert')
          .where({ ...place, kind, raised: before.raised })
          .update(values);
      }
    }
  },

  claimAlerts: async (channel, seconds) => {
    const { now } = dialectOf(db);
    const claimedBy = randomUUID();
    const untold = (query: Knex.QueryBuilder): Knex.QueryBuilder =>
      query.where({ channel }).whereNot('raised', db.ref('told'));
    await untold(db('alert'))
      .where('claimed_until', '<', db.raw(now))
      .update({ claimed_by: claimedBy, claimed_until: db.raw(`${now} + ?`, [seconds]) });
    const rows: StoredAlert[] = await untold(db('alert').join('stream', 'stream.id', 'alert.stream_id'))
      .where({ claimed_by: claimedBy })
      .orderBy(['stream.name', 'kind'])
      .select('alert.*', 'stream.name');
    return rows.map(toNote);
  },

  settleAlerts: async (channel, notes) => {
    for (const { mapping, kind, raised } of notes) {
      const stream = await db('stream').where({ name: mapping }).first('id');
      if (!stream) continue;
      await db('alert')
        .where({ stream_id: stream.id, kind, channel })
        .update({ told: raised ? 1 : 0, claimed_until: 0 });
    }
  },

  listAlerts: async () => {
    const rows: StoredAlert[] = await db('alert')
      .join('stream', 'stream.id', 'alert.stream_id')
      .where({ raised: 1 })
      .orderBy(['stream.name', 'kind'])
      .select('alert.*', 'stream.name');
    const notes = new Map(rows.map((row) => [`${row.name} ${row.kind}`, toNote(row)]));
    return [...notes.values()];
  },
});
