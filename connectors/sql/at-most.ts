import type { Dialect } from './dialect.ts';
import type { Piece, Statement } from './statement.ts';

/** `SELECT <rest>` of at most so many rows, as the dialect says it: `LIMIT n` at the end, or `TOP (n)` at the start. */
export function selectAtMost({ limit }: Pick<Dialect, 'limit'>, most: number | Piece, rest: Statement): Statement {
  const rows = typeof most === 'number' ? String(most) : most;
  return limit === 'top' ? ['SELECT TOP (', rows, ') ', ...rest] : ['SELECT ', ...rest, ' LIMIT ', rows];
}
