import { type Column, SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import type { Run } from '../sql/dialect.ts';
import { bind } from '../sql/statement.ts';
import { didYouMean } from '../sql/suggest.ts';
import { kindOf, unwrapped } from './column-types.ts';
import { dialect } from './dialect.ts';

export const OURS = "database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')";

export type Found = {
  readonly database: string;
  readonly table: string;
  readonly engine: string;
  /** As the table was made with it: `updated_at, id`. Empty where there is none. */
  readonly sortingKey: string;
};

export function clickhouseCatalogue(run: Run): Catalogue {
  return {
    query: (relation) => columnsOf(run, `(SELECT * FROM ${relation})`, 'the query'),
    table: async (name) => {
      const { database, table } = await findTable(run, name);
      const relation = `${dialect.quote(database)}.${dialect.quote(table)}`;
      return { relation, columns: await columnsOf(run, relation, name) };
    },
  };
}

async function columnsOf(run: Run, relation: string, what: string): Promise<Column[]> {
  const rows = await run([`DESCRIBE TABLE ${relation}`], `look up the columns of ${what}`);
  // An EPHEMERAL column is only written.
  return rows
    .filter((row) => row[2] !== 'EPHEMERAL')
    .map(([name, given]) => {
      const type = String(given);
      const { bare, nullable } = unwrapped(type);
      return { name: String(name), kind: kindOf(bare), type, nullable };
    });
}

/** `orders` of the connection's database, `sales.orders` of another. A table whose own name has a dot is found first. */
export async function findTable(run: Run, name: string): Promise<Found> {
  const doing = `look up ${name}`;
  const found = await run(
    [
      'SELECT database, name, engine, sorting_key FROM system.tables WHERE (database = currentDatabase() AND name = ',
      bind(name),
      ") OR concat(database, '.', name) = ",
      bind(name),
      ' ORDER BY database = currentDatabase() AND name = ',
      bind(name),
      ' DESC LIMIT 1',
    ],
    doing,
  );
  const [row] = found;
  if (row !== undefined)
    return { database: String(row[0]), table: String(row[1]), engine: String(row[2]), sortingKey: String(row[3]) };
  const others = await run(
    [
      `SELECT name, database, toString(database = currentDatabase()) FROM system.tables WHERE ${OURS} OR database = currentDatabase() LIMIT 10000`,
    ],
    doing,
  );
  const names = others.map(([table, database, isHere]) => (isHere === '1' ? String(table) : `${database}.${table}`));
  const elsewhere = others.find(([table]) => table === name);
  const hint = elsewhere === undefined ? didYouMean(name, names) : `did you mean "${elsewhere[1]}.${name}"?`;
  throw new SourceError(
    'unknown-table',
    `there is no table or view "${name}" that this user can see`,
    hint === undefined ? {} : { hint },
  );
}
