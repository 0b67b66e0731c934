/** What `check` asks of Databricks. */
import type { Advice, Inspector, ServerFacts } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import { asSqlStream, type Run, type SqlStream } from '../sql/dialect.ts';
import { inspectRelation, type Known, NO_TABLE } from '../sql/inspect.ts';
import { bind } from '../sql/statement.ts';
import { partsOfName } from './catalogue.ts';
import { CLOCK, isoOf } from './clock.ts';
import { dialect } from './dialect.ts';
import { ofUnity } from './tables.ts';

export function inspector(run: Run): Inspector {
  return {
    server: () => serverFacts(run),
    relation: async (given) => {
      const stream = asSqlStream(given);
      const known = stream.spec.table === undefined ? NO_TABLE : await knownOf(run, stream);
      return {
        ...(await inspectRelation(dialect, run, stream, known)),
        layout: known.isTable ? await layoutOf(run, stream) : OF_A_VIEW,
      };
    },
  };
}

async function serverFacts(run: Run): Promise<ServerFacts> {
  const [row] = await run(
    [`SELECT version() AS version, current_user() AS user, ${CLOCK} AS now`],
    'ask the warehouse about itself',
  );
  return {
    version: `Databricks, Spark ${answer(row?.[0]).split(' ')[0]}`,
    user: answer(row?.[1]),
    transport: 'tls',
    now: isoOf(answer(row?.[2])),
    isReadOnly: false, // There are no read-only sessions: the grants are looked at instead.
    transactions: undefined, // Those of others cannot be seen.
  };
}

type Place = { readonly catalog: string | undefined; readonly schema: string | undefined; readonly table: string };

function placeOf({ relation }: SqlStream): Place {
  const [table = '', schema, catalog] = (partsOfName(relation) ?? []).toReversed();
  return { catalog, schema, table };
}

const RIGHTS = ['MODIFY', 'ALL_PRIVILEGES', 'ALL PRIVILEGES', 'MANAGE'] as const;

async function knownOf(run: Run, stream: SqlStream): Promise<Known> {
  const { catalog, schema, table } = placeOf(stream);
  const of = catalog === undefined ? '' : `${dialect.quote(catalog)}.`;
  const here = [
    ' WHERE table_schema = ',
    ...(schema === undefined ? ['current_schema()'] : [bind(schema)]),
    ' AND table_name = ',
    bind(table),
  ];
  const doing = `look up ${stream.what}`;
  const [facts] = await ofUnity(
    run(
      [
        `SELECT table_type, CASE WHEN table_owner = current_user() THEN 'yes' ELSE 'no' END AS owned FROM ${of}information_schema.tables`,
        ...here,
      ],
      doing,
    ),
  );
  const grants = await ofUnity(
    run(
      [
        `SELECT DISTINCT privilege_type FROM ${of}information_schema.table_privileges`,
        ...here,
        ' AND grantee = current_user()',
      ],
      `look at the grants on ${stream.what}`,
    ),
  );
  const isOwner = facts?.[1] === 'yes';
  const writes =
    facts === undefined
      ? undefined
      : [...(isOwner ? ['OWNERSHIP'] : []), ...RIGHTS.filter((right) => grants.some(([granted]) => granted === right))];
  return {
    isTable: facts !== undefined && !/VIEW/.test(String(facts[0])),
    indexes: [],
    implicit: [],
    writes,
    cures: {
      cursorIndex: '',
      uniqueIndex: '',
      privileges: isOwner
        ? `GRANT SELECT ON TABLE ${stream.relation} TO \`<application id of a service principal of its own>\`;`
        : `REVOKE ${(writes ?? []).join(', ')} ON TABLE ${stream.relation} FROM \`<this principal>\`;`,
    },
  };
}

const OF_A_VIEW: Advice = {
  isGood: true,
  text: 'a view or a query: what a run reads is decided by the tables below it',
};

/** Below this many files a scan of all is as good as a search. */
const FEW_FILES = 100;

/** How the files of a Delta table are laid out: by the cursor, or a run opens all of them. */
async function layoutOf(run: Run, stream: SqlStream): Promise<Advice> {
  const detail = await ofUnity(
    run(
      [
        `SELECT CAST(numFiles AS STRING) AS files, to_json(clusteringColumns) AS clustering, to_json(partitionColumns) AS partitions FROM (DESCRIBE DETAIL ${stream.relation}) AS capi_detail`,
      ],
      `look at the files of ${stream.what}`,
    ).catch(() => []),
  );
  const [files, clustering, partitions] = detail[0] ?? [];
  const { name } = stream.cursorColumn;
  if (typeof files !== 'string')
    return { isGood: true, text: `how the files of the table lie by ${name} cannot be told` };
  const count = `${Number(files).toLocaleString('en-US')} ${files === '1' ? 'file' : 'files'}`;
  const isLaid = [clustering, partitions].some(
    (list) => typeof list === 'string' && list.toLowerCase().includes(JSON.stringify(name).toLowerCase()),
  );
  if (isLaid) return { isGood: true, text: `the table has ${count}, laid out by ${name}: a run opens few of them` };
  if (Number(files) < FEW_FILES) return { isGood: true, text: `the table has ${count}: a run opens few enough` };
  return {
    isGood: false,
    text: `the table has ${count}, not laid out by ${name}: a run may open all of them`,
    cure: 'liquid clustering by the cursor lets a run skip files; it costs work when rows are written',
    paste: `ALTER TABLE ${stream.relation} CLUSTER BY (${dialect.quote(name)});`,
  };
}
