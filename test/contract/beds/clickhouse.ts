import { type Clickhouse, startClickhouse } from '../../support/clickhouse.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

export const clickhouseCoreBed = (): CoreBed => {
  let server: Clickhouse | undefined;
  const query = async (...statements: string[]): Promise<void> => {
    await server?.query(...statements);
  };
  const insert = (rows: readonly CoreRow[]): string => `INSERT INTO shop.core VALUES ${rows.map(tuple).join(', ')}`;
  return {
    connector: 'clickhouse',
    setUp: async () => {
      server = await startClickhouse({ reader: { password: 'reader of this test' } });
      await query('CREATE DATABASE shop');
    },
    tearDown: async () => server?.stop(),
    options: () => ({
      url: `clickhouse://reader@127.0.0.1:${server?.port}/shop`,
      password: 'reader of this test',
    }),
    badLogin: () => ({ url: `clickhouse://reader@127.0.0.1:${server?.port}/shop`, password: 'hunter2-s3cret' }),
    fill: async (rows) => {
      await query(
        'DROP TABLE IF EXISTS shop.core SYNC',
        "CREATE TABLE shop.core (id UInt64, at Nullable(DateTime64(9, 'Asia/Tokyo')), note Nullable(String)) ENGINE = MergeTree ORDER BY id",
      );
      if (rows.length > 0) await query(insert(rows));
      return { table: 'core', primaryKey: ['id'], cursor: 'at', onNull: 'error' };
    },
    put: (rows) =>
      query(
        `ALTER TABLE shop.core DELETE WHERE id IN (${rows.map(({ id }) => id).join(', ')}) SETTINGS mutations_sync = 2`,
        insert(rows),
      ),
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 9,
    can: { nullCursor: true, repeatedKeys: true },
  };
};

const tuple = ({ id, at, note }: CoreRow): string => `(${id}, ${time(at)}, ${literal(note)})`;

const time = (at: string | null): string =>
  at === null ? 'NULL' : `toDateTime64('${at.replace('T', ' ').replace('Z', '')}', 9, 'UTC')`;

const literal = (text: string | null): string =>
  text === null ? 'NULL' : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
