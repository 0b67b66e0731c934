/** What `check` and `init` ask of an SQLite file. */
import type { IndexFacts, Inspector, Stream, TableFacts } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import type { Catalogue } from '../sql/describe.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { indexColumns, inspectRelation, type Known, NO_TABLE, partsOf } from '../sql/inspect.ts';
import { bind } from '../sql/statement.ts';
import { quote } from './catalogue.ts';
import { checkAll } from './foreign-values.ts';
import type { SqliteStream } from './index.ts';

/** @param own the stream, if this connector described it */
export function inspector(run: Run, own: (stream: Stream) => SqliteStream): Inspector {
  return {
    server: async () => {
      const [row] = await run(
        [`SELECT sqlite_version(), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`],
        'ask SQLite about itself',
      );
      return {
        version: `SQLite ${answer(row?.[0])}`,
        user: undefined,
        transport: 'local',
        now: answer(row?.[1]),
        isReadOnly: true,
        transactions: undefined, // One writer at a time: nothing commits behind a reader's back.
      };
    },
    relation: async (given) => {
      const stream = own(given);
      await checkAll(run, stream);
      return inspectRelation({ quote }, run, stream, await known(run, stream));
    },
  };
}

async function known(run: Run, { spec, relation }: SqlStream): Promise<Known> {
  if (spec.table === undefined) return NO_TABLE;
  const { schema: table } = partsOf(relation, '"');
  const { isTable, indexes, key, hasRowid } = await tableOf(run, table);
  return {
    isTable,
    indexes,
    implicit: hasRowid ? key : [],
    writes: undefined, // The file is opened for reading only: there is no right to take away.
    cures: {
      cursorIndex: `CREATE INDEX ${quote(`${table}_capi_sync`)} ON ${relation} ${indexColumns({ quote }, [spec.cursor, ...spec.primaryKey])};`,
      uniqueIndex: `CREATE UNIQUE INDEX ${quote(`${table}_capi_sync_key`)} ON ${relation} ${indexColumns({ quote }, spec.primaryKey)};`,
      privileges: '',
    },
  };
}

type Table = {
  readonly isTable: boolean;
  readonly key: readonly string[];
  readonly indexes: readonly IndexFacts[];
  /** The key is the rowid, which every index ends with. */
  readonly hasRowid: boolean;
};

async function tableOf(run: Run, table: string): Promise<Table> {
  const doing = `look up ${table}`;
  const [kind] = await run(
    ["SELECT type FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ", bind(table)],
    doing,
  );
  const keyRows = await run(
    ['SELECT name, type FROM pragma_table_info(', bind(table), ') WHERE pk > 0 ORDER BY pk'],
    doing,
  );
  const key = keyRows.map(([name]) => String(name));
  const rows = await run(
    [
      'SELECT l.name, l."unique", l.partial, i.name FROM pragma_index_list(',
      bind(table),
      ') AS l JOIN pragma_index_info(l.name) AS i ORDER BY l.seq, i.seqno',
    ],
    doing,
  );
  const names = [...new Set(rows.map(([name]) => String(name)))];
  const indexes = names.map((name): IndexFacts => {
    const own = rows.filter((row) => row[0] === name);
    return {
      columns: own.map((row) => (typeof row[3] === 'string' ? row[3] : undefined)),
      isUnique: own[0]?.[1] === 1n,
      isWhole: own[0]?.[2] === 0n,
    };
  });
  const hasRowid = keyRows.length === 1 && String(keyRows[0]?.[1]).toUpperCase() === 'INTEGER';
  const own: IndexFacts[] = hasRowid ? [{ columns: key, isUnique: true, isWhole: true }] : [];
  return { isTable: kind?.[0] === 'table', key, indexes: [...own, ...indexes], hasRowid };
}

export async function tables(run: Run, catalogue: Catalogue): Promise<TableFacts[]> {
  const rows = await run(
    [
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT 300",
    ],
    'list the tables',
  );
  const found: TableFacts[] = [];
  for (const [given] of rows) {
    const name = String(given);
    const { columns } = await catalogue.table(name);
    const { key, indexes } = await tableOf(run, name);
    found.push({ name, columns, primaryKey: key, indexes });
  }
  return found;
}
