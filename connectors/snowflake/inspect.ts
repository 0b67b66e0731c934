/** What `check` asks of Snowflake: the session, the grants, how the table's partitions lie. */
import { type Advice, type Cell, type Inspector, type ServerFacts, SourceError } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import { asSqlStream, type SqlStream } from '../sql/dialect.ts';
import { inspectRelation, type Known, NO_TABLE } from '../sql/inspect.ts';
import { bind } from '../sql/statement.ts';
import { partsOfName } from './catalogue.ts';
import { CLOCK } from './clock.ts';
import { dialect } from './dialect.ts';
import type { Session } from './session.ts';
import { warehouseAdvice } from './warehouse.ts';

export function inspector(session: Session, transport: ServerFacts['transport']): Inspector {
  return {
    server: () => serverFacts(session, transport),
    relation: async (given) => {
      const stream = asSqlStream(given);
      const place = stream.spec.table === undefined ? undefined : await placeOf(session, stream);
      const known = place === undefined ? NO_TABLE : await knownOf(session, stream, place);
      return {
        ...(await inspectRelation(dialect, session.run, stream, known)),
        layout: known.isTable && place !== undefined ? await layoutOf(session, stream, place) : OF_A_VIEW,
      };
    },
  };
}

async function serverFacts(session: Session, transport: ServerFacts['transport']): Promise<ServerFacts> {
  const [row] = await session.run(
    [`SELECT CURRENT_VERSION(), CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), ${CLOCK}`],
    'ask the account about itself',
  );
  const [version, user, role, warehouse, now] = row ?? [];
  return {
    version: `Snowflake ${answer(version)}`,
    user: `${answer(user)} in role ${textOf(role) ?? 'none'}`,
    transport,
    now: answer(now),
    isReadOnly: false, // There are no read-only sessions: the grants are looked at instead.
    transactions: undefined, // Those of others cannot be seen.
    costs: await warehouseAdvice(session, textOf(warehouse)),
  };
}

type Place = { readonly database: string; readonly schema: string; readonly table: string; readonly isView: boolean };

/** Where a table that was found lies; undefined where its schema does not list it. */
async function placeOf(session: Session, stream: SqlStream): Promise<Place | undefined> {
  const parts = (partsOfName(stream.relation) ?? []).map(({ text }) => text);
  const [table = '', schema, database] = parts.toReversed();
  const of = database === undefined ? '' : `${dialect.quote(database)}.`;
  const [row] = await session.run(
    [
      `SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_TYPE FROM ${of}INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = `,
      ...(schema === undefined ? ['CURRENT_SCHEMA()'] : [bind(schema)]),
      ' AND TABLE_NAME = ',
      bind(table),
    ],
    `look up ${stream.what}`,
  );
  if (row === undefined) return undefined;
  return { database: answer(row[0]), schema: answer(row[1]), table, isView: /VIEW/.test(answer(row[2])) };
}

const RIGHTS = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'OWNERSHIP'] as const;

async function knownOf({ run }: Session, { what, relation }: SqlStream, place: Place): Promise<Known> {
  const { database, schema, table, isView } = place;
  const rows = await unlessRefused(
    run(
      [
        `SELECT DISTINCT PRIVILEGE_TYPE, CURRENT_ROLE() FROM ${dialect.quote(database)}.INFORMATION_SCHEMA.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = `,
        bind(schema),
        ' AND TABLE_NAME = ',
        bind(table),
        ' AND IS_ROLE_IN_SESSION(GRANTEE)',
      ],
      `look at the grants on ${what}`,
    ),
  );
  const writes = rows && RIGHTS.filter((right) => rows.some(([granted]) => granted === right));
  const role = dialect.quote(textOf(rows?.[0]?.[1]) ?? '');
  return {
    isTable: !isView,
    indexes: [],
    implicit: [],
    writes,
    cures: {
      cursorIndex: '',
      uniqueIndex: '',
      privileges: writes?.includes('OWNERSHIP')
        ? readerRole({ database, schema }, relation)
        : `REVOKE ${(writes ?? []).join(', ')} ON TABLE ${relation} FROM ROLE ${role};`,
    },
  };
}

/** From an owner nothing can be taken away: a role of its own is the cure. */
function readerRole({ database, schema }: Pick<Place, 'database' | 'schema'>, relation: string): string {
  return [
    'CREATE ROLE CAPI_READER;',
    `GRANT USAGE ON DATABASE ${dialect.quote(database)} TO ROLE CAPI_READER;`,
    `GRANT USAGE ON SCHEMA ${dialect.quote(database)}.${dialect.quote(schema)} TO ROLE CAPI_READER;`,
    `GRANT SELECT ON TABLE ${relation} TO ROLE CAPI_READER;`,
  ].join('\n');
}

const OF_A_VIEW: Advice = {
  isGood: true,
  text: 'a view or a query: what a run scans is decided by the tables it reads',
};

/** Below this many partitions a scan of all is as good as a search. */
const FEW_PARTITIONS = 100;
/** So many partitions that hold the same time are still few to read. */
const SHALLOW = 16;

type Clustering = { readonly total_partition_count?: number; readonly average_depth?: number };

/** How many partitions hold the same times: the fewer, the less a run scans. */
async function layoutOf({ run }: Session, stream: SqlStream, { database, schema, table }: Place): Promise<Advice> {
  const cursor = dialect.quote(stream.cursorColumn.name);
  const name = [database, schema, table].map(dialect.quote).join('.');
  const rows = await unlessRefused(
    run(
      // It takes constants only.
      [`SELECT SYSTEM$CLUSTERING_INFORMATION(${literal(name)}, ${literal(`(${cursor})`)})`],
      `look at the partitions of ${stream.what}`,
    ),
  );
  const { total_partition_count: partitions, average_depth: depth } = clusteringOf(rows?.[0]?.[0]);
  if (partitions === undefined || depth === undefined) {
    return { isGood: true, text: `how the partitions of the table lie by ${cursor} cannot be told` };
  }
  const count = `${partitions.toLocaleString('en-US')} micro-${partitions === 1 ? 'partition' : 'partitions'}`;
  if (partitions < FEW_PARTITIONS || depth <= SHALLOW) {
    return {
      isGood: true,
      text: `the table has ${count}, ${Math.round(depth * 10) / 10} deep by ${cursor}: a run scans few of them`,
    };
  }
  return {
    isGood: false,
    text: `the table has ${count}, ${Math.round(depth)} deep by ${cursor}: a run scans many that hold nothing new`,
    cure: 'automatic clustering costs credits of its own: worth it where runs are frequent; sorted loads are free',
    paste: `ALTER TABLE ${name} CLUSTER BY (${stream.cursorUnit === 'time' ? `TO_DATE(${cursor})` : cursor});`,
  };
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function clusteringOf(cell: Cell | undefined): Clustering {
  try {
    return typeof cell === 'string' ? (JSON.parse(cell) as Clustering) : {};
  } catch {
    return {};
  }
}

async function unlessRefused(rows: Promise<Cell[][]>): Promise<Cell[][] | undefined> {
  try {
    return await rows;
  } catch (error) {
    if (error instanceof SourceError && error.code !== 'source-interrupted') return undefined;
    throw error;
  }
}

function textOf(cell: Cell | undefined): string | undefined {
  return typeof cell === 'string' && cell !== '' ? cell : undefined;
}
