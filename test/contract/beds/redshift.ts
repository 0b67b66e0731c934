import { type Redshift, startRedshift } from '../../support/redshift.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

export const redshiftCoreBed = (): CoreBed => {
  let server: Redshift | undefined;
  const insert = (rows: readonly CoreRow[]): string => `INSERT INTO core VALUES ${rows.map(tuple).join(', ')}`;
  return {
    connector: 'redshift',
    setUp: async () => {
      server = await startRedshift('core_contract_redshift');
    },
    tearDown: async () => server?.stop(),
    options: () => ({ url: server?.url }),
    badLogin: () => {
      const wrong = new URL(server?.url ?? '');
      wrong.password = 'hunter2-s3cret';
      return { url: wrong.toString() };
    },
    fill: async (rows) => {
      await server?.execute(
        'DROP TABLE IF EXISTS core',
        'CREATE TABLE core (id bigint NOT NULL, at timestamptz, note varchar(65535)) DISTSTYLE EVEN COMPOUND SORTKEY (at, id)',
      );
      if (rows.length > 0) await server?.execute(insert(rows));
      return { table: 'core', primaryKey: ['id'], cursor: 'at', onNull: 'error' };
    },
    put: async (rows) => {
      await server?.execute(`DELETE FROM core WHERE id IN (${rows.map(({ id }) => id).join(', ')})`, insert(rows));
    },
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 6,
    can: { nullCursor: true, repeatedKeys: true },
  };
};

const tuple = ({ id, at, note }: CoreRow): string => `(${id}, ${literal(at)}, ${literal(note)})`;

const literal = (text: string | null): string => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);
