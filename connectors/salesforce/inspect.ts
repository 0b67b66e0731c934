/** What `check` asks of an org: who is signed in, how much of the API limit is left, what the user may do with the object. */
import type { Advice, Inspector, RelationFacts, ServerFacts } from '../connector.ts';
import type { Catalogue } from './catalogue.ts';
import { countRecords } from './query.ts';
import { own, type SalesforceStream } from './salesforce-stream.ts';
import type { Session, Usage } from './session.ts';
import { fieldOf, isId, selectText } from './soql.ts';

/** Fields that Salesforce indexes in every object. LastModifiedDate is none of them. */
const INDEXED: ReadonlySet<string> = new Set(['Id', 'SystemModstamp', 'CreatedDate']);
const MOST_NULLS = 1_001;

export function inspector(session: Session, catalogue: Catalogue): Inspector {
  return { server: () => serverFacts(session), relation: (stream) => relationFacts(session, catalogue, own(stream)) };
}

async function serverFacts(session: Session): Promise<ServerFacts> {
  await session.send({ path: '' }, 'ask Salesforce about itself');
  const usage = session.usage();
  return {
    version: `Salesforce API ${session.apiVersion}`,
    user: await username(session),
    transport: session.isLocal ? 'local' : 'tls',
    now: new Date(session.clock() ?? 0).toISOString(),
    isReadOnly: false,
    transactions: undefined, // Salesforce tells of them by the object: the horizon asks.
    ...(usage === undefined ? {} : { costs: [callsOf(usage)] }),
  };
}

/** Below this share of the limit somebody will soon be refused. */
const SCARCE = 0.1;

function callsOf({ used, limit }: Usage): Advice {
  const text = `${grouped(used)} of the org's ${grouped(limit)} API calls of 24 hours are used; a run takes about five`;
  if (limit - used >= limit * SCARCE) return { isGood: true, text };
  return { isGood: false, text, cure: 'run less often; api_reserve stops runs before others are refused' };
}

/** Everybody may read their own name. */
async function username(session: Session): Promise<string | undefined> {
  const id = session.userId();
  if (id === undefined || !isId(id)) return undefined;
  const soql = encodeURIComponent(`SELECT Username FROM User WHERE Id = '${id}'`);
  const { text } = await session.send({ path: `/query?q=${soql}` }, 'ask who is signed in');
  return (JSON.parse(text) as { records: { Username: string }[] }).records[0]?.Username;
}

async function relationFacts(session: Session, catalogue: Catalogue, stream: SalesforceStream): Promise<RelationFacts> {
  const { writes } = await catalogue.object(stream.object);
  const cursor = fieldOf(stream, stream.cursorColumn.name);
  const nullCursors = stream.cursorColumn.nullable
    ? await countRecords(
        session,
        stream,
        selectText(stream, [], [`${cursor} = null`], { count: true, limit: MOST_NULLS }),
        `count empty cursors of ${stream.what}`,
      )
    : 0;
  return {
    isTable: true,
    hasUniqueKey: true, // describe takes nothing but Id
    hasCursorIndex: INDEXED.has(cursor),
    layout: layoutOf(cursor),
    writes,
    nullCursors,
    repeatedKeys: 0,
    sampled: 0,
    cures: {
      cursorIndex: '',
      uniqueIndex: '',
      privileges: `Setup > Permission Sets > (that of the user) > Object Settings > ${stream.object}: Read and View All Records, nothing else`,
    },
  };
}

function layoutOf(cursor: string): Advice {
  if (INDEXED.has(cursor)) return { isGood: true, text: `Salesforce indexes ${cursor} of every object` };
  return {
    isGood: false,
    text: `Salesforce has no index on ${cursor} by itself: each page looks through the object`,
    cure: 'read by SystemModstamp (history objects: CreatedDate), or ask Salesforce for a custom index',
  };
}

function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
