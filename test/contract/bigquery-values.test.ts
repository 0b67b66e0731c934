/** BigQuery's types through Google's own client: every value comes out as it went in, and every cursor goes back as the text it came as. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../../connectors/connector.ts';
import { openBigquery, readAll, specOf } from '../support/bigquery-reading.ts';
import { type BigqueryStandIn, startBigquery } from '../support/bigquery-server.ts';

let standIn: BigqueryStandIn;
let source: Source;
beforeAll(async () => {
  standIn = await startBigquery();
  source = await openBigquery(standIn);
});
afterAll(async () => {
  await source.close();
  await standIn.close();
});

describe('a value', () => {
  /** Declared type, DuckDB's literal of the value, kind of the column, and the cell. */
  const VALUES = [
    ['INT64', '-9223372036854775808', 'integer', '-9223372036854775808'],
    ['INT64', '9007199254740993', 'integer', '9007199254740993'],
    ['NUMERIC', "'99999999999999999999999999999.999999999'", 'decimal', '99999999999999999999999999999.999999999'],
    ['NUMERIC(10, 2)', '10.50', 'decimal', '10.5'],
    [
      'BIGNUMERIC',
      "'57896044618658097711785492504343953926.34992332820282019728792003956564819967'",
      'decimal',
      '57896044618658097711785492504343953926.34992332820282019728792003956564819967',
    ],
    ['FLOAT64', '0.1', 'float', '0.1'],
    ['FLOAT64', "'NaN'", 'float', 'NaN'],
    ['FLOAT64', '5e-324', 'float', '5E-324'],
    ['BOOL', 'true', 'boolean', 'true'],
    ['STRING', "'Zoë ☃ 🎉 '' \" \\'", 'text', 'Zoë ☃ 🎉 \' " \\'],
    ['BYTES', "'\\x00\\xFF'::BLOB", 'bytes', '\\x00ff'],
    ['TIMESTAMP', "'2026-11-20 10:00:00.123456+00'", 'timestamptz', '2026-11-20 10:00:00.123456+00'],
    ['TIMESTAMP', "'1969-12-31 23:59:59.999999+00'", 'timestamptz', '1969-12-31 23:59:59.999999+00'],
    ['TIMESTAMP', "'0001-01-01 00:00:00+00'", 'timestamptz', '0001-01-01 00:00:00.000000+00'],
    ['TIMESTAMP', "'9999-12-31 23:59:59.999999+00'", 'timestamptz', '9999-12-31 23:59:59.999999+00'],
    ['DATETIME', "'2026-10-25 02:30:00.000001'", 'timestamp', '2026-10-25T02:30:00.000001'],
    ['DATE', "'2026-02-28'", 'date', '2026-02-28'],
    ['TIME', "'23:59:59.999999'", 'text', '23:59:59.999999'],
    ['GEOGRAPHY', "'POINT(13.4 52.5)'", 'text', 'POINT(13.4 52.5)'],
    ['JSON', `'{"id":9007199254740993,"a":[1,null]}'`, 'json', '{"id":9007199254740993,"a":[1,null]}'],
    ['INTERVAL', "'1-2 3 4:5:6.789'", 'text', '1-2 3 4:5:6.789'],
    ['RANGE<DATE>', "'[2026-01-01, UNBOUNDED)'", 'text', '[2026-01-01, UNBOUNDED)'],
    ['RANGE<TIMESTAMP>', "'[1767225600000001, UNBOUNDED)'", 'text', '[2026-01-01 00:00:00.000001+00, UNBOUNDED)'],
    ['ARRAY<INT64>', '[1, 9007199254740993]', 'json', '[1,"9007199254740993"]'],
    ['ARRAY<STRING>', '[]', 'json', '[]'],
    [
      'STRUCT<id INT64, at TIMESTAMP, lines ARRAY<STRUCT<sku STRING, price NUMERIC, raw BYTES>>>',
      "{id: -9223372036854775808, 'at': '2026-11-20 10:00:00.5+00', lines: [{sku: 'a\"b', price: 19.90, raw: 'ab'::BLOB}, {sku: NULL, price: 12345678901234567890.123456789, raw: NULL}]}",
      'json',
      '{"id":"-9223372036854775808","at":"2026-11-20T10:00:00.500000Z","lines":[{"sku":"a\\"b","price":19.9,"raw":"YWI="},{"sku":null,"price":"12345678901234567890.123456789","raw":null}]}',
    ],
    ['STRUCT<ok BOOL, j JSON, f FLOAT64>', "{ok: false, j: '[1]', f: 1.5}", 'json', '{"ok":false,"j":[1],"f":1.5}'],
  ] as const;

  it.each(VALUES)('of type %s, %s, comes out exact', async (type, literal, kind, cell) => {
    await standIn.execute(`CREATE TABLE marts.one (id INT64 NOT NULL, v ${type})`);
    await standIn.insert(`INSERT INTO one VALUES (1, ${literal}), (2, ${type.startsWith('ARRAY') ? '[]' : 'NULL'})`);
    const stream = await source.describe(specOf('one', { cursor: 'id' }));
    expect(stream.columns[1]).toMatchObject({ name: 'v', kind, type: typeName(type) });
    const { rows } = await readAll(source, stream, { columns: ['v'] });
    expect(rows).toEqual([[cell], [type.startsWith('ARRAY') ? '[]' : null]]);
    const [found] = await source.readKeys(stream, ['v'], [['1']]);
    expect(found).toEqual([cell]);
  });

  /** A STRUCT is named without its members. */
  const typeName = (type: string): string => type.replace(/^STRUCT<.*>$/, 'STRUCT');
});

describe('a cursor', () => {
  const CURSORS = [
    ['INT64', ['9007199254740992', '9007199254740993', '9223372036854775806'], []],
    ['NUMERIC', ['0.000000001', '0.000000002', '99999999999999999999999999999.999999999'], []],
    [
      'TIMESTAMP',
      ['2026-01-01 10:00:00.000001+00', '2026-01-01 10:00:00.000002+00', '2026-01-02 00:00:00.000000+00'],
      [],
    ],
    ['DATETIME', ['2026-10-25T02:30:00', '2026-10-25T02:30:00.000001', '2026-10-25T03:00:00.123456'], ['Europe/Paris']],
    ['DATE', ['2025-12-31', '2026-01-01', '2026-01-02'], ['America/New_York']],
  ] as const;

  it.each(CURSORS)(
    'of type %s goes back as the text it came as, after every page',
    async (type, values, [timezone]) => {
      await standIn.execute(`CREATE TABLE marts.cursors (id STRING, at ${type})`);
      // Two keys on each value, in an order that the text of the value does not give away.
      const rows = values.flatMap((value) => [`('b', '${value}')`, `('a', '${value}')`]);
      await standIn.insert(`INSERT INTO cursors VALUES ${rows.reverse().join(', ')}`);
      const stream = await source.describe(specOf('cursors', { ...(timezone !== undefined && { timezone }) }));
      const { pages } = await readAll(source, stream, { columns: ['at', 'id'], pageSize: 1 });
      const expected = values.flatMap((value) => [
        [value, 'a'],
        [value, 'b'],
      ]);
      expect(pages.map((page) => page.rows[0])).toEqual(expected);
      for (const [n, { end }] of pages.entries()) {
        expect([end.cursor, ...end.key]).toEqual(expected[n]);
        const rest = await readAll(source, stream, { columns: ['at', 'id'], after: end });
        expect(rest.rows).toEqual(expected.slice(n + 1));
        const upTo = await readAll(source, stream, { columns: ['at', 'id'], upTo: end });
        expect(upTo.rows).toEqual(expected.slice(0, n + 1));
      }
    },
  );

  it('of numbers ends one above the largest, at any length', async () => {
    const ends = async (type: string, value: string): Promise<string | undefined> => {
      await standIn.execute(`CREATE TABLE marts.ends (id INT64, at ${type})`);
      if (value !== '') await standIn.insert(`INSERT INTO ends VALUES (1, ${value}), (2, 1)`);
      return (await source.horizon(await source.describe(specOf('ends')), 0)).before;
    };
    expect(await ends('INT64', '9007199254740993')).toBe('9007199254740994');
    expect(await ends('INT64', '9223372036854775807')).toBe('9223372036854775807');
    expect(await ends('NUMERIC', '12345678901234567890.000000001')).toBe('12345678901234567891.000000001');
    expect(await ends('INT64', '')).toBeUndefined();
  });

  it('of numbers is shifted back exactly', async () => {
    await standIn.execute('CREATE TABLE marts.ends (id INT64, at INT64)');
    const stream = await source.describe(specOf('ends'));
    expect(await source.shiftBack(stream, '9007199254740993', 1000)).toBe('9007199254739993');
    expect(await source.shiftBack(stream, '0.5', 1)).toBe('-0.5');
    await expect(source.shiftBack(stream, '2026-01-01', 1)).rejects.toMatchObject({ code: 'cursor-format' });
  });

  it('without a zone needs one, and waits with the hour that passes twice', async () => {
    await standIn.execute('CREATE TABLE marts.local (id INT64, at DATETIME)');
    await expect(source.describe(specOf('local'))).rejects.toMatchObject({ code: 'cursor-timezone' });
    const stream = await source.describe(specOf('local', { timezone: 'Europe/Paris' }));
    expect(await source.cursorAt(stream, '2026-07-01T10:00:00.123456Z')).toBe('2026-07-01T12:00:00.123456');
    expect((await source.horizon(stream, 60)).before).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  });

  it.each([
    ['FLOAT64', 'cursor-type'],
    ['STRING', 'cursor-type'],
    ['BOOL', 'cursor-type'],
    ['ARRAY<INT64>', 'cursor-type'],
    ['TIMESTAMP(12)', 'cursor-type'],
  ])('of type %s is refused', async (type, code) => {
    await standIn.execute(`CREATE TABLE marts.wrong (id INT64, at ${type})`);
    await expect(source.describe(specOf('wrong'))).rejects.toMatchObject({ name: 'SourceError', code });
  });

  it.each(['GEOGRAPHY', 'INTERVAL', 'RANGE<DATE>', "STRING COLLATE 'und:ci'", 'JSON', 'FLOAT64', 'STRUCT<a INT64>'])(
    'is not paged by a key of type %s',
    async (type) => {
      await standIn.execute(`CREATE TABLE marts.wrong (id ${type}, at TIMESTAMP)`);
      await expect(source.describe(specOf('wrong'))).rejects.toMatchObject({ code: 'cursor-type' });
    },
  );

  it('with a key that is NULL stops before the page is given', async () => {
    await standIn.execute('CREATE TABLE marts.keyless (id INT64, at TIMESTAMP)');
    await standIn.insert(
      "INSERT INTO keyless VALUES (1, '2026-01-01 00:00:00+00'), (NULL, '2026-01-02 00:00:00+00'), (3, '2026-01-03 00:00:00+00')",
    );
    const stream = await source.describe(specOf('keyless'));
    await expect(readAll(source, stream)).rejects.toMatchObject({ code: 'cursor-null' });
  });
});

it('pages by keys of bytes, times, dates and booleans', async () => {
  await standIn.execute('CREATE TABLE marts.keys (a BYTES, b TIME, c DATE, d BOOL, at TIMESTAMP)');
  const at = "'2026-01-01 00:00:00+00'";
  await standIn.insert(
    `INSERT INTO keys VALUES ('\\x01'::BLOB, '10:00:00.5', '2026-01-01', true, ${at}), ('\\x01'::BLOB, '10:00:00.5', '2026-01-01', false, ${at}), ('\\x00\\xFF'::BLOB, '11:00:00', '2026-01-02', true, ${at})`,
  );
  const stream = await source.describe(specOf('keys', { primaryKey: ['a', 'b', 'c', 'd'] }));
  const { pages } = await readAll(source, stream, { columns: ['c'], pageSize: 1 });
  expect(pages.map(({ end }) => end.key)).toEqual([
    ['\\x00ff', '11:00:00', '2026-01-02', 'true'],
    ['\\x01', '10:00:00.5', '2026-01-01', 'false'],
    ['\\x01', '10:00:00.5', '2026-01-01', 'true'],
  ]);
  for (const [n, { end }] of pages.entries()) {
    expect((await readAll(source, stream, { columns: ['c'], after: end })).rows).toHaveLength(2 - n);
    expect(await source.readKeys(stream, ['c'], [end.key, ['\\x01', 'noon', 'never', 'maybe']])).toHaveLength(1);
  }
});
