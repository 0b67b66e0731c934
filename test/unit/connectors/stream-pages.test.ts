import { describe, expect, it } from 'vitest';
import type { Cell, Column, Page, ReadRange } from '../../../connectors/connector.ts';
import type { Dialect, SqlStream } from '../../../connectors/sql/dialect.ts';
import { render, type Statement } from '../../../connectors/sql/statement.ts';
import { streamPages } from '../../../connectors/sql/stream-pages.ts';

const column = (name: string): Column => ({ name, kind: 'integer', type: 'bigint', nullable: false });
const columns = [column('id'), column('at'), { ...column('note'), kind: 'text', type: 'text' } as Column];

const stream: SqlStream = {
  what: 'orders',
  relation: 'orders',
  condition: undefined,
  columns,
  keyColumns: [columns[0]!],
  cursorColumn: columns[1]!,
  cursorUnit: 'number',
  spec: { table: 'orders', primaryKey: ['id'], cursor: 'at', onNull: 'error' },
};

const dialect: Dialect = {
  quote: (name) => name,
  rowComparison: true,
  read: (_column, quoted) => quoted,
  bound: (_column, text) => [{ bind: text }],
};

/** A server that gives these rows (note, cursor, key) in parts of a size, and remembers what was asked of it. */
const server = (rows: readonly Cell[][], partSize: number) => {
  const statements: Statement[] = [];
  let given = 0;
  let isEnded = false;
  async function* run(statement: Statement, _doing: string, signal: AbortSignal) {
    statements.push(statement);
    try {
      for (let at = 0; at < rows.length && !signal.aborted; at += partSize) {
        const part = rows.slice(at, at + partSize).map((row) => [...row]);
        given += part.length;
        yield part;
      }
    } finally {
      isEnded = true;
    }
  }
  return { run, statements, given: () => given, isEnded: () => isEnded };
};

/** Rows as the query of `columns: ['note']` gives them: the cell asked for, then cursor and key. */
const ordered = (count: number): Cell[][] =>
  Array.from({ length: count }, (_, n) => [`row ${n}`, String(10 + Math.floor(n / 3)), String(n)]);

const pagesOf = async (
  from: ReturnType<typeof server>,
  range: Partial<ReadRange> = {},
  signal = new AbortController().signal,
): Promise<Page[]> => {
  const pages: Page[] = [];
  for await (const page of streamPages(dialect, from.run, stream, { columns: ['note'], pageSize: 4, ...range }, signal))
    pages.push(page);
  return pages;
};

describe('pages of a stream', () => {
  it('are full but the last, whatever the parts are in which rows come', async () => {
    for (const partSize of [1, 3, 4, 5, 8, 100]) {
      const pages = await pagesOf(server(ordered(11), partSize));
      expect(pages.map((page) => page.rows.length)).toEqual([4, 4, 3]);
      expect(pages.flatMap((page) => page.rows)).toEqual(ordered(11).map(([note]) => [note]));
      expect(pages.map((page) => page.end)).toEqual([
        { cursor: '11', key: ['3'] },
        { cursor: '12', key: ['7'] },
        { cursor: '13', key: ['10'] },
      ]);
    }
  });

  it('end with a full one where the rows fill it, and are none where there are no rows', async () => {
    expect((await pagesOf(server(ordered(8), 3))).map((page) => page.rows.length)).toEqual([4, 4]);
    expect(await pagesOf(server([], 3))).toEqual([]);
  });

  it('come from one query, in the order of cursor and key, without an end of its own', async () => {
    const from = server(ordered(11), 4);
    await pagesOf(from, { after: { cursor: '9', key: ['0'] }, before: '20' });
    expect(from.statements).toHaveLength(1);
    expect(render(from.statements[0]!, (n) => `$${n}`)).toEqual({
      text: 'SELECT note, at, id FROM orders WHERE (at, id) > ($1, $2) AND at < $3 ORDER BY at, id',
      values: ['9', '0', '20'],
    });
  });

  it('are refused where two rows of one place stand within one, or where one ends and the next begins', async () => {
    for (const partSize of [1, 4, 100]) {
      for (const repeatedAt of [1, 3, 4, 9, 10]) {
        const rows = ordered(11);
        rows[repeatedAt] = ['twin', ...rows[repeatedAt - 1]!.slice(1)];
        const given: Page[] = [];
        const reading = async (): Promise<void> => {
          const { run } = server(rows, partSize);
          const range = { columns: ['note'], pageSize: 4 };
          for await (const page of streamPages(dialect, run, stream, range, new AbortController().signal))
            given.push(page);
        };
        await expect(reading()).rejects.toMatchObject({ name: 'SourceError', code: 'key-not-unique' });
        // No page that holds one of the two was given.
        expect(given).toHaveLength(Math.floor((repeatedAt - 1) / 4));
      }
    }
  });

  it('ask for no more rows than those of the page and the one behind it', async () => {
    const from = server(ordered(1000), 1);
    const reading = streamPages(
      dialect,
      from.run,
      stream,
      { columns: ['note'], pageSize: 4 },
      new AbortController().signal,
    );
    await reading.next();
    expect(from.given()).toBe(5);
    await reading.return();
    expect(from.isEnded()).toBe(true);
    expect(from.given()).toBe(5);
  });

  it('stop when they are aborted: what was read of the next one is not given', async () => {
    const controller = new AbortController();
    const from = server(ordered(1000), 3);
    const reading = streamPages(dialect, from.run, stream, { columns: ['note'], pageSize: 4 }, controller.signal);
    await reading.next();
    controller.abort();
    expect(await reading.next()).toEqual({ done: true, value: undefined });
    expect(from.isEnded()).toBe(true);
  });

  it('end with the error of the query, after the pages before it', async () => {
    async function* breaking() {
      yield ordered(6);
      throw new Error('cut off');
    }
    const given: Page[] = [];
    const reading = async (): Promise<void> => {
      const range = { columns: ['note'], pageSize: 4 };
      for await (const page of streamPages(dialect, breaking, stream, range, new AbortController().signal))
        given.push(page);
    };
    await expect(reading()).rejects.toThrow('cut off');
    expect(given.map((page) => page.rows.length)).toEqual([4]);
  });

  it('have each cursor looked at, where the dialect looks at cells', async () => {
    const seen: Cell[] = [];
    const looking: Dialect = { ...dialect, check: (looked, cell) => looked.name === 'at' && seen.push(cell) };
    const { run } = server(ordered(5), 2);
    for await (const _page of streamPages(
      looking,
      run,
      stream,
      { columns: ['note'], pageSize: 4 },
      new AbortController().signal,
    ));
    expect(seen.filter((cell) => cell === '10')).toHaveLength(3);
    expect(new Set(seen)).toEqual(new Set(['10', '11']));
  });
});
