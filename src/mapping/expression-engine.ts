/** The CEL engine: one environment that takes any name, and one in which every variable is declared. */
import type { Environment } from '@marcbachmann/cel-js';
import { environmentWithFunctions } from './expression-functions.ts';

export const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

const LIMITS = { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 1_000, maxMapEntries: 200, maxCallArguments: 16 };

/** Made at the first expression: declaring every overload takes a few milliseconds. */
const environmentWith = (unlistedVariablesAreDyn: boolean, limits: typeof LIMITS): (() => Environment) => {
  let made: Environment | undefined;
  return () => {
    made ??= environmentWithFunctions({ unlistedVariablesAreDyn, homogeneousAggregateLiterals: false, limits });
    return made;
  };
};

export const dynamicEnvironment = environmentWith(true, LIMITS);
/** What passed the limits above may grow by its `dyn( )`. */
const baseEnvironment = environmentWith(false, {
  ...LIMITS,
  maxAstNodes: 3 * LIMITS.maxAstNodes,
  maxDepth: 3 * LIMITS.maxDepth,
});

/** A clone of the base is cheap, so each expression has its own. */
export const typedEnvironment = (variables: readonly (readonly [name: string, type: string])[]): Environment => {
  const environment = baseEnvironment().clone().registerVariable('row', 'map');
  for (const [name, type] of variables)
    if (IDENTIFIER.test(name) && name !== 'row' && !isReserved(name)) environment.registerVariable(name, type as 'dyn');
  return environment;
};

const reserved = new Map<string, boolean>();
/** Whether the engine keeps the name for itself (`type`, `int`, `if`, …): such a column is reached as row["type"] only. */
export const isReserved = (name: string): boolean => {
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
