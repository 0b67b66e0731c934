import { type Column, type Connector, SourceError } from '../connector.ts';
import { countUpTo } from '../sql/count-up-to.ts';
import { checkNulls, cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream, type SqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { readKeys } from '../sql/read-keys.ts';
import { readPages } from '../sql/read-pages.ts';
import { serverAddress } from '../sql/server-options.ts';
import { quotedBy, serverUrl } from '../sql/server-url.ts';
import { mysqlCatalogue } from './catalogue.ts';
import { cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { countRows } from './count-rows.ts';
import { dialect } from './dialect.ts';
import { inspector, tables } from './inspect.ts';
import { type MysqlOptions, options } from './options.ts';
import { openSession } from './session.ts';

export const mysql: Connector = {
  name: 'mysql',
  title: 'MySQL and MariaDB',
  options,
  reads: 'pages',
  guard: 'transactions',
  proven: { on: 'real', what: 'MariaDB 10.11' },
  fromUrl: {
    schemes: ['mysql', 'mariadb'],
    example: 'mysql://user:password@host/database',
    read: serverUrl('mysql'),
    quote: quotedBy('`'),
  },
  open: async (given, { baseDir }) => {
    const settings = given as MysqlOptions;
    const address = serverAddress(settings, 'MySQL', 3306, baseDir);
    const session = await openSession(address, settings.pool ?? 2, settings.statement_timeout ?? 300);
    const catalogue = mysqlCatalogue(session);
    const { run } = session;
    return {
      describe: async (spec) => {
        if (spec.timezone !== undefined) checkZone(spec.timezone);
        const described = await describeRelation(spec, catalogue, run);
        for (const column of described.keyColumns) refuseList(column, described.what);
        const stream: SqlStream = { ...described, cursorUnit: cursorUnitOf(described) };
        await checkNulls(described, dialect, run);
        return stream;
      },
      horizon: async (stream, lagSeconds, maxStallSeconds = 0) =>
        stream.cursorUnit === 'number'
          ? numberHorizon(run, asSqlStream(stream))
          : timeHorizon(run, asSqlStream(stream), lagSeconds, maxStallSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(run, asSqlStream(stream), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(asSqlStream(stream), instant),
      readPages: (stream, range, signal) => readPages(dialect, run, asSqlStream(stream), range, signal),
      readKeys: async (stream, columns, keys, within) =>
        readKeys(dialect, run, asSqlStream(stream), { columns, keys, within }),
      countRows: async (stream, range) => countRows(session, asSqlStream(stream), range),
      countUpTo: async (stream, most) => countUpTo(run, asSqlStream(stream), most),
      inspect: inspector(run, address),
      tables: () => tables(run, catalogue),
      close: session.close,
    };
  },
};

/** ENUM and SET sort by their place in the list but compare as text: pages over them would skip rows. */
function refuseList(column: Column, what: string): void {
  if (!/^(enum|set)\b/i.test(column.type)) return;
  throw new SourceError('cursor-type', `primary key column "${column.name}" of ${what} is of type ENUM or SET`, {
    hint: 'such a column sorts one way and compares another: use a query with CAST(column AS CHAR)',
  });
}
