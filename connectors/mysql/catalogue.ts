import { type Column, SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import { bind } from '../sql/statement.ts';
import { didYouMean } from '../sql/suggest.ts';
import { columnType } from './column-types.ts';
import { dialect } from './dialect.ts';
import type { Session } from './session.ts';

export function mysqlCatalogue(session: Session): Catalogue {
  async function columnsOf(relation: string, what: string): Promise<Column[]> {
    const { fields } = await session.query([`SELECT * FROM ${relation} LIMIT 0`], `look up the columns of ${what}`);
    return fields.map((field) => ({ name: field.name, ...columnType(field), nullable: true }));
  }

  return {
    query: (relation) => columnsOf(relation, 'the query'),
    table: async (name) => {
      const { schema, table } = await findTable(session, name);
      const relation = `${dialect.quote(schema)}.${dialect.quote(table)}`;
      const rows = await session.run(
        [
          'SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ',
          bind(schema),
          ' AND TABLE_NAME = ',
          bind(table),
        ],
        `look up the columns of ${name}`,
      );
      const known = new Map(rows.map((row) => [row[0], { type: String(row[1]), nullable: row[2] !== 'NO' }]));
      const columns = (await columnsOf(relation, name)).map((column) => merge(column, known.get(column.name)));
      return { relation, columns };
    },
  };
}

/** The catalogue's type is the better name (`enum('a','b')`), except that MariaDB stores JSON as longtext. */
function merge(column: Column, known: { readonly type: string; readonly nullable: boolean } | undefined): Column {
  if (known === undefined) return column;
  return { ...column, type: column.kind === 'json' ? 'json' : known.type, nullable: known.nullable };
}

type Found = { readonly schema: string; readonly table: string };

/** `orders` of the connection's database, `sales.orders` of another. A table whose own name has a dot is found first. */
async function findTable(session: Session, name: string): Promise<Found> {
  const rows = await session.run(
    [
      `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_SCHEMA = DATABASE() FROM information_schema.TABLES
        WHERE TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')`,
    ],
    `look up ${name}`,
  );
  const tables = rows.map((row) => ({ schema: String(row[0]), table: String(row[1]), isCurrent: row[2] === '1' }));
  const found =
    tables.find((table) => table.isCurrent && table.table === name) ??
    tables.find((table) => `${table.schema}.${table.table}` === name);
  if (found !== undefined) return found;
  const names = tables.map((table) => (table.isCurrent ? table.table : `${table.schema}.${table.table}`));
  const elsewhere = tables.find((table) => table.table === name);
  const hint = elsewhere === undefined ? didYouMean(name, names) : `did you mean "${elsewhere.schema}.${name}"?`;
  throw new SourceError(
    'unknown-table',
    `there is no table or view "${name}" that this user can see`,
    hint === undefined ? {} : { hint },
  );
}
