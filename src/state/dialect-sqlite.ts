import type { Dialect } from './dialect.ts';

/** Sets go as one JSON text. The first statement of a transaction has to write, so that no reader turns writer and finds the file busy. */
export const sqliteDialect: Dialect = {
  client: 'sqlite',
  now: "(julianday('now') - 2440587.5) * 86400.0",
  lock: async (rows) => (await rows.update({ epoch: rows.client.raw('epoch') })) > 0,
  incoming: (db, column) => db.raw('excluded.??', [column]),
  isOneOf: (db, column, values) => db.raw('?? IN (SELECT value FROM json_each(?))', [column, JSON.stringify(values)]),
  findKeys: (db, streamId, keys, sinceDay) =>
    db.raw(
      `SELECT lower(hex(l.k)) AS k FROM json_each(?) AS j
       CROSS JOIN ledger AS l ON l.stream_id = ? AND l.k = unhex(j.value) WHERE l.day >= ?`,
      [JSON.stringify(keys), streamId, sinceDay],
    ),
  addKeys: (db, streamId, keys, day) =>
    db.raw(
      `INSERT INTO ledger (stream_id, k, day) SELECT ?, unhex(value), ? FROM json_each(?) WHERE true
       ON CONFLICT (stream_id, k) DO UPDATE SET day = max(day, excluded.day)`,
      [streamId, day, JSON.stringify(keys)],
    ),
  hasTable: (db, table) => db.schema.hasTable(table),
};
