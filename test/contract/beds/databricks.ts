import { type StandIn, startDatabricks } from '../../support/databricks-stand-in.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

/** A stand-in of Databricks: its protocol to the vendor's client, DuckDB behind it. */
export const databricksCoreBed = (): CoreBed => {
  let standIn: StandIn;
  const text = (value: string | null): string => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);
  const insert = async (rows: readonly CoreRow[]): Promise<void> => {
    if (rows.length === 0) return;
    const values = rows.map(({ id, at, note }) => `(${id}, CAST(${text(at)} AS TIMESTAMPTZ), ${text(note)})`);
    await standIn.engine.sql(`INSERT INTO core VALUES ${values.join(', ')}`);
  };
  return {
    connector: 'databricks',
    setUp: async () => {
      standIn = await startDatabricks();
    },
    tearDown: async () => standIn.close(),
    options: () => standIn.options(),
    badLogin: () => standIn.options({ token: 'dapi-another-token' }),
    fill: async (rows) => {
      await standIn.engine.sql('CREATE OR REPLACE TABLE core (id BIGINT NOT NULL, "at" TIMESTAMPTZ, note VARCHAR)');
      await standIn.engine.register('core', { key: ['id'] });
      await insert(rows);
      return { table: 'core', primaryKey: ['id'], cursor: 'at', onNull: 'error' };
    },
    put: async (rows) => {
      await standIn.engine.sql(`DELETE FROM core WHERE id IN (${rows.map(({ id }) => id).join(', ')})`);
      await insert(rows);
    },
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 6,
    can: { nullCursor: true, repeatedKeys: true },
  };
};
