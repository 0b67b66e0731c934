import { type Connector, SourceError } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream, type SqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { readKeys } from '../sql/read-keys.ts';
import { streamWithRests } from '../sql/stream-with-rests.ts';
import { clickhouseAddress, SCHEMES, urlConnection } from './address.ts';
import { clickhouseCatalogue } from './catalogue.ts';
import { cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { countRows } from './count-rows.ts';
import { dialect } from './dialect.ts';
import { inspector, tables } from './inspect.ts';
import { type ClickhouseOptions, options } from './options.ts';
import { driver, openSession } from './session.ts';

/** Ten seconds before the server's own limit (http_send_timeout). */
const REST_MS = 20_000;

export const clickhouse: Connector = {
  name: 'clickhouse',
  title: 'ClickHouse',
  options,
  driver,
  reads: 'stream',
  guard: 'lag',
  proven: { on: 'real', what: 'the engine of ClickHouse 26.7 (chDB), behind a stand-in of its HTTP interface' },
  fromUrl: {
    schemes: SCHEMES,
    example: 'clickhouse://user:password@host:8443/database',
    read: urlConnection,
    quote: dialect.quote,
  },
  open: async (given, { baseDir }) => {
    const { statement_timeout: timeoutSeconds = 300, final = false, ...settings } = given as ClickhouseOptions;
    const address = clickhouseAddress(settings, baseDir);
    const session = await openSession(address, { timeoutSeconds, final });
    const { run } = session;
    const catalogue = clickhouseCatalogue(run);
    const patience = { restMs: REST_MS, ageMs: (timeoutSeconds * 1000) / 2 };
    return {
      streams: true,
      describe: async (spec) => {
        if (spec.timezone !== undefined) checkZone(spec.timezone);
        const described = await describeRelation(spec, catalogue, run);
        const stream: SqlStream = { ...described, cursorUnit: cursorUnitOf(described) };
        await checkNulls(described, dialect, run);
        return stream;
      },
      horizon: async (stream, lagSeconds) =>
        stream.cursorUnit === 'number'
          ? numberHorizon(run, asSqlStream(stream))
          : timeHorizon(run, asSqlStream(stream), lagSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(run, asSqlStream(stream), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(run, asSqlStream(stream), instant),
      readPages: async function* (stream, range, signal) {
        try {
          yield* streamWithRests({ dialect, runStream: session.stream, patience }, asSqlStream(stream), range, signal);
        } catch (error) {
          throw final ? error : aboutVersions(error);
        }
      },
      readKeys: async (stream, columns, keys, within) =>
        readKeys(dialect, run, asSqlStream(stream), { columns, keys, within }),
      countRows: async (stream, range) => countRows(run, asSqlStream(stream), range),
      countUpTo: async (stream, most) => countUpTo(run, asSqlStream(stream), most),
      inspect: inspector({ run, runAsUser: session.runAsUser, address, final }),
      tables: () => tables(run, async (name) => (await catalogue.table(name)).columns),
      close: session.close,
    };
  },
};

/** Nothing is unique here, and an insert that was tried twice may stand twice until parts are merged. */
function aboutVersions(error: unknown): unknown {
  if (!(error instanceof SourceError) || error.code !== 'key-not-unique') return error;
  return new SourceError('key-not-unique', error.message, {
    hint: 'of a ReplacingMergeTree that has not merged yet: set `final: true` on the connection; else name more columns in source.primary_key, or read a query with LIMIT 1 BY',
    cause: error,
  });
}
