import type { Column } from '../connector.ts';
import type { Dialect } from '../sql/dialect.ts';
import { bytesOf } from '../sql/read-pages.ts';
import { bind } from '../sql/statement.ts';

/**
 * GoogleSQL orders no tuples: the predicate is written out, and its first term, the cursor's own, is what prunes partitions. A bound is a parameter
 * of the column's type, which is a constant to the planner.
 */
export const dialect: Dialect = {
  quote: (identifier) => `\`${identifier.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``,
  rowComparison: false,
  read: ({ type }, quoted) => (type === 'TIMESTAMP(12)' ? `CAST(${quoted} AS STRING)` : quoted),
  bound: (column, text) => [
    bind(column.kind === 'bytes' ? bytesOf(text).toString('base64') : text, parameterType(column)),
  ],
};

/** The type of a parameter for this column: without its precision, so that no bound is rounded to it. */
function parameterType({ type }: Column): string {
  return type.split(/[( ]/)[0] ?? 'STRING';
}
