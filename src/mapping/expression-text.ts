/** The texts that the engine checks and evaluates: the author's, with `dyn( )` around what may be null. */
import { dynamicEnvironment } from './expression-engine.ts';
import { NULLABLE_FUNCTIONS } from './expression-functions.ts';
import { MATCHES } from './linear-matches.ts';

/** CEL wants both branches of `?:` of one type. Each `null` becomes `dyn(null)`, which fits any; positions are mapped back. */
export const withDynamicNulls = (source: string): { text: string; shifts: number[] } => {
  const nulls = nodesOf(source, (node) => node.op === 'value' && node.args === null);
  return { text: wrapped(source, nulls), shifts: nulls.map((node) => node.start).sort((a, b) => a - b) };
};

/**
 * The text that is evaluated: each call that may give null also stands in `dyn( )`. Otherwise the engine believes its declared
 * type, takes `double * double` without a look, and `number(null) * 2` is 0.
 */
export const withDynamicResults = (source: string): string =>
  wrapped(
    source,
    nodesOf(
      source,
      (node) =>
        (node.op === 'value' && node.args === null) ||
        (node.op === 'call' && NULLABLE_FUNCTIONS.has(String((node.args as unknown[])[0]))),
    ),
  );

const METHOD = /(?:\s|\)|\/\/[^\n]*\n)*\.\s*(?=matches\b)/y;

/** The text that is evaluated calls ours. */
export const withLinearMatches = (source: string): string => {
  const calls = nodesOf(source, isMatches).map((node) => {
    METHOD.lastIndex = (node.args as [string, Node])[1].end;
    if (!METHOD.test(source)) throw new TypeError('a call of matches() without its name');
    return METHOD.lastIndex;
  });
  const pieces = [0, ...calls.sort((a, b) => a - b)].map((at, n, all) => source.slice(at, all[n + 1]));
  return pieces.map((piece, n) => (n === 0 ? piece : piece.replace('matches', MATCHES))).join('');
};

/** Patterns that stand in the text as they are, each with its place. */
export const constantPatterns = (source: string): { pattern: string; start: number; end: number }[] =>
  nodesOf(source, isMatches).flatMap(({ args }) => {
    const [pattern] = (args as [string, Node, Node[]])[2];
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return [];
    return [{ pattern: pattern.args, start: pattern.start, end: pattern.end }];
  });

const isMatches = (node: Node): boolean => node.op === 'rcall' && (node.args as unknown[])[0] === 'matches';

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
export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'op' in value && 'start' in value;

const walk = (value: unknown, visit: (node: Node) => void): void => {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (isNode(value)) {
    visit(value);
    walk(value.args, visit);
  }
};
