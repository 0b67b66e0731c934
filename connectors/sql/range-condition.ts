import type { Bounds, Column, Position } from '../connector.ts';
import type { Dialect, SqlStream } from './dialect.ts';
import { joinStatements, type Statement } from './statement.ts';

/** WHERE of a range, with the author's condition. Empty when nothing restricts the read. */
export function rangeCondition(dialect: Dialect, stream: SqlStream, range: Bounds): Statement {
  return whereAll(stream, rangeTerms(dialect, stream, range));
}

/** WHERE of all these terms and the author's condition. Empty when there is none. */
export function whereAll({ condition }: SqlStream, terms: readonly Statement[]): Statement {
  const all = condition === undefined ? terms : [...terms, [condition]];
  return all.length === 0 ? [] : [' WHERE ', ...joinStatements(all, ' AND ')];
}

export function rangeTerms(dialect: Dialect, stream: SqlStream, range: Bounds): Statement[] {
  const { cursorColumn } = stream;
  const cursor = dialect.quote(cursorColumn.name);
  const terms: Statement[] = [];
  if (range.after !== undefined) terms.push(beside(dialect, stream, range.after, '>'));
  else if (range.from !== undefined) terms.push([`${cursor} >= `, ...dialect.bound(cursorColumn, range.from)]);
  if (range.upTo !== undefined) terms.push(beside(dialect, stream, range.upTo, '<='));
  else if (range.before !== undefined) terms.push([`${cursor} < `, ...dialect.bound(cursorColumn, range.before)]);
  // A comparison leaves NULL out by itself; the first page of an unbounded read has none.
  if (terms.length === 0 && cursorColumn.nullable) terms.push([`${cursor} IS NOT NULL`]);
  return terms;
}

/** The rows on one side of a position: strictly after it (`>`), or at and before it (`<=`). */
function beside(dialect: Dialect, stream: SqlStream, position: Position, operator: '>' | '<='): Statement {
  const all = [stream.cursorColumn, ...stream.keyColumns];
  const given = [position.cursor, ...position.key];
  if (given.length !== all.length)
    throw new TypeError('a position has one text for the cursor and one for each key column');
  // A cursor that is part of the key too is compared once: behind the second mention no index would serve.
  const isFirst = all.map((column, at) => all.findIndex(({ name }) => name === column.name) === at);
  const columns = all.filter((_, at) => isFirst[at]);
  const texts = given.filter((_, at) => isFirst[at]);
  if (!dialect.rowComparison) return nested(dialect, columns, texts, operator);
  const names = columns.map((column) => dialect.quote(column.name)).join(', ');
  const values = columns.map((column, index) => dialect.bound(column, texts[index]!));
  return [`(${names}) ${operator} (`, ...joinStatements(values, ', '), ')'];
}

/**
 * The same in single comparisons: `c >= ? AND (c > ? OR (k1 >= ? AND (k1 > ? OR k2 > ?)))`.
 * The first term, implied by the rest, is what the planner makes an index range of.
 */
function nested(
  dialect: Dialect,
  columns: readonly Column[],
  texts: readonly string[],
  operator: '>' | '<=',
): Statement {
  const [column, ...others] = columns;
  const [text, ...otherTexts] = texts;
  const name = dialect.quote(column!.name);
  const value = dialect.bound(column!, text!);
  if (others.length === 0) return [`${name} ${operator} `, ...value];
  const strict = operator === '>' ? '>' : '<';
  return [
    `${name} ${strict}= `,
    ...value,
    ` AND (${name} ${strict} `,
    ...value,
    ' OR (',
    ...nested(dialect, others, otherTexts, operator),
    '))',
  ];
}
