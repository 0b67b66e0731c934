import type { Cell, Column, Page, Position, ReadRange, Source, Stream } from '../../connectors/connector.ts';

/** A row of a table in memory: an increasing number as its cursor, a number as its key, further cells by name. */
export type MemoryRow = { readonly id: number; readonly at: number; readonly cells: Readonly<Record<string, Cell>> };

export type MemorySource = Source & {
  /** May be changed between and during runs. */
  readonly rows: MemoryRow[];
  /** Pages that were asked for, lookback included. */
  readonly pagesRead: () => number;
};

/** A source over an array, in the order (at, id). Its cursor is the number column `at`, its key `id`. */
export const memorySource = (
  columns: readonly Column[],
  { beforePage = () => undefined }: { readonly beforePage?: () => void } = {},
): MemorySource => {
  const rows: MemoryRow[] = [];
  let pagesRead = 0;
  const position = (row: MemoryRow): Position => ({ cursor: String(row.at), key: [String(row.id)] });
  const compare = (row: MemoryRow, { cursor, key }: Position): number =>
    row.at - Number(cursor) || row.id - Number(key[0]);
  const isWithin = (row: MemoryRow, { after, from, upTo, before }: Omit<ReadRange, 'columns' | 'pageSize'>): boolean =>
    (after === undefined || compare(row, after) > 0) &&
    (from === undefined || row.at >= Number(from)) &&
    (upTo === undefined || compare(row, upTo) <= 0) &&
    (before === undefined || row.at < Number(before));
  const inOrder = (): MemoryRow[] => rows.toSorted((a, b) => a.at - b.at || a.id - b.id);
  const cell = (row: MemoryRow, name: string): Cell =>
    name === 'id' ? String(row.id) : name === 'at' ? String(row.at) : (row.cells[name] ?? null);

  return {
    rows,
    pagesRead: () => pagesRead,
    describe: async (spec): Promise<Stream> => ({
      columns,
      spec,
      cursorColumn: { name: 'at', kind: 'integer', type: 'bigint', nullable: false },
      cursorUnit: 'number',
    }),
    horizon: async () => ({
      before: rows.length === 0 ? undefined : String(Math.max(...rows.map((row) => row.at)) + 1),
      now: '2026-11-23T12:00:00Z',
    }),
    shiftBack: async (_, cursor, amount) => String(Number(cursor) - amount),
    cursorAt: async () => {
      throw new Error('a number cursor has no instants');
    },
    async *readPages(_, range, signal): AsyncGenerator<Page> {
      let after: Position | undefined;
      while (!signal.aborted) {
        beforePage();
        pagesRead += 1;
        const found = inOrder()
          .filter((row) => isWithin(row, range) && (after === undefined || compare(row, after) > 0))
          .slice(0, range.pageSize);
        const last = found.at(-1);
        if (last === undefined) return;
        after = position(last);
        yield { rows: found.map((row) => range.columns.map((name) => cell(row, name))), end: after };
        if (found.length < range.pageSize) return;
      }
    },
    readKeys: async (_, wanted, keys, within = {}) =>
      inOrder()
        .filter((row) => keys.some(([id]) => id === String(row.id)) && isWithin(row, within))
        .map((row) => wanted.map((name) => cell(row, name))),
    countRows: async (_, range) => rows.filter((row) => isWithin(row, range)).length,
    countUpTo: async (_, most) => Math.min(rows.length, most + 1),
    close: async () => undefined,
  };
};
