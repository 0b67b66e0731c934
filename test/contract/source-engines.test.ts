/** What only one of the engines has: its types, its odd values, its clocks. */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadSpec, Source } from '../../connectors/connector.ts';
import { collect, mysqlBed, openBed, postgresBed, sqliteBed } from './source-beds.ts';

const read = (table: string, more: Partial<ReadSpec> = {}): ReadSpec => ({
  table,
  primaryKey: ['id'],
  cursor: 'at',
  onNull: 'error',
  ...more,
});

async function kindsOf(source: Source, spec: ReadSpec): Promise<Record<string, string>> {
  const { columns } = await source.describe(spec);
  return Object.fromEntries(columns.map((column) => [column.name, `${column.kind}: ${column.type}`]));
}

describe('postgres', () => {
  const bed = postgresBed('source_engines');
  let source: Source;

  beforeAll(async () => {
    await bed.setUp();
    source = await openBed(bed);
  });
  afterAll(() => source.close());

  it('names the kind and type of each column, of tables and of queries, and gives exact text', async () => {
    await bed.execute(
      "CREATE TYPE mood AS ENUM ('sad', 'ok')",
      'CREATE DOMAIN cents AS numeric(10,2)',
      `CREATE TABLE types (id int PRIMARY KEY, at timestamp(3) NOT NULL, tz timestamptz, d date, n numeric(20,10), c cents, f float8, r real, b boolean,
         j json, jb jsonb, y bytea, u uuid, m mood, i interval, a text[], ch char(4))`,
      `INSERT INTO types VALUES (1, '2026-01-01 10:00:00.123', '2026-01-01 10:00:00.123456+02', '2026-01-01', 1.5, 12.3, 0.1, 0.1, true,
         '{"a": 1.0}', '{"a": 1.0}', '\\x00ff', '00000000-0000-0000-0000-000000000001', 'ok', '1 day 02:03:04', '{a,b}', 'ab')`,
    );
    const spec = read('types', { timezone: 'UTC' });
    const kinds = await kindsOf(source, spec);
    expect(kinds).toEqual({
      id: 'integer: integer',
      at: 'timestamp: timestamp(3) without time zone',
      tz: 'timestamptz: timestamp with time zone',
      d: 'date: date',
      n: 'decimal: numeric(20,10)',
      c: 'decimal: numeric(10,2)',
      f: 'float: double precision',
      r: 'float: real',
      b: 'boolean: boolean',
      j: 'json: json',
      jb: 'json: jsonb',
      y: 'bytes: bytea',
      u: 'text: uuid',
      m: 'text: mood',
      i: 'text: interval',
      a: 'text: text[]',
      ch: 'text: character(4)',
    });
    const { table: _, ...rest } = spec;
    expect(await kindsOf(source, { ...rest, query: 'SELECT * FROM types' })).toEqual(kinds);
    const { rows } = await collect(source, await source.describe(spec), { columns: Object.keys(kinds) });
    expect(rows[0]).toEqual([
      '1',
      '2026-01-01 10:00:00.123',
      '2026-01-01 08:00:00.123456+00',
      '2026-01-01',
      '1.5000000000',
      '12.30',
      '0.1',
      '0.1',
      't',
      '{"a": 1.0}',
      '{"a": 1.0}',
      '\\x00ff',
      '00000000-0000-0000-0000-000000000001',
      'ok',
      'P1DT2H3M4S',
      '{a,b}',
      'ab  ',
    ]);
    for (const key of ['u', 'm', 'ch', 'y', 'b', 'tz']) {
      const stream = await source.describe({ ...spec, primaryKey: [key] });
      const { pages } = await collect(source, stream, { columns: ['id'], pageSize: 1 });
      expect(pages).toHaveLength(1);
    }
  });

  it('lets infinity wait for ever, and finds tables of other schemas', async () => {
    await bed.execute(
      'CREATE SCHEMA "Sales 2"',
      'CREATE TABLE "Sales 2".deals (id int PRIMARY KEY, at timestamptz NOT NULL)',
      "INSERT INTO \"Sales 2\".deals VALUES (1, '-infinity'), (2, '1901-01-01'), (3, now() - interval '1 hour'), (4, 'infinity')",
    );
    await expect(source.describe(read('deals'))).rejects.toMatchObject({ hint: 'did you mean "Sales 2.deals"?' });
    const stream = await source.describe(read('Sales 2.deals'));
    const { before } = await source.horizon(stream, 0);
    const { rows } = await collect(source, stream, { columns: ['id'], before: before!, pageSize: 1 });
    expect(rows).toEqual([['1'], ['2'], ['3']]);
  });

  it('stays behind an open transaction, whose rows carry its start, so that none is lost', async () => {
    await bed.execute('CREATE TABLE late (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())');
    const writer = new pg.Client({ connectionString: String(bed.options().url) });
    await writer.connect();
    try {
      await writer.query('BEGIN');
      await writer.query('INSERT INTO late VALUES (1)');
      await bed.execute('SELECT pg_sleep(0.05)', 'INSERT INTO late VALUES (2)');
      const stream = await source.describe(read('late'));
      const open = await source.horizon(stream, 0, 900);
      expect((await collect(source, stream, { columns: ['id'], before: open.before! })).rows).toEqual([]);
      await writer.query('COMMIT');
      const closed = await source.horizon(stream, 0, 900);
      expect((await collect(source, stream, { columns: ['id'], before: closed.before! })).rows).toEqual([['1'], ['2']]);
    } finally {
      await writer.end();
    }
  });

  it('lets NaN wait for ever, which sorts above every number', async () => {
    await bed.execute(
      'CREATE TABLE readings (id int PRIMARY KEY, at numeric NOT NULL)',
      "INSERT INTO readings VALUES (1, 'NaN'), (2, 7.5), (3, -1), (4, 'NaN')",
    );
    const stream = await source.describe(read('readings'));
    const { before } = await source.horizon(stream, 0);
    expect(before).toBe('8.5');
    const { rows } = await collect(source, stream, { columns: ['id'], before: before!, pageSize: 1 });
    expect(rows.map((row) => row[0])).toEqual(['3', '2']);
  });

  it('reports a statement that takes too long, and a connection that is cut, without values', async () => {
    const impatient = await openBed(bed, { ...bed.options(), statement_timeout: 1 });
    const slow = { primaryKey: ['id'], cursor: 'id', onNull: 'error' as const, query: 'SELECT 1 AS id, pg_sleep(5)' };
    const sleepy = collect(impatient, await impatient.describe(slow), { columns: ['pg_sleep'] });
    await expect(sleepy).rejects.toMatchObject({
      code: 'source-query-failed',
      message: expect.stringContaining('57014'),
    });
    await impatient.close();
    const cut = { ...slow, query: 'SELECT 1 AS id, pg_terminate_backend(pg_backend_pid())' };
    const lost = collect(source, await source.describe(cut), { columns: ['pg_terminate_backend'] });
    await expect(lost).rejects.toMatchObject({ code: 'source-interrupted' });
    const leak = { ...slow, query: "SELECT 1 AS id, ('ada@example.com' || random())::int AS n" };
    const stream = await source.describe(leak);
    const failure = collect(source, stream, { columns: ['n'] });
    await expect(failure).rejects.toMatchObject({
      code: 'source-query-failed',
      message: expect.not.stringContaining('ada@'),
    });
  });
});

describe('mysql', () => {
  const bed = mysqlBed('source_engines');
  let source: Source;

  beforeAll(async () => {
    await bed.setUp();
    source = await openBed(bed);
  });
  afterAll(() => source.close());

  it('names the kind of each column, of tables and of queries, and gives exact text', async () => {
    await bed.execute(
      `CREATE TABLE types (id bigint unsigned PRIMARY KEY, at DATETIME(3) NOT NULL, ts TIMESTAMP(6) NULL, d DATE, n DECIMAL(20,10), f DOUBLE, r FLOAT, b TINYINT(1),
         ti TINYINT, j JSON, y BLOB, vb VARBINARY(16), t TEXT CHARACTER SET latin1, e ENUM('a','b'), bits BIT(9), bit1 BIT(1), yr YEAR, tm TIME(3))`,
      `INSERT INTO types VALUES (18446744073709551615, '2026-01-01 10:00:00.123', '2026-01-01 10:00:00.123456', '2026-01-01', 1.5, 0.1, 0.1, 1,
         -5, '{"a": 1.0}', x'00ff', x'0102', 'Zoë', 'b', b'100000001', b'1', 2026, '10:11:12.5')`,
    );
    const spec = read('types', { timezone: 'UTC' });
    const kinds = {
      id: 'integer',
      at: 'timestamp',
      ts: 'timestamptz',
      d: 'date',
      n: 'decimal',
      f: 'float',
      r: 'float',
      b: 'boolean',
      ti: 'integer',
      j: 'json',
      y: 'bytes',
      vb: 'bytes',
      t: 'text',
      e: 'text',
      bits: 'integer',
      bit1: 'boolean',
      yr: 'integer',
      tm: 'text',
    };
    const stream = await source.describe(spec);
    expect(Object.fromEntries(stream.columns.map((column) => [column.name, column.kind]))).toEqual(kinds);
    const { table: _, ...rest } = spec;
    const viaQuery = await source.describe({ ...rest, query: 'SELECT * FROM types' });
    expect(Object.fromEntries(viaQuery.columns.map((column) => [column.name, column.kind]))).toEqual(kinds);
    for (const described of [stream, viaQuery]) {
      const { rows } = await collect(source, described, { columns: Object.keys(kinds) });
      expect(rows[0]).toEqual([
        '18446744073709551615',
        '2026-01-01 10:00:00.123',
        '2026-01-01 10:00:00.123456',
        '2026-01-01',
        '1.5000000000',
        '0.1',
        '0.1',
        '1',
        '-5',
        '{"a": 1.0}',
        '\\x00ff',
        '\\x0102',
        'Zoë',
        'b',
        '257',
        '1',
        '2026',
        '10:11:12.500',
      ]);
    }
    for (const key of ['id', 'vb', 'bits', 'n', 'ts', 'at']) {
      const keyed = await source.describe({ ...spec, primaryKey: [key] });
      expect((await collect(source, keyed, { columns: ['b'], pageSize: 1 })).pages).toHaveLength(1);
    }
    await expect(source.describe({ ...spec, primaryKey: ['e'] })).rejects.toMatchObject({ code: 'cursor-type' });
  });

  it('reads zero and impossible dates in their order, before all others', async () => {
    await bed.execute(
      "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'",
      'CREATE TABLE zeros (id int PRIMARY KEY, at DATETIME NOT NULL)',
      "INSERT INTO zeros VALUES (1, '2026-01-01'), (2, '0000-00-00'), (3, '2025-02-31'), (4, '0000-00-00')",
    );
    const stream = await source.describe(read('zeros', { timezone: 'UTC' }));
    const { before } = await source.horizon(stream, 0);
    const { rows } = await collect(source, stream, { columns: ['id', 'at'], before: before!, pageSize: 1 });
    expect(rows.map((row) => row[0])).toEqual(['2', '4', '3', '1']);
  });

  it('follows a decimal cursor exactly', async () => {
    await bed.execute(
      'CREATE TABLE money (id int PRIMARY KEY, at DECIMAL(30,4) NOT NULL)',
      "INSERT INTO money VALUES (1, '99999999999999999999.0001'), (2, '99999999999999999999.0002')",
    );
    const stream = await source.describe(read('money'));
    const { rows } = await collect(source, stream, { columns: ['at'], pageSize: 1 });
    expect(rows).toEqual([['99999999999999999999.0001'], ['99999999999999999999.0002']]);
    expect((await source.horizon(stream, 0)).before).toBe('100000000000000000000.0002');
  });
});

describe('sqlite', () => {
  const bed = sqliteBed();
  let source: Source;

  beforeAll(async () => {
    await bed.setUp();
    source = await openBed(bed);
  });
  afterAll(async () => {
    await source.close();
    await bed.tearDown();
  });

  const fill = (type: string, values: readonly string[]): Promise<void> =>
    bed.execute(
      'DROP TABLE IF EXISTS t',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, at ${type})`,
      `INSERT INTO t VALUES ${values.map((value, index) => `(${index + 1}, ${value})`).join(', ')}`,
    );

  it.each([
    ["'2026-01-01 10:00:00'", '2026-01-01 09:59:00', 'Europe/Paris'],
    ["'2026-01-01T10:00:00.123'", '2026-01-01T09:59:00.123', 'Europe/Paris'],
    ["'2026-01-01T10:00:00.123456Z'", '2026-01-01T09:59:00.123456Z', undefined],
    ["'2026-01-01 10:00:00Z'", '2026-01-01 09:59:00Z', undefined],
  ])('reckons in the form of the column: %s', async (value, shifted, timezone) => {
    await fill('TEXT', [value]);
    const spec = read('t', timezone === undefined ? {} : { timezone });
    const stream = await source.describe(spec);
    expect(await source.shiftBack(stream, value.slice(1, -1), 60)).toBe(shifted);
    expect((await source.horizon(stream, 60)).before).toHaveLength(shifted.length);
    const at = await source.cursorAt(stream, timezone === undefined ? '2026-01-01T10:00:00Z' : '2026-01-01T09:00:00Z');
    expect((await collect(source, stream, { columns: ['id'], from: at })).rows).toEqual([[1n]]);
    if (timezone !== undefined)
      await expect(source.describe(read('t'))).rejects.toMatchObject({ code: 'cursor-timezone' });
  });

  it.each([
    [["'2026-01-01 10:00:00'", "'2026-01-01T10:00:00'"], 'YYYY-MM-DD HH:MM:SS, YYYY-MM-DDTHH:MM:SS'],
    [["'2026-01-01 10:00:00'", '1767261600'], 'whole numbers'],
    [['1.5'], 'floating-point numbers'],
    [["'2026-01-01 10:00:00+02:00'"], ''],
    [["'01/02/2026 10:00:00'"], ''],
    [["'ada@lovelace.example'"], ''],
    [["x'00'"], 'bytes'],
  ])('refuses a cursor of mixed or foreign values: %j', async (values, found) => {
    await fill('', values);
    const failure = source.describe(read('t', { timezone: 'UTC' }));
    await expect(failure).rejects.toMatchObject({ code: 'cursor-format', message: expect.stringContaining(found) });
    await expect(failure).rejects.toMatchObject({ message: expect.not.stringMatching(/ada|2026|02:00/) });
  });

  it('pages over keys without a declared type by the class of their values', async () => {
    for (const keys of [
      ['9', '10', '11'],
      ["'9'", "'10'", "'11'"],
      ["x'09'", "x'0a'", "x'0b'"],
    ]) {
      await bed.execute(
        'DROP TABLE IF EXISTS loose',
        'CREATE TABLE loose (k, at TEXT NOT NULL)',
        `INSERT INTO loose VALUES ${keys.map((key) => `(${key}, '2026-01-01 10:00:00Z')`).join(', ')}`,
      );
      const stream = await source.describe(read('loose', { primaryKey: ['k'] }));
      expect((await collect(source, stream, { columns: ['at'], pageSize: 1 })).rows).toHaveLength(3);
    }
    await bed.execute("INSERT INTO loose VALUES (1, '2026-01-01 10:00:00Z')");
    await expect(source.describe(read('loose', { primaryKey: ['k'] }))).rejects.toMatchObject({
      code: 'cursor-format',
    });
  });

  it('gives cells by the type of the value, integers exactly', async () => {
    await bed.execute(
      'CREATE TABLE cells (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, v)',
      "INSERT INTO cells VALUES (1, 1, 9007199254740993), (2, 2, 1.5), (3, 3, 'x'), (4, 4, x'00ff'), (5, 5, NULL)",
    );
    const { rows } = await collect(source, await source.describe(read('cells')), { columns: ['v'] });
    expect(rows.map((row) => row[0])).toEqual([9007199254740993n, 1.5, 'x', Buffer.from([0, 255]), null]);
  });
});
