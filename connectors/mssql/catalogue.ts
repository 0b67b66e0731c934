import { SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import { bind } from '../sql/statement.ts';
import { didYouMean } from '../sql/suggest.ts';
import { columnType, type MssqlColumn } from './column-types.ts';
import { dialect } from './dialect.ts';
import { translateMssql } from './errors.ts';
import type { Session } from './session.ts';

export function mssqlCatalogue({ run }: Pick<Session, 'run'>, server: string): Catalogue {
  /** The server describes what a statement would give, without running it: for tables and queries alike. */
  async function columnsOf(relation: string, what: string): Promise<MssqlColumn[]> {
    const doing = `look up the columns of ${what}`;
    const rows = await run(
      [
        `SELECT name, COALESCE(system_type_name, user_type_name), is_nullable, collation_name, error_number, error_message
           FROM sys.dm_exec_describe_first_result_set(`,
        bind(`SELECT * FROM ${relation}`),
        ', NULL, 0) WHERE is_hidden = 0 OR error_number IS NOT NULL ORDER BY column_ordinal',
      ],
      doing,
    );
    return rows.map(([name, type, nullable, collation, error, message]) => {
      if (error !== null && error !== undefined) {
        const refused = Object.assign(new Error(String(message)), { number: Number(error) });
        throw translateMssql(refused, 'query', doing, server);
      }
      return {
        name: String(name),
        ...columnType(String(type)),
        nullable: nullable !== 'false',
        ...(typeof collation === 'string' ? { collation } : {}),
      };
    });
  }

  return {
    query: (relation) => columnsOf(relation, 'the query'),
    table: async (name) => {
      const { schema, table } = await findTable(run, name);
      const relation = `${dialect.quote(schema)}.${dialect.quote(table)}`;
      return { relation, columns: await columnsOf(relation, name) };
    },
  };
}

type Found = { readonly schema: string; readonly table: string };

/** `orders` of the login's default schema or of dbo, `sales.orders` of another. A table whose own name has a dot is found first. */
async function findTable(run: Session['run'], name: string): Promise<Found> {
  const rows = await run(
    [
      `SELECT s.name, o.name, CASE WHEN s.name = SCHEMA_NAME() THEN 0 WHEN s.name = N'dbo' THEN 1 ELSE 2 END
         FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V')`,
    ],
    `look up ${name}`,
  );
  const tables = rows.map((row) => ({ schema: String(row[0]), table: String(row[1]), rank: Number(row[2]) }));
  const near = tables.filter(({ rank }) => rank < 2).sort((a, b) => a.rank - b.rank);
  const found =
    near.find(({ table }) => table === name) ?? tables.find(({ schema, table }) => `${schema}.${table}` === name);
  if (found !== undefined) return found;
  const elsewhere = tables.find(({ table }) => table === name);
  const names = tables.map(({ schema, table, rank }) => (rank < 2 ? table : `${schema}.${table}`));
  const hint = elsewhere === undefined ? didYouMean(name, names) : `did you mean "${elsewhere.schema}.${name}"?`;
  throw new SourceError(
    'unknown-table',
    `there is no table or view "${name}" that this login can see`,
    hint === undefined ? {} : { hint },
  );
}
