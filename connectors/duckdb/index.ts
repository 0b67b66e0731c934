import type { Connector, ReadSpec, Stream } from '../connector.ts';
import { SourceError } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { rangeCondition } from '../sql/range-condition.ts';
import { readKeys } from '../sql/read-keys.ts';
import { duckdbCatalogue } from './catalogue.ts';
import { clockNow, cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { isLooseKey } from './column-types.ts';
import { dialect, keyDialect, ordered, quote } from './dialect.ts';
import { FILE_CURSOR, fileTables } from './file-tables.ts';
import { fileUrl } from './file-url.ts';
import { type FileRead, openFiles } from './files.ts';
import { inspector, tables } from './inspect.ts';
import { isRemote } from './object-store.ts';
import { type DuckdbOptions, options } from './options.ts';
import { type DuckdbStream, isByTime, over, readRange, within } from './read.ts';
import { DRIVER, openSession } from './session.ts';

export const duckdb: Connector = {
  name: 'duckdb',
  title: 'DuckDB, Parquet, CSV, JSON',
  options,
  driver: DRIVER,
  reads: 'stream',
  guard: 'single-writer',
  proven: { on: 'real', what: 'DuckDB 1.5; object stores: not tried' },
  fromUrl: {
    schemes: ['duckdb', 'file', 's3', 'gs', 'gcs', 'r2'],
    example: 'a .duckdb file, or a path such as exports/*.parquet',
    read: fileUrl,
    quote,
    isLoose: true, // CSV has text alone
  },
  open: async (given, { baseDir }) => {
    const settings = given as DuckdbOptions;
    if (settings.database === undefined && settings.files === undefined) {
      throw new SourceError('source-unreachable', 'the connection names neither a `database` nor `files`');
    }
    const fileList = fileTables(settings, baseDir);
    const paths = fileList.flatMap((table) => table.paths);
    const session = await openSession(settings, { baseDir, paths });
    const { run, catalog } = session;
    const files = openFiles(run, fileList, { baseDir, settleSeconds: settings.settle_seconds ?? 30 });
    const place = { run, catalog, files, isRemote: paths.some(isRemote) };

    const describe = async (spec: ReadSpec): Promise<Stream> => {
      if (spec.timezone !== undefined) checkZone(spec.timezone);
      if (spec.query !== undefined) await files.makeViews();
      let read: FileRead | undefined;
      const fileTable = async (name: string) => {
        read = await files.describe(name, spec.cursor === FILE_CURSOR && spec.byKey !== true);
        if (read === undefined) return undefined;
        const entries = await files.entries(read);
        const asked = { columns: read.columns, files: read, spec } as DuckdbStream;
        return {
          relation: over(
            asked,
            entries,
            read.columns.slice(-1).map(({ name: own }) => own),
          ).relation,
          columns: read.columns,
        };
      };
      const described = await describeRelation(spec, duckdbCatalogue(run, catalog, fileTable, files.names), run);
      const loose = described.keyColumns.find(isLooseKey);
      if (loose !== undefined) throw looseKey(loose.name, described.what);
      const relation = read === undefined ? ordered(described.relation, described.keyColumns) : described.relation;
      const stream: DuckdbStream = { ...described, relation, files: read, cursorUnit: cursorUnitOf(described) };
      await checkNulls(stream, dialect, run);
      return stream;
    };

    /** The stream over what may be read of it now. */
    const now = async (stream: Stream, columns: readonly string[] = []): Promise<DuckdbStream> => {
      const known = own(stream);
      return known.files === undefined ? known : over(known, await files.entries(known.files), columns);
    };

    return {
      streams: true,
      describe,
      horizon: async (given, lagSeconds) => {
        const stream = own(given);
        if (stream.cursorUnit === 'number') return numberHorizon(run, await now(stream));
        // The clock first: a file that is changed after it was taken has a later time.
        const clock = await clockNow(run);
        const guard = stream.files === undefined && stream.spec.query === undefined ? 'single-writer' : 'lag';
        if (!isByTime(stream)) return timeHorizon(run, await now(stream), { now: clock, lagSeconds, guard });
        const future = over(stream, await files.ofTheFuture(stream.files!), []);
        return timeHorizon(run, future, { now: clock, lagSeconds: Math.max(lagSeconds, files.settleSeconds), guard });
      },
      shiftBack: async (stream, cursor, amount) => shiftBack(run, own(stream), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(run, own(stream), instant),
      readPages: (stream, range, signal) => readRange(session, files, own(stream), range, signal),
      readKeys: async (given, columns, keys, bounds) => {
        const stream = await now(given, columns);
        return readKeys(keyDialect(stream), run, stream, { columns, keys, within: bounds });
      },
      countRows: async (given, range) => {
        const stream = own(given);
        if (stream.spec.table === undefined) return undefined;
        // Parquet and DuckDB's own files tell or scan their numbers quickly; text has to be read for it.
        if (stream.files !== undefined && stream.files.reading.table.format !== 'parquet') return undefined;
        const entries = stream.files === undefined ? [] : await files.entries(stream.files);
        const counted = over(stream, isByTime(stream) ? within(entries, range) : entries, []);
        const [row] = await run(
          [`SELECT count(*) FROM ${counted.relation}`, ...rangeCondition(dialect, counted, range)],
          `count rows of ${stream.what}`,
        );
        return Number(row?.[0] ?? 0);
      },
      countUpTo: async (stream, most) => countUpTo(run, await now(stream), most),
      inspect: inspector(place, own),
      tables: () => tables(place),
      close: session.close,
    };
  },
};

const looseKey = (name: string, what: string): SourceError =>
  new SourceError(
    'cursor-type',
    `primary key column "${name}" of ${what} has a type whose equal values have several texts`,
    {
      hint: 'use a query that casts it to VARCHAR',
    },
  );

function own(stream: Stream): DuckdbStream {
  if (!('files' in stream)) throw new TypeError('this stream was not described by the duckdb connector');
  return asSqlStream(stream) as DuckdbStream;
}
