import type { Database, Statement as Prepared } from 'better-sqlite3';
import type { Cell } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import type { Run } from '../sql/dialect.ts';
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

/** Statements that are kept: those of a page, of its end, and of what a run asks. */
const MOST_KEPT = 16;

/**
 * One statement for all pages of a read. A statement made anew for each page is memory that the garbage collector cannot see, and
 * so leaves lying: the more pages, the more of it.
 */
function statementCache(): (database: Database, text: string) => Prepared {
  const kept = new WeakMap<Database, Map<string, Prepared>>();
  return (database, text) => {
    const own = kept.get(database) ?? new Map<string, Prepared>();
    kept.set(database, own);
    // Integers arrive as bigint: every one of 64 bits is exact.
    const statement = own.get(text) ?? database.prepare(text).raw(true).safeIntegers(true);
    own.delete(text);
    own.set(text, statement);
    const [oldest] = own.keys();
    if (own.size > MOST_KEPT && oldest !== undefined) own.delete(oldest);
    return statement;
  };
}

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

  const prepared = statementCache();
  return {
    run: (statement, doing) =>
      pool.with(doing, async (database) => {
        const { text, values } = render(statement, () => '?');
        return prepared(database, text).all(...values) as Cell[][];
      }),
    columns: (statement, doing) =>
      pool.with(doing, async (database) => database.prepare(render(statement, () => '?').text).columns()),
    close: pool.close,
  };
}
