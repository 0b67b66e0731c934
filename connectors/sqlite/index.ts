import { basename, extname, resolve } from 'node:path';
import type { Connector, ReadRange, Stream, UrlConnection } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, describeRelation } from '../sql/describe.ts';
import { asSqlStream, type Dialect, type Run, type SqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { rangeCondition } from '../sql/range-condition.ts';
import { readKeys } from '../sql/read-keys.ts';
import { bytesOf, readPages } from '../sql/read-pages.ts';
import { bind } from '../sql/statement.ts';
import { quote, sqliteCatalogue } from './catalogue.ts';
import { cursorAt, horizon, shiftBack } from './clock.ts';
import { cellCheck, checkBehind } from './foreign-values.ts';
import { inspector, tables } from './inspect.ts';
import { options, type SqliteOptions } from './options.ts';
import { openSession } from './session.ts';
import { checkText, findForms, type ValueForms } from './value-forms.ts';

export type SqliteStream = SqlStream & { readonly forms: ValueForms };

export const sqlite: Connector = {
  name: 'sqlite',
  title: 'SQLite',
  options,
  reads: 'pages',
  guard: 'single-writer',
  proven: { on: 'real', what: 'SQLite 3' },
  fromUrl: { schemes: ['sqlite', 'file'], example: 'an SQLite file', read: fileUrl, quote, isLoose: true },
  open: async (given, { baseDir }) => {
    const { filename } = given as SqliteOptions;
    const session = await openSession(resolve(baseDir, filename));
    const catalogue = sqliteCatalogue(session);
    const { run } = session;
    /** Streams whose place behind the checkpoint has been looked at: once a run is enough. */
    const lookedBehind = new WeakSet<Stream>();
    return {
      describe: async (spec) => {
        if (spec.timezone !== undefined) checkZone(spec.timezone);
        const described = await describeRelation(spec, catalogue, run);
        const forms = await findForms(described, run);
        const stream: SqliteStream = {
          ...described,
          forms,
          cursorUnit: forms.cursor.kind === 'number' ? 'number' : 'time',
        };
        await checkNulls(described, dialectOf(stream), run);
        return stream;
      },
      horizon: async (stream, lagSeconds) => horizon(run, dialectOf(own(stream)), own(stream), lagSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(checked(stream, [cursor]), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(own(stream), instant),
      async *readPages(stream, range, signal) {
        const { byKey } = stream.spec;
        const known = byKey ? own(stream) : checked(stream, [range.after?.cursor, range.from, range.upTo?.cursor]);
        const checkpoint = range.after ?? range.upTo;
        if (checkpoint !== undefined && !lookedBehind.has(stream)) {
          await checkBehind(run, known, checkpoint.cursor);
          lookedBehind.add(stream);
        }
        yield* readPages({ ...dialectOf(known), check: cellCheck(known) }, run, known, range, signal);
      },
      readKeys: async (stream, columns, keys, within) =>
        readKeys(dialectOf(own(stream)), run, byStorage(own(stream)), { columns, keys, within }),
      countRows: async (stream, range) => countRows(run, own(stream), range),
      countUpTo: async (stream, most) => countUpTo(run, own(stream), most),
      inspect: inspector(run, own),
      tables: () => tables(run, catalogue),
      close: session.close,
    };
  },
};

/** Files of other kinds are left to whoever reads them. */
function fileUrl(text: string): UrlConnection | undefined {
  const filename = text.replace(/^(?:sqlite|file):(?:\/\/)?/i, '');
  if (filename === '' || /\.(?:duckdb|ddb|parquet|csv|tsv|json|ndjson|jsonl)(?:\.gz|\.zst)?$/i.test(filename))
    return undefined;
  return {
    options: { filename: { value: filename, comment: 'relative to this file; only read', isPath: true } },
    secrets: {},
    examples: {},
    name: basename(filename.replaceAll('\\', '/'), extname(filename)),
  };
}

function own(stream: Stream): SqliteStream {
  if (!('forms' in stream)) throw new TypeError('this stream was not described by the sqlite connector');
  return asSqlStream(stream) as SqliteStream;
}

/** The stream, once these cursor texts are known to be in its form. */
function checked(stream: Stream, texts: readonly (string | undefined)[]): SqliteStream {
  const known = own(stream);
  for (const text of texts) {
    if (text !== undefined) checkText(known.forms, text, known.cursorColumn.name, known.what);
  }
  return known;
}

/** A bound has the storage class of the column's values: SQLite never finds a number equal to its text. */
function dialectOf({ forms: { classes } }: SqliteStream): Dialect {
  return {
    quote,
    rowComparison: false,
    read: (_column, quoted) => quoted,
    bound: (column, text) => {
      const storage = classes.get(column.name);
      if (storage === 'integer') return [bind(BigInt(text))];
      return [bind(storage === 'blob' ? bytesOf(text) : text)];
    },
  };
}

/** The stream with the kinds that its key columns really hold: a key text is checked by them before it becomes a value. */
function byStorage(stream: SqliteStream): SqliteStream {
  const kinds = { integer: 'integer', text: 'text', blob: 'bytes', unknown: 'text' } as const;
  return {
    ...stream,
    keyColumns: stream.keyColumns.map((column) => ({
      ...column,
      kind: kinds[stream.forms.classes.get(column.name) ?? 'unknown'],
      type: '',
    })),
  };
}

/** More than this is not counted: the scan would hold up the first page. */
const MOST_COUNTED = 2_000_000;

async function countRows(
  run: Run,
  stream: SqliteStream,
  range: Pick<ReadRange, 'after' | 'from' | 'before'>,
): Promise<number | undefined> {
  const condition = rangeCondition(dialectOf(stream), stream, range);
  const [row] = await run(
    ['SELECT count(*) FROM (SELECT 1 FROM ', stream.relation, ...condition, ` LIMIT ${MOST_COUNTED + 1})`],
    `count rows of ${stream.what}`,
  );
  const count = Number(row?.[0] ?? 0);
  return count > MOST_COUNTED ? undefined : count;
}
