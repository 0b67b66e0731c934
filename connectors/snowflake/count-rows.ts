import type { ReadRange } from '../connector.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { rangeCondition } from '../sql/range-condition.ts';
import { dialect } from './dialect.ts';

/** Rows of a range of a table: the cursor column alone is read. Of a query, or with a condition, a count may cost as much as the reading. */
export async function countRows(
  run: Run,
  stream: SqlStream,
  range: Pick<ReadRange, 'after' | 'from' | 'before'>,
): Promise<number | undefined> {
  if (stream.spec.table === undefined || stream.condition !== undefined) return undefined;
  const [row] = await run(
    [`SELECT COUNT(*) FROM ${stream.relation}`, ...rangeCondition(dialect, stream, range)],
    `count rows of ${stream.what}`,
  );
  return Number(row?.[0] ?? 0);
}
