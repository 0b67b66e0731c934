import { type Cell, type Column, SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import { bind } from '../sql/statement.ts';
import { didYouMean } from '../sql/suggest.ts';
import { typeOf } from './column-types.ts';
import { dialect } from './dialect.ts';
import type { Session } from './session.ts';

export type Found = { readonly schema: string; readonly table: string; readonly kind: string };

export function redshiftCatalogue(session: Session): Catalogue {
  async function columnsOf(relation: string, notNull: ReadonlySet<string>, what: string): Promise<Column[]> {
    const fields = await session.fields([`SELECT * FROM ${relation} LIMIT 0`], `look up the columns of ${what}`);
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => {
      const { name: type, kind } = typeOf(dataTypeID, dataTypeModifier);
      return { name, kind, type, nullable: !notNull.has(name) };
    });
  }
  return {
    query: (relation) => columnsOf(relation, new Set(), 'the query'),
    table: async (name) => {
      const { schema, table } = await findTable(session, name);
      // Local and external tables, and views that bind late.
      const rows = await session.run(
        [
          "SELECT column_name FROM svv_columns WHERE is_nullable = 'NO' AND table_schema = ",
          bind(schema),
          ' AND table_name = ',
          bind(table),
        ],
        `look up ${name}`,
      );
      const relation = `${dialect.quote(schema)}.${dialect.quote(table)}`;
      return { relation, columns: await columnsOf(relation, new Set(rows.map(([column]) => String(column))), name) };
    },
  };
}

/** Every table and view that the user can see, and which schemas need not be named. */
export async function listTables(session: Session, doing: string): Promise<(Found & { readonly name: string })[]> {
  const rows = await session.run(
    [
      `SELECT table_schema, table_name, table_type FROM svv_tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'pg_internal', 'pg_automv', 'pg_toast')
        ORDER BY table_schema, table_name`,
    ],
    doing,
  );
  const path = searchPath(await session.run(['SHOW search_path'], doing));
  const named = new Set<string>();
  const visible = new Set<string>();
  for (const schema of path)
    for (const row of rows)
      if (row[0] === schema && !named.has(String(row[1]))) {
        named.add(String(row[1]));
        visible.add(`${schema}.${row[1]}`);
      }
  return rows.map(([schema, table, kind]) => {
    const whole = `${schema}.${table}`;
    const name = visible.has(whole) ? String(table) : whole;
    return { schema: String(schema), table: String(table), kind: String(kind), name };
  });
}

/** `"$user", public` */
function searchPath(rows: readonly (readonly Cell[])[]): string[] {
  return String(rows[0]?.[0] ?? 'public')
    .split(',')
    .map((part) => part.trim().replaceAll('"', ''));
}

/** `orders` on the search path, `sales.orders` by schema. */
export async function findTable(session: Session, name: string): Promise<Found> {
  const tables = await listTables(session, `look up ${name}`);
  const found =
    tables.find((table) => table.name === name) ?? tables.find(({ schema, table }) => `${schema}.${table}` === name);
  if (found !== undefined) return found;
  const elsewhere = tables.find(({ table }) => table === name);
  const names = tables.map((table) => table.name);
  const hint = elsewhere === undefined ? didYouMean(name, names) : `did you mean "${elsewhere.schema}.${name}"?`;
  throw new SourceError(
    'unknown-table',
    `there is no table or view "${name}" that this user can see`,
    hint === undefined ? {} : { hint },
  );
}
