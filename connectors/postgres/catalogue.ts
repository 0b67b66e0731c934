import { type Cell, type Column, type ColumnKind, SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import { bind } from '../sql/statement.ts';
import { didYouMean } from '../sql/suggest.ts';
import { dialect } from './dialect.ts';
import type { ResultField, Session } from './session.ts';

/** Type OIDs (pg_type.dat) that are not read as text. A domain arrives under the OID of what it is made of. */
const kinds: Readonly<Record<number, ColumnKind>> = {
  16: 'boolean',
  17: 'bytes',
  20: 'integer',
  21: 'integer',
  23: 'integer',
  114: 'json',
  700: 'float',
  701: 'float',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamptz',
  1700: 'decimal',
  3802: 'json',
};

export function postgresCatalogue(session: Session): Catalogue {
  async function columnsOf(relation: string, notNull: ReadonlySet<string>, what: string): Promise<Column[]> {
    const doing = `look up the columns of ${what}`;
    const fields = await session.fields([`SELECT * FROM ${relation} LIMIT 0`], doing);
    const types = await typeNames(session, fields, doing);
    return fields.map((field, index) => ({
      name: field.name,
      kind: kinds[field.dataTypeID] ?? 'text',
      type: types[index] ?? 'text',
      nullable: !notNull.has(field.name),
    }));
  }

  return {
    query: (relation) => columnsOf(relation, new Set(), 'the query'),
    table: async (name) => {
      const { schema, table, oid } = await findTable(session, name);
      const relation = `${dialect.quote(schema)}.${dialect.quote(table)}`;
      const rows = await session.run(
        [
          'SELECT attname FROM pg_catalog.pg_attribute WHERE attnotnull AND attnum > 0 AND attrelid = ',
          bind(oid),
          '::oid',
        ],
        `look up ${name}`,
      );
      return { relation, columns: await columnsOf(relation, new Set(rows.map((row) => String(row[0]))), name) };
    },
  };
}

async function typeNames(session: Session, fields: readonly ResultField[], doing: string): Promise<string[]> {
  const oids = `{${fields.map((field) => field.dataTypeID).join(',')}}`;
  const modifiers = `{${fields.map((field) => field.dataTypeModifier).join(',')}}`;
  const rows = await session.run(
    [
      'SELECT pg_catalog.format_type(t.oid, t.modifier) FROM ROWS FROM (unnest(',
      bind(oids),
      '::oid[]), unnest(',
      bind(modifiers),
      '::int[])) WITH ORDINALITY AS t(oid, modifier, at) ORDER BY t.at',
    ],
    doing,
  );
  return rows.map((row) => String(row[0]));
}

type Found = { readonly schema: string; readonly table: string; readonly oid: string };

/** `orders` on the search path, `sales.orders` by schema. A table whose own name has a dot is found first. */
async function findTable(session: Session, name: string): Promise<Found> {
  const rows = await session.run(
    [
      `SELECT n.nspname, c.relname, c.oid, pg_catalog.pg_table_is_visible(c.oid)
         FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        ORDER BY n.nspname, c.relname`,
    ],
    `look up ${name}`,
  );
  const tables = rows.map((row) => asTable(row));
  const found =
    tables.find((table) => table.isVisible && table.table === name) ??
    tables.find((table) => `${table.schema}.${table.table}` === name);
  if (found !== undefined) return found;
  const names = tables.map((table) => (table.isVisible ? table.table : `${table.schema}.${table.table}`));
  const elsewhere = tables.find((table) => table.table === name);
  const hint = elsewhere === undefined ? didYouMean(name, names) : `did you mean "${elsewhere.schema}.${name}"?`;
  throw new SourceError(
    'unknown-table',
    `there is no table or view "${name}" that this user can see`,
    hint === undefined ? {} : { hint },
  );
}

function asTable(row: readonly Cell[]): Found & { readonly isVisible: boolean } {
  return { schema: String(row[0]), table: String(row[1]), oid: String(row[2]), isVisible: row[3] === 't' };
}
