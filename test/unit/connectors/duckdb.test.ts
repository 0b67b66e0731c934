import { describe, expect, it } from 'vitest';
import { kindOf } from '../../../connectors/duckdb/column-types.ts';
import { microsOf, textOf } from '../../../connectors/duckdb/file-listing.ts';
import { fileTables, tableNameOf } from '../../../connectors/duckdb/file-tables.ts';
import { fileUrl } from '../../../connectors/duckdb/file-url.ts';

describe('what init makes of a path', () => {
  it('is a database, or files; every other file is left to other connectors', () => {
    const options = (text: string) => {
      const read = fileUrl(text);
      return read && Object.fromEntries(Object.entries(read.options).map(([name, { value }]) => [name, value]));
    };
    expect(options('data/warehouse.duckdb')).toEqual({ database: 'data/warehouse.duckdb' });
    expect(options('duckdb:///data/warehouse.db')).toEqual({ database: '/data/warehouse.db' });
    expect(options('exports/*.csv.gz')).toEqual({ files: 'exports/*.csv.gz' });
    expect(options('s3://bucket/orders/*.parquet')).toEqual({ files: 's3://bucket/orders/*.parquet' });
    expect(options('file:orders.ndjson')).toEqual({ files: 'orders.ndjson' });
    for (const other of ['shop.db', 'file:shop.sqlite', 's3://bucket/shop.db', 'duckdb:', 'postgres://h/d'])
      expect(options(other)).toBeUndefined();
    expect(fileUrl('s3://bucket/a.parquet')?.options.files?.isPath).toBe(false);
  });

  it('names a table after the part of the path that is a name', () => {
    expect(
      [
        'exports/orders-*.parquet',
        'orders/*.csv',
        'a/b c.csv.gz',
        's3://lake/2026/**/*.parquet',
        '*.csv',
        'C:\\data\\leads.csv',
      ].map(tableNameOf),
    ).toEqual(['orders', 'orders', 'b_c', 'lake', 'files', 'leads']);
  });
});

describe('a table of files', () => {
  it('is read as its ending says, or as it is told', () => {
    const formats = (files: NonNullable<Parameters<typeof fileTables>[0]['files']>) =>
      fileTables({ files }, '/project').map(({ format, paths }) => [format, ...paths]);
    expect(formats({ a: 'a.parquet', b: '/x/b.tsv', c: 'c.jsonl.gz', d: 's3://l/d.parquet' })).toEqual([
      ['parquet', '/project/a.parquet'],
      ['csv', '/x/b.tsv'],
      ['json', '/project/c.jsonl.gz'],
      ['parquet', 's3://l/d.parquet'],
    ]);
    expect(formats({ a: { path: ['x', 'y'], format: 'csv' } })).toEqual([['csv', '/project/x', '/project/y']]);
    expect(() => formats({ a: 'x.xlsx' })).toThrow(expect.objectContaining({ name: 'SourceError' }));
  });
});

describe('the time of a file', () => {
  it('is written as DuckDB writes it, and read again to the microsecond', () => {
    for (const [micros, text] of [
      [1_767_261_600_000_000n, '2026-01-01 10:00:00+00'],
      [1_767_261_600_000_001n, '2026-01-01 10:00:00.000001+00'],
      [1_767_261_600_120_000n, '2026-01-01 10:00:00.12+00'],
    ] as const) {
      expect(textOf(micros)).toBe(text);
      expect(microsOf(text)).toBe(micros);
    }
    expect(microsOf('yesterday')).toBeUndefined();
    expect(microsOf('')).toBeUndefined();
  });
});

it('tells kinds by the name of a type, whatever is within it', () => {
  const kinds = [
    'DECIMAL(38,10)',
    'HUGEINT',
    'VARCHAR[]',
    'INTEGER[3]',
    'STRUCT(a DATE)',
    'MAP(VARCHAR, BIGINT)',
    "ENUM('DATE')",
    'UUID',
    'TIMESTAMP WITH TIME ZONE',
    'TIME',
  ];
  expect(kinds.map(kindOf)).toEqual([
    'decimal',
    'decimal',
    'json',
    'json',
    'json',
    'json',
    'text',
    'text',
    'timestamptz',
    'text',
  ]);
});
