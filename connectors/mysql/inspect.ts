/** What `check` and `init` ask of MySQL and MariaDB. Catalogue queries, and bounded looks at the table. */
import { type IndexFacts, type Inspector, type ServerFacts, SourceError, type TableFacts } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import type { Catalogue } from '../sql/describe.ts';
import { asSqlStream, type Run, type SqlStream } from '../sql/dialect.ts';
import { indexColumns, inspectRelation, type Known, NO_TABLE, partsOf, transportOf } from '../sql/inspect.ts';
import type { ServerAddress } from '../sql/server-options.ts';
import { bind } from '../sql/statement.ts';
import { dialect } from './dialect.ts';

export function inspector(run: Run, address: ServerAddress): Inspector {
  return {
    server: () => serverFacts(run, address),
    relation: async (given) => {
      const stream = asSqlStream(given);
      return inspectRelation(dialect, run, stream, await known(run, stream));
    },
  };
}

/** As grant tables and GRANT write it: `'reader'@'%'`. */
const GRANTEE = `CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')`;

async function serverFacts(run: Run, address: ServerAddress): Promise<ServerFacts> {
  const [row] = await run(
    [`SELECT VERSION(), CURRENT_USER(), @@GLOBAL.read_only, UTC_TIMESTAMP(6), ${GRANTEE}`],
    'ask the server about itself',
  );
  const version = answer(row?.[0]);
  return {
    version: version.includes('MariaDB') ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version.split('-')[0]}`,
    user: answer(row?.[1]),
    transport: transportOf(address),
    now: `${answer(row?.[3]).replace(' ', 'T')}Z`,
    isReadOnly: row?.[2] === '1',
    transactions: await transactions(run, answer(row?.[4])),
  };
}

async function transactions(run: Run, grantee: string): Promise<ServerFacts['transactions']> {
  try {
    // trx_started is in the server's own zone, whatever the session's is.
    const [row] = await run(
      [
        `SELECT TIMESTAMPDIFF(SECOND, MIN(trx_started), CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))
           FROM information_schema.INNODB_TRX WHERE trx_is_read_only = 0 AND trx_mysql_thread_id <> CONNECTION_ID()`,
      ],
      'look for open transactions',
    );
    return { oldestSeconds: typeof row?.[0] === 'string' ? Math.max(0, Number(row[0])) : undefined };
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== 'source-permission') throw error;
    return { missing: 'PROCESS', grant: `GRANT PROCESS ON *.* TO ${grantee};` };
  }
}

const RIGHTS = ['INSERT', 'UPDATE', 'DELETE', 'DROP'] as const;

async function known(run: Run, stream: SqlStream): Promise<Known> {
  const { spec, relation, what } = stream;
  if (spec.table === undefined) return NO_TABLE;
  const doing = `look up ${what}`;
  const { schema, table } = partsOf(relation, '`');
  const [facts] = await run(
    [
      `SELECT TABLE_TYPE, ${GRANTEE} FROM information_schema.TABLES WHERE TABLE_SCHEMA = `,
      bind(schema),
      ' AND TABLE_NAME = ',
      bind(table),
    ],
    doing,
  );
  const rights = await run(
    [
      `SELECT PRIVILEGE_TYPE, 'server' FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ${GRANTEE}
       UNION SELECT PRIVILEGE_TYPE, 'schema' FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ${GRANTEE} AND `,
      bind(schema),
      ` LIKE TABLE_SCHEMA UNION SELECT PRIVILEGE_TYPE, 'table' FROM information_schema.TABLE_PRIVILEGES WHERE GRANTEE = ${GRANTEE} AND TABLE_SCHEMA = `,
      bind(schema),
      ' AND TABLE_NAME = ',
      bind(table),
    ],
    doing,
  );
  const writes = RIGHTS.filter((right) => rights.some(([name]) => name === right));
  const levels = new Set(rights.filter(([name]) => writes.includes(name as never)).map(([, level]) => String(level)));
  const indexes = await indexesOf(run, schema, table, doing);
  const isTable = facts?.[0] === 'BASE TABLE';
  return {
    isTable,
    indexes: indexes.map(({ facts: index }) => index),
    implicit: (indexes.find(({ name }) => name === 'PRIMARY')?.facts.columns ?? []).filter(
      (name) => name !== undefined,
    ),
    writes,
    cures: {
      cursorIndex: `CREATE INDEX capi_sync_cursor ON ${relation} ${indexColumns(dialect, [spec.cursor, ...spec.primaryKey])};`,
      uniqueIndex: `CREATE UNIQUE INDEX capi_sync_key ON ${relation} ${indexColumns(dialect, spec.primaryKey)};`,
      privileges: privilegeCure(levels, { schema, relation, grantee: answer(facts?.[1]), writes }),
    },
  };
}

type Place = {
  readonly schema: string;
  readonly relation: string;
  readonly grantee: string;
  readonly writes: readonly string[];
};

/** Who may write everywhere is an administrator: a user of its own is the cure. */
function privilegeCure(levels: ReadonlySet<string>, { schema, relation, grantee, writes }: Place): string {
  if (levels.has('server'))
    return [
      "CREATE USER 'capi_reader'@'%' IDENTIFIED BY '...';",
      `GRANT SELECT ON ${relation} TO 'capi_reader'@'%';`,
      "GRANT PROCESS ON *.* TO 'capi_reader'@'%';",
    ].join('\n');
  return [...levels]
    .map((level) => (level === 'schema' ? `${dialect.quote(schema)}.*` : relation))
    .map((on) => `REVOKE ${writes.join(', ')} ON ${on} FROM ${grantee};`)
    .join('\n');
}

async function indexesOf(
  run: Run,
  schema: string,
  table: string,
  doing: string,
): Promise<{ name: string; facts: IndexFacts }[]> {
  const rows = await run(
    [
      `SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE INDEX_TYPE = 'BTREE' AND TABLE_SCHEMA = `,
      bind(schema),
      ' AND TABLE_NAME = ',
      bind(table),
      ' ORDER BY INDEX_NAME, SEQ_IN_INDEX',
    ],
    doing,
  );
  return [...new Set(rows.map(([name]) => String(name)))].map((name) => {
    const own = rows.filter((row) => row[0] === name);
    const columns = own.map((row) => (row[2] === null || row[2] === undefined ? undefined : String(row[2])));
    return { name, facts: { columns, isUnique: own[0]?.[1] === '0', isWhole: own.every((row) => row[3] === null) } };
  });
}

const MOST_TABLES = 300;

export async function tables(run: Run, catalogue: Catalogue): Promise<TableFacts[]> {
  const doing = 'list the tables';
  const rows = await run(
    [
      `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_SCHEMA = DATABASE() FROM information_schema.TABLES
        WHERE TABLE_SCHEMA = DATABASE() OR (DATABASE() IS NULL AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema'))
        ORDER BY TABLE_SCHEMA, TABLE_NAME LIMIT ${MOST_TABLES}`,
    ],
    doing,
  );
  const found: TableFacts[] = [];
  for (const [schema, table, isCurrent] of rows) {
    const name = isCurrent === '1' ? String(table) : `${schema}.${table}`;
    const { columns } = await catalogue.table(name);
    const indexes = await indexesOf(run, String(schema), String(table), doing);
    const key = indexes.find((index) => index.name === 'PRIMARY')?.facts.columns ?? [];
    found.push({
      name,
      columns,
      primaryKey: key.filter((column) => column !== undefined),
      indexes: indexes.map(({ facts }) => facts),
    });
  }
  return found;
}
