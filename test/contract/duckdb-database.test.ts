/** A database file of DuckDB: who else may have it open, what a mapping can reach by it, and how a query is given up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadSpec, Source } from '../../connectors/connector.ts';
import { duckdb } from '../../connectors/duckdb/index.ts';
import { storeStatements } from '../../connectors/duckdb/object-store.ts';
import { runDuckdb } from './beds/duckdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'capi-sync-duckdb-database-'));
const filename = join(folder, 'warehouse.duckdb');
const never = new AbortController().signal;

const orders: ReadSpec = { table: 'orders', primaryKey: ['id'], cursor: 'updated_at', onNull: 'error' };

const withSource = async <T>(
  work: (source: Source) => Promise<T>,
  options: Record<string, unknown> = {},
): Promise<T> => {
  const source = await duckdb.open({ database: filename, ...options }, { baseDir: folder });
  try {
    return await work(source);
  } finally {
    await source.close();
  }
};

const count = async (source: Source, spec: ReadSpec = orders): Promise<number> => {
  let rows = 0;
  const stream = await source.describe(spec);
  for await (const page of source.readPages(stream, { columns: ['id'], pageSize: 100 }, never))
    rows += page.rows.length;
  return rows;
};

beforeAll(async () => {
  await runDuckdb(
    filename,
    "CREATE TABLE orders AS SELECT i AS id, 'row ' || i AS note, TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(i // 3) AS updated_at FROM range(1000) AS t(i)",
    'CREATE SCHEMA marts',
    'CREATE TABLE marts.customers (id INTEGER PRIMARY KEY, email VARCHAR NOT NULL)',
    // As dbt writes a model that is a view: with the name of the database.
    'CREATE VIEW marts.recent AS SELECT * FROM "warehouse"."main"."orders" WHERE id >= 900',
  );
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('a DuckDB database file', () => {
  it('is read by several at once, in one process', async () => {
    await withSource((one) =>
      withSource(async (other) => {
        expect(await Promise.all([count(one), count(other), count(one)])).toEqual([1000, 1000, 1000]);
      }),
    );
  });

  it('has tables, schemas and views, with the name of the database or without it', async () => {
    await withSource(async (source) => {
      for (const table of ['orders', 'main.orders', 'warehouse.main.orders'])
        expect(await count(source, { ...orders, table })).toBe(1000);
      expect(await count(source, { ...orders, table: 'marts.recent' })).toBe(100);
      const query = 'SELECT * FROM orders WHERE id < 10 -- the first';
      expect(await count(source, { primaryKey: ['id'], cursor: 'updated_at', onNull: 'error', query })).toBe(10);
      const names = (await source.tables!()).map(({ name, primaryKey }) => [name, primaryKey]);
      expect(names).toEqual([
        ['orders', []],
        ['marts.customers', ['id']],
        ['marts.recent', []],
      ]);
    });
  });

  it('is left to its writer once a run is over, and a run waits its turn while a writer has it', async () => {
    await withSource(count);
    await runDuckdb(filename, 'CREATE OR REPLACE TABLE written AS SELECT 1 AS one');
    const script = `const { DuckDBInstance } = require('@duckdb/node-api');
      DuckDBInstance.create(process.argv[1]).then(async (db) => { await db.connect(); console.log('open'); setInterval(() => {}, 1000); });`;
    const writer = spawn(process.execPath, ['-e', script, filename], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(writer.stdout, 'data');
      await expect(withSource(count)).rejects.toMatchObject({ name: 'SourceError', code: 'source-interrupted' });
    } finally {
      const ended = once(writer, 'exit');
      writer.kill('SIGKILL');
      await ended;
    }
    expect(await withSource(count)).toBe(1000);
  });

  it('cannot be written, and no other file can be read through it', async () => {
    const query = (text: string): ReadSpec => ({ primaryKey: ['id'], cursor: 'id', onNull: 'error', query: text });
    await withSource(async (source) => {
      for (const text of [
        'DELETE FROM orders RETURNING id',
        'SELECT id FROM orders); DELETE FROM orders; SELECT (1',
        `SELECT 1 AS id) AS x; COPY orders TO '${join(folder, 'out.csv')}'; --`,
      ])
        await expect(source.describe(query(text))).rejects.toMatchObject({ code: 'source-query-failed' });
      writeFileSync(join(folder, 'secret.csv'), 'id\n1\n');
      for (const text of [
        "SELECT 1 AS id FROM read_text('/etc/passwd')",
        `SELECT id FROM read_csv('${join(folder, 'secret.csv')}')`,
        "SELECT 1 AS id FROM glob('/etc/*')",
      ])
        await expect(source.describe(query(text))).rejects.toMatchObject({ code: 'source-permission' });
      expect(await count(source)).toBe(1000);
    });
  });

  it('gives up a query that is working when it is told to, and answers the next', async () => {
    await withSource(async (source) => {
      const stream = await source.describe({
        primaryKey: ['id'],
        cursor: 'id',
        onNull: 'skip',
        query: 'SELECT 1 AS id',
      });
      const slow = {
        ...stream,
        relation:
          '(SELECT max(hash(a.i + b.i) % 7)::BIGINT AS id FROM range(1000000) AS a(i), range(1000000) AS b(i)) AS slow',
      };
      const controller = new AbortController();
      const reading = source
        .readPages(slow, { columns: ['id'], pageSize: 10 }, controller.signal)
        [Symbol.asyncIterator]();
      const first = reading.next();
      setTimeout(() => controller.abort(), 200);
      const start = Date.now();
      expect(await first).toEqual({ done: true, value: undefined });
      expect(Date.now() - start).toBeLessThan(30_000);
      expect(await count(source)).toBe(1000);
    });
  });

  it.each([
    ['is not there', { database: 'nonsuch.duckdb' }, 'source-unreachable'],
    ['is something else', { database: 'secret.csv' }, 'source-unreachable'],
    ['is not named, nor files', { database: undefined }, 'source-unreachable'],
  ])('says so when it %s', async (_what, options, code) => {
    await expect(withSource(count, options)).rejects.toMatchObject({ name: 'SourceError', code });
  });

  it('repeats no value of a row when a value does not fit', async () => {
    const failing = withSource((source) =>
      count(source, {
        ...orders,
        query: "SELECT CAST('geheim@example.com' AS INTEGER) + id AS id, updated_at FROM orders",
        table: undefined,
      } as unknown as ReadSpec),
    );
    const error: unknown = await failing.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'source-query-failed' });
    const { message, hint } = error as { message: string; hint?: string };
    expect(inspect({ message, hint })).not.toContain('geheim');
  });
});

describe('an object store', () => {
  const store = {
    type: 's3',
    key_id: 'AKIAEXAMPLE',
    secret: "se'cret",
    region: 'eu-central-1',
    use_ssl: false,
  } as const;

  it('is opened by the extension httpfs and a secret in memory, every value in quotes', () => {
    expect(storeStatements(store)).toEqual([
      'LOAD httpfs',
      "CREATE SECRET capi_store (TYPE s3, KEY_ID 'AKIAEXAMPLE', SECRET 'se''cret', REGION 'eu-central-1', USE_SSL false)",
    ]);
    expect(storeStatements({ type: 's3', credential_chain: true })).toEqual([
      'LOAD httpfs',
      'LOAD aws',
      'CREATE SECRET capi_store (TYPE s3, PROVIDER credential_chain)',
    ]);
  });

  it('says what to install where the extension is not, and repeats nothing of the key', async () => {
    const options = {
      database: undefined,
      files: { orders: 's3://bucket/orders/*.parquet' },
      object_store: store,
      extension_directory: 'none',
    };
    const error: unknown = await withSource(count, options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'source-driver-missing', hint: expect.stringContaining('INSTALL httpfs') });
    const { message, hint, stack } = error as Error & { hint?: string };
    expect(inspect({ message, hint, stack })).not.toMatch(/AKIAEXAMPLE|cret'/);
  });
});
