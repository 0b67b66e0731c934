import { type Column, type ColumnKind, SourceError } from '../connector.ts';
import type { Catalogue } from '../sql/describe.ts';
import { bind } from '../sql/statement.ts';
import { didYouMean } from '../sql/suggest.ts';
import type { Session } from './session.ts';

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

export function sqliteCatalogue(session: Session): Catalogue {
  async function columnsOf(relation: string, notNull: ReadonlySet<string>, what: string): Promise<Column[]> {
    const columns = await session.columns([`SELECT * FROM ${relation}`], `look up the columns of ${what}`);
    return columns.map(({ name, type }) => ({
      name,
      kind: kindOf(type),
      type: type ?? '',
      nullable: !notNull.has(name),
    }));
  }

  return {
    query: (relation) => columnsOf(relation, new Set(), 'the query'),
    table: async (given) => {
      const name = await findTable(session, given);
      const rows = await session.run(
        [
          `SELECT name, "notnull" OR (pk = 1 AND upper(type) = 'INTEGER' AND (SELECT max(pk) FROM pragma_table_info(`,
          bind(name),
          ')) = 1) FROM pragma_table_info(',
          bind(name),
          ')',
        ],
        `look up ${given}`,
      );
      const notNull = new Set(rows.filter((row) => row[1] === 1n).map((row) => String(row[0])));
      const relation = quote(name);
      return { relation, columns: await columnsOf(relation, notNull, given) };
    },
  };
}

/**
 * What a declared type says of the values. Only a hint: SQLite types each value by itself, and the cells tell.
 * The first word that fits decides, so that DATETIME is no DATE and BOOLEAN no INT.
 */
export function kindOf(declared: string | null): ColumnKind {
  const words: readonly (readonly [RegExp, ColumnKind])[] = [
    [/BOOL/, 'boolean'],
    [/INT/, 'integer'],
    [/DATETIME|TIMESTAMP/, 'timestamp'],
    [/DATE/, 'date'],
    [/DEC|NUMERIC/, 'decimal'],
    [/REAL|FLOA|DOUB/, 'float'],
    [/JSON/, 'json'],
    [/BLOB/, 'bytes'],
    [/CHAR|CLOB|TEXT/, 'text'],
  ];
  const type = (declared ?? '').toUpperCase();
  return words.find(([word]) => word.test(type))?.[1] ?? 'unknown';
}

/** The name as the catalogue has it; `main.orders` is `orders`. */
async function findTable(session: Session, name: string): Promise<string> {
  const rows = await session.run([`SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')`], `look up ${name}`);
  const names = rows.map((row) => String(row[0]));
  const found =
    names.find((candidate) => candidate === name) ?? names.find((candidate) => `main.${candidate}` === name);
  if (found !== undefined) return found;
  const hint = didYouMean(name, names);
  throw new SourceError('unknown-table', `there is no table or view "${name}"`, hint === undefined ? {} : { hint });
}
