import { type Column, SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import type { Run } from '../sql/dialect.ts';
import { bind } from '../sql/statement.ts';
import { didYouMean } from '../sql/suggest.ts';
import { kindOf } from './column-types.ts';
import { quote } from './dialect.ts';

/** A table or view of the database file. */
export type StoredTable = { readonly schema: string; readonly name: string; readonly isTable: boolean };

export async function columnsOf(
  run: Run,
  relation: string,
  what: string,
  notNull: ReadonlySet<string>,
): Promise<Column[]> {
  const rows = await run(
    [`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${relation})`],
    `look up the columns of ${what}`,
  );
  return rows.map(([name, type]) => ({
    name: String(name),
    kind: kindOf(String(type)),
    type: String(type),
    nullable: !notNull.has(String(name)),
  }));
}

export async function storedTables(run: Run, catalog: string | undefined): Promise<StoredTable[]> {
  if (catalog === undefined) return [];
  const rows = await run(
    [
      'SELECT schema_name, table_name, true FROM duckdb_tables() WHERE NOT internal AND database_name = ',
      bind(catalog),
      ' UNION ALL SELECT schema_name, view_name, false FROM duckdb_views() WHERE NOT internal AND database_name = ',
      bind(catalog),
      ' ORDER BY ALL',
    ],
    'list the tables',
  );
  return rows.map(([schema, name, isTable]) => ({
    schema: String(schema),
    name: String(name),
    isTable: isTable === true,
  }));
}

export const shownName = ({ schema, name }: StoredTable): string => (schema === 'main' ? name : `${schema}.${name}`);

/** `orders`, `main.orders` or `warehouse.main.orders`. */
export async function findStored(
  run: Run,
  catalog: string | undefined,
  given: string,
  others: readonly string[],
): Promise<StoredTable> {
  const tables = await storedTables(run, catalog);
  const found = tables.find(
    (table) =>
      given === shownName(table) ||
      given === `${table.schema}.${table.name}` ||
      given === `${catalog}.${table.schema}.${table.name}`,
  );
  if (found !== undefined) return found;
  const hint = didYouMean(given, [...others, ...tables.map(shownName)]);
  throw new SourceError(
    'unknown-table',
    `there is no table, view or file table "${given}"`,
    hint === undefined ? {} : { hint },
  );
}

export const relationOf = (catalog: string | undefined, { schema, name }: StoredTable): string =>
  [catalog ?? 'memory', schema, name].map(quote).join('.');

export function duckdbCatalogue(
  run: Run,
  catalog: string | undefined,
  fileTable: (name: string) => Promise<{ relation: string; columns: readonly Column[] } | undefined>,
  fileNames: readonly string[],
): Catalogue {
  return {
    query: (relation) => columnsOf(run, relation, 'the query', new Set()),
    table: async (given) => {
      const files = await fileTable(given);
      if (files !== undefined) return files;
      const table = await findStored(run, catalog, given, fileNames);
      const notNull = await run(
        [
          'SELECT column_name FROM duckdb_columns() WHERE NOT is_nullable AND database_name = ',
          bind(catalog ?? ''),
          ' AND schema_name = ',
          bind(table.schema),
          ' AND table_name = ',
          bind(table.name),
        ],
        `look up ${given}`,
      );
      const relation = relationOf(catalog, table);
      // What a view says of NULL is not what its query gives.
      const sure = new Set(table.isTable ? notNull.map(([name]) => String(name)) : []);
      return { relation, columns: await columnsOf(run, relation, given, sure) };
    },
  };
}
