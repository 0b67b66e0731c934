/** What `check` and `init` ask of a DuckDB file, and of files. */
import type { IndexFacts, Inspector, Stream, TableFacts } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import type { Run } from '../sql/dialect.ts';
import { inspectRelation, type Known, NO_TABLE } from '../sql/inspect.ts';
import { bind } from '../sql/statement.ts';
import { columnsOf, findStored, relationOf, type StoredTable, shownName, storedTables } from './catalogue.ts';
import { clockNow } from './clock.ts';
import { quote } from './dialect.ts';
import { FILE_KEY } from './file-tables.ts';
import type { Files } from './files.ts';
import { type DuckdbStream, isByTime, over } from './read.ts';

export type Place = {
  readonly run: Run;
  readonly catalog: string | undefined;
  readonly files: Files;
  readonly isRemote: boolean;
};

export function inspector({ run, catalog, files, isRemote }: Place, own: (stream: Stream) => DuckdbStream): Inspector {
  return {
    server: async () => {
      const [row] = await run(['SELECT version()'], 'ask DuckDB about itself');
      return {
        version: `DuckDB ${answer(row?.[0]).replace(/^v/, '')}`,
        user: undefined,
        transport: isRemote ? 'tls' : 'local',
        now: await clockNow(run),
        isReadOnly: true,
        transactions: undefined, // While the file is open here, no other process writes it.
      };
    },
    relation: async (given) => {
      const stream = own(given);
      const known = stream.files === undefined ? await storedFacts(run, catalog, stream, files.names) : NO_TABLE;
      const all = stream.files === undefined ? stream : over(stream, await files.entries(stream.files), []);
      const facts = await inspectRelation({ quote }, run, all, known);
      return {
        ...facts,
        layout: {
          isGood: true,
          text: isByTime(stream)
            ? 'files are read one after another, each once it lies still'
            : 'a run reads the table once, sorted by cursor and key; more than memory_limit is sorted in temp_directory',
        },
      };
    },
  };
}

async function storedFacts(
  run: Run,
  catalog: string | undefined,
  { spec }: DuckdbStream,
  others: readonly string[],
): Promise<Known> {
  if (spec.table === undefined) return NO_TABLE;
  const table = await findStored(run, catalog, spec.table, others);
  return { ...NO_TABLE, isTable: table.isTable, indexes: (await keysOf(run, catalog, table)).map(asIndex) };
}

const asIndex = (columns: readonly string[]): IndexFacts => ({ columns, isUnique: true, isWhole: true });

/** Of each primary key and unique constraint its columns, the primary key first. */
async function keysOf(run: Run, catalog: string | undefined, { schema, name }: StoredTable): Promise<string[][]> {
  const rows = await run(
    [
      "SELECT CAST(to_json(constraint_column_names) AS VARCHAR) FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND database_name = ",
      bind(catalog ?? ''),
      ' AND schema_name = ',
      bind(schema),
      ' AND table_name = ',
      bind(name),
      " ORDER BY constraint_type = 'PRIMARY KEY' DESC, constraint_index",
    ],
    `look up the keys of ${name}`,
  );
  return rows.map(([names]) => JSON.parse(answer(names)) as string[]);
}

export async function tables({ run, catalog, files }: Place): Promise<TableFacts[]> {
  const found: TableFacts[] = [];
  for (const name of files.names) {
    const read = await files.describe(name, true);
    if (read === undefined) continue;
    found.push({ name, columns: read.columns, primaryKey: FILE_KEY, indexes: [asIndex(FILE_KEY)] });
  }
  for (const table of (await storedTables(run, catalog)).slice(0, 300)) {
    const keys = table.isTable ? await keysOf(run, catalog, table) : [];
    const name = shownName(table);
    const columns = await columnsOf(run, relationOf(catalog, table), name, new Set(keys[0]));
    found.push({ name, columns, primaryKey: keys[0] ?? [], indexes: keys.map(asIndex) });
  }
  return found;
}
