/** What `check` and `init` ask of SQL Server. Catalogue queries, and bounded looks at the table. */
import type { IndexFacts, Inspector, ServerFacts, TableFacts } from '../inspection.ts';
import { selectAtMost } from '../sql/at-most.ts';
import { answer } from '../sql/clock.ts';
import type { Catalogue } from '../sql/describe.ts';
import { asSqlStream, type Run, type SqlStream } from '../sql/dialect.ts';
import { indexColumns, inspectRelation, type Known, NO_TABLE, transportOf } from '../sql/inspect.ts';
import type { ServerAddress } from '../sql/server-options.ts';
import { bind } from '../sql/statement.ts';
import { isoUtc } from './clock.ts';
import { isRowversion } from './column-types.ts';
import { dialect } from './dialect.ts';
import { oldestTransaction } from './open-transactions.ts';

export function inspector(run: Run, address: ServerAddress): Inspector {
  return {
    server: () => serverFacts(run, address),
    relation: async (given) => {
      const stream = asSqlStream(given);
      return inspectRelation(dialect, run, stream, await known(run, stream));
    },
  };
}

const AZURE = new Set(['5', '8', '11']);

async function serverFacts(run: Run, address: ServerAddress): Promise<ServerFacts> {
  const [row] = await run(
    [
      `SELECT CONVERT(nvarchar(128), SERVERPROPERTY(N'ProductVersion')), CONVERT(nvarchar(10), SERVERPROPERTY(N'EngineEdition')), SUSER_SNAME(),
         USER_NAME(), CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), N'Updateability')), CONVERT(nvarchar(27), SYSUTCDATETIME(), 121)`,
    ],
    'ask the server about itself',
  );
  const [version, edition, login] = [answer(row?.[0]), answer(row?.[1]), answer(row?.[2])];
  const isReadOnly = row?.[4] === 'READ_ONLY';
  return {
    version: AZURE.has(edition) ? `Azure SQL ${version}` : `SQL Server ${version}`,
    user: login,
    transport: transportOf(address),
    now: isoUtc(answer(row?.[5])),
    isReadOnly,
    // Of a secondary the writers are elsewhere.
    transactions: isReadOnly ? undefined : await transactions(run, { version, edition, login, user: answer(row?.[3]) }),
  };
}

type Who = { readonly version: string; readonly edition: string; readonly login: string; readonly user: string };

async function transactions(run: Run, { version, edition, login, user }: Who): Promise<ServerFacts['transactions']> {
  const oldest = await oldestTransaction(run);
  if (oldest !== undefined) return { oldestSeconds: oldest.age === undefined ? undefined : Math.floor(oldest.age) };
  if (edition === '5')
    return {
      missing: 'VIEW DATABASE STATE',
      grant: `GRANT VIEW DATABASE STATE TO ${dialect.quote(user)};`,
    };
  // From SQL Server 2022 (16) on a narrower right is enough.
  const right = Number(version.split('.')[0]) >= 16 ? 'VIEW SERVER PERFORMANCE STATE' : 'VIEW SERVER STATE';
  return { missing: right, grant: `USE master; GRANT ${right} TO ${dialect.quote(login)};` };
}

const RIGHTS = ['INSERT', 'UPDATE', 'DELETE', 'ALTER'] as const;

async function known(run: Run, stream: SqlStream): Promise<Known> {
  const { spec, relation, what } = stream;
  if (spec.table === undefined) return NO_TABLE;
  const doing = `look up ${what}`;
  const [row] = await run(
    [
      "SELECT o.type, USER_NAME(), IS_SRVROLEMEMBER(N'sysadmin'), IS_ROLEMEMBER(N'db_owner'), ",
      RIGHTS.map((right) => `HAS_PERMS_BY_NAME(t.name, N'OBJECT', N'${right}')`).join(', '),
      ' FROM (SELECT ',
      bind(relation),
      ' AS name) AS t JOIN sys.objects AS o ON o.object_id = OBJECT_ID(t.name)',
    ],
    doing,
  );
  const writes = RIGHTS.filter((_, at) => row?.[4 + at] === '1');
  const indexes = await indexesOf(run, relation, doing);
  const user = answer(row?.[1]);
  return {
    isTable: String(row?.[0] ?? '').trim() === 'U',
    indexes: indexes.map(({ facts }) => facts),
    implicit: (indexes.find(({ isClustered }) => isClustered)?.facts.columns ?? []).filter(
      (name) => name !== undefined,
    ),
    writes,
    cures: {
      cursorIndex: `CREATE INDEX capi_sync_cursor ON ${relation} ${indexColumns(dialect, [spec.cursor, ...spec.primaryKey])};`,
      uniqueIndex: `CREATE UNIQUE INDEX capi_sync_key ON ${relation} ${indexColumns(dialect, spec.primaryKey)};`,
      privileges:
        row?.[2] === '1' || row?.[3] === '1' || user === 'dbo'
          ? readerLogin(relation)
          : `DENY ${writes.join(', ')} ON ${relation} TO ${dialect.quote(user)};`,
    },
  };
}

/** To an owner or an administrator nothing can be denied: a login of its own is the cure. */
function readerLogin(relation: string): string {
  return [
    "CREATE LOGIN capi_reader WITH PASSWORD = '...';",
    'CREATE USER capi_reader FOR LOGIN capi_reader;',
    `GRANT SELECT ON ${relation} TO capi_reader;`,
  ].join('\n');
}

type Index = { readonly isClustered: boolean; readonly isKey: boolean; readonly facts: IndexFacts };

/** Rowstore indexes that are in use; one whose columns sort in opposite ways is whole for no order. */
async function indexesOf(run: Run, relation: string, doing: string): Promise<Index[]> {
  const rows = await run(
    [
      `SELECT i.index_id, c.name, i.type, i.is_primary_key, i.is_unique, i.has_filter, ic.is_descending_key
         FROM sys.indexes AS i JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
         JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
        WHERE i.type IN (1, 2) AND i.is_disabled = 0 AND ic.key_ordinal > 0 AND i.object_id = OBJECT_ID(`,
      bind(relation),
      ') ORDER BY i.index_id, ic.key_ordinal',
    ],
    doing,
  );
  const isOn = (cell: unknown): boolean => cell === 'true' || cell === '1';
  return [...new Set(rows.map(([id]) => id))].map((id) => {
    const own = rows.filter((row) => row[0] === id);
    const [first = []] = own;
    return {
      isClustered: first[2] === '1',
      isKey: isOn(first[3]),
      facts: {
        columns: own.map((row) => String(row[1])),
        isUnique: isOn(first[4]),
        isWhole: !isOn(first[5]) && own.every((row) => isOn(row[6]) === isOn(first[6])),
      },
    };
  });
}

const MOST_TABLES = 300;

export async function tables(run: Run, catalogue: Catalogue): Promise<TableFacts[]> {
  const doing = 'list the tables';
  const rows = await run(
    selectAtMost(dialect, MOST_TABLES, [
      `s.name, o.name, CASE WHEN s.name IN (SCHEMA_NAME(), N'dbo') THEN 1 ELSE 0 END
         FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
        WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
          AND HAS_PERMS_BY_NAME(QUOTENAME(s.name) + N'.' + QUOTENAME(o.name), N'OBJECT', N'SELECT') = 1
        ORDER BY s.name, o.name`,
    ]),
    doing,
  );
  const found: TableFacts[] = [];
  for (const [schema, table, isNear] of rows) {
    const name = isNear === '1' ? String(table) : `${schema}.${table}`;
    const { relation, columns } = await catalogue.table(name);
    const indexes = await indexesOf(run, relation, doing);
    const key = indexes.find(({ isKey }) => isKey)?.facts.columns ?? [];
    found.push({
      name,
      columns,
      primaryKey: key.filter((column) => column !== undefined),
      indexes: indexes.map(({ facts }) => facts),
      version: columns.find(isRowversion)?.name,
    });
  }
  return found;
}
