import { selectAtMost } from './at-most.ts';
import type { Dialect, Run, SqlStream } from './dialect.ts';
import { whereAll } from './range-condition.ts';

/** The rows of a stream, counted; one more than `most` means that there are more. */
export async function countUpTo(
  run: Run,
  stream: SqlStream,
  most: number,
  dialect: Pick<Dialect, 'limit'> = {},
): Promise<number> {
  const [row] = await run(
    [
      'SELECT COUNT(*) FROM (',
      ...selectAtMost(dialect, most + 1, [`1 AS one FROM ${stream.relation}`, ...whereAll(stream, [])]),
      ') AS capi_count',
    ],
    `count rows of ${stream.what}`,
  );
  return Number(row?.[0] ?? 0);
}
