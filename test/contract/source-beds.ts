/** The three databases under the one contract: how to open each, how to fill it, and how it spells what differs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Connector, Page, ReadRange, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import { loadConnector } from '../../connectors/index.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';

export type Bed = {
  readonly name: 'postgres' | 'mysql' | 'sqlite';
  /** Prepares an empty database. */
  readonly setUp: () => Promise<void>;
  readonly tearDown: () => Promise<void>;
  /** Options of a connection to it. */
  readonly options: () => Record<string, unknown>;
  readonly execute: (...statements: string[]) => Promise<void>;
  readonly quote: (name: string) => string;
  /** The type of a timestamp column with microseconds, and a literal of `YYYY-MM-DD HH:MM:SS.ffffff` in UTC for it. */
  readonly timeType: string;
  readonly time: (utc: string) => string;
  readonly textType: string;
  readonly longTextType: string;
  /** What the mapping must say of the zone for `timeType`. */
  readonly timezone: { readonly timezone?: string };
};

/** `database` is the name of a database of its own: test files run side by side. */
export function postgresBed(database: string): Bed {
  let url = '';
  return {
    name: 'postgres',
    setUp: async () => {
      url = await freshPostgres(database);
    },
    tearDown: async () => {},
    options: () => ({ url }),
    execute: async (...statements) => {
      await queryPostgres(url, "SET TIME ZONE 'UTC'", ...statements);
    },
    quote: (name) => `"${name.replaceAll('"', '""')}"`,
    timeType: 'timestamptz',
    time: (utc) => `'${utc}+00'`,
    textType: 'varchar(100)',
    longTextType: 'text',
    timezone: {},
  };
}

export function mysqlBed(database: string): Bed {
  let url = '';
  return {
    name: 'mysql',
    setUp: async () => {
      url = await freshMysql(database);
    },
    tearDown: async () => {},
    options: () => ({ url }),
    execute: async (...statements) => {
      await queryMysql(url, "SET time_zone = '+00:00'", ...statements);
    },
    quote: (name) => `\`${name.replaceAll('`', '``')}\``,
    timeType: 'TIMESTAMP(6) NULL',
    time: (utc) => `'${utc}'`,
    textType: 'varchar(100)',
    longTextType: 'longtext',
    timezone: {},
  };
}

export function sqliteBed(): Bed {
  let folder = '';
  const filename = (): string => join(folder, 'source.db');
  return {
    name: 'sqlite',
    setUp: async () => {
      folder = mkdtempSync(join(tmpdir(), 'capi-sync-contract-'));
      new Database(filename()).close();
    },
    tearDown: async () => rmSync(folder, { recursive: true, force: true }),
    options: () => ({ filename: filename() }),
    execute: async (...statements) => {
      const database = new Database(filename());
      try {
        for (const statement of statements) database.exec(statement);
      } finally {
        database.close();
      }
    },
    quote: (name) => `"${name.replaceAll('"', '""')}"`,
    timeType: 'TIMESTAMP',
    time: (utc) => `'${utc}'`,
    textType: 'varchar(100)',
    longTextType: 'text',
    timezone: { timezone: 'UTC' },
  };
}

export async function openBed(bed: Bed, options: Record<string, unknown> = bed.options()): Promise<Source> {
  const connector: Connector | undefined = await loadConnector(bed.name);
  if (connector === undefined) throw new Error(`no connector ${bed.name}`);
  return connector.open(options, { baseDir: tmpdir() });
}

export async function collect(
  source: Source,
  stream: Stream,
  range: Omit<ReadRange, 'pageSize'> & { readonly pageSize?: number },
): Promise<{ rows: Row[]; pages: Page[] }> {
  const pages: Page[] = [];
  const signal = new AbortController().signal;
  for await (const page of source.readPages(stream, { pageSize: 1000, ...range }, signal)) pages.push(page);
  return { rows: pages.flatMap((page) => page.rows), pages };
}

export function spec(bed: Bed, more: Partial<ReadSpec>): ReadSpec {
  return { primaryKey: ['id'], cursor: 'at', onNull: 'error', ...bed.timezone, ...more };
}
