/** What happens when the connection is cut within a page, and when a table is changed between two runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page, Position, Source } from '../../connectors/connector.ts';
import { parseMapping } from '../../src/mapping/compile-mapping.ts';
import { planStream, type StreamPlan } from '../../src/sync/plan-stream.ts';
import { mappingFile } from '../support/bind-for-test.ts';
import { queryMysql, queryPostgres } from '../support/databases-fresh.ts';
import { type Bed, mysqlBed, openBed, postgresBed, spec, sqliteBed } from './source-beds.ts';

const postgres = postgresBed('source_breaks');
const mysql = mysqlBed('source_breaks');
const sqlite = sqliteBed();
const beds = { postgres, mysql, sqlite };

beforeAll(async () => {
  await Promise.all(Object.values(beds).map((bed) => bed.setUp()));
});
afterAll(async () => {
  await Promise.all(Object.values(beds).map((bed) => bed.tearDown()));
});

/** Ends every connection of the source that runs a statement with this word in it, or any when there is none. */
const cuts = {
  postgres: async (): Promise<number> => {
    const url = String(postgres.options().url);
    const sql =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'capi-sync' AND datname = current_database()";
    return (await queryPostgres(url, sql)).length;
  },
  mysql: async (): Promise<number> => {
    const url = String(mysql.options().url);
    const sql = 'SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()';
    const found = await queryMysql(url, sql);
    for (const { ID } of found) await queryMysql(url, `KILL CONNECTION ${String(ID)}`).catch(() => undefined);
    return found.length;
  },
};

describe.each(['postgres', 'mysql'] as const)('a connection that is cut: %s', (name) => {
  const bed: Bed = beds[name];
  const cut = cuts[name];
  let source: Source;
  const slow = `SELECT id, at, ${name === 'postgres' ? 'pg_sleep(0.03)' : 'SLEEP(0.03)'} AS nap FROM steps`;

  beforeAll(async () => {
    await bed.execute(
      `CREATE TABLE steps (id int PRIMARY KEY, at ${bed.timeType})`,
      `INSERT INTO steps VALUES ${Array.from({ length: 60 }, (_, id) => `(${id}, ${bed.time('2026-01-01 10:00:00.000000')})`).join(', ')}`,
    );
    source = await openBed(bed);
  });
  afterAll(() => source.close());

  /** Reads from `after` on; gives what came whole, and the error that ended it. */
  async function read(after: Position | undefined, onPage: (pages: number) => Promise<unknown>) {
    const stream = await source.describe(spec(bed, { query: slow }));
    const ids: number[] = [];
    let last: Page | undefined;
    let pages = 0;
    const range = { columns: ['id', 'nap'], pageSize: 20, ...(after && { after }) };
    try {
      for await (const page of source.readPages(stream, range, new AbortController().signal)) {
        ids.push(...page.rows.map((row) => Number(row[0])));
        last = page;
        pages += 1;
        await onPage(pages);
      }
      return { ids, end: last?.end ?? after, error: undefined };
    } catch (error) {
      return { ids, end: last?.end ?? after, error };
    }
  }

  it('within a page is an interruption; the same source reads on from the last whole page, each row once', async () => {
    const first = await read(undefined, async (pages) => {
      if (pages === 1) void sleep(200).then(cut);
    });
    expect(first.error).toMatchObject({ name: 'SourceError', code: 'source-interrupted' });
    expect(first.ids).toHaveLength(20);
    const rest = await read(first.end, async () => undefined);
    expect(rest.error).toBeUndefined();
    expect([...first.ids, ...rest.ids]).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it('is not needed to cancel: a read that is cancelled within a page ends with that page, and the source reads on', async () => {
    const stream = await source.describe(spec(bed, { query: slow }));
    const cancel = new AbortController();
    const range = { columns: ['id', 'nap'], pageSize: 20 };
    const pages = source.readPages(stream, range, cancel.signal)[Symbol.asyncIterator]();
    const underWay = pages.next();
    cancel.abort();
    const page = (await underWay).value as Page;
    expect(page.rows).toHaveLength(20);
    expect((await pages.next()).done).toBe(true);
    const rest = await read(page.end, async () => undefined);
    expect(rest.ids).toEqual(Array.from({ length: 40 }, (_, i) => 20 + i));
  });

  it('between two pages loses nothing, whether the read goes on or is interrupted', async () => {
    const first = await read(undefined, async (pages) => {
      if (pages === 1) expect(await cut()).toBeGreaterThan(0);
    });
    if (first.error !== undefined) expect(first.error).toMatchObject({ code: 'source-interrupted' });
    const rest = first.error === undefined ? { ids: [] } : await read(first.end, async () => undefined);
    expect([...first.ids, ...rest.ids]).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });
});

describe.each(['postgres', 'mysql', 'sqlite'] as const)('a table that changed since the last run: %s', (name) => {
  const bed: Bed = beds[name];
  const mapping = parseMapping(mappingFile({ filter: '=total > 10' })).mapping;
  const create = (columns: string): Promise<void> =>
    bed.execute('DROP TABLE IF EXISTS leads', `CREATE TABLE leads (${columns})`);
  const time = bed.timeType;

  /** A plan against the table as it is now. Nothing is mapped or sent before it. */
  async function plan(earlier?: StreamPlan): Promise<StreamPlan> {
    const source = await openBed(bed);
    try {
      const checkpoint = earlier && {
        cursor: '2026-01-01 10:00:00.000000',
        key: ['1'],
        fingerprint: earlier.fingerprint,
      };
      return await planStream(mapping, source, checkpoint as never, {});
    } finally {
      await source.close();
    }
  }

  it('stops the run before a row is read when a column that the mapping uses is gone or has another type', async () => {
    await create(`id int PRIMARY KEY, at ${time}, updated_at ${time}, email ${bed.textType}, total int`);
    const first = await plan();
    await plan(first);
    await create(`id int PRIMARY KEY, at ${time}, updated_at ${time}, email ${bed.textType}, total int, more int`);
    await plan(first);
    await create(`id int PRIMARY KEY, at ${time}, updated_at ${time}, total int`);
    await expect(plan(first)).rejects.toMatchObject({ code: 'mapping-mismatch' });
    await create(`id int PRIMARY KEY, at ${time}, updated_at ${time}, email ${bed.textType}, total ${bed.textType}`);
    await expect(plan(first)).rejects.toMatchObject({ code: 'mapping-mismatch' });
  });

  it('stops at the fingerprint when the cursor or the key has another type', async () => {
    const rest = `at ${time}, email ${bed.textType}, total int`;
    await create(`id int PRIMARY KEY, updated_at ${time}, ${rest}`);
    const first = await plan();
    const other = { postgres: 'timestamp', mysql: 'DATETIME(6)', sqlite: 'INTEGER' }[name];
    await create(`id int PRIMARY KEY, updated_at ${other}, ${rest}`);
    await expect(plan(first)).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
    await create(`id ${bed.textType} PRIMARY KEY, updated_at ${time}, ${rest}`);
    await expect(plan(first)).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
    await create(`id bigint PRIMARY KEY, updated_at ${time}, ${rest}`);
    await plan(first);
  });
});
