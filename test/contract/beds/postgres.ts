import { freshPostgres, queryPostgres } from '../../support/databases-fresh.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

export const postgresCoreBed = (): CoreBed => {
  let url = '';
  const insert = async (rows: readonly CoreRow[]): Promise<void> => {
    await queryPostgres(url, `INSERT INTO core VALUES ${rows.map(tuple).join(', ')}`);
  };
  return {
    connector: 'postgres',
    setUp: async () => {
      url = await freshPostgres('core_contract');
    },
    tearDown: async () => {},
    options: () => ({ url }),
    badLogin: () => {
      const wrong = new URL(url);
      wrong.password = 'hunter2-s3cret';
      return { url: wrong.toString() };
    },
    fill: async (rows) => {
      await queryPostgres(
        url,
        'DROP TABLE IF EXISTS core',
        'CREATE TABLE core (id bigint NOT NULL, at timestamptz, note text)',
        'CREATE INDEX core_at ON core (at, id)',
      );
      if (rows.length > 0) await insert(rows);
      return { table: 'core', primaryKey: ['id'], cursor: 'at', onNull: 'error' };
    },
    put: async (rows) => {
      await queryPostgres(url, `DELETE FROM core WHERE id IN (${rows.map(({ id }) => id).join(', ')})`);
      await insert(rows);
    },
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 6,
    can: { nullCursor: true, repeatedKeys: true },
  };
};

const tuple = ({ id, at, note }: CoreRow): string => `(${id}, ${literal(at)}, ${literal(note)})`;

const literal = (text: string | null): string => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);
