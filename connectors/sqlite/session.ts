import type { Database } from 'better-sqlite3';
import type { Cell } from '../connector.ts';
import type { Run } from '../sql/dialect.ts';
import { loadDriver } from '../sql/load-driver.ts';
import { openPool } from '../sql/pool.ts';
import { render, type Statement } from '../sql/statement.ts';
import { translateSqlite } from './errors.ts';

/** A column of a result; `type` is what its table declares, null for an expression. */
export type ResultColumn = { readonly name: string; readonly type: string | null };

export type Session = {
  readonly run: Run;
  readonly columns: (statement: Statement, doing: string) => Promise<readonly ResultColumn[]>;
  readonly close: () => Promise<void>;
};

export async function openSession(filename: string): Promise<Session> {
  await loadDriver('better-sqlite3');
  const pool = openPool<Database>(
    {
      client: 'better-sqlite3',
      size: 1,
      // Read-only also means that a missing file is an error and is not created.
      connection: { filename, options: { readonly: true } } as never,
      useNullAsDefault: true,
    },
    async (database) => {
      database.pragma('query_only = ON');
    },
    (error, phase, doing) => translateSqlite(error, phase, doing, filename),
  );

  return {
    run: (statement, doing) =>
      pool.with(doing, async (database) => {
        const { text, values } = render(statement, () => '?');
        // Integers arrive as bigint: every one of 64 bits is exact.
        return database
          .prepare(text)
          .raw(true)
          .safeIntegers(true)
          .all(...values) as Cell[][];
      }),
    columns: (statement, doing) =>
      pool.with(doing, async (database) => database.prepare(render(statement, () => '?').text).columns()),
    close: pool.close,
  };
}
