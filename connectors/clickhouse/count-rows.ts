import type { ReadRange } from '../connector.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { rangeCondition } from '../sql/range-condition.ts';
import { dialect } from './dialect.ts';

/** Rows of a range, counted: of a table that reads two or three columns. What a view or a query costs is not known, so they are not counted. */
export async function countRows(
  run: Run,
  stream: SqlStream,
  range: Pick<ReadRange, 'after' | 'from' | 'before'>,
): Promise<number | undefined> {
  if (stream.spec.table === undefined) return undefined;
  const [row] = await run(
    [`SELECT count() FROM ${stream.relation}`, ...rangeCondition(dialect, stream, range)],
    `count rows of ${stream.what}`,
  );
  return Number(row?.[0] ?? 0);
}
