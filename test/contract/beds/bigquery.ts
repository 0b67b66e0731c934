/** A table of BigQuery, partitioned by its cursor and refusing to be read without a filter on it, at the stand-in. */
import { type BigqueryStandIn, startBigquery } from '../../support/bigquery-server.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

export function bigqueryCoreBed(): CoreBed {
  let standIn: BigqueryStandIn;
  const text = (value: string | null): string => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);
  const rowOf = ({ id, at, note }: CoreRow): string =>
    `(${id}, ${at === null ? 'NULL' : `TIMESTAMPTZ ${text(at)}`}, ${text(note)})`;
  const insert = async (rows: readonly CoreRow[]): Promise<void> => {
    if (rows.length > 0) await standIn.insert(`INSERT INTO notes VALUES ${rows.map(rowOf).join(', ')}`);
  };
  return {
    connector: 'bigquery',
    setUp: async () => {
      standIn = await startBigquery();
    },
    tearDown: async () => standIn.close(),
    options: () => standIn.options(),
    badLogin: () => standIn.options({ credentials: standIn.signIn.strangerKey(`${standIn.url}/token`) }),
    fill: async (rows) => {
      await standIn.execute(
        'CREATE TABLE marts.notes (id INT64, at TIMESTAMP, note STRING) PARTITION BY DATE(at) OPTIONS (require_partition_filter = true)',
      );
      await insert(rows);
      return { table: 'notes', primaryKey: ['id'], cursor: 'at', onNull: 'error' };
    },
    put: async (rows) => {
      await standIn.insert(`DELETE FROM notes WHERE id IN (${rows.map(({ id }) => id).join(', ')})`);
      await insert(rows);
    },
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 6,
    can: { nullCursor: true, repeatedKeys: true },
  };
}
