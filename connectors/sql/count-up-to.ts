import type { Run, SqlStream } from './dialect.ts';
import { whereAll } from './range-condition.ts';

/** The rows of a stream, counted; one more than `most` means that there are more. */
export async function countUpTo(run: Run, stream: SqlStream, most: number): Promise<number> {
  const [row] = await run(
    [
      `SELECT COUNT(*) FROM (SELECT 1 AS one FROM ${stream.relation}`,
      ...whereAll(stream, []),
      ` LIMIT ${most + 1}) AS capi_count`,
    ],
    `count rows of ${stream.what}`,
  );
  return Number(row?.[0] ?? 0);
}
