/**
 * Expressions: CEL over the row, behind this one module. Parsed and checked when the file is loaded; evaluated without side effects.
 *
 * NULL is ordinary here, unlike in CEL: arithmetic with null is null, `<` and its kin with null are false, `!null` is true, `null` may stand in any
 * branch, and whatever else meets a null (`lower(null)`, `size(null)`) gives null. Integers and doubles mix.
 */
import type { Cell, Column, ColumnKind, Row } from '../../connectors/connector.ts';
import { ConversionError, cellValue, type Value } from './cell-values.ts';
import { columnsOf } from './expression-columns.ts';
import { dynamicEnvironment, IDENTIFIER, typedEnvironment } from './expression-engine.ts';
import { badPattern, type ExpressionProblem, problemOf, suggestion } from './expression-problem.ts';
import { constantPatterns, withDynamicNulls, withDynamicResults, withLinearMatches } from './expression-text.ts';
import { patternProblem } from './linear-matches.ts';

export type { ExpressionProblem } from './expression-problem.ts';

export type Expression = {
  readonly source: string;
  /** Columns it reads, each once. */
  readonly columns: readonly string[];
  /** Set when the expression is one bare column: it is read directly, without the engine. */
  readonly bare: string | undefined;
};

/** Why a row's evaluation failed: never a value, so that it can be counted and kept. */
export const FAILED = Symbol('expression failed');
export type Evaluate = (row: Row) => Value | typeof FAILED;

const ROW_COLUMN = /^row\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]$/;
const LITERALS = new Set(['true', 'false', 'null']);
const MAX_LENGTH = 8_192;

const CEL_TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'string',
  integer: 'int',
  decimal: 'double',
  float: 'double',
  boolean: 'bool',
  timestamptz: 'google.protobuf.Timestamp',
  timestamp: 'google.protobuf.Timestamp',
  date: 'string',
  json: 'dyn',
  bytes: 'string',
  unknown: 'dyn',
};

/** Parses the text after `=`. Columns are not checked here. */
export const parseExpression = (source: string): { expression: Expression } | { problem: ExpressionProblem } => {
  const trimmed = source.trim();
  if (trimmed === '')
    return {
      problem: {
        code: 'expression-syntax',
        message: 'the expression is empty',
        start: 0,
        end: Math.max(1, source.length),
      },
    };
  if (source.length > MAX_LENGTH) {
    return {
      problem: {
        code: 'expression-syntax',
        message: `the expression is longer than ${MAX_LENGTH} characters`,
        start: 0,
        end: 1,
      },
    };
  }
  if (IDENTIFIER.test(trimmed) && !LITERALS.has(trimmed) && trimmed !== 'row') {
    return { expression: { source, columns: [trimmed], bare: trimmed } };
  }
  const quoted = ROW_COLUMN.exec(trimmed);
  if (quoted) {
    const name = unquote(quoted[1] ?? quoted[2] ?? '');
    return { expression: { source, columns: [name], bare: name } };
  }
  try {
    const ast = dynamicEnvironment().parse(source).ast;
    const found = columnsOf(ast, new Set());
    if ('problem' in found) return found;
    for (const { pattern, ...place } of constantPatterns(source)) {
      const wrong = patternProblem(pattern);
      if (wrong !== undefined) return { problem: badPattern(wrong, place) };
    }
    return { expression: { source, columns: [...found.columns.keys()], bare: undefined } };
  } catch (error) {
    return { problem: problemOf(error, source, []) };
  }
};

/** Checks names and types against the source's columns; `undefined` columns (offline) are of any type. */
export const checkExpression = (
  expression: Expression,
  columns: readonly Column[] | undefined,
): ExpressionProblem | undefined => {
  const names = columns?.map((column) => column.name) ?? expression.columns;
  const unknown = expression.columns.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const at = placeOf(unknown, expression);
    return {
      code: 'unknown-column',
      message: `unknown column "${unknown}"`,
      hint: suggestion(unknown, names),
      start: at,
      end: at + unknown.length,
    };
  }
  if (expression.bare !== undefined) return undefined;
  const environment = typedEnvironment(
    expression.columns.map((name) => [name, CEL_TYPES[columns?.find((c) => c.name === name)?.kind ?? 'unknown']]),
  );
  const { text, shifts } = withDynamicNulls(expression.source);
  const result = environment.check(text);
  return result.valid ? undefined : problemOf(result.error, text, names, shifts);
};

/** Where an expression first reads a column. */
const placeOf = (name: string, { source, bare }: Expression): number => {
  if (bare !== undefined) return Math.max(0, source.indexOf(name));
  const found = columnsOf(dynamicEnvironment().parse(source).ast, new Set());
  return 'columns' in found ? (found.columns.get(name) ?? 0) : 0;
};

/**
 * Makes the function that evaluates it on rows of these columns.
 * The result is a Value; FAILED when the engine refused the row and no NULL was the reason.
 */
export const bindExpression = (
  expression: Expression,
  columns: readonly Column[],
  timezone: string | undefined,
): Evaluate => {
  const inputs = expression.columns.map((name) => {
    const index = columns.findIndex((column) => column.name === name);
    return { name, index, kind: columns[index]?.kind ?? 'unknown' };
  });
  const run = typedEnvironment(inputs.map(({ name }) => [name, 'dyn'])).parse(
    withDynamicResults(withLinearMatches(expression.source)),
  );
  const needsRow = /(?<![A-Za-z0-9_])row\s*\[/.test(expression.source);
  return (row) => {
    const byName: Record<string, Value> = {};
    let sawNull = false;
    try {
      for (const { name, index, kind } of inputs) {
        const value = cellValue((row[index] ?? null) as Cell, kind, timezone);
        sawNull ||= value === null;
        byName[name] = value;
      }
      return run(needsRow ? { ...byName, row: byName } : byName) as Value;
    } catch (error) {
      // A cell or text that cannot be read is a failure of its own, whatever else of the row is null.
      return sawNull && !(error instanceof ConversionError) ? null : FAILED;
    }
  };
};

const unquote = (text: string): string => text.replace(/\\(.)/g, '$1');
