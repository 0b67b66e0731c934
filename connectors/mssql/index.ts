import { type Column, type Connector, type Page, SourceError } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream, type SqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { readKeys } from '../sql/read-keys.ts';
import { readPages } from '../sql/read-pages.ts';
import { serverAddress } from '../sql/server-options.ts';
import { serverUrl } from '../sql/server-url.ts';
import { mssqlCatalogue } from './catalogue.ts';
import { cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { isSorted } from './column-types.ts';
import { countRows } from './count-rows.ts';
import { dialect } from './dialect.ts';
import { inspector, tables } from './inspect.ts';
import { type MssqlOptions, options } from './options.ts';
import { openSession, TEDIOUS } from './session.ts';

export const mssql: Connector = {
  name: 'mssql',
  title: 'Microsoft SQL Server and Azure SQL',
  options,
  driver: { name: 'tedious', versions: TEDIOUS },
  reads: 'pages',
  guard: 'transactions',
  proven: {
    on: 'stand-in',
    what: 'tedious against a stand-in that speaks TDS 7.4, with DuckDB behind it; no SQL Server was there',
  },
  fromUrl: {
    schemes: ['mssql', 'sqlserver'],
    example: 'mssql://user:password@host/database',
    read: serverUrl('mssql'),
    quote: dialect.quote,
  },
  open: async (given, { baseDir }) => {
    const settings = given as MssqlOptions;
    const address = serverAddress(settings, 'SQL Server', 1433, baseDir);
    const session = await openSession(address, settings);
    const catalogue = mssqlCatalogue(session, address.label);
    const { run } = session;
    return {
      describe: async (spec) => {
        if (spec.timezone !== undefined) checkZone(spec.timezone);
        const described = await describeRelation(spec, catalogue, run, dialect);
        for (const column of [described.cursorColumn, ...described.keyColumns]) requireOrder(column, described.what);
        const stream: SqlStream = { ...described, cursorUnit: cursorUnitOf(described) };
        await checkNulls(described, dialect, run);
        return stream;
      },
      horizon: async (stream, lagSeconds, maxStallSeconds = 0) =>
        stream.cursorUnit === 'number'
          ? numberHorizon(run, asSqlStream(stream), maxStallSeconds)
          : timeHorizon(run, asSqlStream(stream), lagSeconds, maxStallSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(asSqlStream(stream), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(asSqlStream(stream), instant),
      readPages: (stream, range, signal) =>
        untilAborted(readPages(dialect, session.runUntil(signal), asSqlStream(stream), range, signal), signal),
      readKeys: async (stream, columns, keys, within) =>
        readKeys(dialect, run, asSqlStream(stream), { columns, keys, within }),
      countRows: async (stream, range) => countRows(run, asSqlStream(stream), range),
      countUpTo: async (stream, most) => countUpTo(run, asSqlStream(stream), most, dialect),
      inspect: inspector(run, address),
      tables: () => tables(run, catalogue),
      close: session.close,
    };
  },
};

/** A page that was given up on request is no failure: the pages end. */
async function* untilAborted(pages: AsyncIterable<Page>, signal: AbortSignal): AsyncGenerator<Page, void, undefined> {
  try {
    yield* pages;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function requireOrder(column: Column, what: string): void {
  if (isSorted(column) || column.kind === 'json') return;
  throw new SourceError(
    'cursor-type',
    `column "${column.name}" of ${what} has the type ${column.type}, which has no order`,
    {
      hint: 'use a query that casts it to nvarchar(450), bigint or datetime2, and index that expression',
    },
  );
}
