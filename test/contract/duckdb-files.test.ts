/** Files as tables: new ones as they appear, old ones that come late, grow, are written anew or are not whole yet; none is lost, none is read torn. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Page, Position, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import { listStore } from '../../connectors/duckdb/file-listing.ts';
import { duckdb } from '../../connectors/duckdb/index.ts';
import { runDuckdb } from './beds/duckdb.ts';

const root = mkdtempSync(join(tmpdir(), 'capi-sync-duckdb-files-'));
let folder = '';
let made = 0;

beforeEach(() => {
  made += 1;
  folder = join(root, String(made));
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true }));

const byTime = (more: Partial<ReadSpec> = {}): ReadSpec => ({
  table: 'orders',
  primaryKey: ['filename', 'file_row_number'],
  cursor: 'file_changed_at',
  onNull: 'error',
  ...more,
});

const withSource = async <T>(files: unknown, work: (source: Source) => Promise<T>, settle = 0): Promise<T> => {
  const tables = typeof files === 'string' ? { orders: files } : files;
  const source = await duckdb.open({ files: tables, settle_seconds: settle }, { baseDir: folder });
  try {
    return await work(source);
  } finally {
    await source.close();
  }
};

const pagesOf = async (source: Source, stream: Stream, range: object = {}): Promise<Page[]> => {
  const pages: Page[] = [];
  const given = { columns: ['id', 'filename', 'file_row_number'], pageSize: 1000, ...range };
  for await (const page of source.readPages(stream, given, new AbortController().signal)) pages.push(page);
  return pages;
};

const rowsOf = async (source: Source, stream: Stream, range: object = {}): Promise<Row[]> =>
  (await pagesOf(source, stream, range)).flatMap((page) => page.rows);

/** What a run would read, from a position on up to its horizon, and where it would end. */
const runFrom = (files: unknown, after: Position | undefined, settle = 0, spec = byTime()) =>
  withSource(
    files,
    async (source) => {
      const stream = await source.describe(spec);
      const { before } = await source.horizon(stream, 0);
      const pages = await pagesOf(source, stream, { before, ...(after === undefined ? {} : { after }) });
      return { ids: pages.flatMap((page) => page.rows.map(([id]) => id)), end: pages.at(-1)?.end ?? after };
    },
    settle,
  );

const csv = (name: string, ...ids: readonly string[]): void =>
  writeFileSync(join(folder, name), `id\n${ids.join('\n')}\n`);
/** Longer than the kernel's clock takes from one tick to the next. */
const tick = (): Promise<void> => wait(25);

describe('files by their own time', () => {
  it('are read as they appear, each once, whatever their names', async () => {
    csv('b.csv', '1', '2');
    const first = await runFrom('*.csv', undefined);
    expect(first.ids).toEqual(['1', '2']);
    await tick();
    csv('a.csv', '3');
    const second = await runFrom('*.csv', first.end);
    expect(second.ids).toEqual(['3']);
    expect((await runFrom('*.csv', second.end)).ids).toEqual([]);
  });

  it('are new when they arrive, however old the time that they bring', async () => {
    csv('new.csv', '1');
    const first = await runFrom('*.csv', undefined);
    await tick();
    mkdirSync(join(folder, 'elsewhere'));
    csv('elsewhere/old.csv', '2');
    utimesSync(join(folder, 'elsewhere/old.csv'), new Date('2001-01-01'), new Date('2001-01-01'));
    await tick();
    renameSync(join(folder, 'elsewhere/old.csv'), join(folder, 'old.csv'));
    expect(statSync(join(folder, 'old.csv')).mtime.getFullYear()).toBe(2001);
    expect((await runFrom('*.csv', first.end)).ids).toEqual(['2']);
  });

  it('are read anew when they have grown, with the same keys for the same rows', async () => {
    csv('log.csv', '1', '2');
    const first = await runFrom('*.csv', undefined);
    await tick();
    appendFileSync(join(folder, 'log.csv'), '3\n');
    const second = await runFrom('*.csv', first.end);
    expect(second.ids).toEqual(['1', '2', '3']);
    expect(second.end?.key).toEqual(['log.csv', '2']);
    expect(first.end?.key).toEqual(['log.csv', '1']);
  });

  it('wait until they lie still, and do not hold up the others: half a Parquet file harms nobody', async () => {
    await runDuckdb(':memory:', `COPY (SELECT 7 AS id) TO '${join(folder, 'whole.parquet')}'`);
    await wait(4100);
    writeFileSync(join(folder, 'half.parquet'), 'PAR1 and not yet more');
    const first = await runFrom('*.parquet', undefined, 4);
    expect(first.ids).toEqual(['7']);
    await runDuckdb(':memory:', `COPY (SELECT 8 AS id) TO '${join(folder, 'half.parquet')}'`);
    expect((await runFrom('*.parquet', first.end, 4)).ids).toEqual([]);
    await wait(4100);
    expect((await runFrom('*.parquet', first.end, 4)).ids).toEqual(['8']);
  });

  it('go on from any page, in full pages across files, over several files of one moment too', async () => {
    for (let n = 0; n < 12; n += 1) csv(`part-${n}.csv`, ...Array.from({ length: n + 1 }, (_, row) => `${n}-${row}`));
    await withSource('*.csv', async (source) => {
      const stream = await source.describe(byTime());
      const whole = await rowsOf(source, stream);
      expect(whole).toHaveLength(78);
      const pages = await pagesOf(source, stream, { pageSize: 10 });
      expect(pages.map((page) => page.rows.length)).toEqual([10, 10, 10, 10, 10, 10, 10, 8]);
      expect(pages.flatMap((page) => page.rows)).toEqual(whole);
      for (const [n, { end }] of pages.entries())
        expect(await rowsOf(source, stream, { after: end, pageSize: 10 })).toEqual(whole.slice((n + 1) * 10));
      const middle = pages[3]!.end;
      expect(await rowsOf(source, stream, { upTo: middle })).toEqual(whole.slice(0, 40));
      const keys = whole.map((row) => [String(row[1]), String(row[2])]);
      expect(await source.readKeys(stream, ['id'], [keys[5]!, keys[77]!, ['nonsuch.csv', '0']])).toHaveLength(2);
      expect(await source.readKeys(stream, ['id'], keys, { upTo: middle })).toHaveLength(40);
      expect(await source.countUpTo(stream, 1000)).toBe(78);
    });
  });

  it('have the number of a row in its file, also where a file is read by several threads', async () => {
    const lines = Array.from({ length: 400_000 }, (_, n) => `${n},${'x'.repeat(20)}`);
    writeFileSync(join(folder, 'large.csv'), `id,filler\n${lines.join('\n')}\n`);
    await withSource('*.csv', async (source) => {
      const stream = await source.describe(byTime());
      let at = 0;
      for await (const page of source.readPages(
        stream,
        { columns: ['id', 'file_row_number'], pageSize: 50_000 },
        new AbortController().signal,
      ))
        for (const [id, number] of page.rows) {
          if (id !== String(at) || number !== String(at)) throw new Error(`row ${at} has another number`);
          at += 1;
        }
      expect(at).toBe(400_000);
    });
  });

  it('have the columns of all files together; one that a file does not have is NULL there', async () => {
    await runDuckdb(
      ':memory:',
      `COPY (SELECT 1 AS id) TO '${join(folder, 'a.parquet')}'`,
      `COPY (SELECT 2 AS id, 'x' AS note) TO '${join(folder, 'b.parquet')}'`,
    );
    await withSource('*.parquet', async (source) => {
      const stream = await source.describe(byTime());
      const rows = await rowsOf(source, stream, { columns: ['id', 'note'] });
      expect([...rows].sort()).toEqual([
        ['1', null],
        ['2', 'x'],
      ]);
    });
  });

  it('of an object store are listed by the store, and none is opened for it', async () => {
    csv('a.csv', '1');
    // The same question, on a folder: DuckDB asks a store for it as it asks a disk.
    const run = async (statement: readonly unknown[]) => {
      const text = statement
        .map((piece) => (typeof piece === 'string' ? piece : `'${(piece as { bind: string }).bind}'`))
        .join('');
      return (await runDuckdb(':memory:', text)) as never;
    };
    const [entry] = await listStore(run, join(folder, '*.csv'), 'orders');
    expect(entry?.name).toBe(join(folder, 'a.csv'));
    expect(Math.abs(Number(entry?.changed) / 1000 - Date.now())).toBeLessThan(60_000);
  });
});

describe('files by a column of theirs', () => {
  const types = { updated_at: 'TIMESTAMPTZ' };
  const spec: ReadSpec = { table: 'orders', primaryKey: ['id'], cursor: 'updated_at', onNull: 'error' };
  const files = { orders: { path: '*.csv', types } };

  it('are one table in the order of that column', async () => {
    writeFileSync(join(folder, 'a.csv'), 'id,updated_at\n2,2026-01-02T00:00:00.000001Z\n1,2026-01-01T00:00:00+02\n');
    writeFileSync(join(folder, 'b.csv'), 'id,updated_at\n3,2026-01-01T12:00:00Z\n');
    await withSource(files, async (source) => {
      const stream = await source.describe(spec);
      expect(await rowsOf(source, stream, { columns: ['id', 'updated_at'] })).toEqual([
        ['1', '2025-12-31 22:00:00+00'],
        ['3', '2026-01-01 12:00:00+00'],
        ['2', '2026-01-02 00:00:00.000001+00'],
      ]);
      const keyed = await source.describe({ ...spec, primaryKey: ['filename', 'file_row_number'] });
      expect(await rowsOf(source, keyed)).toEqual([
        ['1', 'a.csv', '1'],
        ['3', 'b.csv', '0'],
        ['2', 'a.csv', '0'],
      ]);
    });
  });

  it('stop a run when one of them is changed meanwhile: its rows might lie behind the checkpoint', async () => {
    writeFileSync(join(folder, 'a.csv'), 'id,updated_at\n1,2026-01-01T00:00:00Z\n');
    await withSource(files, async (source) => {
      const stream = await source.describe(spec);
      await tick();
      appendFileSync(join(folder, 'a.csv'), '2,2026-01-01T00:00:00Z\n');
      await expect(rowsOf(source, stream, { columns: ['id'] })).rejects.toMatchObject({ code: 'source-interrupted' });
    });
  });

  it('are waited for when they were changed a moment ago', async () => {
    writeFileSync(join(folder, 'a.csv'), 'id,updated_at\n1,2026-01-01T00:00:00Z\n');
    const start = Date.now();
    await withSource(
      files,
      async (source) => expect(await rowsOf(source, await source.describe(spec), { columns: ['id'] })).toEqual([['1']]),
      1,
    );
    expect(Date.now() - start).toBeGreaterThan(800);
  });

  it('are tables of a query too, beside each other', async () => {
    writeFileSync(join(folder, 'a.csv'), 'id,updated_at,buyer\n1,2026-01-01T00:00:00Z,7\n');
    writeFileSync(join(folder, 'people.ndjson'), '{"id": "7", "email": "ana@example.com"}\n');
    const both = { ...files, people: 'people.ndjson' };
    await withSource(both, async (source) => {
      const query = 'SELECT o.id, o.updated_at, p.email, o.filename FROM orders o JOIN people p ON p.id = o.buyer';
      const stream = await source.describe({ query, primaryKey: ['id'], cursor: 'updated_at', onNull: 'error' });
      expect(await rowsOf(source, stream, { columns: ['email', 'filename'] })).toEqual([['ana@example.com', 'a.csv']]);
    });
  });
});

describe('what is in files', () => {
  it('stays the text that it is in CSV: zeros before a number, signs, days of any order', async () => {
    writeFileSync(join(folder, 'a.csv'), 'id;phone;day;amount\n007;+4915;03/04/2026;1,50\n008;;"a\n""b""";\n');
    await withSource('*.csv', async (source) => {
      const stream = await source.describe(byTime());
      expect(await rowsOf(source, stream, { columns: ['id', 'phone', 'day', 'amount'] })).toEqual([
        ['007', '+4915', '03/04/2026', '1,50'],
        ['008', null, 'a\n"b"', null],
      ]);
      expect(stream.columns.filter(({ name }) => !name.startsWith('file')).every(({ kind }) => kind === 'text')).toBe(
        true,
      );
    });
  });

  it('stays the text that it is in JSON, also within objects; numbers keep their kind', async () => {
    writeFileSync(
      join(folder, 'a.ndjson'),
      '{"id":"007","at":"2026-01-01T10:00:00+02:00","day":"2026-01-01","big":9007199254740993,"buyer":{"born":"1990-01-02","tags":["x"]}}\n',
    );
    await withSource('*.ndjson', async (source) => {
      const stream = await source.describe(byTime());
      expect(await rowsOf(source, stream, { columns: ['id', 'at', 'day', 'big', 'buyer'] })).toEqual([
        ['007', '2026-01-01T10:00:00+02:00', '2026-01-01', '9007199254740993', '{"born":"1990-01-02","tags":["x"]}'],
      ]);
      expect(stream.columns.find(({ name }) => name === 'buyer')?.kind).toBe('json');
      expect(stream.columns.find(({ name }) => name === 'big')?.kind).toBe('integer');
    });
  });

  it('is read compressed, and with a format that the path does not tell', async () => {
    await runDuckdb(':memory:', `COPY (SELECT 1 AS id) TO '${join(folder, 'a.csv.gz')}' (HEADER)`);
    writeFileSync(join(folder, 'export'), 'id\n2\n');
    const table = { path: ['a.csv.gz', 'export'], format: 'csv' };
    await withSource({ orders: table }, async (source) => {
      const rows = await rowsOf(source, await source.describe(byTime()), { columns: ['id'] });
      expect([...rows].sort()).toEqual([['1'], ['2']]);
    });
    await expect(withSource({ orders: 'export' }, async () => undefined)).rejects.toMatchObject({
      name: 'SourceError',
    });
  });

  it('is told by name where there is no file, or none of that form', async () => {
    await expect(withSource('orders-*.csv', (source) => source.describe(byTime()))).rejects.toMatchObject({
      code: 'unknown-table',
      message: expect.stringContaining('orders'),
    });
    writeFileSync(join(folder, 'orders.parquet'), 'no parquet at all');
    await expect(withSource('*.parquet', (source) => source.describe(byTime()))).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:unknown-table|source-interrupted)$/),
    });
  });
});
