/** What `check` and `init` ask of ClickHouse. */
import { type Advice, type Inspector, SourceError, type TableFacts } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import { asSqlStream, type Run, type SqlStream } from '../sql/dialect.ts';
import { indexColumns, inspectRelation, type Known, NO_TABLE, transportOf } from '../sql/inspect.ts';
import type { ServerAddress } from '../sql/server-options.ts';
import { type Found, findTable, OURS } from './catalogue.ts';
import { nowIso } from './clock.ts';
import { dialect } from './dialect.ts';

export type Asked = {
  readonly run: Run;
  /** With the user's own settings: what a user may do is not what a read-only session may. */
  readonly runAsUser: Run;
  readonly address: ServerAddress;
  readonly final: boolean;
};

export function inspector(asked: Asked): Inspector {
  return {
    server: async () => {
      const [row] = await asked.run([`SELECT version(), currentUser(), ${nowIso}`], 'ask the server about itself');
      return {
        version: `ClickHouse ${answer(row?.[0])}`,
        user: answer(row?.[1]),
        transport: transportOf(asked.address),
        now: answer(row?.[2]),
        isReadOnly: false,
        transactions: undefined, // There are none that could be seen.
      };
    },
    relation: async (given) => {
      const stream = asSqlStream(given);
      const facts = await inspectRelation(dialect, asked.run, stream, await known(asked, stream));
      const { table } = stream.spec;
      return table === undefined
        ? facts
        : { ...facts, layout: layoutOf(await findTable(asked.run, table), stream, asked.final) };
    },
  };
}

const RIGHTS = ['INSERT', 'ALTER', 'TRUNCATE', 'DROP TABLE'] as const;

async function known({ run, runAsUser }: Asked, stream: SqlStream): Promise<Known> {
  const { spec, relation, what } = stream;
  if (spec.table === undefined) return NO_TABLE;
  const writes: string[] = [];
  try {
    for (const right of RIGHTS) {
      const [row] = await runAsUser([`CHECK GRANT ${right} ON ${relation}`], `look up the rights on ${what}`);
      if (String(row?.[0]) === '1') writes.push(right.split(' ')[0] ?? right);
    }
  } catch (error) {
    // A server older than CHECK GRANT; what was asked before is not the whole answer.
    if (!(error instanceof SourceError) || error.code !== 'source-query-failed') throw error;
    return { ...NO_TABLE, isTable: true };
  }
  const [user] = await run(['SELECT currentUser()'], `look up the rights on ${what}`);
  return {
    isTable: true,
    indexes: [], // A sorting key orders a table; it makes nothing unique.
    implicit: [],
    writes,
    cures: { cursorIndex: '', uniqueIndex: '', privileges: readerUser(relation, answer(user?.[0])) },
  };
}

function readerUser(relation: string, user: string): string {
  return [
    `-- instead of ${user}, a user of its own:`,
    "CREATE USER capi_reader IDENTIFIED WITH sha256_password BY '...' SETTINGS PROFILE readonly;",
    `GRANT SELECT ON ${relation} TO capi_reader;`,
  ].join('\n');
}

/** How the table lies for reading by the cursor, and whether its engine keeps a row in several versions. */
export function layoutOf({ engine, sortingKey }: Found, stream: SqlStream, final: boolean): Advice {
  const order = [...new Set([stream.spec.cursor, ...stream.spec.primaryKey])];
  const names = order.join(', ');
  const versions = versionsOf(engine, final);
  if (!engine.includes('MergeTree')) {
    const text = `engine ${engine}: how its rows lie cannot be told; each run sorts what it reads`;
    return { isGood: versions === undefined, text: versions === undefined ? text : `${text}; ${versions.text}` };
  }
  const key = namesOf(sortingKey);
  const serves = order.every((name, at) => key[at] === name);
  const starts = key[0] === order[0];
  const text = serves
    ? `the sorting key (${sortingKey}) serves the reading: nothing is sorted`
    : starts
      ? `the sorting key (${sortingKey}) begins with the cursor: each run reads its range alone, and sorts it`
      : `the sorting key (${sortingKey}) does not begin with the cursor: each run looks through all of it, and sorts its range`;
  if (versions !== undefined) return { isGood: false, text: `${text}; ${versions.text}`, cure: versions.cure };
  if (starts) return { isGood: true, text };
  return {
    isGood: false,
    text,
    cure: `a projection in the order of (${names}) serves it; so does a small minmax index, by which old parts are left out`,
    paste: [
      `ALTER TABLE ${stream.relation} ADD INDEX capi_sync_cursor ${dialect.quote(order[0] ?? '')} TYPE minmax GRANULARITY 1;`,
      `ALTER TABLE ${stream.relation} MATERIALIZE INDEX capi_sync_cursor;`,
      `-- of a new table: ORDER BY ${indexColumns(dialect, order)}`,
    ].join('\n'),
  };
}

/** Engines that keep each insert as a row until parts are merged. */
function versionsOf(engine: string, final: boolean): { readonly text: string; readonly cure: string } | undefined {
  if (final || !/Replacing|Collapsing|Coalescing|Summing|Aggregating/.test(engine)) return undefined;
  return {
    text: `${engine} keeps a row in several versions until its parts are merged, and each is read`,
    cure: 'set `final: true` on the connection, or read a query with FINAL',
  };
}

/** Nothing is unique here. What a table is sorted by, without its times, is what tells its rows apart in most; a run refuses to go on where it does not. */
function likelyKey(columns: TableFacts['columns'], sortingKey: string): string[] {
  return namesOf(sortingKey).filter((name) => {
    const kind = columns.find((column) => column.name === name)?.kind;
    return kind === 'integer' || kind === 'decimal' || kind === 'text';
  });
}

const namesOf = (sortingKey: string): string[] => sortingKey.split(',').map((part) => part.trim().replaceAll('`', ''));

const MOST_TABLES = 300;

export async function tables(
  run: Run,
  columnsOf: (name: string) => Promise<TableFacts['columns']>,
): Promise<TableFacts[]> {
  const rows = await run(
    [
      `SELECT database, name, toString(database = currentDatabase()), sorting_key FROM system.tables
        WHERE (database = currentDatabase() OR (currentDatabase() = 'default' AND ${OURS})) AND NOT is_temporary
          AND engine NOT IN ('MaterializedView', 'Dictionary', 'Kafka', 'RabbitMQ', 'NATS', 'S3Queue') AND name NOT LIKE '.inner%'
        ORDER BY database, name LIMIT ${MOST_TABLES}`,
    ],
    'list the tables',
  );
  const found: TableFacts[] = [];
  for (const [database, table, isHere, sortingKey] of rows) {
    const name = isHere === '1' ? String(table) : `${database}.${table}`;
    const columns = await columnsOf(name);
    found.push({ name, columns, primaryKey: likelyKey(columns, String(sortingKey)), indexes: [] });
  }
  return found;
}
