/**
 * What SQLite, PostgreSQL and MySQL/MariaDB spell differently, and nothing else: the rest of this folder is written once, by knex's builder.
 * Sets go as one value or one list, because a statement has a limit of placeholders. Keys are 32 hexadecimal characters.
 */
import type { Knex } from 'knex';
import { mysqlDialect } from './dialect-mysql.ts';
import { postgresDialect } from './dialect-postgres.ts';
import { sqliteDialect } from './dialect-sqlite.ts';

export type Dialect = {
  readonly client: 'sqlite' | 'postgres' | 'mysql';
  /** Seconds since 1970 by the database's clock, as an expression. */
  readonly now: string;
  /** Locks these rows of the lease against every other transaction; false: there are none. */
  readonly lock: (rows: Knex.QueryBuilder) => Promise<boolean>;
  /** In an upsert: the value that was to be inserted. */
  readonly incoming: (db: Knex, column: string) => Knex.Raw;
  /** The condition that a column is one of these values. */
  readonly isOneOf: (db: Knex, column: string, values: readonly string[] | readonly number[]) => Knex.Raw;
  /** The keys of this mapping in the ledger that were acknowledged on or after a day. */
  readonly findKeys: (
    db: Knex,
    streamId: number,
    keys: readonly string[],
    sinceDay: number,
  ) => Promise<readonly { k: string }[]>;
  /** Keys go into the ledger, or their day moves on. Sorted, and each may stand there twice. */
  readonly addKeys: (db: Knex, streamId: number, keys: readonly string[], day: number) => Promise<void>;
  readonly hasTable: (db: Knex, table: string) => Promise<boolean>;
};

const DIALECTS: Readonly<Record<string, Dialect>> = {
  'better-sqlite3': sqliteDialect,
  pg: postgresDialect,
  mysql2: mysqlDialect,
};

/** The dialect of an open database or transaction. */
export const dialectOf = (db: Knex): Dialect =>
  DIALECTS[(db.client as { config: { client: string } }).config.client] as Dialect;

/** Inserts a row and gives its new id. MySQL answers with the bare number, the others with the row. */
export const insertForId = async (tx: Knex, table: string, row: object): Promise<number> => {
  const [answer] = (await tx(table).insert(row).returning('id')) as (number | { id: number })[];
  return Number(typeof answer === 'object' ? answer.id : answer);
};

/** The tables of the state. On servers their names get a schema or a prefix; no column has one of these names. */
export const TABLES: readonly string[] = [
  'stream',
  'lease',
  'checkpoint',
  'batch',
  'batch_key',
  'ledger',
  'dead_letter',
  'run',
  'run_hour',
  'read_slice',
  'alert',
  'row_hash',
  'schema_migration',
];
