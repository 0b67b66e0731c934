/** Every type of DuckDB as text at full precision, and back again where it may be a cursor or a key. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadSpec, Row, Source } from '../../connectors/connector.ts';
import { duckdb } from '../../connectors/duckdb/index.ts';
import { runDuckdb } from './beds/duckdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'capi-sync-duckdb-types-'));
const filename = join(folder, 'types.duckdb');
let source: Source;

/** Name, type, a literal of it, the kind it is read as, and its text. */
const TYPES: readonly (readonly [string, string, string, string, string])[] = [
  ['t_bool', 'BOOLEAN', 'true', 'boolean', 'true'],
  ['t_tiny', 'TINYINT', '-128', 'integer', '-128'],
  ['t_big', 'BIGINT', '9223372036854775807', 'integer', '9223372036854775807'],
  ['t_ubig', 'UBIGINT', '18446744073709551615', 'integer', '18446744073709551615'],
  [
    't_huge',
    'HUGEINT',
    "'-170141183460469231731687303715884105728'",
    'decimal',
    '-170141183460469231731687303715884105728',
  ],
  [
    't_uhuge',
    'UHUGEINT',
    "'340282366920938463463374607431768211455'",
    'decimal',
    '340282366920938463463374607431768211455',
  ],
  [
    't_dec',
    'DECIMAL(38, 10)',
    "'1234567890123456789012345678.0123456789'",
    'decimal',
    '1234567890123456789012345678.0123456789',
  ],
  ['t_money', 'DECIMAL(12, 2)', '10.10', 'decimal', '10.10'],
  ['t_float', 'FLOAT', '0.1', 'float', '0.1'],
  ['t_double', 'DOUBLE', '0.1 + 0.2::DOUBLE', 'float', '0.30000000000000004'],
  ['t_tz', 'TIMESTAMPTZ', "'2026-01-02 03:04:05.123456+02'", 'timestamptz', '2026-01-02 01:04:05.123456+00'],
  ['t_ts', 'TIMESTAMP', "'2026-01-02 03:04:05.000001'", 'timestamp', '2026-01-02 03:04:05.000001'],
  ['t_s', 'TIMESTAMP_S', "'2026-01-02 03:04:05'", 'timestamp', '2026-01-02 03:04:05'],
  ['t_ms', 'TIMESTAMP_MS', "'2026-01-02 03:04:05.678'", 'timestamp', '2026-01-02 03:04:05.678'],
  ['t_ns', 'TIMESTAMP_NS', "'2026-01-02 03:04:05.123456789'", 'timestamp', '2026-01-02 03:04:05.123456789'],
  ['t_date', 'DATE', "'2026-01-02'", 'date', '2026-01-02'],
  ['t_time', 'TIME', "'03:04:05.000001'", 'text', '03:04:05.000001'],
  ['t_timetz', 'TIMETZ', "'03:04:05+02'", 'text', '03:04:05+02'],
  ['t_interval', 'INTERVAL', "'1 month 2 days 3 seconds'", 'text', '1 month 2 days 00:00:03'],
  ['t_text', 'VARCHAR', "'Zoë ☃ 🎉'", 'text', 'Zoë ☃ 🎉'],
  ['t_blob', 'BLOB', "'a\\x00\\xFF'", 'bytes', '\\x6100ff'],
  ['t_uuid', 'UUID', "'7f0c5c1e-5a0b-4b8e-9b1d-2f6a6a6d1f00'", 'text', '7f0c5c1e-5a0b-4b8e-9b1d-2f6a6a6d1f00'],
  ['t_enum', "ENUM('zebra', 'ant')", "'zebra'", 'text', 'zebra'],
  ['t_bit', 'BIT', "'0101'", 'text', '0101'],
  ['t_list', 'BIGINT[]', '[1, 9223372036854775807]', 'json', '[1,9223372036854775807]'],
  ['t_array', 'INTEGER[2]', '[1, 2]', 'json', '[1,2]'],
  ['t_struct', 'STRUCT(a INTEGER, b VARCHAR[])', "{'a': 1, 'b': ['x', NULL]}", 'json', '{"a":1,"b":["x",null]}'],
  ['t_map', 'MAP(VARCHAR, INTEGER)', "MAP {'k': 1}", 'json', '{"k":1}'],
  ['t_json', 'JSON', `'{"a": 1.50}'`, 'json', '{"a": 1.50}'],
];

const spec = (more: Partial<ReadSpec>): ReadSpec => ({
  table: 'everything',
  primaryKey: ['id'],
  cursor: 'id',
  timezone: 'UTC',
  onNull: 'skip',
  ...more,
});

beforeAll(async () => {
  await runDuckdb(
    filename,
    `CREATE TABLE everything (id INTEGER, ${TYPES.map(([name, type]) => `${name} ${type}`).join(', ')})`,
    `INSERT INTO everything VALUES (1, ${TYPES.map(([, , literal]) => literal).join(', ')})`,
    `INSERT INTO everything (id) VALUES (2)`,
    `CREATE TABLE names (name VARCHAR COLLATE NOCASE, level ENUM('low', 'high'), at TIMESTAMPTZ)`.replace(
      ' at ',
      ' "at" ',
    ),
    `INSERT INTO names SELECT * FROM (VALUES ('a', 'low'), ('A', 'high'), ('b', 'low')) AS v(n, l), (SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00')`,
  );
  source = await duckdb.open({ database: filename }, { baseDir: folder });
});

afterAll(async () => {
  await source.close();
  rmSync(folder, { recursive: true });
});

const rowsOf = async (given: ReadSpec, columns: readonly string[], pageSize = 10): Promise<Row[]> => {
  const stream = await source.describe(given);
  const rows: Row[] = [];
  for await (const page of source.readPages(stream, { columns, pageSize }, new AbortController().signal))
    rows.push(...page.rows);
  return rows;
};

describe('types of DuckDB', () => {
  it.each(TYPES)(
    '%s (%s): the text has every digit, and NULL stays NULL',
    async (name, _type, _literal, kind, text) => {
      const { columns } = await source.describe(spec({}));
      expect(columns.find((column) => column.name === name)?.kind).toBe(kind);
      expect(await rowsOf(spec({}), [name])).toEqual([[text], [null]]);
    },
  );

  it.each(TYPES.filter(([, , , kind]) => ['integer', 'decimal', 'timestamptz', 'timestamp', 'date'].includes(kind)))(
    '%s (%s) as cursor: its text goes back as a bound without loss',
    async (name, _type, _literal, _kind, text) => {
      const stream = await source.describe(spec({ cursor: name }));
      const at = async (bounds: object): Promise<number> => {
        let count = 0;
        const range = { columns: ['id'], pageSize: 10, ...bounds };
        for await (const page of source.readPages(stream, range, new AbortController().signal))
          count += page.rows.length;
        return count;
      };
      expect(await at({})).toBe(1);
      expect(await at({ from: text })).toBe(1);
      expect(await at({ before: text })).toBe(0);
      expect(await at({ after: { cursor: text, key: ['1'] } })).toBe(0);
      expect(await at({ after: { cursor: text, key: ['0'] } })).toBe(1);
    },
  );

  it.each(
    TYPES.filter(([name]) =>
      ['t_big', 't_ubig', 't_huge', 't_dec', 't_text', 't_blob', 't_uuid', 't_enum', 't_tz', 't_ns'].includes(name),
    ),
  )('%s (%s) as key: the row is found by its text, and by no other', async (name, _type, _literal, _kind, text) => {
    const narrowed = spec({ primaryKey: [name], where: 'id = 1' });
    const stream = await source.describe(narrowed);
    expect(await source.readKeys(stream, ['id'], [[text], ['no such key'], ["' OR 1=1 --"]])).toEqual([['1']]);
    expect(await source.readKeys(stream, ['id'], [['no such key']])).toEqual([]);
  });

  it.each(['t_interval', 't_timetz', 't_double', 't_struct', 't_json'])('%s is refused as a key', async (name) => {
    await expect(source.describe(spec({ primaryKey: [name], where: 'id = 1' }))).rejects.toMatchObject({
      code: 'cursor-type',
    });
  });

  it('tells keys apart that a collation calls equal, and an enumeration has the order of its texts', async () => {
    const named = { table: 'names', primaryKey: ['name'], cursor: 'at', onNull: 'error' } as const;
    expect(await rowsOf(named, ['name'], 1)).toEqual([['A'], ['a'], ['b']]);
    const stream = await source.describe(named);
    expect(await source.readKeys(stream, ['name'], [['a']])).toEqual([['a']]);
    const levels = { ...named, primaryKey: ['level', 'name'] };
    expect(await rowsOf(levels, ['level', 'name'], 1)).toEqual([
      ['high', 'A'],
      ['low', 'a'],
      ['low', 'b'],
    ]);
  });

  it('ends a number at the largest value and one, also where that is the largest there is', async () => {
    const stream = await source.describe(spec({ cursor: 't_big' }));
    expect((await source.horizon(stream, 60)).before).toBe('9223372036854775808');
    expect(await source.shiftBack(stream, '9223372036854775808', 3)).toBe('9223372036854775805');
    const money = await source.describe(spec({ cursor: 't_money' }));
    expect((await source.horizon(money, 60)).before).toBe('11.10');
  });
});
