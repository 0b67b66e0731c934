/** What the page query costs at a million rows: one index range, no sort, at the beginning, in the middle and at the end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell, ReadRange } from '../../connectors/connector.ts';
import { dialect as mysqlDialect } from '../../connectors/mysql/dialect.ts';
import { openSession as openMysql } from '../../connectors/mysql/session.ts';
import { dialect as postgresDialect } from '../../connectors/postgres/dialect.ts';
import { openSession as openPostgres } from '../../connectors/postgres/session.ts';
import { asSqlStream, type Dialect, type Run, type SqlStream } from '../../connectors/sql/dialect.ts';
import { pageQuery } from '../../connectors/sql/read-pages.ts';
import { serverAddress } from '../../connectors/sql/server-options.ts';
import { bind, type Statement } from '../../connectors/sql/statement.ts';
import { quote } from '../../connectors/sqlite/catalogue.ts';
import { openSession as openSqlite } from '../../connectors/sqlite/session.ts';
import { type Bed, mysqlBed, openBed, postgresBed, spec, sqliteBed } from './source-beds.ts';

const ROWS = 1_000_000;
const PAGE = 5000;
const PLACES = ['first', 'middle', 'end', 'lookback'] as const;
type Place = (typeof PLACES)[number];

/** SQLite's dialect is made for a stream; with text and number as they are stored, it is this. */
const sqliteDialect: Dialect = {
  quote,
  rowComparison: false,
  read: (_column, quoted) => quoted,
  bound: (column, text) => [bind(column.name === 'id' ? BigInt(text) : text)],
};
const dialects = { postgres: postgresDialect, mysql: mysqlDialect, sqlite: sqliteDialect };

/** Four rows to a second from midnight on; row n has the id n and the time n / 4. */
async function statementAt(bed: Bed, place: Place): Promise<Statement> {
  const source = await openBed(bed);
  const stream: SqlStream = asSqlStream(await source.describe(spec(bed, { table: 'big' })));
  const at = (second: number): Promise<string> =>
    source.cursorAt(stream, new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString());
  const before = await at(ROWS);
  const after = async (row: number) => ({ cursor: await at(Math.floor(row / 4)), key: [String(row)] });
  const ranges: Record<Place, () => Promise<Partial<ReadRange>>> = {
    first: async () => ({ before }),
    middle: async () => ({ before, after: await after(ROWS / 2) }),
    end: async () => ({ before, after: await after(ROWS - 50) }),
    lookback: async () => ({ from: await at(ROWS / 4 - 600), upTo: await after(ROWS - 50) }),
  };
  const range = { columns: ['label'], pageSize: PAGE, ...(await ranges[place]()) };
  await source.close();
  return pageQuery(dialects[bed.name], stream, range).statement;
}

async function sessionOf(bed: Bed): Promise<{ readonly run: Run; readonly close: () => Promise<void> }> {
  if (bed.name === 'sqlite') return openSqlite(String(bed.options().filename));
  const address = serverAddress(bed.options(), 'test', 0, '/');
  return bed.name === 'postgres' ? openPostgres(address, 1, 60) : openMysql(address, 1, 60);
}

async function explain(bed: Bed, place: Place): Promise<Cell[][]> {
  const session = await sessionOf(bed);
  const verb = bed.name === 'sqlite' ? 'EXPLAIN QUERY PLAN ' : 'EXPLAIN ';
  const rows = await session.run([verb, ...(await statementAt(bed, place))], 'explain');
  await session.close();
  return rows;
}

const postgres = postgresBed('source_plan');
const mysql = mysqlBed('source_plan');
const sqlite = sqliteBed();

beforeAll(async () => {
  await Promise.all([postgres.setUp(), mysql.setUp(), sqlite.setUp()]);
  await postgres.execute(
    'CREATE TABLE big (id bigint PRIMARY KEY, at timestamptz NOT NULL, label text)',
    `INSERT INTO big SELECT n, timestamptz '2026-01-01 00:00:00+00' + (n / 4) * interval '1 second', 'label ' || n FROM generate_series(1, ${ROWS}) AS n`,
    'CREATE INDEX big_at ON big (at, id)',
    'ANALYZE big',
  );
  const digit = `(SELECT 0 AS d UNION ALL ${Array.from({ length: 9 }, (_, i) => `SELECT ${i + 1}`).join(' UNION ALL ')})`;
  const n = '(1 + a.d + b.d * 10 + c.d * 100 + e.d * 1000 + f.d * 10000 + g.d * 100000)';
  await mysql.execute(
    'CREATE TABLE big (id bigint PRIMARY KEY, at TIMESTAMP(6) NOT NULL, label varchar(100))',
    `INSERT INTO big SELECT ${n}, TIMESTAMP('2026-01-01 00:00:00') + INTERVAL FLOOR(${n} / 4) SECOND, CONCAT('label ', ${n})
       FROM ${['g', 'f', 'e', 'c', 'b', 'a'].map((alias) => `${digit} ${alias}`).join(' STRAIGHT_JOIN ')}`,
    'CREATE INDEX big_at ON big (at, id)',
    'ANALYZE TABLE big',
  );
  await sqlite.execute(
    'CREATE TABLE big (id INTEGER PRIMARY KEY, at TEXT NOT NULL, label TEXT)',
    `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${ROWS})
       INSERT INTO big SELECT n, datetime('2026-01-01', (n / 4) || ' seconds'), 'label ' || n FROM s`,
    'CREATE INDEX big_at ON big (at, id)',
  );
});

afterAll(async () => {
  await Promise.all([postgres.tearDown(), mysql.tearDown(), sqlite.tearDown()]);
});

describe.each(PLACES)('the page query of a million rows: %s', (place) => {
  it('is one index range on PostgreSQL, without a sort', async () => {
    const plan = (await explain(postgres, place)).map((row) => String(row[0])).join('\n');
    expect(plan).toMatch(/Index (Only )?Scan using big_at/);
    expect(plan).toMatch(/Index Cond: /);
    expect(plan).not.toMatch(/Sort|Seq Scan|Filter/);
  });

  it('is one index range on SQLite, without a sort', async () => {
    const plan = (await explain(sqlite, place)).map((row) => String(row.at(-1)));
    expect(plan).toHaveLength(1);
    expect(plan[0]).toMatch(/^SEARCH big USING (COVERING )?INDEX big_at \(at[<>]/);
  });

  it('is read from the index on MySQL and MariaDB, without a filesort', async () => {
    const plan = (await explain(mysql, place)).map((row) => row.join(' | '));
    expect(plan).toHaveLength(1);
    expect(plan[0]).toMatch(/\| (range|index) \|/);
    expect(plan[0]).toContain('| big_at |');
    expect(plan[0]).not.toMatch(/filesort|temporary/);
  });

  it('touches no more index entries on MySQL and MariaDB than the page has rows', async () => {
    // The plan does not tell where in the index the range begins: the server's own counters do.
    const session = await openMysql(serverAddress(mysql.options(), 'test', 0, '/'), 1, 60);
    const touched = async (): Promise<number> => {
      const rows = await session.run(["SHOW SESSION STATUS LIKE 'Handler_read_%'"], 'count');
      return rows.reduce((sum, row) => sum + Number(row[1]), 0);
    };
    const statement = await statementAt(mysql, place);
    const before = await touched();
    const rows = await session.run(statement, 'read');
    // A full page comes with the first row of the next.
    expect(rows.length).toBe(place === 'end' ? 50 : place === 'lookback' ? 2351 : PAGE + 1);
    expect((await touched()) - before).toBeLessThanOrEqual(rows.length + 100);
    await session.close();
  });
});
