import type { ReadRange } from '../connector.ts';
import type { SqlStream } from '../sql/dialect.ts';
import { rangeCondition } from '../sql/range-condition.ts';
import { dialect } from './dialect.ts';
import type { Session } from './session.ts';

/** Below this the optimizer's guess is replaced by a count, which is quick then. */
const countUpTo = 50_000;

/** Rows of a range of a table: the optimizer's estimate, counted exactly where that is cheap. A query has no estimate worth showing. */
export async function countRows(
  session: Session,
  stream: SqlStream,
  range: Pick<ReadRange, 'after' | 'from' | 'before'>,
): Promise<number | undefined> {
  if (stream.spec.table === undefined) return undefined;
  const doing = `count rows of ${stream.what}`;
  const condition = rangeCondition(dialect, stream, range);
  const plan = await session.query(['EXPLAIN SELECT 1 FROM ', stream.relation, ...condition], doing);
  const at = plan.fields.findIndex((field) => field.name === 'rows');
  const cell = plan.rows[0]?.[at];
  const estimate = typeof cell === 'string' ? Number(cell) : 0;
  if (estimate > countUpTo) return estimate;
  const [row] = await session.run(['SELECT COUNT(*) FROM ', stream.relation, ...condition], doing);
  return typeof row?.[0] === 'string' ? Number(row[0]) : undefined;
}
