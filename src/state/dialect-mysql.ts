import type { Knex } from 'knex';
import type { Dialect } from './dialect.ts';

const HEX = /^(?:[0-9a-f]{2})+$/;

/** A key as a literal: thousands of placeholders would each be escaped on their own. */
const literal = (key: string): string => {
  if (!HEX.test(key)) throw new TypeError('a dedup key is hexadecimal');
  return `x'${key}'`;
};

/** Sets go as lists: JSON_TABLE is not in every MariaDB that is supported. `VALUES(column)` is what MySQL and MariaDB both know. */
export const mysqlDialect: Dialect = {
  client: 'mysql',
  now: 'UNIX_TIMESTAMP(SYSDATE(6))',
  lock: async (rows) => (await rows.forUpdate().first('epoch')) !== undefined,
  incoming: (db, column) => db.raw('VALUES(??)', [column]),
  isOneOf: (db, column, values) =>
    values.length === 0
      ? db.raw('1 = 0')
      : db.raw(`?? IN (${values.map(() => '?').join(',')})`, [column, ...values] as never),
  findKeys: async (db, streamId, keys, sinceDay) =>
    rowsOf(
      await db.raw(
        `SELECT LOWER(HEX(k)) AS k FROM ?? WHERE stream_id = ? AND k IN (${keys.map(literal).join(',')}) AND day >= ?`,
        ['ledger', streamId, sinceDay],
      ),
    ),
  addKeys: async (db, streamId, keys, day) => {
    const row = `(${Number(streamId)},`;
    const rest = `,${Number(day)})`;
    await db.raw(
      `INSERT INTO ?? (stream_id, k, day) VALUES ${keys.map((key) => row + literal(key) + rest).join(',')}
       ON DUPLICATE KEY UPDATE day = GREATEST(day, VALUES(day))`,
      ['ledger'],
    );
  },
  hasTable: async (db, table) => {
    const found = await db.raw(
      'SELECT 1 AS found FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
      [nameOf(db, table)],
    );
    return rowsOf(found).length > 0;
  },
};

/** The table's name in the database: with its prefix, without quotes. */
const nameOf = (db: Knex, table: string): string => db.raw('??', [table]).toString().replaceAll('`', '');

const rowsOf = <Row>(answer: readonly Row[][]): Row[] => answer[0] ?? [];
