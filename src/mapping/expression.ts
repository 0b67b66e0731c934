/**
 * Expressions: CEL over the row, behind this one module. Parsed and checked when the file is loaded; evaluated without side effects.
 *
 * NULL is ordinary here, unlike in CEL: arithmetic with null is null, a comparison with null is false, `!null` is true, `null` may stand in any
 * branch, and whatever else meets a null (`lower(null)`, `size(null)`) gives null. Integers and doubles mix.
 */
import { type ASTNode, Environment, type ParseError } from '@marcbachmann/cel-js';
import type { Cell, Column, ColumnKind, Row } from '../../connectors/connector.ts';
import { closestTo } from '../config/did-you-mean.ts';
import { ConversionError, cellValue, type Value } from './cell-values.ts';
import { declareFunctions, FUNCTION_NAMES, NULLABLE_FUNCTIONS } from './expression-functions.ts';

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
  const run = typedEnvironment(inputs.map(({ name }) => [name, 'dyn'])).parse(withDynamicResults(expression.source));
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

/** Made at the first expression: declaring every overload takes a few milliseconds. */
const environmentWith = (unlistedVariablesAreDyn: boolean, limits: typeof LIMITS): (() => Environment) => {
  let made: Environment | undefined;
  return () => {
    made ??= declareFunctions(
      new Environment({ unlistedVariablesAreDyn, homogeneousAggregateLiterals: false, limits }),
    );
    return made;
  };
};
const dynamicEnvironment = environmentWith(true, LIMITS);
/** What passed the limits above may grow by its `dyn( )`. */
const baseEnvironment = environmentWith(false, {
  ...LIMITS,
  maxAstNodes: 3 * LIMITS.maxAstNodes,
  maxDepth: 3 * LIMITS.maxDepth,
});

/** A clone of the base is cheap, so each expression has its own. */
const typedEnvironment = (variables: readonly (readonly [name: string, type: string])[]): Environment => {
  const environment = baseEnvironment().clone().registerVariable('row', 'map');
  for (const [name, type] of variables)
    if (IDENTIFIER.test(name) && name !== 'row' && !isReserved(name)) environment.registerVariable(name, type as 'dyn');
  return environment;
};

const reserved = new Map<string, boolean>();
/** Whether the engine keeps the name for itself (`type`, `int`, `if`, …): such a column is reached as row["type"] only. */
const isReserved = (name: string): boolean => {
  let known = reserved.get(name);
  if (known === undefined) {
    try {
      baseEnvironment().clone().registerVariable(name, 'dyn');
      known = false;
    } catch {
      known = true;
    }
    reserved.set(name, known);
  }
  return known;
};

/** CEL wants both branches of `?:` of one type. Each `null` becomes `dyn(null)`, which fits any; positions are mapped back. */
const withDynamicNulls = (source: string): { text: string; shifts: number[] } => {
  const nulls = nodesOf(source, (node) => node.op === 'value' && node.args === null);
  return { text: wrapped(source, nulls), shifts: nulls.map((node) => node.start).sort((a, b) => a - b) };
};

/**
 * The text that is evaluated: each call that may give null also stands in `dyn( )`. Otherwise the engine believes its declared
 * type, takes `double * double` without a look, and `number(null) * 2` is 0.
 */
const withDynamicResults = (source: string): string =>
  wrapped(
    source,
    nodesOf(
      source,
      (node) =>
        (node.op === 'value' && node.args === null) ||
        (node.op === 'call' && NULLABLE_FUNCTIONS.has(String((node.args as unknown[])[0]))),
    ),
  );

const nodesOf = (source: string, wanted: (node: Node) => boolean): Node[] => {
  const found: Node[] = [];
  walk(dynamicEnvironment().parse(source).ast, (node) => {
    if (wanted(node)) found.push(node);
  });
  return found;
};

const wrapped = (source: string, nodes: readonly Node[]): string => {
  const opening = new Map<number, number>();
  const closing = new Map<number, number>();
  for (const { start, end } of nodes) {
    opening.set(start, (opening.get(start) ?? 0) + 1);
    closing.set(end, (closing.get(end) ?? 0) + 1);
  }
  const places = [...new Set([...opening.keys(), ...closing.keys(), source.length])].sort((a, b) => a - b);
  let text = '';
  let from = 0;
  for (const at of places) {
    text += `${source.slice(from, at)}${')'.repeat(closing.get(at) ?? 0)}${'dyn('.repeat(opening.get(at) ?? 0)}`;
    from = at;
  }
  return text;
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

/** Every column with the place where it is first read. */
const columnsOf = (
  ast: ASTNode,
  bound: ReadonlySet<string>,
): { columns: Map<string, number> } | { problem: ExpressionProblem } => {
  const columns = new Map<string, number>();
  const add = (name: string, at: number): void => {
    if (!columns.has(name)) columns.set(name, at);
  };
  let problem: ExpressionProblem | undefined;
  const visit = (value: unknown, local: ReadonlySet<string>): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, local);
    if (!isNode(value)) return;
    if (value.op === 'id') {
      const name = String(value.args);
      if (name === 'row' && !local.has('row')) problem ??= rowProblem(value);
      else if (!local.has(name) && isReserved(name)) problem ??= reservedProblem(name, value);
      else if (!local.has(name)) add(name, value.start);
      return;
    }
    const args = value.args as unknown[];
    if (value.op === '[]' && isNode(args[0]) && args[0].op === 'id' && args[0].args === 'row' && !local.has('row')) {
      const key = args[1];
      const isName = isNode(key) && key.op === 'value' && typeof key.args === 'string';
      if (isName && key.args !== '__proto__') add(String(key.args), key.start + 1);
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

const reservedProblem = (name: string, { start, end }: { start: number; end: number }): ExpressionProblem => ({
  code: 'expression-type',
  message: `"${name}" is a word of the expression language`,
  hint: `write row["${name}"] for the column of that name`,
  start,
  end,
});

/** Where an expression first reads a column. */
const placeOf = (name: string, { source, bare }: Expression): number => {
  if (bare !== undefined) return Math.max(0, source.indexOf(name));
  const found = columnsOf(dynamicEnvironment().parse(source).ast, new Set());
  return 'columns' in found ? (found.columns.get(name) ?? 0) : 0;
};

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
  const back = (offset: number): number =>
    offset - shifts.reduce((sum, start, n) => sum + Math.min(5, Math.max(0, offset - start - 5 * n)), 0);
  const start = back(range?.start ?? 0);
  const place = { start, end: Math.max(start + 1, back(range?.end ?? text.length)) };
  const message = summary ?? 'the expression cannot be read';
  if (code === 'unknown_variable') {
    const name = message.replace(/^.*: /, '');
    return { code: 'unknown-column', message: `unknown column "${name}"`, hint: suggestion(name, names), ...place };
  }
  const word = /^reserved identifier: (\w+)$/i.exec(message)?.[1];
  if (word !== undefined) return reservedProblem(word, place);
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
