import { type Column, SourceError } from '../connector.ts';
import type { Dialect } from '../sql/dialect.ts';
import { bind, type Statement } from '../sql/statement.ts';

/**
 * No index serves a comparison here: blocks are left out by the least and greatest value that each holds of a column. Single comparisons let that
 * happen by the cursor; what a row comparison does is nowhere promised.
 */
export const dialect: Dialect = {
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  rowComparison: false,
  read,
  bound,
};

/** Everything is the cluster's own text already; only bytes have none that both ways agree on. */
function read({ name, type, kind }: Column, quoted: string): string {
  if (type === 'hllsketch') {
    throw new SourceError('cursor-type', `column "${name}" has the type HLLSKETCH, which has no text`, {
      hint: 'read its result by a query: hll_cardinality(column)',
    });
  }
  return kind === 'bytes' ? `to_hex(${quoted})` : quoted;
}

function bound({ kind, type }: Column, text: string): Statement {
  switch (kind) {
    case 'integer':
      return ['CAST(', bind(text), ' AS bigint)'];
    case 'decimal':
      return ['CAST(', bind(text), ` AS numeric(38,${/,(\d+)/.exec(type)?.[1] ?? 0}))`];
    case 'timestamptz':
    case 'timestamp':
    case 'date':
    case 'boolean':
      return ['CAST(', bind(text), ` AS ${kind})`];
    case 'bytes':
      return ['from_hex(CAST(', bind(text.replace(/^\\x/, '')), ' AS varchar(65535)))'];
    default:
      return ['CAST(', bind(text), type.startsWith('char') ? ` AS ${type})` : ' AS varchar(65535))'];
  }
}
