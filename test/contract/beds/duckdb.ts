import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { CoreBed, CoreRow } from '../core-beds.ts';

/** Statements on a database file of DuckDB, or on none; with the rows of the last. */
export const runDuckdb = async (filename: string, ...statements: string[]): Promise<unknown[][]> => {
  const instance = await DuckDBInstance.create(filename);
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    let rows: unknown[][] = [];
    for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRows();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

const shape = 'id BIGINT, "at" TIMESTAMP_NS, note VARCHAR';

const values = (rows: readonly CoreRow[]): string =>
  rows
    .map(({ id, at, note }) => `(${id}, ${literal(at?.replace('T', ' ').replace('Z', '') ?? null)}, ${literal(note)})`)
    .join(', ');

const literal = (text: string | null): string => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);

const spec = { table: 'core', primaryKey: ['id'], cursor: 'at', timezone: 'UTC', onNull: 'error' } as const;

/** A database file with a table. */
export const duckdbCoreBed = (): CoreBed => {
  let folder = '';
  const filename = (): string => join(folder, 'warehouse.duckdb');
  return {
    connector: 'duckdb',
    setUp: async () => {
      folder = mkdtempSync(join(tmpdir(), 'capi-sync-core-'));
    },
    tearDown: async () => rmSync(folder, { recursive: true, force: true }),
    options: () => ({ database: filename() }),
    fill: async (rows) => {
      const insert = rows.length === 0 ? [] : [`INSERT INTO core VALUES ${values(rows)}`];
      await runDuckdb(filename(), 'DROP TABLE IF EXISTS core', `CREATE TABLE core (${shape})`, ...insert);
      return spec;
    },
    put: async (rows) => {
      const ids = rows.map(({ id }) => id).join(', ');
      await runDuckdb(filename(), `DELETE FROM core WHERE id IN (${ids})`, `INSERT INTO core VALUES ${values(rows)}`);
    },
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 9,
    can: { nullCursor: true, repeatedKeys: true },
  };
};

/** A folder of Parquet files as a table, its rows spread over three of them. */
export const parquetCoreBed = (): CoreBed => {
  let folder = '';
  let kept: readonly CoreRow[] = [];
  const write = async (rows: readonly CoreRow[]): Promise<void> => {
    kept = rows;
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    const parts = [0, 1, 2].map((part) => rows.filter((_row, n) => n % 3 === part));
    const files = parts.map((part, n) => {
      const data = part.length === 0 ? 'SELECT * FROM shape' : `INSERT INTO shape VALUES ${values(part)}`;
      return [
        ...(part.length === 0 ? [] : [data]),
        `COPY shape TO '${join(folder, `core-${n}.parquet`)}'`,
        'DELETE FROM shape',
      ];
    });
    await runDuckdb(':memory:', `CREATE TABLE shape (${shape})`, ...files.flat());
  };
  return {
    connector: 'duckdb',
    setUp: async () => {
      folder = mkdtempSync(join(tmpdir(), 'capi-sync-core-'));
    },
    tearDown: async () => rmSync(folder, { recursive: true, force: true }),
    // The files were written a moment ago, by a writer that is done.
    options: () => ({ files: { core: join(folder, '*.parquet') }, settle_seconds: 0 }),
    fill: async (rows) => {
      await write(rows);
      return spec;
    },
    put: async (rows) => {
      await write([...kept.filter(({ id }) => rows.every((row) => row.id !== id)), ...rows]);
    },
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 9,
    can: { nullCursor: true, repeatedKeys: true },
  };
};
