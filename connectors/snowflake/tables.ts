import type { Cell, Column, TableFacts } from '../connector.ts';
import { columnOf } from './column-types.ts';
import { dialect } from './dialect.ts';
import type { Session } from './session.ts';

const MOST_COLUMNS = 10_000;

/** INFORMATION_SCHEMA's names of types → those of the wire. */
const WIRE: Readonly<Record<string, string>> = { NUMBER: 'fixed', FLOAT: 'real' };

/** What `init` looks at: tables and views of the session's schema, or of its database where no schema is chosen. Keys are as declared: Snowflake does not enforce them. */
export async function tables({ run, show }: Session): Promise<TableFacts[]> {
  const rows = await run(
    [
      `SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, IS_NULLABLE, CURRENT_SCHEMA()
         FROM INFORMATION_SCHEMA.COLUMNS
        WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' AND (CURRENT_SCHEMA() IS NULL OR TABLE_SCHEMA = CURRENT_SCHEMA())
        ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION LIMIT ${MOST_COLUMNS}`,
    ],
    'list the tables',
  );
  const keys = await keysOf(show, rows[0]?.[8] === null || rows[0] === undefined ? 'DATABASE' : 'SCHEMA');
  const found = new Map<string, { columns: Column[]; primaryKey: readonly string[] }>();
  for (const [schema, table, ...column] of rows) {
    const name = column[6] === null ? `${part(schema)}.${part(table)}` : part(table);
    const facts = found.get(name) ?? { columns: [], primaryKey: keys.get(`${schema}.${table}`) ?? [] };
    facts.columns.push(asColumn(column));
    found.set(name, facts);
  }
  return [...found].map(([name, facts]) => ({ name, ...facts, indexes: [] }));
}

/** A name that `source.table` takes for itself. */
function part(cell: Cell | undefined): string {
  const name = String(cell);
  return /["." ]/.test(name) ? dialect.quote(name) : name;
}

function asColumn([name, type, precision, scale, digits, nullable]: readonly Cell[]): Column {
  const title = String(type);
  return columnOf({
    name: String(name),
    type: WIRE[title] ?? title.toLowerCase(),
    precision: Number(precision ?? 38),
    scale: Number((title === 'NUMBER' ? scale : digits) ?? 0),
    nullable: nullable !== 'NO',
  });
}

async function keysOf(show: Session['show'], where: 'DATABASE' | 'SCHEMA'): Promise<Map<string, string[]>> {
  const rows = await show(`SHOW PRIMARY KEYS IN ${where}`, 'list the primary keys').catch(() => []);
  const keys = new Map<string, string[]>();
  for (const row of rows.toSorted((a, b) => Number(a.key_sequence) - Number(b.key_sequence))) {
    const table = `${row.schema_name}.${row.table_name}`;
    keys.set(table, [...(keys.get(table) ?? []), row.column_name ?? '']);
  }
  return keys;
}
