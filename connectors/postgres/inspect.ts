/** What `check` and `init` ask of PostgreSQL. Catalogue queries, and bounded looks at the table. */
import type { IndexFacts, Inspector, ServerFacts, TableFacts } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import type { Catalogue } from '../sql/describe.ts';
import { asSqlStream, type Run, type SqlStream } from '../sql/dialect.ts';
import { indexColumns, inspectRelation, type Known, NO_TABLE, partsOf, transportOf } from '../sql/inspect.ts';
import type { ServerAddress } from '../sql/server-options.ts';
import { bind } from '../sql/statement.ts';
import { dialect } from './dialect.ts';
import { transactions } from './open-transactions.ts';

export function inspector(run: Run, address: ServerAddress): Inspector {
  return {
    server: () => serverFacts(run, address),
    relation: async (given) => {
      const stream = asSqlStream(given);
      return inspectRelation(dialect, run, stream, await known(run, stream));
    },
  };
}

async function serverFacts(run: Run, address: ServerAddress): Promise<ServerFacts> {
  const [row] = await run(
    [
      `SELECT current_setting('server_version'), current_user::text, pg_catalog.pg_is_in_recovery(),
         to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'member')`,
    ],
    'ask the server about itself',
  );
  const user = answer(row?.[1]);
  const isReplica = row?.[2] === 't';
  return {
    version: `PostgreSQL ${answer(row?.[0]).split(' ')[0]}`,
    user,
    transport: transportOf(address),
    now: answer(row?.[3]),
    isReadOnly: isReplica,
    transactions: isReplica
      ? undefined // Its writers are elsewhere.
      : row?.[4] === 't'
        ? { oldestSeconds: await oldestTransaction(run) }
        : { missing: 'pg_read_all_stats', grant: `GRANT pg_read_all_stats TO ${dialect.quote(user)};` },
  };
}

async function oldestTransaction(run: Run): Promise<number | undefined> {
  const [row] = await run(
    [`SELECT extract(epoch FROM clock_timestamp() - min(since))::bigint::text FROM (${transactions}) AS open`],
    'look for open transactions',
  );
  return typeof row?.[0] === 'string' ? Number(row[0]) : undefined;
}

const RIGHTS = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const;

async function known(run: Run, stream: SqlStream): Promise<Known> {
  const { spec, relation, what } = stream;
  const order = [spec.cursor, ...spec.primaryKey];
  if (spec.table === undefined) return NO_TABLE;
  const doing = `look up ${what}`;
  const [row] = await run(
    [
      `SELECT c.relkind IN ('r', 'p', 'm'), current_user::text, r.rolsuper OR pg_has_role(current_user, c.relowner, 'member'), ${RIGHTS.map((right) => `has_table_privilege(c.oid, '${right}')`).join(', ')}
         FROM pg_catalog.pg_class AS c, pg_catalog.pg_roles AS r WHERE r.rolname = current_user AND c.oid = `,
      bind(relation),
      '::regclass',
    ],
    doing,
  );
  const writes = RIGHTS.filter((_, at) => row?.[3 + at] === 't');
  const columns = indexColumns(dialect, order);
  return {
    isTable: row?.[0] === 't',
    indexes: await indexesOf(run, relation, doing),
    implicit: [],
    writes,
    cures: {
      cursorIndex: `CREATE INDEX CONCURRENTLY ON ${relation} ${columns};`,
      uniqueIndex: `CREATE UNIQUE INDEX CONCURRENTLY ON ${relation} ${indexColumns(dialect, spec.primaryKey)};`,
      privileges:
        row?.[2] === 't'
          ? readerRole(partsOf(relation, '"').schema, relation)
          : `REVOKE ${writes.join(', ')} ON ${relation} FROM ${dialect.quote(answer(row?.[1]))};`,
    },
  };
}

/** From an owner or a superuser nothing can be taken away: a role of its own is the cure. */
function readerRole(schema: string, relation: string): string {
  return [
    "CREATE ROLE capi_reader LOGIN PASSWORD '...';",
    `GRANT USAGE ON SCHEMA ${dialect.quote(schema)} TO capi_reader;`,
    `GRANT SELECT ON ${relation} TO capi_reader;`,
    'GRANT pg_read_all_stats TO capi_reader;',
  ].join('\n');
}

async function indexesOf(run: Run, relation: string, doing: string): Promise<IndexFacts[]> {
  const rows = await run(
    [
      `SELECT i.indisunique, i.indpred IS NULL, json_agg(a.attname ORDER BY k.at)::text
         FROM pg_catalog.pg_index AS i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
         LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
        WHERE i.indisvalid AND k.at <= i.indnkeyatts AND i.indrelid = `,
      bind(relation),
      '::regclass GROUP BY i.indexrelid, i.indisunique, i.indpred IS NULL ORDER BY i.indexrelid',
    ],
    doing,
  );
  return rows.map(([unique, whole, names]) => ({
    isUnique: unique === 't',
    isWhole: whole === 't',
    columns: (JSON.parse(answer(names)) as (string | null)[]).map((name) => name ?? undefined),
  }));
}

const MOST_TABLES = 300;

export async function tables(run: Run, catalogue: Catalogue): Promise<TableFacts[]> {
  const doing = 'list the tables';
  const rows = await run(
    [
      `SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid), coalesce((SELECT json_agg(a.attname ORDER BY k.at)
           FROM pg_catalog.pg_index AS i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
           JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
          WHERE i.indisprimary AND i.indrelid = c.oid)::text, '[]')
         FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
          AND NOT c.relispartition AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
        ORDER BY n.nspname, c.relname LIMIT ${MOST_TABLES}`,
    ],
    doing,
  );
  const found: TableFacts[] = [];
  for (const [schema, table, isVisible, key] of rows) {
    const name = isVisible === 't' ? String(table) : `${schema}.${table}`;
    const { relation, columns } = await catalogue.table(name);
    const indexes = await indexesOf(run, relation, doing);
    found.push({ name, columns, primaryKey: JSON.parse(answer(key)) as string[], indexes });
  }
  return found;
}
