/**
 * Expressions: CEL over the row, behind this one module. Parsed and checked when the file is loaded; evaluated without side effects.
 *
 * NULL is ordinary here, unlike in CEL: arithmetic with null is null, a comparison with null is false, `!null` is true, `null` may stand in any
 * branch, and whatever else meets a null (`lower(null)`, `size(null)`) gives null. Integers and doubles mix.
 */
import { type ASTNode, Environment, type ParseError } from '@marcbachmann/cel-js';
import type { Cell, Column, ColumnKind, Row } from '../../connectors/connector.ts';
import { closestTo } from '../config/did-you-mean.ts';
import { cellValue, type Value } from './cell-values.ts';
import { declareFunctions, FUNCTION_NAMES } from './expression-functions.ts';

/** A place in the expression's text, `end` exclusive. */
export type ExpressionProblem = {
  readonly code: 'expression-syntax' | 'expression-type' | 'unknown-column' | 'unknown-function';
  readonly message: string;
  readonly hint?: string | undefined;
  readonly start: number;
  readonly end: number;
};

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

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ROW_COLUMN = /^row\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\]$/;
const LITERALS = new Set(['true', 'false', 'null']);
const LIMITS = { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 1_000, maxMapEntries: 200, maxCallArguments: 16 };
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
    return { expression: { source, columns: [...found.columns], bare: undefined } };
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
    const at = Math.max(
      0,
      expression.source.search(new RegExp(`(?<![A-Za-z0-9_.])${unknown.replace(/[^\w]/g, '\\$&')}`)),
    );
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
    return { name, index, kind: columns[index]?.kind ?? 'unknown', identifier: IDENTIFIER.test(name) };
  });
  const run = typedEnvironment(inputs.filter((input) => input.identifier).map((input) => [input.name, 'dyn'])).parse(
    withDynamicNulls(expression.source).text,
  );
  const needsRow = /(?<![A-Za-z0-9_])row\s*\[/.test(expression.source);
  return (row) => {
    const context: Record<string, Value> = {};
    let sawNull = false;
    try {
      for (const { name, index, kind, identifier } of inputs) {
        const value = cellValue((row[index] ?? null) as Cell, kind, timezone);
        sawNull ||= value === null;
        if (identifier) context[name] = value;
        if (needsRow)
          (context.row = (context.row as Record<string, Value> | undefined) ?? {}) &&
            ((context.row as Record<string, Value>)[name] = value);
      }
      return run(context) as Value;
    } catch {
      return sawNull ? null : FAILED;
    }
  };
};

const unquote = (text: string): string => text.replace(/\\(.)/g, '$1');

/** Made at the first expression: declaring every overload takes a few milliseconds. */
const environmentWith = (unlistedVariablesAreDyn: boolean): (() => Environment) => {
  let made: Environment | undefined;
  return () => {
    made ??= declareFunctions(
      new Environment({ unlistedVariablesAreDyn, homogeneousAggregateLiterals: false, limits: LIMITS }),
    );
    return made;
  };
};
const dynamicEnvironment = environmentWith(true);
const baseEnvironment = environmentWith(false);

/** A clone of the base is cheap, so each expression has its own. */
const typedEnvironment = (variables: readonly (readonly [name: string, type: string])[]): Environment => {
  const environment = baseEnvironment().clone().registerVariable('row', 'map');
  for (const [name, type] of variables)
    if (IDENTIFIER.test(name) && name !== 'row') environment.registerVariable(name, type as 'dyn');
  return environment;
};

/** CEL wants both branches of `?:` of one type. Each `null` becomes `dyn(null)`, which fits any; positions are mapped back. */
const withDynamicNulls = (source: string): { text: string; shifts: number[] } => {
  const starts: number[] = [];
  walk(dynamicEnvironment().parse(source).ast, (node) => {
    if (node.op === 'value' && node.args === null) starts.push(node.start);
  });
  starts.sort((a, b) => a - b);
  let text = '';
  let from = 0;
  for (const start of starts) {
    text += `${source.slice(from, start)}dyn(null)`;
    from = start + 4;
  }
  return { text: text + source.slice(from), shifts: starts };
};

type Node = { op: string; args: unknown; start: number; end: number };
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'op' in value && 'start' in value;

const walk = (value: unknown, visit: (node: Node) => void): void => {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (isNode(value)) {
    visit(value);
    walk(value.args, visit);
  }
};

/** Variables bound inside the expression (`items.map(i, …)`, `cel.bind(x, …)`) are not columns. */
const MACROS = new Set(['map', 'filter', 'all', 'exists', 'exists_one', 'bind']);

const columnsOf = (
  ast: ASTNode,
  bound: ReadonlySet<string>,
): { columns: Set<string> } | { problem: ExpressionProblem } => {
  const columns = new Set<string>();
  let problem: ExpressionProblem | undefined;
  const visit = (value: unknown, local: ReadonlySet<string>): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, local);
    if (!isNode(value)) return;
    if (value.op === 'id') {
      const name = String(value.args);
      if (name === 'row' && !local.has('row')) problem ??= rowProblem(value);
      else if (!local.has(name)) columns.add(name);
      return;
    }
    const args = value.args as unknown[];
    if (value.op === '[]' && isNode(args[0]) && args[0].op === 'id' && args[0].args === 'row' && !local.has('row')) {
      const key = args[1];
      if (isNode(key) && key.op === 'value' && typeof key.args === 'string') columns.add(key.args);
      else problem ??= rowProblem(value);
      return;
    }
    if (value.op === 'rcall' && MACROS.has(String(args[0]))) {
      const [method, receiver, parameters] = args as [string, unknown, unknown[]];
      const name = isNode(parameters[0]) && parameters[0].op === 'id' ? String(parameters[0].args) : undefined;
      if (!(method === 'bind' && isNode(receiver) && receiver.args === 'cel')) visit(receiver, local);
      visit(parameters.slice(1), name === undefined ? local : new Set([...local, name]));
      return;
    }
    visit(
      value.op === 'call' || value.op === '.' || value.op === 'rcall'
        ? args.filter((arg) => typeof arg !== 'string')
        : value.args,
      local,
    );
  };
  visit(ast, bound);
  return problem ? { problem } : { columns };
};

const rowProblem = (node: Node): ExpressionProblem => ({
  code: 'expression-type',
  message: 'row[...] takes one column name in quotes',
  hint: 'write row["Billing Country"], or the bare name where it has only letters, digits and _',
  start: node.start,
  end: node.end,
});

const suggestion = (name: string, names: readonly string[]): string | undefined => {
  const near = closestTo(name, names);
  return near === undefined ? undefined : `did you mean "${near}"?`;
};

const problemOf = (
  error: unknown,
  text: string,
  names: readonly string[],
  shifts: readonly number[] = [],
): ExpressionProblem => {
  const { code, summary, range } = error as ParseError & {
    code?: string;
    summary?: string;
    range?: { start: number; end: number };
  };
  const back = (offset: number): number => offset - 5 * shifts.filter((start, n) => start + 5 * n < offset).length;
  const start = back(range?.start ?? 0);
  const place = { start, end: Math.max(start + 1, back(range?.end ?? text.length)) };
  const message = summary ?? 'the expression cannot be read';
  if (code === 'unknown_variable') {
    const name = message.replace(/^.*: /, '');
    return { code: 'unknown-column', message: `unknown column "${name}"`, hint: suggestion(name, names), ...place };
  }
  const called = /'(?:[\w.<>, ]+\.)?(\w+)\(/.exec(message)?.[1];
  if (code === 'no_matching_overload' && called !== undefined) {
    if (!FUNCTION_NAMES.includes(called))
      return {
        code: 'unknown-function',
        message: `unknown function "${called}"`,
        hint: suggestion(called, FUNCTION_NAMES),
        ...place,
      };
    return { code: 'expression-type', message: message.replace(/^found no/, 'no'), hint: undefined, ...place };
  }
  const isSyntax = code === undefined || /token|parse|unterminated|invalid_escape|unexpected|limit/.test(code);
  return {
    code: isSyntax ? 'expression-syntax' : 'expression-type',
    message: lowerFirst(message),
    hint: undefined,
    ...place,
  };
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
