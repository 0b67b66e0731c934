import { freshMysql, queryMysql } from '../../support/databases-fresh.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

export const mysqlCoreBed = (): CoreBed => {
  let url = '';
  const insert = async (rows: readonly CoreRow[]): Promise<void> => {
    await queryMysql(url, "SET time_zone = '+00:00'", `INSERT INTO core VALUES ${rows.map(tuple).join(', ')}`);
  };
  return {
    connector: 'mysql',
    setUp: async () => {
      url = await freshMysql('core_contract');
    },
    tearDown: async () => {},
    options: () => ({ url }),
    badLogin: () => {
      const wrong = new URL(url);
      wrong.password = 'hunter2-s3cret';
      return { url: wrong.toString() };
    },
    fill: async (rows) => {
      await queryMysql(
        url,
        'DROP TABLE IF EXISTS core',
        'CREATE TABLE core (id bigint NOT NULL, at TIMESTAMP(6) NULL, note longtext, INDEX (at, id)) CHARACTER SET utf8mb4',
      );
      if (rows.length > 0) await insert(rows);
      return { table: 'core', primaryKey: ['id'], cursor: 'at', onNull: 'error' };
    },
    put: async (rows) => {
      await queryMysql(url, `DELETE FROM core WHERE id IN (${rows.map(({ id }) => id).join(', ')})`);
      await insert(rows);
    },
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 6,
    can: { nullCursor: true, repeatedKeys: true },
  };
};

const tuple = ({ id, at, note }: CoreRow): string => `(${id}, ${literal(timeText(at))}, ${literal(note)})`;

const timeText = (iso: string | null): string | null => (iso === null ? null : iso.replace('T', ' ').replace('Z', ''));

const literal = (text: string | null): string =>
  text === null ? 'NULL' : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
