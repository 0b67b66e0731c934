import { type StandIn, startSnowflake } from '../../support/snowflake-stand-in.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

const TABLE = 'CORE';

/** A stand-in of Snowflake: its protocol to the vendor's client, DuckDB behind it. The cursor is the dearest of the three kinds: an instant with an offset. */
export const snowflakeCoreBed = (): CoreBed => {
  let standIn: StandIn;
  const cells = ({ id, at, note }: CoreRow) => [id, at, note];
  return {
    connector: 'snowflake',
    setUp: async () => {
      standIn = await startSnowflake({ inlineRows: 7, chunkRows: 5 });
    },
    tearDown: async () => standIn.close(),
    options: () => standIn.options(),
    badLogin: () => standIn.options({ private_key: standIn.otherKey }),
    fill: async (rows) => {
      await standIn.engine.createTable(TABLE, { ID: 'NUMBER(38,0) NOT NULL', AT: 'TIMESTAMP_TZ(9)', NOTE: 'VARCHAR' });
      await standIn.engine.insert(TABLE, rows.map(cells));
      return { table: TABLE, primaryKey: ['ID'], cursor: 'AT', onNull: 'error' };
    },
    put: async (rows) => {
      await standIn.engine.sql(`DELETE FROM "${TABLE}" WHERE "ID" IN (${rows.map(({ id }) => id).join(', ')})`);
      await standIn.engine.insert(TABLE, rows.map(cells));
    },
    columns: { id: 'ID', at: 'AT', note: 'NOTE' },
    digits: 9,
    can: { nullCursor: true, repeatedKeys: true },
  };
};
