/** The databases under the one contract of the StateStore: an empty place for each test, and a look at its tables past the store. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { StatePlace } from '../../src/state/open-state.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';

type Row = Record<string, unknown>;

export type StateBed = {
  /** An empty place. */
  readonly setUp: () => Promise<void>;
  readonly tearDown: () => Promise<void>;
  readonly place: () => StatePlace;
  /** All rows of a table, in the order of its first columns. */
  readonly rows: (table: string) => Promise<Row[]>;
  readonly execute: (table: string, statement: (name: string) => string) => Promise<void>;
  readonly isEmpty: () => Promise<boolean>;
};

export const sqliteStateBed = (): StateBed => {
  let folder = '';
  const filename = (): string => join(folder, 'state.db');
  const inFile = <T>(work: (db: Database.Database) => T): T => {
    const db = new Database(filename());
    try {
      return work(db);
    } finally {
      db.close();
    }
  };
  return {
    setUp: async () => {
      folder = mkdtempSync(join(tmpdir(), 'capi-sync-state-'));
    },
    tearDown: async () => rmSync(folder, { recursive: true, force: true }),
    place: filename,
    rows: async (table) => inFile((db) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all() as Row[]),
    execute: async (table, statement) => inFile((db) => void db.exec(statement(table))),
    isEmpty: async () => !existsSync(filename()),
  };
};

/** `database`: the name of a database of its own; each test gets a schema in it. */
export const postgresStateBed = (database: string): StateBed => {
  let url = '';
  let n = 0;
  const schema = (): string => `s${n}`;
  return {
    setUp: async () => {
      if (url === '') url = await freshPostgres(database);
      n += 1;
    },
    tearDown: async () => {},
    place: () => ({ client: 'postgres', url, schema: schema(), baseDir: tmpdir() }),
    rows: (table) => queryPostgres(url, `SELECT * FROM ${schema()}.${table} ORDER BY 1, 2`),
    execute: async (table, statement) => void (await queryPostgres(url, statement(`${schema()}.${table}`))),
    isEmpty: async () =>
      (await queryPostgres(url, `SELECT 1 FROM pg_namespace WHERE nspname = '${schema()}'`)).length === 0,
  };
};

/** `database`: the name of a database of its own; each test gets a prefix in it. */
export const mysqlStateBed = (database: string): StateBed => {
  let url = '';
  let n = 0;
  const prefix = (): string => `s${n}_`;
  return {
    setUp: async () => {
      if (url === '') url = await freshMysql(database);
      n += 1;
    },
    tearDown: async () => {},
    place: () => ({ client: 'mysql', url, table_prefix: prefix(), baseDir: tmpdir() }),
    rows: (table) => queryMysql(url, `SELECT * FROM ${prefix()}${table} ORDER BY 1, 2`),
    execute: async (table, statement) => void (await queryMysql(url, statement(prefix() + table))),
    isEmpty: async () => (await queryMysql(url, `SHOW TABLES LIKE '${prefix().replace('_', '\\_')}%'`)).length === 0,
  };
};
