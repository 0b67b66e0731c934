import { FUTURE_ROWS_COUNTED } from '../connector.ts';
import { selectAtMost } from './at-most.ts';
import type { Dialect, Run, SqlStream } from './dialect.ts';
import { whereAll } from './range-condition.ts';

/**
 * Rows whose cursor is above `latest`, the source's clock as cursor text. With an index on the cursor this looks at the
 * index's end only, and usually finds nothing there.
 */
export async function countFuture(dialect: Dialect, run: Run, stream: SqlStream, latest: string): Promise<number> {
  const { cursorColumn, relation, what } = stream;
  const isLater = [`${dialect.quote(cursorColumn.name)} > `, ...dialect.bound(cursorColumn, latest)];
  const [row] = await run(
    [
      'SELECT COUNT(*) FROM (',
      ...selectAtMost(dialect, FUTURE_ROWS_COUNTED, [`1 AS one FROM ${relation}`, ...whereAll(stream, [isLater])]),
      ') AS capi_future',
    ],
    `look for rows of the future in ${what}`,
  );
  return Number(row?.[0] ?? 0);
}
