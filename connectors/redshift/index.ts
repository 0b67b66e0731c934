import type { Connector } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream, type SqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { rangeCondition } from '../sql/range-condition.ts';
import { readKeys } from '../sql/read-keys.ts';
import { serverAddress } from '../sql/server-options.ts';
import { quotedBy, serverUrl } from '../sql/server-url.ts';
import { streamWithRests } from '../sql/stream-with-rests.ts';
import { redshiftCatalogue } from './catalogue.ts';
import { cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { dialect } from './dialect.ts';
import { inspector, tables } from './inspect.ts';
import { options, type RedshiftOptions } from './options.ts';
import { openSession } from './session.ts';

/** A result that nobody takes for so long gives its slot of the queue back. */
const REST_MS = 60_000;

export const redshift: Connector = {
  name: 'redshift',
  title: 'Amazon Redshift',
  options,
  reads: 'stream',
  guard: 'lag',
  proven: {
    on: 'stand-in',
    what: "a PostgreSQL 15 with Redshift's system views, types and functions, which refuses what Redshift lacks",
  },
  fromUrl: {
    schemes: ['redshift'],
    example: 'redshift://user:password@host:5439/database',
    read: serverUrl('redshift'),
    quote: quotedBy('"'),
  },
  open: async (given, { baseDir }) => {
    const settings = given as RedshiftOptions;
    const { statement_timeout: timeoutSeconds = 900, query_group: queryGroup = 'capi-sync' } = settings;
    const address = serverAddress(settings, 'Redshift', 5439, baseDir);
    const session = await openSession(address, { timeoutSeconds, queryGroup });
    const { run } = session;
    const catalogue = redshiftCatalogue(session);
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
      shiftBack: async (stream, cursor, amount) => shiftBack(asSqlStream(stream), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(asSqlStream(stream), instant),
      readPages: (stream, range, signal) =>
        streamWithRests({ dialect, runStream: session.stream, patience }, asSqlStream(stream), range, signal),
      readKeys: async (stream, columns, keys, within) =>
        readKeys(dialect, run, asSqlStream(stream), { columns, keys, within }),
      countRows: async (stream, range) => {
        if (stream.spec.table === undefined) return undefined;
        const given = asSqlStream(stream);
        const condition = rangeCondition(dialect, given, range);
        const [row] = await run(
          [`SELECT COUNT(*) FROM ${given.relation}`, ...condition],
          `count rows of ${given.what}`,
        );
        return Number(row?.[0] ?? 0);
      },
      countUpTo: async (stream, most) => countUpTo(run, asSqlStream(stream), most),
      inspect: inspector(session, address),
      tables: () => tables(session, catalogue),
      close: session.close,
    };
  },
};
