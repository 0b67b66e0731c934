import type { Dialect } from './dialect.ts';

/** `{"\\x00..","\\x01.."}`: an array of bytea as one text. */
const byteArray = (keys: readonly string[]): string => `{${keys.map((key) => `"\\\\x${key}"`).join(',')}}`;

/** Sets go as arrays. clock_timestamp(), because now() stands still within a transaction that had to wait. */
export const postgresDialect: Dialect = {
  client: 'postgres',
  now: 'extract(epoch FROM clock_timestamp())::float8',
  lock: async (rows) => (await rows.forUpdate().first('epoch')) !== undefined,
  incoming: (db, column) => db.raw('excluded.??', [column]),
  isOneOf: (db, column, values) =>
    values.length === 0
      ? db.raw('false')
      : db.raw(`?? = ANY(?::${typeof values[0] === 'number' ? 'int' : 'text'}[])`, [column, [...values]] as never),
  findKeys: async (db, streamId, keys, sinceDay) => {
    const { rows } = await db.raw<{ rows: { k: string }[] }>(
      "SELECT encode(k, 'hex') AS k FROM ?? WHERE stream_id = ? AND k = ANY(?::bytea[]) AND day >= ?",
      ['ledger', streamId, byteArray(keys), sinceDay],
    );
    return rows;
  },
  // One statement may not meet the same row twice.
  addKeys: (db, streamId, keys, day) =>
    db.raw(
      `INSERT INTO ?? AS l (stream_id, k, day) SELECT ?::int, k, ?::int FROM (SELECT DISTINCT unnest(?::bytea[]) AS k) AS given ORDER BY k
       ON CONFLICT (stream_id, k) DO UPDATE SET day = greatest(l.day, excluded.day)`,
      ['ledger', streamId, day, byteArray(keys)],
    ),
  hasTable: async (db, table) => {
    const quoted = db.raw('??', [table]).toString();
    const { rows } = await db.raw<{ rows: { found: boolean }[] }>('SELECT to_regclass(?) IS NOT NULL AS found', [
      quoted,
    ]);
    return rows[0]?.found === true;
  },
};
