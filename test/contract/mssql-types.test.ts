/** Every type that SQL Server has and the connector reads: at full precision, and as a place in the reading order. On the stand-in. */
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page, Source } from '../../connectors/connector.ts';
import { mssql } from '../../connectors/mssql/index.ts';
import { DATABASE, PASSWORD, type SqlServer, startSqlServer, USER } from '../support/tds-engine.ts';

let server: SqlServer;
let source: Source;

beforeAll(async () => {
  server = await startSqlServer();
  source = await mssql.open(
    { host: '127.0.0.1', port: server.port, user: USER, password: PASSWORD, database: DATABASE },
    { baseDir: tmpdir() },
  );
});
afterAll(async () => {
  await source.close();
  await server.close();
});

const pagesOf = async (reading: AsyncIterable<Page>): Promise<Page[]> => {
  const pages: Page[] = [];
  for await (const page of reading) pages.push(page);
  return pages;
};

const never = new AbortController().signal;

/** Type, kind, and values in the server's own order, as text at full precision. */
const TYPES: readonly (readonly [type: string, kind: string, values: readonly string[]])[] = [
  ['tinyint', 'integer', ['0', '1', '255']],
  ['smallint', 'integer', ['-32768', '0', '32767']],
  ['int', 'integer', ['-2147483648', '7', '2147483647']],
  ['bigint', 'integer', ['-9223372036854775808', '9007199254740993', '9223372036854775807']],
  [
    'decimal(38,0)',
    'decimal',
    ['-99999999999999999999999999999999999999', '9007199254740993', '99999999999999999999999999999999999999'],
  ],
  ['decimal(38,10)', 'decimal', ['-1.0000000001', '0.0000000001', '1234567890123456789012345678.0123456789']],
  ['numeric(9,2)', 'decimal', ['-0.01', '19.90', '1234567.89']],
  ['money', 'decimal', ['-922337203685477.5808', '0.0001', '922337203685477.5807']],
  [
    'datetime2(7)',
    'timestamp',
    ['1970-01-01 00:00:00.0000001', '2026-11-20 10:00:00.1234567', '2026-11-20 10:00:00.1234568'],
  ],
  ['datetime2(3)', 'timestamp', ['2026-11-20 10:00:00.001', '2026-11-20 10:00:00.002']],
  ['datetime2(0)', 'timestamp', ['2026-11-20 10:00:00', '2026-11-20 10:00:01']],
  ['datetime', 'timestamp', ['2026-11-20 10:00:00.000', '2026-11-20 10:00:00.003', '2026-11-20 10:00:00.997']],
  ['smalldatetime', 'timestamp', ['2026-11-20 10:00:00.000', '2026-11-20 10:01:00.000']],
  ['datetimeoffset(7)', 'timestamptz', ['2026-11-20 10:00:00.1234567 +00:00', '2026-11-20 10:00:00.1234568 +00:00']],
  ['date', 'date', ['2026-11-20', '2026-11-21']],
];

const NOT_A_CURSOR: readonly (readonly [type: string, kind: string, values: readonly string[]])[] = [
  ['nvarchar(100)', 'text', ['', "a ☃ 漢字 🎉 ' ] ? @p1", 'b']],
  ['varchar(100)', 'text', ['a', 'Zoë']],
  ['char(3)', 'text', ['eur', 'gbp']],
  ['time(7)', 'text', ['10:00:00.1234567', '10:00:00.1234568']],
  ['varbinary(20)', 'bytes', ['\\x', '\\x00ff', '\\xab']],
  // By the last six bytes first, whatever the text looks like.
  [
    'uniqueidentifier',
    'text',
    [
      'FF000000-0000-0000-0000-000000000001',
      '00000000-FF00-0000-0000-000000000002',
      '00000000-0000-0000-0100-000000000002',
      '01000000-0000-0000-0000-0A0000000000',
    ],
  ],
];

const fill = async (type: string, values: readonly string[]): Promise<void> => {
  await server.create({
    name: 'cells',
    columns: [
      { name: 'n', type: 'int', notNull: true },
      { name: 'v', type, notNull: true },
    ],
  });
  const kept = values.map((value) => value.replace(' +00:00', '').replace('\\x', ''));
  // The keys run against the values.
  await server.insert('cells', ...kept.map((v, at) => ({ n: 100 - at, v })));
};

describe.each(TYPES)('%s', (type, kind, values) => {
  it('is read in full, in order, as a cursor, from any page on', async () => {
    await fill(type, values);
    const stream = await source.describe({
      table: 'cells',
      primaryKey: ['n'],
      cursor: 'v',
      timezone: 'UTC',
      onNull: 'error',
    });
    expect(stream.cursorColumn).toEqual(expect.objectContaining({ name: 'v', kind, type, nullable: false }));
    const pages = await pagesOf(source.readPages(stream, { columns: ['v'], pageSize: 1 }, never));
    expect(pages.map(({ end }) => end.cursor)).toEqual(values);
    expect(pages.flatMap(({ rows }) => rows.map(([cell]) => cell))).toEqual(values);
    for (const [at, { end }] of pages.entries()) {
      const rest = await pagesOf(source.readPages(stream, { columns: ['v'], pageSize: 1, after: end }, never));
      expect(rest.map((page) => page.end)).toEqual(pages.slice(at + 1).map((page) => page.end));
      const from = await pagesOf(source.readPages(stream, { columns: ['v'], pageSize: 10, from: end.cursor }, never));
      expect(from.flatMap(({ rows }) => rows)).toHaveLength(values.length - at);
      const before = await pagesOf(
        source.readPages(stream, { columns: ['v'], pageSize: 10, before: end.cursor }, never),
      );
      expect(before.flatMap(({ rows }) => rows)).toHaveLength(at);
    }
  });

  it('is read in full, in order, as a key', async () => {
    await fill(type, values);
    const stream = await source.describe({
      table: 'cells',
      primaryKey: ['v'],
      cursor: 'v',
      byKey: true,
      onNull: 'error',
    });
    const pages = await pagesOf(source.readPages(stream, { columns: ['n'], pageSize: 1 }, never));
    expect(pages.map(({ end }) => end.key)).toEqual(values.map((value) => [value]));
    const found = await source.readKeys(
      stream,
      ['v'],
      values.map((value) => [value]),
    );
    expect(found.map(([cell]) => cell).sort()).toEqual([...values].sort());
  });
});

describe.each(NOT_A_CURSOR)('%s', (type, kind, values) => {
  it("is no cursor, and a key that is read in full, in the server's own order", async () => {
    await fill(type, values);
    await expect(
      source.describe({ table: 'cells', primaryKey: ['n'], cursor: 'v', onNull: 'error' }),
    ).rejects.toMatchObject({ code: 'cursor-type' });
    const stream = await source.describe({
      table: 'cells',
      primaryKey: ['v'],
      cursor: 'v',
      byKey: true,
      onNull: 'error',
    });
    expect(stream.columns.find(({ name }) => name === 'v')).toMatchObject({ kind });
    const pages = await pagesOf(source.readPages(stream, { columns: ['v'], pageSize: 1 }, never));
    expect(pages.flatMap(({ rows }) => rows.map(([cell]) => cell))).toEqual(values);
    for (const [at, { end }] of pages.entries()) {
      const rest = await pagesOf(source.readPages(stream, { columns: ['v'], pageSize: 2, after: end }, never));
      expect(rest.flatMap(({ rows }) => rows.map(([cell]) => cell))).toEqual(values.slice(at + 1));
    }
    const found = await source.readKeys(
      stream,
      ['v'],
      values.map((value) => [value]),
    );
    expect(found).toHaveLength(values.length);
  });
});

describe('other cells', () => {
  it('are texts too: bits, floats and NULL', async () => {
    await server.create({
      name: 'cells',
      columns: [
        { name: 'n', type: 'int', notNull: true },
        { name: 'yes', type: 'bit' },
        { name: 'f', type: 'float' },
        { name: 'x', type: 'xml' },
      ],
    });
    await server.insert(
      'cells',
      { n: 1, yes: 1, f: '0.1', x: '<a/>' },
      { n: 2, yes: 0, f: null, x: null },
      { n: 3, yes: null, f: '1e300', x: '' },
    );
    const stream = await source.describe({ table: 'cells', primaryKey: ['n'], cursor: 'n', onNull: 'error' });
    expect(stream.columns.map(({ kind }) => kind)).toEqual(['integer', 'boolean', 'float', 'text']);
    const [page] = await pagesOf(source.readPages(stream, { columns: ['yes', 'f', 'x'], pageSize: 10 }, never));
    expect(page?.rows.map(([yes, f, x]) => [yes, f === null ? null : Number(f), x])).toEqual([
      ['1', 0.1, '<a/>'],
      ['0', null, null],
      [null, 1e300, ''],
    ]);
  });

  it.each(['xml', 'nvarchar(max)', 'varbinary(max)', 'float', 'sql_variant'])('%s is no key', async (type) => {
    await fill(type, []);
    await expect(
      source.describe({ table: 'cells', primaryKey: ['v'], cursor: 'n', onNull: 'error' }),
    ).rejects.toMatchObject({ code: 'cursor-type' });
  });
});

describe('bounds of a time', () => {
  const bound = async (type: string, instant: string, timezone = 'UTC'): Promise<string> => {
    await fill(type, []);
    const stream = await source.describe({ table: 'cells', primaryKey: ['n'], cursor: 'v', timezone, onNull: 'error' });
    return source.cursorAt(stream, instant);
  };

  it.each([
    ['datetime2(7)', '2026-11-20 10:00:00.1234567'],
    ['datetime2(3)', '2026-11-20 10:00:00.123'],
    ['datetime2(0)', '2026-11-20 10:00:00'],
    ['datetime', '2026-11-20 10:00:00.123'],
    ['smalldatetime', '2026-11-20 10:00:00.000'],
    ['datetimeoffset(7)', '2026-11-20 10:00:00.1234567 +00:00'],
    ['datetimeoffset(0)', '2026-11-20 10:00:00 +00:00'],
    ['date', '2026-11-20'],
  ])('are cut to what %s holds, never rounded up', async (type, text) => {
    expect(await bound(type, '2026-11-20T10:00:00.1234567Z')).toBe(text);
  });

  it('fall on a tick of datetime, which the server would otherwise round, up too', async () => {
    expect(await bound('datetime', '2026-11-20T10:00:00.999Z')).toBe('2026-11-20 10:00:00.997');
    expect(await bound('datetime', '2026-11-20T10:00:00.002Z')).toBe('2026-11-20 10:00:00.000');
    expect(await bound('datetime', '2026-11-20T10:00:00.006Z')).toBe('2026-11-20 10:00:00.003');
  });

  it('without a zone are wall time of source.timezone; with one they are UTC', async () => {
    expect(await bound('datetime2(0)', '2026-11-20T10:00:00Z', 'America/New_York')).toBe('2026-11-20 05:00:00');
    expect(await bound('datetimeoffset(0)', '2026-11-20T10:00:00Z', 'America/New_York')).toBe(
      '2026-11-20 10:00:00 +00:00',
    );
    await fill('datetime2(7)', []);
    await expect(
      source.describe({ table: 'cells', primaryKey: ['n'], cursor: 'v', onNull: 'error' }),
    ).rejects.toMatchObject({ code: 'cursor-timezone' });
  });

  it('end where the type begins', async () => {
    for (const [type, start] of [
      ['datetime', '1753-01-01 00:00:00.000'],
      ['smalldatetime', '1900-01-01 00:00:00.000'],
      ['datetime2(7)', '0001-01-01 00:00:00.0000000'],
    ] as const) {
      await fill(type, []);
      const stream = await source.describe({
        table: 'cells',
        primaryKey: ['n'],
        cursor: 'v',
        timezone: 'UTC',
        onNull: 'error',
      });
      expect(await source.shiftBack(stream, start, 86_400)).toBe(start);
    }
  });
});

describe('bounds of a number', () => {
  it('may lie beyond the type, and are exact to the last of 38 digits', async () => {
    await fill('decimal(38,10)', ['1234567890123456789012345678.0123456789']);
    const decimal = await source.describe({ table: 'cells', primaryKey: ['n'], cursor: 'v', onNull: 'error' });
    expect((await source.horizon(decimal, 0)).before).toBe('1234567890123456789012345679.0123456789');
    expect(await source.shiftBack(decimal, '0.5', 0.75)).toBe('-0.2500000000');
    for (const [type, largest, beyond] of [
      ['tinyint', '255', '256'],
      ['int', '2147483647', '2147483648'],
      ['bigint', '9223372036854775807', '9223372036854775808'],
    ] as const) {
      await fill(type, ['3', largest]);
      const stream = await source.describe({ table: 'cells', primaryKey: ['n'], cursor: 'v', onNull: 'error' });
      const { before } = await source.horizon(stream, 0);
      expect(before).toBe(beyond);
      const [page] = await pagesOf(source.readPages(stream, { columns: ['v'], pageSize: 5, before: before! }, never));
      expect(page?.rows).toEqual([['3'], [largest]]);
      const from = await source.shiftBack(stream, '3', 1000);
      expect(await pagesOf(source.readPages(stream, { columns: ['v'], pageSize: 5, from }, never))).toHaveLength(1);
    }
  });
});

it('tells two keys that the collation takes for one, within a page and where it ends', async () => {
  await server.create({
    name: 'cells',
    columns: [
      { name: 'n', type: 'int', notNull: true },
      { name: 'k', type: 'nvarchar(20)', notNull: true },
    ],
  });
  await server.insert('cells', { n: 1, k: 'a' }, { n: 2, k: 'Mail' }, { n: 2, k: 'mAIL' }, { n: 3, k: 'z' });
  const stream = await source.describe({ table: 'cells', primaryKey: ['k'], cursor: 'n', onNull: 'error' });
  await expect(pagesOf(source.readPages(stream, { columns: ['k'], pageSize: 2 }, never))).rejects.toMatchObject({
    code: 'key-not-unique',
  });
});
