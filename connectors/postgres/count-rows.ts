import type { ReadRange } from '../connector.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { rangeCondition } from '../sql/range-condition.ts';
import { dialect } from './dialect.ts';

/** Below this the planner's guess is replaced by a count, which is quick then; above it the guess is good enough. */
const countUpTo = 50_000;

/** Rows of a range: the planner's estimate, counted exactly where that is cheap. */
export async function countRows(
  run: Run,
  stream: SqlStream,
  range: Pick<ReadRange, 'after' | 'from' | 'before'>,
): Promise<number | undefined> {
  const doing = `count rows of ${stream.what}`;
  const condition = rangeCondition(dialect, stream, range);
  const [row] = await run(['EXPLAIN (FORMAT JSON) SELECT 1 FROM ', stream.relation, ...condition], doing);
  const estimate = planRows(row?.[0]);
  if (estimate === undefined || estimate > countUpTo || stream.spec.table === undefined) return estimate;
  const [counted] = await run(['SELECT count(*) FROM ', stream.relation, ...condition], doing);
  return typeof counted?.[0] === 'string' ? Number(counted[0]) : estimate;
}

function planRows(cell: unknown): number | undefined {
  if (typeof cell !== 'string') return undefined;
  const [plan] = JSON.parse(cell) as [{ Plan?: { 'Plan Rows'?: number } }];
  return plan.Plan?.['Plan Rows'];
}
