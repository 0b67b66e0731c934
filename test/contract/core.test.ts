/** What every connector promises, whatever its system is: `connectors/connector.ts` as tests. What the SQL databases promise beyond it is in `source.test.ts`. */
import { tmpdir } from 'node:os';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Bounds, Connector, Page, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import { loadConnector } from '../../connectors/index.ts';
import { type CoreRow, coreBeds } from './core-beds.ts';

type Range = Bounds & { readonly columns?: readonly string[]; readonly pageSize?: number };

describe.each(Object.entries(coreBeds))('the core contract: %s', (_, makeBed) => {
  const bed = makeBed();
  const { id, at, note } = bed.columns;
  let connector: Connector;
  let source: Source | undefined;

  beforeAll(async () => {
    const found = await loadConnector(bed.connector);
    if (found === undefined) throw new Error(`no connector ${bed.connector}`);
    connector = found;
    await bed.setUp();
  });
  afterEach(close);
  afterAll(async () => bed.tearDown());

  async function close(): Promise<void> {
    await source?.close();
    source = undefined;
  }

  async function open(options = bed.options()): Promise<Source> {
    await close();
    source = await connector.open(options, { baseDir: tmpdir() });
    return source;
  }

  /** The table made anew with these rows, opened and described. */
  async function filled(
    rows: readonly CoreRow[],
    more: Partial<ReadSpec> = {},
  ): Promise<{ source: Source; stream: Stream; spec: ReadSpec }> {
    await close();
    const spec = { ...(await bed.fill(rows)), ...more };
    const opened = await open();
    return { source: opened, stream: await opened.describe(spec), spec };
  }

  /** The first second of a day in January, and so many of the smallest steps of this cursor behind it. */
  function tick(day: number, steps: number): string {
    const start = Date.UTC(2026, 0, day, 10) / 1000;
    const perSecond = 10 ** bed.digits;
    const seconds = new Date((start + Math.floor(steps / perSecond)) * 1000).toISOString().slice(0, 19);
    return bed.digits === 0 ? `${seconds}Z` : `${seconds}.${String(steps % perSecond).padStart(bed.digits, '0')}Z`;
  }

  /** So many seconds before now, in the digits of this cursor. */
  function ago(seconds: number): string {
    const [whole = '', fraction = ''] = new Date(Date.now() - seconds * 1000).toISOString().slice(0, -1).split('.');
    return bed.digits === 0 ? `${whole}Z` : `${whole}.${fraction.padEnd(bed.digits, '0').slice(0, bed.digits)}Z`;
  }

  async function read(from: Source, stream: Stream, range: Range = {}): Promise<{ rows: Row[]; pages: Page[] }> {
    const pages: Page[] = [];
    const signal = new AbortController().signal;
    for await (const page of from.readPages(stream, { columns: [note], pageSize: 1000, ...range }, signal))
      pages.push(page);
    return { rows: pages.flatMap((page) => page.rows), pages };
  }

  async function notes(from: Source, stream: Stream, range: Range = {}): Promise<unknown[]> {
    return (await read(from, stream, range)).rows.map(([cell]) => cell);
  }

  /** 60 rows on 12 times, a smallest step apart, five of each; the keys run against the time. */
  const ties: readonly CoreRow[] = Array.from({ length: 60 }, (_row, n) => ({
    id: 1000 - n,
    at: tick(1, Math.floor(n / 5)),
    note: `row ${n}`,
  }));
  const inOrder = Array.from({ length: 60 }, (_row, n) => n)
    .sort((a, b) => Math.floor(a / 5) - Math.floor(b / 5) || b - a)
    .map((n) => `row ${n}`);

  it('says the same of how it reads as the source it opens, and what proved it', async () => {
    const { streams } = await open();
    expect(streams ?? false).toBe(connector.reads === 'stream');
    expect(connector.name).toBe(bed.connector);
    expect(connector.proven.what).not.toBe('');
  });

  it('describes key, cursor and a text, in kinds that can be read by', async () => {
    const { stream } = await filled(ties.slice(0, 3));
    const kind = (name: string): string | undefined => stream.columns.find((column) => column.name === name)?.kind;
    expect(['integer', 'decimal', 'text']).toContain(kind(id));
    expect(['timestamptz', 'timestamp']).toContain(kind(at));
    expect(kind(note)).toBe('text');
    expect(stream.cursorColumn.name).toBe(at);
    expect(stream.cursorUnit).toBe('time');
  });

  it('reads every row once in (cursor, key) order, full pages but the last, whatever their size', async () => {
    const { source, stream } = await filled(ties);
    for (const pageSize of [1, 4, 5, 7, 59, 60, 61]) {
      const { rows, pages } = await read(source, stream, { pageSize });
      expect(rows.map(([cell]) => cell)).toEqual(inOrder);
      expect(pages.slice(0, -1).every((page) => page.rows.length === pageSize)).toBe(true);
      expect(pages.at(-1)!.rows.length).toBe(60 % pageSize || pageSize);
    }
  });

  it('goes on after any page, also among rows of one time, with the very same texts of positions', async () => {
    const { source, stream } = await filled(ties);
    const { pages } = await read(source, stream, { pageSize: 7 });
    const ends = pages.map(({ end }) => end);
    expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(ends.length);
    for (const [n, end] of ends.entries()) {
      const rest = await read(source, stream, { pageSize: 7, after: end });
      expect(rest.rows.map(([cell]) => cell)).toEqual(inOrder.slice((n + 1) * 7));
      expect(rest.pages.map((page) => page.end)).toEqual(ends.slice(n + 1));
    }
    // A position of one source is a position of the next: what is in the state outlives the process.
    const later = await open();
    const again = await later.describe(stream.spec);
    expect(await notes(later, again, { after: ends[3]! })).toEqual(inOrder.slice(28));
  });

  it('holds the bounds exactly: from is inclusive, before exclusive, after and upTo split the rows without overlap', async () => {
    const { source, stream } = await filled(ties);
    const { pages } = await read(source, stream, { pageSize: 1 });
    const middle = pages[29]!.end;
    expect(await notes(source, stream, { from: middle.cursor })).toEqual(inOrder.slice(25));
    expect(await notes(source, stream, { before: middle.cursor })).toEqual(inOrder.slice(0, 25));
    expect(await notes(source, stream, { from: middle.cursor, upTo: middle, pageSize: 2 })).toEqual(
      inOrder.slice(25, 30),
    );
    expect(await notes(source, stream, { after: pages[9]!.end, before: middle.cursor })).toEqual(inOrder.slice(10, 25));
    for (const n of [0, 4, 5, 27, 59]) {
      const { end } = pages[n]!;
      expect(await notes(source, stream, { upTo: end, pageSize: 9 })).toEqual(inOrder.slice(0, n + 1));
      expect(await notes(source, stream, { after: end, pageSize: 9 })).toEqual(inOrder.slice(n + 1));
    }
    expect(await notes(source, stream, { after: pages[59]!.end })).toEqual([]);
  });

  it('gives the cells asked for, in that order, whether or not cursor and key are among them', async () => {
    const { source, stream } = await filled(ties);
    const bare = await read(source, stream, { pageSize: 8 });
    expect(bare.rows.every((row) => row.length === 1)).toBe(true);
    const mixed = await read(source, stream, { pageSize: 8, columns: [at, note, id] });
    expect(mixed.rows.map(([, cell]) => [cell])).toEqual(bare.rows);
    expect(mixed.pages.map(({ end }) => end)).toEqual(bare.pages.map(({ end }) => end));
    const last = mixed.pages.at(-1)!;
    expect(last.end).toEqual({ cursor: String(last.rows.at(-1)![0]), key: [String(last.rows.at(-1)![2])] });
  });

  it('keeps every digit of the cursor: times a smallest step apart are told apart', async () => {
    const { source, stream } = await filled(
      Array.from({ length: 20 }, (_row, n) => ({ id: 20 - n, at: tick(3, n), note: `row ${n}` })),
    );
    const { pages } = await read(source, stream, { pageSize: 1 });
    expect(new Set(pages.map(({ end }) => end.cursor)).size).toBe(20);
    expect(await notes(source, stream)).toEqual(Array.from({ length: 20 }, (_row, n) => `row ${n}`));
    for (const n of [0, 9, 10, 19]) {
      const instant = await source.cursorAt(stream, tick(3, n));
      expect(await notes(source, stream, { from: instant })).toHaveLength(20 - n);
      expect(await notes(source, stream, { before: instant })).toHaveLength(n);
    }
  });

  it('reads unicode, quotes, a long text and NULL unharmed', async () => {
    const texts = ['Zoë ☃ 漢字 🎉 \\ "quoted" \' ? $1 :x %s', 'a,b;c\td', 'x'.repeat(20_000), null];
    const { source, stream } = await filled(texts.map((text, n) => ({ id: n + 1, at: tick(4, n), note: text })));
    expect(await notes(source, stream)).toEqual(texts);
  });

  it('reads nothing of an empty table, and says so of its end and its size', async () => {
    const { source, stream } = await filled([]);
    expect(await notes(source, stream)).toEqual([]);
    expect(await source.countUpTo(stream, 10)).toBe(0);
    expect((await source.horizon(stream, 60)).now).toMatch(/Z$/);
  });

  it('reads rows by their key, and leaves out what is not there', async () => {
    const { source, stream } = await filled(ties);
    const { pages } = await read(source, stream, { pageSize: 1 });
    const keys = pages.map(({ end }) => end.key);
    const found = async (wanted: readonly (readonly string[])[], within?: Bounds): Promise<string[]> =>
      (await source.readKeys(stream, [note, id], wanted, within)).map(([cell]) => String(cell)).sort();
    expect(await found([keys[0]!, keys[31]!])).toEqual([inOrder[0]!, inOrder[31]!].sort());
    expect(await found([])).toEqual([]);
    // Texts that no row can have as its key are no error, and no way into the query.
    expect(await found([["1' OR '1'='1"], ['x'], [''], keys[7]!])).toEqual([inOrder[7]!]);
    expect(await found(keys)).toHaveLength(60);
    const middle = pages[29]!.end;
    expect(await found(keys, { after: middle })).toEqual(inOrder.slice(30).sort());
    expect(await found(keys, { upTo: middle })).toEqual(inOrder.slice(0, 30).sort());
    expect(await found(keys, { from: middle.cursor })).toEqual(inOrder.slice(25).sort());
    expect(await found(keys, { before: middle.cursor })).toEqual(inOrder.slice(0, 25).sort());
  });

  it('finds a row that was changed behind the place where the last run ended', async () => {
    const { source: first, stream, spec } = await filled(ties);
    const end = (await read(first, stream)).pages.at(-1)!.end;
    await close();
    await bed.put([
      { id: 1000, at: tick(1, 40), note: 'changed' },
      { id: 5, at: tick(1, 40), note: 'new' },
    ]);
    const second = await open();
    const later = await second.describe(spec);
    expect(await notes(second, later, { after: end })).toEqual(['new', 'changed']);
    expect(await notes(second, later)).toHaveLength(61);
  });

  it('counts rows no further than it is asked to', async () => {
    const { source, stream } = await filled(ties);
    expect(await source.countUpTo(stream, 10)).toBe(11);
    expect(await source.countUpTo(stream, 60)).toBe(60);
    expect(await source.countUpTo(stream, 1000)).toBe(60);
    const count = await source.countRows(stream, { from: (await read(source, stream)).pages[0]!.end.cursor });
    expect(count === undefined || count >= 0).toBe(true);
  });

  it('refuses a table that is not there, and suggests one that is', async () => {
    const { source, spec } = await filled(ties.slice(0, 3));
    const { table } = spec;
    if (table === undefined) throw new Error('the bed reads a table');
    await expect(source.describe({ ...spec, table: table.slice(0, -1) })).rejects.toMatchObject({
      name: 'SourceError',
      code: 'unknown-table',
      hint: expect.stringContaining(table.split('.').at(-1)!),
    });
  });

  it('refuses a column that is not there, and suggests one that is', async () => {
    const { source, spec, stream } = await filled(ties.slice(0, 3));
    const misspelt = (name: string): string => `${name}x`;
    for (const wrong of [{ cursor: misspelt(at) }, { primaryKey: [misspelt(id)] }]) {
      await expect(source.describe({ ...spec, ...wrong })).rejects.toMatchObject({
        name: 'SourceError',
        code: 'unknown-column',
        hint: expect.stringContaining('cursor' in wrong ? at : id),
      });
    }
    await expect(read(source, stream, { columns: ['nonsuch'] })).rejects.toMatchObject({ code: 'unknown-column' });
    await expect(source.readKeys(stream, ['nonsuch'], [['1']])).rejects.toMatchObject({ code: 'unknown-column' });
  });

  it.runIf(bed.can.nullCursor)('refuses a NULL cursor, or leaves its rows out when told to', async () => {
    const rows = [
      { id: 1, at: null, note: 'no time' },
      { id: 2, at: tick(4, 1), note: 'a time' },
    ];
    await expect(filled(rows)).rejects.toMatchObject({ name: 'SourceError', code: 'cursor-null' });
    const { source, stream } = await filled(rows, { onNull: 'skip' });
    expect(await notes(source, stream)).toEqual(['a time']);
  });

  it.runIf(bed.can.repeatedKeys)(
    'refuses two rows of one cursor and key, also where a page ends between them',
    async () => {
      const rows = [1, 2, 2, 3].map((key, n) => ({ id: key, at: tick(5, 0), note: `row ${n}` }));
      const { source, stream } = await filled(rows);
      for (const pageSize of [1, 2, 3, 4, 10]) {
        const given: unknown[] = [];
        const reading = async (): Promise<void> => {
          for await (const page of source.readPages(
            stream,
            { columns: [note], pageSize },
            new AbortController().signal,
          ))
            given.push(...page.rows.map(([cell]) => cell));
        };
        await expect(reading()).rejects.toMatchObject({ name: 'SourceError', code: 'key-not-unique' });
        expect(given).toEqual(pageSize === 1 ? ['row 0'] : []);
      }
    },
  );

  it('keeps rows newer than the lag out of its horizon, and rows of the future, which it counts', async () => {
    const { source, stream } = await filled([
      { id: 1, at: ago(600), note: 'old' },
      { id: 2, at: ago(120), note: 'young' },
      { id: 3, at: ago(20), note: 'newest' },
      { id: 4, at: ago(-86_400 * 30), note: 'next month' },
      { id: 5, at: ago(-86_400 * 31), note: 'later' },
    ]);
    const horizon = await source.horizon(stream, 60);
    expect(Math.abs(Date.parse(horizon.now) - Date.now())).toBeLessThan(5000);
    expect(horizon.now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(await notes(source, stream, { before: horizon.before! })).toEqual(['old', 'young']);
    expect(horizon.future).toBe(2);
    expect([connector.guard, 'lag', undefined]).toContain(horizon.guard);
    const none = await source.horizon(stream, 0);
    expect(await notes(source, stream, { before: none.before! })).toEqual(['old', 'young', 'newest']);
  });

  it('shifts a cursor back by seconds without losing a digit, and comes to the same place as an instant does', async () => {
    const { source, stream } = await filled([
      { id: 1, at: tick(10, 3), note: 'a week before' },
      { id: 2, at: tick(17, 2), note: 'a step before' },
      { id: 3, at: tick(17, 3), note: 'now' },
    ]);
    const now = (await read(source, stream)).pages.at(-1)!.end.cursor;
    const week = await source.shiftBack(stream, now, 7 * 86_400);
    expect(await notes(source, stream, { from: week })).toEqual(['a week before', 'a step before', 'now']);
    expect(await notes(source, stream, { from: await source.shiftBack(stream, now, 7 * 86_400 - 1) })).toEqual([
      'a step before',
      'now',
    ]);
    expect(await notes(source, stream, { from: await source.shiftBack(stream, now, 0) })).toEqual(['now']);
    expect(await source.shiftBack(stream, await source.cursorAt(stream, tick(17, 3)), 7 * 86_400)).toBe(
      await source.cursorAt(stream, tick(10, 3)),
    );
  });

  it('stops between pages when it is aborted or left, and answers afterwards', async () => {
    const { source, stream } = await filled(ties);
    const controller = new AbortController();
    let pages = 0;
    for await (const page of source.readPages(stream, { columns: [note], pageSize: 10 }, controller.signal)) {
      expect(page.rows).toHaveLength(10);
      pages += 1;
      if (pages === 2) controller.abort();
    }
    expect(pages).toBe(2);
    for await (const _page of source.readPages(stream, { columns: [note], pageSize: 10 }, new AbortController().signal))
      break;
    const none = source.readPages(stream, { columns: [note], pageSize: 10 }, AbortSignal.abort());
    for await (const _page of none) throw new Error('a page after the end');
    // While the query works: whether its first page still comes is left open, a second does not.
    const working = new AbortController();
    const reading = source.readPages(stream, { columns: [note], pageSize: 10 }, working.signal)[Symbol.asyncIterator]();
    const first = reading.next();
    working.abort();
    await first;
    expect(await reading.next()).toMatchObject({ done: true });
    expect(await notes(source, stream)).toEqual(inOrder);
  });

  it('answers other questions while pages are being taken', async () => {
    const { source, stream } = await filled(ties);
    const seen: unknown[] = [];
    for await (const page of source.readPages(
      stream,
      { columns: [note], pageSize: 20 },
      new AbortController().signal,
    )) {
      seen.push(...page.rows.map(([cell]) => cell));
      expect(await source.readKeys(stream, [note], [page.end.key])).toEqual([[seen.at(-1)]]);
    }
    expect(seen).toEqual(inOrder);
  });

  it('tells check about the place and the rows, and init about the table', async () => {
    const { source, stream, spec } = await filled(ties);
    // Neither is asked of a connector that is not shipped.
    if (source.inspect !== undefined) {
      const facts = await source.inspect.server();
      expect(facts.version).not.toBe('');
      expect(Math.abs(Date.parse(facts.now) - Date.now())).toBeLessThan(5000);
      expect(await source.inspect.relation(stream)).toMatchObject({ nullCursors: 0, repeatedKeys: 0 });
    }
    if (source.tables === undefined) return;
    const listed = (await source.tables()).find(({ columns }) =>
      [id, at, note].every((name) => columns.some((column) => column.name === name)),
    );
    expect(listed).toBeDefined();
    const again = await source.describe({ ...spec, table: listed!.name });
    expect(await notes(source, again)).toEqual(inOrder);
  });

  it.runIf(bed.badLogin !== undefined)('tells a refused login, and repeats nothing of what it was given', async () => {
    const spec = await bed.fill([]);
    const options = bed.badLogin!();
    const secrets = secretsOf(options, bed.options());
    expect(secrets).not.toEqual([]);
    const error: unknown = await (await open(options)).describe(spec).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'SourceError', code: 'source-login-failed' });
    const { message, hint, stack } = error as { message: string; hint?: string; stack?: string };
    for (const secret of secrets) expect(inspect({ message, hint, stack })).not.toContain(secret);
  });
});

/** The texts that only the wrong login has; of a URL its password. */
function secretsOf(wrong: Record<string, unknown>, right: Record<string, unknown>): string[] {
  const known = new Set(Object.values(right));
  return Object.values(wrong)
    .filter((value): value is string => typeof value === 'string' && !known.has(value))
    .map((value) => (URL.canParse(value) && new URL(value).password !== '' ? new URL(value).password : value));
}
