import { type Connector, SourceError } from '../connector.ts';
import { openCatalogue } from './catalogue.ts';
import { cursorAt, shiftBack, timeHorizon } from './clock.ts';
import { describeStream } from './describe.ts';
import { inspector } from './inspect.ts';
import { options, type SalesforceOptions } from './options.ts';
import { countRecords } from './query.ts';
import { readKeys } from './read-keys.ts';
import { readPages } from './read-pages.ts';
import { own } from './salesforce-stream.ts';
import { salesforceUrl } from './salesforce-url.ts';
import { JSFORCE, openSession } from './session.ts';
import { rangeTerms, selectText } from './soql.ts';
import { tables } from './tables.ts';

export const salesforce: Connector = {
  name: 'salesforce',
  title: 'Salesforce',
  options,
  driver: JSFORCE,
  reads: 'stream',
  guard: 'transactions',
  proven: { on: 'stand-in', what: 'jsforce against a server that speaks the REST API and Bulk API 2.0' },
  fromUrl: {
    schemes: ['salesforce'],
    example: 'salesforce://client_id:client_secret@acme.my.salesforce.com',
    read: salesforceUrl,
  },
  open: async (given) => {
    const settings = given as SalesforceOptions;
    const bulkFrom = settings.bulk_from ?? 20_000;
    const session = await openSession(settings);
    const catalogue = openCatalogue(session);
    return {
      // A range is read on from its last row; to ask anew would count its rows anew, and begin another bulk job.
      streams: true,
      describe: async (spec) => describeStream(spec, catalogue, session),
      horizon: async (stream, lagSeconds, maxStallSeconds = 0) =>
        timeHorizon(session, own(stream), lagSeconds, maxStallSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(own(stream), cursor, amount),
      cursorAt: async (_stream, instant) => cursorAt(instant),
      readPages: (stream, range, signal) => readPages(session, own(stream), range, bulkFrom, signal),
      readKeys: async (stream, columns, keys, within) => readKeys(session, own(stream), columns, keys, within),
      countRows: async (given, range) => {
        const stream = own(given);
        const soql = selectText(stream, [], rangeTerms(stream, range), { count: true });
        return countRecords(session, stream, soql, `count rows of ${stream.what}`).catch((error: unknown) => {
          // Counting took too long: reading need not.
          if (error instanceof SourceError && error.code === 'source-query-failed') return undefined;
          throw error;
        });
      },
      countUpTo: async (given, most) => {
        const stream = own(given);
        const soql = selectText(stream, [], rangeTerms(stream, {}), { count: true, limit: most + 1 });
        return countRecords(session, stream, soql, `count rows of ${stream.what}`);
      },
      inspect: inspector(session, catalogue),
      tables: () => tables(catalogue),
      close: async () => undefined,
    };
  },
};
