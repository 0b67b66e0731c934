/** SQLite types each value by itself. What a run looks at to be sure of its cursor does not grow with the table, and still no value of another form is passed over. */
import { existsSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page, Position, Source, Stream } from '../../connectors/connector.ts';
import { checkSource } from '../../src/check/check-mapping.ts';
import { readParts } from '../../src/extract/read-stream.ts';
import { parseMapping } from '../../src/mapping/compile-mapping.ts';
import { mappingFile } from '../support/bind-for-test.ts';
import { collect, openBed, spec, sqliteBed } from './source-beds.ts';

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

/** Bytes that this process has read so far, from files and from memory of files. */
const bytesRead = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);

describe('a million rows', () => {
  beforeAll(() =>
    bed.execute(
      'CREATE TABLE big (id INTEGER PRIMARY KEY, at TEXT NOT NULL)',
      `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000000)
         INSERT INTO big SELECT n, datetime('2024-01-01', (n * 60) || ' seconds') FROM s`,
      'CREATE INDEX big_at ON big (at, id)',
    ),
  );

  it.runIf(existsSync('/proc/self/io'))(
    'are described, and read from a checkpoint, by a few pages of the file',
    async () => {
      const fresh = await openBed(bed);
      try {
        await fresh.describe(spec(bed, { table: 'big', primaryKey: ['at'] })); // what is loaded on first use
        const start = bytesRead();
        const stream = await fresh.describe(spec(bed, { table: 'big' }));
        const described = bytesRead();
        const after = { cursor: '2025-06-01 10:00:00', key: ['744120'] };
        const { pages } = await collect(fresh, stream, { columns: ['id'], after, upTo: { ...after, key: ['744125'] } });
        expect(pages).toEqual([]);
        const read = bytesRead();
        expect(described - start).toBeLessThan(500_000);
        expect(read - described).toBeLessThan(1_000_000);
        // The same measure sees a look at all of them, as `check` takes it.
        await fresh.inspect?.relation(stream);
        expect(bytesRead() - read).toBeGreaterThan(20_000_000);
      } finally {
        await fresh.close();
      }
    },
  );
});

describe('a value of another form', () => {
  const DAYS = 30;
  const HOURS = 24;

  /** An hour a row, for thirty days. */
  async function hourly(table: string, format: (day: number, hour: number) => string): Promise<void> {
    const rows = Array.from(
      { length: DAYS * HOURS },
      (_, n) => `(${n}, '${format(Math.floor(n / HOURS) + 1, n % HOURS)}')`,
    );
    await bed.execute(
      `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, at)`,
      `INSERT INTO ${table} VALUES ${rows.join(', ')}`,
      `CREATE INDEX ${table}_at ON ${table} (at, id)`,
    );
  }
  const two = (n: number): string => String(n).padStart(2, '0');
  const text =
    (separator: string, end = '') =>
    (day: number, hour: number) =>
      `2026-01-${two(day)}${separator}${two(hour)}:00:00${end}`;

  /** Reads all, gives the checkpoint. */
  async function readAll(table: string, timezone: { timezone?: string }): Promise<Position> {
    const { pages } = await collect(source, await source.describe({ ...spec(bed, { table }), ...timezone }), {
      columns: ['id'],
      pageSize: 100,
    });
    return (pages.at(-1) as Page).end;
  }

  const zoned = { timezone: 'UTC' };
  it.each([
    ['a blank among T', text('T'), zoned, "'2026-01-30 23:30:00'"],
    ['T among blanks', text(' '), zoned, "'2026-01-30T00:30:00'"],
    ['a bare day among times', text(' '), zoned, "'2026-01-30'"],
    ['the zone of New York among Z', text('T', 'Z'), {}, "'2026-01-30T18:30:00-05:00'"],
    ['the zone of Auckland among Z', text('T', 'Z'), {}, "'2026-01-31T12:30:00+13:00'"],
    ['no zone among Z', text('T', 'Z'), {}, "'2026-01-30T23:30:00'"],
    ['milliseconds among seconds', text(' '), zoned, "'2026-01-30 23:00:00.500'"],
    ['seconds of 1970', text(' '), zoned, '1769815800'],
    ['the same as text', text(' '), zoned, "'1769815800'"],
    ['bytes', text(' '), zoned, "CAST('2026-01-30 23:30:00' AS BLOB)"],
    ['the day first', text(' '), zoned, "'30.01.2026 23:30:00'"],
    ['the month by name', text(' '), zoned, "'Jan 30 2026 23:30:00'"],
    ['an hour of one digit', text(' '), zoned, "'2026-01-31 0:30:00'"],
    ['a day among whole numbers', (day: number, hour: number) => String(day * 100 + hour), {}, "'2026-01-30'"],
    ['a fraction among whole numbers', () => '', {}, '3023.5'],
  ])('that comes after a checkpoint stops the next run: %s', async (title, format, timezone, value) => {
    const table = `t_${title.replace(/\W/g, '_').toLowerCase()}`;
    await hourly(table, format);
    if (title.includes('whole numbers')) await bed.execute(`UPDATE ${table} SET at = 100 * (1 + id / 24) + id % 24`);
    const checkpoint = await readAll(table, timezone);
    await bed.execute(`INSERT INTO ${table} VALUES (9999, ${value})`);
    // Two runs later it is no longer the last row, so that it is not found at the end of the column only by luck.
    const numeric = title.includes('whole numbers');
    await bed.execute(`INSERT INTO ${table} VALUES (10000, ${numeric ? '3100' : `'${format(31, 20)}'`})`);
    const next = async (): Promise<unknown> => {
      const stream: Stream = await source.describe({ ...spec(bed, { table }), ...timezone });
      return collect(source, stream, { columns: ['id'], after: checkpoint });
    };
    await expect(next()).rejects.toMatchObject({ name: 'SourceError', code: 'cursor-format' });
    await expect(next()).rejects.toMatchObject({ message: expect.not.stringContaining('30') });
  });

  it('among old rows is found by check', async () => {
    await hourly('old_stranger', text(' '));
    await bed.execute("INSERT INTO old_stranger VALUES (9999, '2026-01-03T10:00:00')");
    const stream = await source.describe(spec(bed, { table: 'old_stranger' }));
    await expect(source.inspect?.relation(stream)).rejects.toMatchObject({ code: 'cursor-format' });
    const { mapping } = parseMapping(
      mappingFile({
        source: {
          ...mappingFile().source,
          table: 'old_stranger',
          cursor: { ...mappingFile().source.cursor, column: 'at' },
        },
      }),
    );
    const findings = await checkSource(mapping, { source, checkpoint: undefined, now: Date.now });
    expect(findings).toContainEqual(expect.objectContaining({ code: 'cursor-format', level: 'problem' }));
    await bed.execute('DELETE FROM old_stranger WHERE id = 9999');
    await expect(source.inspect?.relation(stream)).resolves.toMatchObject({ isTable: true });
  });

  it('that no page has given is refused in the page that would hold it', async () => {
    await hourly('in_page', text(' '));
    await bed.execute("INSERT INTO in_page VALUES (9999, '2026-01-03T10:00:00')");
    const stream = await source.describe(spec(bed, { table: 'in_page' }));
    const pages: Page[] = [];
    const reading = (async () => {
      for await (const page of source.readPages(
        stream,
        { columns: ['id'], pageSize: 10 },
        new AbortController().signal,
      ))
        pages.push(page);
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'cursor-format',
      message: expect.stringContaining('YYYY-MM-DD HH:MM:SS, YYYY-MM-DDTHH:MM:SS'),
    });
    expect(pages).toHaveLength(7);
  });

  it('in a key stops the page that it would end', async () => {
    await bed.execute(
      'CREATE TABLE keys (id INT, at TEXT)',
      `INSERT INTO keys VALUES (1, '2026-01-01 10:00:00'), ('x', '2026-01-01 10:00:00'), ('y', '2026-01-01 10:00:01'), (2, '2026-01-01 10:00:02')`,
    );
    const stream = await source.describe(spec(bed, { table: 'keys' }));
    const failure = { code: 'cursor-format', message: expect.stringContaining('integer and text') };
    await expect(collect(source, stream, { columns: ['at'], pageSize: 2 })).rejects.toMatchObject(failure);
    await expect(source.inspect?.relation(stream)).rejects.toMatchObject(failure);
    // As whole pages go, the order holds: numbers come before text.
    expect((await collect(source, stream, { columns: ['at'], pageSize: 4 })).rows).toHaveLength(4);
  });
});

it('looks at the rows behind a checkpoint once a run', async () => {
  await bed.execute(
    'CREATE TABLE once (id INTEGER PRIMARY KEY, at TEXT NOT NULL)',
    "INSERT INTO once VALUES (1, '2026-01-01 10:00:00'), (2, '2026-01-01 10:00:01'), (3, '2026-01-01 10:00:02')",
  );
  const writer = new Database(String(bed.options().filename));
  const stream = await source.describe(spec(bed, { table: 'once' }));
  const page = (id: string, second: number): Promise<unknown> =>
    collect(source, stream, { columns: ['id'], after: { cursor: `2026-01-01 10:00:0${second}`, key: [id] } });
  await page('1', 0);
  writer.exec("INSERT INTO once VALUES (4, '2026-01-01')");
  await page('2', 1);
  writer.close();
  await expect(source.describe(spec(bed, { table: 'once' }))).rejects.toMatchObject({ code: 'cursor-format' });
});

/** A whole run by the program's own plan: horizon, lookback window, then what is new. `between` happens after the window was read. */
async function runOf(table: string, checkpoint: Position | undefined, between: () => void = () => undefined) {
  const stream = await source.describe(spec(bed, { table }));
  const { before } = await source.horizon(stream, 0);
  const lookbackFrom = checkpoint && (await source.shiftBack(stream, checkpoint.cursor, 0.001));
  const plan = { stream, columns: ['id'], checkpoint, from: undefined, lookbackFrom, before, pageSize: 10 };
  const ids: number[] = [];
  let last = checkpoint;
  for (const { range, moves } of readParts(plan)) {
    const { rows, pages } = await collect(source, stream, range);
    ids.push(...rows.map(([id]) => Number(id)));
    if (moves) last = pages.at(-1)?.end ?? last;
    if (!moves) between();
  }
  return { ids, checkpoint: last };
}

it('does not read past what was committed when a run began, so that a row of the same time as the last one stays in reach', async () => {
  const writer = new Database(String(bed.options().filename));
  writer.pragma('journal_mode = WAL');
  const at = (ms: number): string => `2026-01-01 10:00:00.${String(ms).padStart(3, '0')}`;
  writer.exec('CREATE TABLE one_writer (id INTEGER PRIMARY KEY, at TEXT NOT NULL)');
  writer.exec(`INSERT INTO one_writer VALUES (1, '${at(10)}'), (9, '${at(10)}')`);
  // In the same millisecond, with a key below the last, and open for longer than the lookback.
  writer.exec(`BEGIN IMMEDIATE; INSERT INTO one_writer VALUES (5, '${at(10)}')`);
  const first = await runOf('one_writer', undefined);
  expect(first.ids).toEqual([1, 9]);
  writer.exec(`INSERT INTO one_writer VALUES (12, '${at(500)}')`);
  const second = await runOf('one_writer', first.checkpoint, () => writer.exec('COMMIT'));
  const third = await runOf('one_writer', second.checkpoint);
  expect(new Set([...first.ids, ...second.ids, ...third.ids])).toEqual(new Set([1, 5, 9, 12]));
  writer.close();
});

it.each([
  ['2026-01-31', '2026-02-01'],
  ['2025-12-31 23:59:59', '2026-01-01 00:00:00'],
  ['2026-01-01T10:00:00.099', '2026-01-01T10:00:00.100'],
  ['2026-01-01 10:00:59.999999Z', '2026-01-01 10:01:00.000000Z'],
  ['2026-01-01T10:00:00.123456789Z', '2026-01-01T10:00:00.123456790Z'],
])('ends a run right after the last row that is there: %s', async (text, next) => {
  const table = `ends_${text.replace(/\W/g, '_')}`;
  await bed.execute(
    `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, at TEXT)`,
    `INSERT INTO ${table} VALUES (1, '${text}')`,
  );
  const { before } = await source.horizon(await source.describe(spec(bed, { table })), 0);
  expect(before).toBe(next);
});
