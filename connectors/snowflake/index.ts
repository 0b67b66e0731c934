import type { Connector } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream, type Run, type SqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { readKeys } from '../sql/read-keys.ts';
import { streamPages } from '../sql/stream-pages.ts';
import { snowflakeCatalogue } from './catalogue.ts';
import { cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { refuseCollated } from './collation.ts';
import { countRows } from './count-rows.ts';
import { dialect } from './dialect.ts';
import { readUrl } from './from-url.ts';
import { inspector } from './inspect.ts';
import { DRIVER } from './load-sdk.ts';
import { options, type SnowflakeOptions } from './options.ts';
import { openSession } from './session.ts';
import { signIn } from './sign-in.ts';
import { tables } from './tables.ts';

export const snowflake: Connector = {
  name: 'snowflake',
  title: 'Snowflake',
  options,
  driver: DRIVER,
  reads: 'stream',
  guard: 'lag',
  proven: {
    on: 'stand-in',
    what: "snowflake-sdk 3.3.0 against a stand-in of Snowflake's protocol, with DuckDB behind it",
  },
  fromUrl: {
    schemes: ['snowflake'],
    example: 'snowflake://user:password@account/database/schema?warehouse=name&role=name',
    read: readUrl,
    quote: dialect.quote,
  },
  open: async (given, { baseDir }) => {
    const settings = given as SnowflakeOptions;
    const way = signIn(settings, baseDir);
    const session = openSession(way, {
      queryTag: settings.query_tag ?? 'capi-sync',
      timeoutSeconds: settings.statement_timeout ?? 1800,
    });
    const { run } = session;
    const catalogue = snowflakeCatalogue(session);
    /** Compiled and not run: a condition is tried without a warehouse. */
    const compile: Run = async (statement, doing) => {
      await session.columns(statement, doing);
      return [];
    };
    return {
      // A page by keyset would scan and sort the table's partitions each time.
      streams: true,
      describe: async (spec) => {
        if (spec.timezone !== undefined) checkZone(spec.timezone);
        const described = await describeRelation(spec, catalogue, compile);
        const stream: SqlStream = { ...described, cursorUnit: cursorUnitOf(described) };
        await checkNulls(described, dialect, run);
        await refuseCollated(described, run);
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
      inspect: inspector(session, way.transport),
      tables: () => tables(session),
      close: session.close,
    };
  },
};
