import type { ReadRange } from '../connector.ts';
import { selectAtMost } from '../sql/at-most.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { rangeCondition } from '../sql/range-condition.ts';
import { bind } from '../sql/statement.ts';
import { dialect } from './dialect.ts';

/** So many rows are counted; of more, the server's own figure of the whole table is told where the range has no lower end. */
const MOST = 50_000;

export async function countRows(
  run: Run,
  stream: SqlStream,
  range: Pick<ReadRange, 'after' | 'from' | 'before'>,
): Promise<number | undefined> {
  if (stream.spec.table === undefined) return undefined;
  const doing = `count rows of ${stream.what}`;
  const some = selectAtMost(dialect, MOST + 1, [
    `1 AS one FROM ${stream.relation}`,
    ...rangeCondition(dialect, stream, range),
  ]);
  const [counted] = await run(['SELECT COUNT(*) FROM (', ...some, ') AS capi_range'], doing);
  const count = Number(counted?.[0] ?? 0);
  if (count <= MOST) return count;
  if (range.after !== undefined || range.from !== undefined) return undefined;
  const [known] = await run(
    [
      'SELECT CONVERT(nvarchar(20), SUM(rows)) FROM sys.partitions WHERE index_id IN (0, 1) AND object_id = OBJECT_ID(',
      bind(stream.relation),
      ')',
    ],
    doing,
  );
  return typeof known?.[0] === 'string' ? Number(known[0]) : undefined;
}
