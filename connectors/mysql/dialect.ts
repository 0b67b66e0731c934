import type { Column } from '../connector.ts';
import type { Dialect } from '../sql/dialect.ts';
import { bytesOf } from '../sql/read-pages.ts';
import { bind, type Statement } from '../sql/statement.ts';

/** MySQL and MariaDB scan for a row comparison; single comparisons become an index range. */
export const dialect: Dialect = {
  quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
  rowComparison: false,
  read,
  bound,
};

/** Bytes as `\x` and hexadecimal digits, BIT as a number: the wire has no text of them. Everything else is the server's text. */
function read(column: Column, quoted: string): string {
  if (column.kind === 'bytes') return `CONCAT('\\\\x', LOWER(HEX(${quoted})))`;
  if (/^bit\b/i.test(column.type)) return `CAST(${quoted} AS UNSIGNED)`;
  return quoted;
}

function bound(column: Column, text: string): Statement {
  switch (column.kind) {
    case 'integer':
    case 'boolean':
      return ['CAST(', bind(text), /unsigned|^bit\b|^year\b/i.test(column.type) ? ' AS UNSIGNED)' : ' AS SIGNED)'];
    case 'decimal':
      return ['CAST(', bind(text), ` AS DECIMAL(65,${scaleOf(column)}))`];
    case 'timestamp':
    case 'timestamptz':
      return ['CAST(', bind(text), ' AS DATETIME(6))'];
    case 'date':
      return ['CAST(', bind(text), ' AS DATE)'];
    case 'bytes':
      return ['UNHEX(', bind(bytesOf(text).toString('hex')), ')'];
    default:
      return [bind(text)];
  }
}

/** Digits after the point of `decimal(10,2)`. */
export function scaleOf(column: Column): number {
  return Number(/,\s*(\d+)/.exec(column.type)?.[1] ?? 0);
}
