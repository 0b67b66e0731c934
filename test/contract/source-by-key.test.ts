/** Reading without a cursor, in the order of the primary key alone: what a snapshot asks of every connector. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadSpec, Source } from '../../connectors/connector.ts';
import { dialect as mysqlDialect } from '../../connectors/mysql/dialect.ts';
import { openSession as openMysql } from '../../connectors/mysql/session.ts';
import { dialect as postgresDialect } from '../../connectors/postgres/dialect.ts';
import { openSession as openPostgres } from '../../connectors/postgres/session.ts';
import { asSqlStream, type Dialect } from '../../connectors/sql/dialect.ts';
import { pageQuery } from '../../connectors/sql/read-pages.ts';
import { serverAddress } from '../../connectors/sql/server-options.ts';
import type { Statement } from '../../connectors/sql/statement.ts';
import { type Bed, collect, mysqlBed, openBed, postgresBed, sqliteBed } from './source-beds.ts';

describe.each([
  ['postgres', postgresBed('source_by_key')],
  ['mysql', mysqlBed('source_by_key')],
  ['sqlite', sqliteBed()],
] as const)('a source, read by its key: %s', (name, bed: Bed) => {
  let source: Source;
  beforeAll(async () => {
    await bed.setUp();
    source = await openBed(bed);
  });
  afterAll(async () => {
    await source.close();
    await bed.tearDown();
  });

  const byKey = (table: string, primaryKey: readonly string[], more: Partial<ReadSpec> = {}): ReadSpec => ({
    table,
    primaryKey,
    cursor: primaryKey[0] ?? '',
    byKey: true,
    onNull: 'error',
    ...more,
  });
  const make = async (table: string, columns: string, rows: readonly string[]): Promise<void> =>
    bed.execute(
      `DROP TABLE IF EXISTS ${table}`,
      `CREATE TABLE ${table} (${columns})`,
      ...(rows.length === 0 ? [] : [`INSERT INTO ${table} VALUES ${rows.join(', ')}`]),
    );
  /** The keys of all rows, read in pages of one, two and three, and in one page. */
  const readAll = async (spec: ReadSpec): Promise<string[]> => {
    const stream = await source.describe(spec);
    const readings = await Promise.all(
      [1, 2, 3, 1000].map(async (pageSize) => {
        const { rows } = await collect(source, stream, { columns: spec.primaryKey, pageSize });
        return rows.map((row) => row.join('/'));
      }),
    );
    for (const keys of readings) expect(keys).toEqual(readings[0]);
    return readings[0] as string[];
  };

  it('gives every row once, whatever the page size, by text keys of any letters', async () => {
    const keys = ['', '10', '9', 'A', 'a2', 'b', 'Z', 'é', 'ß', 'ñandú', '山田', 'x y', "o'hara", '%', '_'];
    await make(
      'texts',
      `code ${bed.textType} NOT NULL PRIMARY KEY, note ${bed.textType}`,
      keys.map((key) => `('${key.replaceAll("'", "''")}', 'n')`),
    );
    expect((await readAll(byKey('texts', ['code']))).sort()).toEqual(keys.sort());
  });

  it('and by keys of several columns', async () => {
    const keys = ['a', 'b', 'c'].flatMap((first) =>
      [1, 2, 10, 3_000_000_000].map((second) => [first, second] as const),
    );
    await make(
      'pairs',
      `first ${bed.textType} NOT NULL, second bigint NOT NULL, PRIMARY KEY (first, second)`,
      keys.toReversed().map(([first, second]) => `('${first}', ${second})`),
    );
    expect(await readAll(byKey('pairs', ['first', 'second']))).toEqual(keys.map((key) => key.join('/')));
    // Columns of a key that is named the other way about order the rows the other way about.
    expect(await readAll(byKey('pairs', ['second', 'first']))).toHaveLength(keys.length);
  });

  it('and by numbers, decimals and times that carry no zone, of which nothing is asked', async () => {
    await make('numbers', 'id bigint NOT NULL PRIMARY KEY', ['(-5)', '(0)', '(9007199254740993)']);
    expect(await readAll(byKey('numbers', ['id']))).toEqual(['-5', '0', '9007199254740993']);
    const time = name === 'mysql' ? 'datetime(6)' : 'timestamp';
    const times = ['1969-01-01 00:00:00.000001', '2026-11-20 10:00:00.123456', '2026-11-20 10:00:00.123457'];
    await make(
      'times',
      `at ${time} NOT NULL PRIMARY KEY`,
      times.map((at) => `('${at}')`),
    );
    expect(await readAll(byKey('times', ['at']))).toEqual(times);
    if (name === 'sqlite') return;
    await make('decimals', 'amount decimal(30, 5) NOT NULL PRIMARY KEY', ['(0.1)', '(12345678901234567890.12345)']);
    expect(await readAll(byKey('decimals', ['amount']))).toEqual(['0.10000', '12345678901234567890.12345']);
  });

  it('of a query and behind a where', async () => {
    await make(
      'events',
      `code ${bed.textType} NOT NULL PRIMARY KEY, kind bigint`,
      Array.from({ length: 9 }, (_, n) => `('e${n}', ${n % 2})`),
    );
    const even = ['e0', 'e2', 'e4', 'e6', 'e8'];
    expect(await readAll(byKey('events', ['code'], { where: 'kind = 0' }))).toEqual(even);
    const { table: _table, ...spec } = byKey('', ['code']);
    expect(await readAll({ ...spec, query: 'SELECT code, kind FROM events WHERE kind = 0 -- even' })).toEqual(even);
  });

  it('counts no further than it is asked', async () => {
    const stream = await source.describe(byKey('events', ['code'], { where: 'kind = 1' }));
    expect([await source.countUpTo(stream, 3), await source.countUpTo(stream, 4)]).toEqual([4, 4]);
    expect(await source.countUpTo(stream, 1_000_000)).toBe(4);
    await make('no_rows', `code ${bed.textType} NOT NULL PRIMARY KEY`, []);
    expect(await source.countUpTo(await source.describe(byKey('no_rows', ['code'])), 5)).toBe(0);
    expect(await readAll(byKey('no_rows', ['code']))).toEqual([]);
  });

  it('refuses a key that is NULL somewhere, one that repeats, and one that cannot mark a place', async () => {
    await make('holes', `code ${bed.textType}, at ${bed.timeType}`, ["('a', NULL)", '(NULL, NULL)']);
    await expect(source.describe(byKey('holes', ['code']))).rejects.toMatchObject({ code: 'cursor-null' });
    await make('twice', `code ${bed.textType}`, ["('a')", "('b')", "('b')", "('c')"]);
    for (const pageSize of [1, 2, 3, 10])
      await expect(
        source
          .describe(byKey('twice', ['code']))
          .then((stream) => collect(source, stream, { columns: ['code'], pageSize })),
      ).rejects.toMatchObject({ code: 'key-not-unique' });
    await make('floats', 'at double precision NOT NULL', ['(0.5)']);
    await expect(
      source.describe(byKey('floats', ['at'])).then((stream) => collect(source, stream, { columns: ['at'] })),
    ).rejects.toMatchObject({ code: 'cursor-type' });
  });

  it('finds rows again by their keys', async () => {
    const stream = await source.describe(byKey('pairs', ['first', 'second']));
    const rows = await source.readKeys(
      stream,
      ['first', 'second'],
      [
        ['b', '3000000000'],
        ['z', '1'],
      ],
    );
    expect(rows.map((row) => row.join('/'))).toEqual(['b/3000000000']);
  });
});

describe('a page in the middle of a key of two columns, the first of which says little', () => {
  const ROWS = 20_000;
  const DIGITS = `(SELECT 0 AS d UNION ALL ${Array.from({ length: 9 }, (_, n) => `SELECT ${n + 1}`).join(' UNION ALL ')})`;
  const NUMBERS = `(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM ${['a', 'b', 'c', 'e', 'f'].map((alias) => `${DIGITS} AS ${alias}`).join(' CROSS JOIN ')}) AS numbers`;

  const pageAt = async (bed: Bed, dialect: Dialect): Promise<Statement> => {
    await bed.execute(
      'CREATE TABLE grid (kind bigint NOT NULL, id bigint NOT NULL, PRIMARY KEY (kind, id))',
      `INSERT INTO grid SELECT n % 2, n FROM ${NUMBERS} WHERE n < ${ROWS}`,
      bed.name === 'mysql' ? 'ANALYZE TABLE grid' : 'ANALYZE grid',
    );
    const source = await openBed(bed);
    const stream = await source.describe({
      table: 'grid',
      primaryKey: ['kind', 'id'],
      cursor: 'kind',
      byKey: true,
      onNull: 'error',
    });
    await source.close();
    const after = { cursor: '1', key: ['1', String(ROWS / 2)] };
    return pageQuery(dialect, asSqlStream(stream), { columns: ['id'], after, pageSize: 100 }).statement;
  };

  it('is one index range of both columns on PostgreSQL', async () => {
    const bed = postgresBed('source_by_key_plan');
    await bed.setUp();
    const statement = await pageAt(bed, postgresDialect);
    const session = await openPostgres(serverAddress(bed.options(), 'test', 0, '/'), 1, 60);
    const plan = (await session.run(['EXPLAIN ', ...statement], 'explain')).map((row) => String(row[0])).join('\n');
    await session.close();
    expect(plan).toMatch(/Index Only Scan using grid_pkey/);
    expect(plan).toMatch(/Index Cond: \(ROW\(kind, id\) > ROW\('1'::bigint, '10000'::bigint\)\)/);
    expect(plan).not.toMatch(/Sort|Seq Scan|Filter/);
  });

  it('is read from the key on MySQL and MariaDB, without a filesort', async () => {
    const bed = mysqlBed('source_by_key_plan');
    await bed.setUp();
    const statement = await pageAt(bed, mysqlDialect);
    const session = await openMysql(serverAddress(bed.options(), 'test', 0, '/'), 1, 60);
    const plan = (await session.run(['EXPLAIN ', ...statement], 'explain')).map((row) => row.join(' | '));
    await session.close();
    expect(plan).toHaveLength(1);
    expect(plan[0]).toMatch(/\| (range|index) \|.*\| PRIMARY \|/);
    expect(plan[0]).not.toMatch(/filesort|temporary/);
  });
});
