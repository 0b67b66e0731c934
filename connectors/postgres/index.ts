import type { Connector } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream, type SqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { readKeys } from '../sql/read-keys.ts';
import { readPages } from '../sql/read-pages.ts';
import { serverAddress } from '../sql/server-options.ts';
import { quotedBy, serverUrl } from '../sql/server-url.ts';
import { postgresCatalogue } from './catalogue.ts';
import { cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { countRows } from './count-rows.ts';
import { dialect } from './dialect.ts';
import { inspector, tables } from './inspect.ts';
import { options, type PostgresOptions } from './options.ts';
import { openSession } from './session.ts';

export const postgres: Connector = {
  name: 'postgres',
  title: 'PostgreSQL',
  options,
  reads: 'pages',
  guard: 'transactions',
  proven: { on: 'real', what: 'PostgreSQL 15' },
  fromUrl: {
    schemes: ['postgres', 'postgresql'],
    example: 'postgres://user:password@host/database',
    read: serverUrl('postgres'),
    quote: quotedBy('"'),
  },
  open: async (given, { baseDir }) => {
    const settings = given as PostgresOptions;
    const address = serverAddress(settings, 'PostgreSQL', 5432, baseDir);
    const session = await openSession(address, settings.pool ?? 2, settings.statement_timeout ?? 300);
    const catalogue = postgresCatalogue(session);
    return {
      describe: async (spec) => {
        if (spec.timezone !== undefined) checkZone(spec.timezone);
        const described = await describeRelation(spec, catalogue, session.run);
        const stream: SqlStream = { ...described, cursorUnit: cursorUnitOf(described) };
        await checkNulls(described, dialect, session.run);
        return stream;
      },
      horizon: async (stream, lagSeconds, maxStallSeconds = 0) =>
        stream.cursorUnit === 'number'
          ? numberHorizon(session.run, asSqlStream(stream))
          : timeHorizon(session.run, asSqlStream(stream), lagSeconds, maxStallSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(session.run, asSqlStream(stream), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(session.run, asSqlStream(stream), instant),
      readPages: (stream, range, signal) => readPages(dialect, session.run, asSqlStream(stream), range, signal),
      readKeys: async (stream, columns, keys, within) =>
        readKeys(dialect, session.run, asSqlStream(stream), { columns, keys, within }),
      countRows: async (stream, range) => countRows(session.run, asSqlStream(stream), range),
      countUpTo: async (stream, most) => countUpTo(session.run, asSqlStream(stream), most),
      inspect: inspector(session.run, address),
      tables: () => tables(session.run, catalogue),
      close: session.close,
    };
  },
};
