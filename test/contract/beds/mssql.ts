import { DATABASE, PASSWORD, type SqlServer, startSqlServer, USER } from '../../support/tds-engine.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

/** SQL Server's place: tedious against a stand-in that speaks TDS, with DuckDB behind it. */
export function mssqlCoreBed(): CoreBed {
  let server: SqlServer | undefined;
  const running = (): SqlServer => {
    if (server === undefined) throw new Error('the stand-in is not started');
    return server;
  };
  const options = (): Record<string, unknown> => ({
    host: '127.0.0.1',
    port: running().port,
    user: USER,
    password: PASSWORD,
    database: DATABASE,
  });
  const cells = ({ id, at, note }: CoreRow) => ({ id, at: at?.replace('T', ' ').replace('Z', '') ?? null, note });
  return {
    connector: 'mssql',
    setUp: async () => {
      server = await startSqlServer();
    },
    tearDown: async () => server?.close(),
    options,
    badLogin: () => ({ ...options(), password: 'not-the-password' }),
    fill: async (rows) => {
      await running().create({
        name: 'orders',
        columns: [
          { name: 'id', type: 'bigint', notNull: true },
          { name: 'at', type: 'datetime2(7)' },
          { name: 'note', type: 'nvarchar(max)' },
        ],
      });
      await running().insert('orders', ...rows.map(cells));
      return { table: 'orders', primaryKey: ['id'], cursor: 'at', timezone: 'UTC', onNull: 'error' };
    },
    put: async (rows) => {
      const transaction = await running().begin();
      for (const row of rows) {
        await transaction.remove('orders', { id: row.id });
        await transaction.insert('orders', cells(row));
      }
      await transaction.commit();
    },
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 7,
    can: { nullCursor: true, repeatedKeys: true },
  };
}
