import type { Column } from '../connector.ts';
import type { Dialect, SqlStream } from '../sql/dialect.ts';
import { quotedBy } from '../sql/server-url.ts';
import { bind } from '../sql/statement.ts';
import { boundType, hasOwnOrder } from './column-types.ts';

export const quote = quotedBy('"');

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Every cell is DuckDB's own text, made by DuckDB: its vectors are turned into texts many times faster than a value at a time here. */
function read({ kind, type }: Column, quoted: string): string {
  if (kind === 'bytes') return `'\\x' || lower(hex(${quoted}))`;
  if (kind === 'json') return type === 'JSON' ? `CAST(${quoted} AS VARCHAR)` : `CAST(to_json(${quoted}) AS VARCHAR)`;
  return type === 'VARCHAR' ? quoted : `CAST(${quoted} AS VARCHAR)`;
}

export const dialect: Dialect = {
  quote,
  // In one pass over the rows either form costs the same; single comparisons are checked against the ends of each row group first.
  rowComparison: false,
  read,
  bound: (column, text) =>
    column.kind === 'bytes'
      ? ['unhex(', bind(text.replace(/^\\x/, '')), ')']
      : ['CAST(', bind(text), ` AS ${boundType(column)})`],
};

/** For the look-up of keys: a text that its column cannot hold is no row's key. */
export const keyDialect = ({ cursorColumn }: SqlStream): Dialect => ({
  ...dialect,
  bound: (column, text) =>
    column.kind === 'bytes' || column.name === cursorColumn.name
      ? dialect.bound(column, text)
      : ['TRY_CAST(', bind(text), ` AS ${boundType(column)})`],
});

/**
 * The relation with its text keys in the order of their bytes. A column may have a collation, which no catalogue tells of, in which 'a' is 'A':
 * two keys of one place. An enumeration sorts by its own list.
 */
export function ordered(relation: string, columns: readonly Column[]): string {
  const texts = columns.filter(hasOwnOrder);
  if (texts.length === 0) return relation;
  const replaced = [...new Map(texts.map((column) => [column.name, column])).values()].map(
    ({ name }) => `(CAST(${quote(name)} AS VARCHAR) COLLATE "C") AS ${quote(name)}`,
  );
  return `(SELECT * REPLACE (${replaced.join(', ')}) FROM ${relation}) AS capi_ordered`;
}
