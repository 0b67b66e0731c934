import type { Column } from '../connector.ts';
import type { Dialect } from '../sql/dialect.ts';
import { bind } from '../sql/statement.ts';

/**
 * PostgreSQL serves `(c, k) > (?, ?)` from an index on (c, k) as one range. Every cell is the server's own text already,
 * so a column is read as it is.
 */
export const dialect: Dialect = {
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  rowComparison: true,
  read: (_column, quoted) => quoted,
  bound: (column, text) => [bind(text), `::${castType(column)}`],
};

/** The type without its length or precision, so that a bound is never cut or rounded to it. */
export function castType({ kind, type }: Column): string {
  switch (kind) {
    case 'integer':
      return 'bigint';
    case 'decimal':
      return 'numeric';
    case 'timestamptz':
    case 'timestamp':
    case 'date':
    case 'boolean':
      return kind;
    case 'bytes':
      return 'bytea';
    default:
      if (type.startsWith('character varying')) return 'text';
      if (type.startsWith('character(')) return 'bpchar';
      return type;
  }
}
