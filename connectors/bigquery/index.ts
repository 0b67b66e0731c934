import type { Connector, Page, ReadRange, Stream } from '../connector.ts';
import { cursorUnitOf, describeRelation } from '../sql/describe.ts';
import { asSqlStream } from '../sql/dialect.ts';
import { checkZone } from '../sql/local-time.ts';
import { whereAll } from '../sql/range-condition.ts';
import { readKeys } from '../sql/read-keys.ts';
import { streamPages } from '../sql/stream-pages.ts';
import { bigqueryCatalogue, refuseWrites } from './catalogue.ts';
import { DRIVER, openClient } from './client.ts';
import { cursorAt, numberHorizon, shiftBack, timeHorizon } from './clock.ts';
import { dialect } from './dialect.ts';
import { inspector, tables } from './inspect.ts';
import { checkKeyTypes, checkNulls, holdsKey, withKeys } from './keys.ts';
import { type BigqueryOptions, options } from './options.ts';
import { type BigqueryStream, bounded, checkWindow } from './partition.ts';
import { openSession } from './session.ts';
import { bigqueryUrl } from './url.ts';

export const bigquery: Connector = {
  name: 'bigquery',
  title: 'Google BigQuery',
  options,
  driver: DRIVER,
  reads: 'stream',
  guard: 'lag',
  proven: { on: 'stand-in', what: 'the REST API, spoken to by @google-cloud/bigquery 9.3.0; SQL run by DuckDB' },
  fromUrl: {
    schemes: ['bigquery'],
    example: 'bigquery://project/dataset',
    read: bigqueryUrl,
    quote: dialect.quote,
  },
  open: async (given) => {
    const settings = given as BigqueryOptions;
    const client = await openClient(settings);
    const session = openSession(client.bigquery, settings);
    const catalogue = bigqueryCatalogue(session, settings);
    const { run } = session;
    const tools = { session, catalogue, client, settings };
    return {
      streams: true,
      describe: async (spec) => {
        if (spec.timezone !== undefined) checkZone(spec.timezone);
        let table: Awaited<ReturnType<typeof catalogue.lookUp>> | undefined;
        const described = await describeRelation(
          spec,
          {
            ...catalogue,
            table: async (name) => {
              table = await catalogue.lookUp(name);
              return catalogue.guarded(table);
            },
          },
          async (statement, doing) => {
            refuseWrites((await session.dryRun(statement, doing)).statementType, 'the "where"');
            return [];
          },
        );
        checkKeyTypes(described);
        const stream: BigqueryStream = {
          ...described,
          cursorUnit: cursorUnitOf(described),
          partitioning: table?.partitioning,
          window: spec.table === undefined ? undefined : settings.partitions?.[spec.table],
        };
        checkWindow(stream);
        await checkNulls(run, stream);
        return stream;
      },
      horizon: async (stream, lagSeconds) =>
        stream.cursorUnit === 'number' ? numberHorizon(run, own(stream)) : timeHorizon(run, own(stream), lagSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(own(stream), cursor, amount),
      cursorAt: async (stream, instant) => cursorAt(own(stream), instant),
      readPages: (stream, range, signal) => pages(own(stream), range, signal),
      readKeys: async (stream, columns, keys, within) =>
        readKeys(dialect, run, bounded(own(stream), within ?? {}), {
          columns,
          keys: keys.filter((key) => holdsKey(own(stream), key)),
          within,
        }),
      countRows: async (given, { after, from, before }) => {
        const { spec, condition } = own(given);
        // Any other count would read the cursor of all rows.
        const isWhole = (after ?? from ?? before) === undefined && condition === undefined;
        return isWhole && spec.table !== undefined ? (await catalogue.lookUp(spec.table)).rows : undefined;
      },
      countUpTo: async (given, most) => {
        const stream = bounded(own(given), {});
        const [row] = await run(
          [`SELECT LEAST(COUNT(*), ${most + 1}) FROM ${stream.relation}`, ...whereAll(stream, [])],
          `count rows of ${stream.what}`,
        );
        return Number(row?.[0] ?? 0);
      },
      inspect: inspector(tools, own),
      tables: () => tables(tools),
      close: async () => {}, // The client holds no connection that keeps the process up.
    };

    async function* pages(stream: BigqueryStream, range: ReadRange, signal: AbortSignal): AsyncGenerator<Page> {
      const reading = bounded(stream, range);
      yield* streamPages(dialect, withKeys(session.stream, reading, range), reading, range, signal);
    }
  },
};

function own(stream: unknown): BigqueryStream {
  if (!('partitioning' in (stream as Stream)))
    throw new TypeError('this stream was not described by the bigquery connector');
  return asSqlStream(stream as Stream) as BigqueryStream;
}
