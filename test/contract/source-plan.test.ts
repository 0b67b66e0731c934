import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../../connectors/connector.ts';
import { dialect as mysqlDialect } from '../../connectors/mysql/dialect.ts';
import { openSession as openMysql } from '../../connectors/mysql/session.ts';
import { dialect as postgresDialect } from '../../connectors/postgres/dialect.ts';
import { openSession as openPostgres } from '../../connectors/postgres/session.ts';
import { asSqlStream, type Dialect, type SqlStream } from '../../connectors/sql/dialect.ts';
import { pageQuery } from '../../connectors/sql/read-pages.ts';
import { serverAddress } from '../../connectors/sql/server-options.ts';
import type { Statement } from '../../connectors/sql/statement.ts';
import { type Bed, mysqlBed, openBed, postgresBed, spec } from './source-beds.ts';

/** Four rows to a timestamp; a page of 5,000 in the middle, with an upper bound far above it. */
async function pageInTheMiddle(bed: Bed, dialect: Dialect): Promise<Statement> {
  const source = await openBed(bed);
  const stream: SqlStream = asSqlStream(await source.describe(spec(bed, { table: 'big' })));
  const cursor = await source.cursorAt(stream, '2026-01-01T06:56:40Z');
  const before = await source.cursorAt(stream, '2026-01-01T13:00:00Z');
  await source.close();
  const after = { cursor, key: ['100000'] };
  return pageQuery(dialect, stream, { columns: ['label'], after, before, pageSize: 5000 }).statement;
}

async function planInTheMiddle(bed: Bed, dialect: Dialect): Promise<Cell[][]> {
  const statement = await pageInTheMiddle(bed, dialect);
  const address = serverAddress(bed.options(), 'test', 0, '/');
  const session = bed.name === 'postgres' ? await openPostgres(address, 1, 60) : await openMysql(address, 1, 60);
  const rows = await session.run(['EXPLAIN ', ...statement], 'explain');
  await session.close();
  return rows;
}

describe('the page query in the middle of 200,000 rows', () => {
  const postgres = postgresBed('source_plan');
  const mysql = mysqlBed('source_plan');

  beforeAll(async () => {
    await postgres.setUp();
    await mysql.setUp();
    await postgres.execute(
      'CREATE TABLE big (id bigint PRIMARY KEY, at timestamptz NOT NULL, label text)',
      `INSERT INTO big SELECT n, timestamptz '2026-01-01 00:00:00+00' + (n / 4) * interval '1 second', 'label ' || n FROM generate_series(1, 200000) AS n`,
      'CREATE INDEX big_at ON big (at, id)',
      'ANALYZE big',
    );
    const digits =
      '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
    const n = '(a.d + b.d * 10 + c.d * 100 + e.d * 1000 + f.d * 10000 + g.d * 100000)';
    await mysql.execute(
      'CREATE TABLE big (id bigint PRIMARY KEY, at TIMESTAMP(6) NOT NULL, label varchar(100))',
      `INSERT INTO big SELECT ${n}, TIMESTAMP('2026-01-01 00:00:00') + INTERVAL FLOOR(${n} / 4) SECOND, CONCAT('label ', ${n})
         FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f, (SELECT 0 AS d UNION ALL SELECT 1) g`,
      'CREATE INDEX big_at ON big (at, id)',
      'ANALYZE TABLE big',
    );
  });

  afterAll(async () => {
    await postgres.tearDown();
    await mysql.tearDown();
  });

  it('is one index range on PostgreSQL, without a sort', async () => {
    const plan = (await planInTheMiddle(postgres, postgresDialect)).map((row) => String(row[0])).join('\n');
    expect(plan).toMatch(/Index (Only )?Scan using big_at/);
    expect(plan).toMatch(/Index Cond: \(\(ROW\(at, id\) > ROW\(/);
    expect(plan).not.toMatch(/Sort|Seq Scan|Filter/);
  });

  it('is one index range on MySQL and MariaDB, without a filesort', async () => {
    const plan = (await planInTheMiddle(mysql, mysqlDialect)).map((row) => row.join(' | '));
    expect(plan).toHaveLength(1);
    expect(plan[0]).toContain('| range |');
    expect(plan[0]).toContain('| big_at |');
    expect(plan[0]).not.toMatch(/filesort|temporary/);
  });

  it('touches no more index entries on MySQL and MariaDB than the page has rows', async () => {
    // The plan does not tell where in the index the range begins: the server's own counter does.
    const session = await openMysql(serverAddress(mysql.options(), 'test', 0, '/'), 1, 60);
    const touched = async (): Promise<number> => {
      const rows = await session.run(["SHOW SESSION STATUS LIKE 'Handler_read_next'"], 'count');
      return Number(rows[0]![1]);
    };
    const statement = await pageInTheMiddle(mysql, mysqlDialect);
    const before = await touched();
    expect(await session.run(statement, 'read')).toHaveLength(5000);
    expect((await touched()) - before).toBeLessThanOrEqual(5010);
    await session.close();
  });
});
