/** Which columns an expression reads, and where. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { isReserved } from './expression-engine.ts';
import { type ExpressionProblem, reservedProblem, rowProblem } from './expression-problem.ts';
import { isNode } from './expression-text.ts';

/** Variables bound inside the expression (`items.map(i, …)`, `cel.bind(x, …)`) are not columns. */
const MACROS = new Set(['map', 'filter', 'all', 'exists', 'exists_one', 'bind']);

/** Every column with the place where it is first read. */
export const columnsOf = (
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
