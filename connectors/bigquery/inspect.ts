/** What `check` and `init` ask of BigQuery. Dry runs first: a look that would cost more than a cent is not taken, and said to be so. */
import type { Advice, Inspector, RelationFacts, ServerFacts, TableFacts } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import { inspectRelation, NO_TABLE } from '../sql/inspect.ts';
import { rangeQuery } from '../sql/read-pages.ts';
import { type BigqueryCatalogue, datasetsOf, namesIn, quoted, type Table } from './catalogue.ts';
import { type Client, isLoopback } from './client.ts';
import { priceText, sizeText } from './cost.ts';
import { dialect } from './dialect.ts';
import { type BigqueryOptions, bytesOfSize } from './options.ts';
import { type BigqueryStream, bounded } from './partition.ts';
import { datasetReference, type Session } from './session.ts';
import { isoText, microsOf } from './timestamp-text.ts';

/** Bytes that a single look of `check` may read: less than a cent. */
const LOOK_BYTES = 2 ** 30;

type Tools = {
  readonly session: Session;
  readonly catalogue: BigqueryCatalogue;
  readonly client: Client;
  readonly settings: BigqueryOptions;
};

export function inspector(tools: Tools, own: (stream: unknown) => BigqueryStream): Inspector {
  const { session, settings } = tools;
  return {
    server: () => serverFacts(tools),
    relation: async (given) => relationFacts(tools, own(given)),
    cost: async (given, ranges) => {
      const stream = own(given);
      const bytes: number[] = [];
      for (const range of ranges) {
        const { statement } = rangeQuery(dialect, bounded(stream, range), range);
        bytes.push((await session.dryRun(statement, `reckon what reading ${stream.what} costs`)).bytes);
      }
      const limit = bytesOfSize(settings.maximum_bytes_billed ?? '10GiB');
      const all = bytes.reduce((sum, each) => sum + each, 0);
      const text = `the next run reads ${sizeText(all)}, which is ${priceText(bytes)}`;
      if (limit === undefined || bytes.every((each) => each <= limit)) return [{ isGood: true, text }];
      return [
        {
          isGood: false,
          text: `${text}; a query of it is over maximum_bytes_billed (${sizeText(limit)}), and would fail`,
          cure: 'make the partition column the cursor, set `partitions` for the table, or raise maximum_bytes_billed of the connection',
        },
      ];
    },
  };
}

async function serverFacts({ session, client }: Tools): Promise<ServerFacts> {
  const [row] = await session.run(['SELECT CURRENT_TIMESTAMP(), SESSION_USER()'], 'ask BigQuery about itself');
  const { protocol, hostname } = new URL(client.endpoint);
  return {
    version: 'BigQuery',
    user: typeof row?.[1] === 'string' ? row[1] : client.account,
    transport: protocol === 'https:' ? 'tls' : isLoopback(hostname) ? 'local' : 'plain',
    now: isoText(microsOf(answer(row?.[0]))),
    isReadOnly: false,
    transactions: undefined,
  };
}

async function relationFacts(tools: Tools, stream: BigqueryStream): Promise<RelationFacts> {
  const { session, catalogue } = tools;
  const { spec, what } = stream;
  const table = spec.table === undefined ? undefined : await catalogue.lookUp(spec.table);
  const wholly = bounded(stream, {});
  const keys = spec.primaryKey.map((name) => dialect.quote(name)).join(', ');
  const condition = wholly.condition === undefined ? '' : ` WHERE ${wholly.condition}`;
  const cursor = dialect.quote(spec.cursor);
  // One dry run for both looks: the columns that they read.
  const { bytes } = await session.dryRun(
    [`SELECT ${cursor}, ${keys} FROM ${wholly.relation}${condition}`],
    `reckon what a look at ${what} costs`,
  );
  const known = { ...NO_TABLE, writes: table && (await writesOf(session, table)) };
  const isCheap = bytes <= LOOK_BYTES;
  const facts: RelationFacts = isCheap
    ? await inspectRelation(dialect, session.run, wholly, known)
    : { ...known, hasUniqueKey: false, hasCursorIndex: false, nullCursors: 0, repeatedKeys: 0, sampled: 0 };
  return {
    ...facts,
    cures: {
      cursorIndex: '',
      uniqueIndex: '',
      privileges: table ? readerAccount(tools.settings, table) : '',
    },
    layout: layoutOf(stream, table),
    ...(!isCheap && {
      costs: [
        {
          isGood: false,
          text: `whether keys repeat or cursors are NULL was not looked at: it would read ${sizeText(bytes)}`,
          paste: `SELECT ${keys}, COUNT(*) FROM ${wholly.relation}${condition} GROUP BY ${keys} HAVING COUNT(*) > 1;`,
        },
      ],
    }),
  };
}

/** There are no indexes: what keeps a reading short is partitions, and then clustering. */
function layoutOf({ partitioning, window, spec, what }: BigqueryStream, table: Table | undefined): Advice {
  const { cursor } = spec;
  if (table === undefined || table.rows === undefined)
    return { isGood: true, text: 'what partitions stand behind a view or a query cannot be told; see the cost' };
  if (partitioning?.column === cursor)
    return { isGood: true, text: `partitioned by "${cursor}": a run reads the partitions of its range` };
  if (window !== undefined)
    return {
      isGood: true,
      text: `partitioned by "${partitioning?.column}": a run reads the partitions within ${window.before} of its range`,
    };
  if (table.clustering[0] === cursor)
    return { isGood: true, text: `clustered by "${cursor}": a run reads the blocks of its range` };
  if (partitioning !== undefined)
    return {
      isGood: false,
      text: `partitioned by "${partitioning.column}", and read by "${cursor}": each run reads all partitions`,
      paste: `partitions: { ${spec.table}: { before: 90d } }   # of the connection: how old a row may be when it changes`,
    };
  return {
    isGood: false,
    text: `neither partitioned nor clustered by "${cursor}": each run reads the columns it maps of all rows`,
    paste: `CREATE TABLE ${what}_by_${cursor} PARTITION BY ... AS SELECT * FROM ${table.relation};   -- or ALTER the model that makes it`,
  };
}

/** Permission → what it allows, in words. */
const WRITES = {
  'bigquery.tables.updateData': 'change rows',
  'bigquery.tables.update': 'alter the table',
  'bigquery.tables.delete': 'delete the table',
} as const;

async function writesOf(session: Session, { name }: Table): Promise<string[] | undefined> {
  try {
    const { permissions = [] } = await session.ask<{ readonly permissions?: readonly string[] }>(
      {
        uri: `/datasets/${name.dataset}/tables/${name.table}:testIamPermissions`,
        method: 'POST',
        project: name.project,
        json: { permissions: Object.keys(WRITES) },
      },
      `look up the permissions on ${name.table}`,
    );
    return Object.entries(WRITES).flatMap(([permission, words]) => (permissions.includes(permission) ? [words] : []));
  } catch {
    return undefined; // Not everybody may ask.
  }
}

function readerAccount({ project }: BigqueryOptions, { name }: Table): string {
  const account = `capi-reader@${project}.iam.gserviceaccount.com`;
  return [
    `gcloud iam service-accounts create capi-reader --project=${project}`,
    `gcloud projects add-iam-policy-binding ${project} --member=serviceAccount:${account} --role=roles/bigquery.jobUser`,
    `bq query --use_legacy_sql=false 'GRANT \`roles/bigquery.dataViewer\` ON TABLE ${quoted(name)} TO "serviceAccount:${account}"'`,
  ].join('\n');
}

const MOST_TABLES = 300;

export async function tables({ session, catalogue, settings }: Tools): Promise<TableFacts[]> {
  const { dataset, project } = settings;
  const found: TableFacts[] = [];
  const datasets = dataset === undefined ? await datasetsOf(session, project) : [undefined];
  for (const own of datasets) {
    const reference = datasetReference(own ?? dataset ?? '', project);
    for (const table of await namesIn(session, reference.projectId, reference.datasetId)) {
      if (found.length >= MOST_TABLES) return found;
      const name = own === undefined ? table : `${own}.${table}`;
      const { columns, primaryKey } = await catalogue.lookUp(name);
      found.push({ name, columns, primaryKey, indexes: [] });
    }
  }
  return found;
}
