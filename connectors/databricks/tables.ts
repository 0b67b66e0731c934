import { type Column, SourceError, type TableFacts } from '../connector.ts';
import type { Run } from '../sql/dialect.ts';
import { columnOf, quote } from './column-types.ts';

const MOST_COLUMNS = 10_000;

/** What `init` looks at: tables and views of the session's catalog, as Unity Catalog lists them. Keys are as declared: they are not enforced. */
export async function tables(run: Run): Promise<TableFacts[]> {
  const rows = await ofUnity(
    run(
      [
        `SELECT table_schema, table_name, column_name, full_data_type, current_schema() AS here FROM information_schema.columns
          WHERE table_schema <> 'information_schema' ORDER BY table_schema, table_name, ordinal_position LIMIT ${MOST_COLUMNS}`,
      ],
      'list the tables',
    ),
  );
  const keys = await keysOf(run);
  const found = new Map<string, { columns: Column[]; primaryKey: readonly string[] }>();
  for (const [schema, table, column, type, here] of rows) {
    const name = schema === here ? part(String(table)) : `${part(String(schema))}.${part(String(table))}`;
    const facts = found.get(name) ?? { columns: [], primaryKey: keys.get(`${schema}.${table}`) ?? [] };
    facts.columns.push(columnOf(String(column), String(type)));
    found.set(name, facts);
  }
  return [...found].map(([name, facts]) => ({ name, ...facts, indexes: [] }));
}

/** A name that `source.table` takes for itself. */
function part(name: string): string {
  return /[`. ]/.test(name) ? quote(name) : name;
}

async function keysOf(run: Run): Promise<Map<string, string[]>> {
  const rows = await ofUnity(
    run(
      [
        `SELECT k.table_schema, k.table_name, k.column_name FROM information_schema.table_constraints AS c
           JOIN information_schema.key_column_usage AS k ON k.constraint_schema = c.constraint_schema AND k.constraint_name = c.constraint_name
          WHERE c.constraint_type = 'PRIMARY KEY' ORDER BY k.table_schema, k.table_name, k.ordinal_position`,
      ],
      'list the primary keys',
    ),
  );
  const keys = new Map<string, string[]>();
  for (const [schema, table, column] of rows) {
    const name = `${schema}.${table}`;
    keys.set(name, [...(keys.get(name) ?? []), String(column)]);
  }
  return keys;
}

/** The old hive_metastore has no information_schema. */
export async function ofUnity<T>(rows: Promise<T[]>): Promise<T[]> {
  try {
    return await rows;
  } catch (error) {
    if (error instanceof SourceError && ['unknown-table', 'source-permission'].includes(error.code)) return [];
    throw error;
  }
}
