import type { Connector } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream, type Run, type SqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { readKeys } from '../sql/read-keys.ts';
import { streamPages } from '../sql/stream-pages.ts';
import { databricksCatalogue } from './catalogue.ts';
import { cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { countRows } from './count-rows.ts';
import { dialect } from './dialect.ts';
import { readUrl } from './from-url.ts';
import { inspector } from './inspect.ts';
import { DRIVER } from './load-client.ts';
import { type DatabricksOptions, options } from './options.ts';
import { openSession } from './session.ts';
import { signIn } from './sign-in.ts';
import { tables } from './tables.ts';

export const databricks: Connector = {
  name: 'databricks',
  title: 'Databricks SQL',
  options,
  driver: DRIVER,
  reads: 'stream',
  guard: 'lag',
  proven: {
    on: 'stand-in',
    what: '@databricks/sql 1.17.0 against a stand-in of its Thrift protocol, with DuckDB behind it',
  },
  fromUrl: {
    schemes: ['databricks'],
    example: 'databricks://token:<token>@host/sql/1.0/warehouses/<id>?catalog=main&schema=marts',
    read: readUrl,
    quote: dialect.quote,
  },
  open: async (given, { baseDir }) => {
    const settings = given as DatabricksOptions;
    const session = openSession(signIn(settings, baseDir), {
      catalog: settings.catalog,
      schema: settings.schema,
      timeoutSeconds: settings.statement_timeout ?? 1800,
      startSeconds: settings.start_timeout ?? 600,
    });
    const { run } = session;
    const catalogue = databricksCatalogue(run);
    /** Analysed and not run: a condition is tried without reading a file. */
    const analyse: Run = async (statement, doing) => {
      await run(['DESCRIBE QUERY ', ...statement], doing);
      return [];
    };
    return {
      // A page by keyset would open and sort the table's files each time.
      streams: true,
      describe: async (spec) => {
        if (spec.timezone !== undefined) checkZone(spec.timezone);
        const described = await describeRelation(spec, catalogue, analyse);
        const stream: SqlStream = { ...described, cursorUnit: cursorUnitOf(described) };
        await checkNulls(described, dialect, run);
        return stream;
      },
      horizon: async (stream, lagSeconds) =>
        stream.cursorUnit === 'number'
          ? numberHorizon(run, asSqlStream(stream))
          : timeHorizon(run, asSqlStream(stream), lagSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(run, asSqlStream(stream), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(asSqlStream(stream), instant),
      readPages: (stream, range, signal) => streamPages(dialect, session.stream, asSqlStream(stream), range, signal),
      readKeys: async (stream, columns, keys, within) =>
        readKeys(dialect, run, asSqlStream(stream), { columns, keys, within }),
      countRows: async (stream, range) => countRows(run, asSqlStream(stream), range),
      countUpTo: async (stream, most) => countUpTo(run, asSqlStream(stream), most),
      inspect: inspector(run),
      tables: () => tables(run),
      close: session.close,
    };
  },
};
