/** The reading of the SQL connectors, over the database of `reading-database.ts`; and readings as people write them first. */
import type { Cell, Column, Page, ReadRange, Source, Stream } from '../../connectors/connector.ts';
import type { Dialect, Run, SqlStream } from '../../connectors/sql/dialect.ts';
import { readPages } from '../../connectors/sql/read-pages.ts';
import { bind, render } from '../../connectors/sql/statement.ts';
import { type Mode, type ModelDatabase, select } from './reading-database.ts';

/** `ours`, and mistakes of the field: each of them must be found to lose rows. */
export const READINGS = ['ours', 'plain-greater', 'no-horizon', 'no-lookback'] as const;
export type Reading = (typeof READINGS)[number];

export type SourceSettings = {
  readonly mode: Mode;
  /** A key of two columns. */
  readonly isComposite: boolean;
  /** The predicate of PostgreSQL; else that of MySQL and SQLite. */
  readonly rowComparison: boolean;
  readonly reading: Reading;
};

const column = (name: string, kind: Column['kind']): Column => ({ name, kind, type: kind, nullable: false });

export const keyOf = ({ isComposite }: Pick<SourceSettings, 'isComposite'>): string[] =>
  isComposite ? ['part', 'id'] : ['id'];

/** @param beforePage what the writers do before each page is read */
export const modelSource = (
  database: ModelDatabase,
  { mode, isComposite, rowComparison, reading }: SourceSettings,
  beforePage: () => void,
): Source => {
  const at = column('at', mode === 'number' ? 'integer' : 'timestamp');
  const columns = [
    column('id', 'integer'),
    column('part', 'integer'),
    at,
    column('version', 'integer'),
    column('email', 'text'),
  ];
  const dialect: Dialect = {
    quote: (name) => `"${name}"`,
    rowComparison,
    read: (_, quoted) => quoted,
    bound: (_, text) => [bind(BigInt(text))],
  };
  const run: Run = async (statement) => {
    beforePage();
    const { text, values } = render(statement, () => '?');
    return select(text, values) as Cell[][];
  };
  const described = (stream: Stream): SqlStream => stream as SqlStream;
  const isNumber = mode === 'number';

  /** A page as a first script has it: by the cursor alone. */
  async function* naivePages(
    stream: Stream,
    { columns: names, after, before, pageSize }: ReadRange,
  ): AsyncGenerator<Page> {
    beforePage();
    const wanted = [...names, 'at', ...stream.spec.primaryKey].map((name) => `"${name}"`).join(', ');
    const cursor = BigInt(after?.cursor ?? '-1');
    const rows = select(`SELECT ${wanted} FROM rows WHERE at > ? AND at < ? ORDER BY at, id LIMIT ?`, [
      cursor,
      BigInt(before ?? '0'),
      BigInt(pageSize),
    ]) as Cell[][];
    const last = rows.at(-1);
    if (!last) return;
    const [end = '', ...key] = last.slice(names.length).map(String);
    yield { rows: rows.map((row) => row.slice(0, names.length)), end: { cursor: end, key } };
  }

  return {
    describe: async (spec): Promise<Stream> => {
      const stream: SqlStream = {
        columns,
        spec,
        cursorColumn: at,
        cursorUnit: isNumber ? 'number' : 'time',
        what: 'rows',
        relation: 'rows',
        condition: undefined,
        keyColumns: keyOf({ isComposite }).map((name) => columns.find((each) => each.name === name) as Column),
      };
      return stream;
    },
    horizon: async () => {
      const before = reading === 'no-horizon' && !isNumber ? database.now() + 1 : database.horizon();
      return { before: before === undefined ? undefined : String(before), now: '2026-11-23T12:00:00Z' };
    },
    shiftBack: async (_, cursor, amount) => String(BigInt(cursor) - BigInt(Math.ceil(amount))),
    cursorAt: async (_, instant) => instant,
    readPages: (stream, range, signal) =>
      reading === 'plain-greater' && range.upTo === undefined
        ? naivePages(stream, range)
        : readPages(dialect, run, described(stream), range, signal),
    readKeys: async () => [],
    countRows: async () => undefined,
    countUpTo: async () => database.rows().length,
    close: async () => undefined,
  };
};
