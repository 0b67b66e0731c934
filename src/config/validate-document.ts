import type { ErrorObject } from 'ajv/dist/2020.js';
import type { TSchema } from 'typebox';
import { collapseUnions } from './collapse-unions.ts';
import type { Diagnostic } from './diagnostic.ts';
import { closestTo } from './did-you-mean.ts';
import { type Explanation, explainError } from './explain-errors.ts';
import { isSecretPath } from './secret-places.ts';
import { validatorOf } from './validators.ts';
import { isBroken, nodeAt, type Path, pointerOf, report, valueAt, type YamlTree } from './yaml-tree.ts';

/**
 * Checks the value at `base` by a schema. Fills in defaults and turns texts that came wholly from `${}` into the number or
 * boolean the schema wants, in place. `ignore`: keys of the value that another schema has checked.
 */
export function validateDocument(
  tree: YamlTree,
  schema: TSchema,
  base: Path = [],
  ignore: readonly string[] = [],
): Diagnostic[] {
  const validate = validatorOf(schema);
  const whole = valueAt(tree, base);
  const data = withoutKeys(whole, ignore);
  if (!validate(data) && coerce(tree, base, data, validate.errors ?? [])) validate(data);
  if (data !== whole && typeof data === 'object' && data !== null) Object.assign(whole as object, data);
  const errors = validate.errors ?? [];
  const located = collapseUnions(withoutSecondThoughts(errors)).map((error) => locate(tree, base, data, error));
  return withoutEchoes(located.filter(({ path }) => !isBrokenAround(tree, path))).map(({ path, finding }) =>
    report(tree, path, finding),
  );
}

/** A constant of the wrong type is one problem, and so is what a condition asks for: ajv reports the condition as well. */
function withoutSecondThoughts(errors: readonly ErrorObject[]): ErrorObject[] {
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ schemaPath }) => schemaPath));
  return errors.filter(
    ({ keyword, schemaPath }) =>
      keyword !== 'if' && (keyword !== 'const' || !mistyped.has(schemaPath.replace(/const$/, 'type'))),
  );
}

type Located = { readonly path: Path; readonly finding: Explanation; readonly missing?: readonly string[] };

function locate(tree: YamlTree, base: Path, data: unknown, error: ErrorObject): Located {
  const path = [...base, ...stepsOf(error.instancePath, data)];
  const substituted = nodeAt(tree, path)?.substituted !== undefined;
  const shown = typeof error.data === 'string' && !substituted && !isSecretPath(path) ? error.data : undefined;
  const finding = explainError(error, shown);
  const outside = substituted && finding.code !== 'unknown-key';
  const adjusted = outside ? { ...finding, message: `${finding.message} (after \${} was replaced)` } : finding;
  if (adjusted.key !== undefined) return { path: [...path, adjusted.key], finding: { ...adjusted, which: 'key' } };
  return { path, finding: adjusted, ...(finding.code === 'missing-key' ? { missing: missingKeys(error) } : {}) };
}

function missingKeys(error: ErrorObject): string[] {
  if (error.keyword === 'required') return [String(error.params.missingProperty)];
  return (error.schema as readonly { readonly required: readonly string[] }[]).flatMap(({ required }) => required);
}

/** A misspelt key is reported as unknown; that the right one is missing follows from it and is not said again. */
function withoutEchoes(located: readonly Located[]): Located[] {
  const misspelt = new Map<string, string[]>();
  for (const { path, finding } of located) {
    if (finding.code !== 'unknown-key' || finding.key === undefined) continue;
    const parent = pointerOf(path.slice(0, -1));
    misspelt.set(parent, [...(misspelt.get(parent) ?? []), finding.key]);
  }
  return located.filter(({ path, missing }) => {
    if (missing === undefined) return true;
    const unknown = misspelt.get(pointerOf(path)) ?? [];
    return !unknown.some((key) => closestTo(key, missing) !== undefined);
  });
}

function isBrokenAround(tree: YamlTree, path: Path): boolean {
  return path.some((_, index) => isBroken(tree, path.slice(0, index + 1))) || isBroken(tree, []);
}

/** The steps of ajv's JSON pointer; those into a list become numbers. */
function stepsOf(instancePath: string, data: unknown): (string | number)[] {
  let value = data;
  return instancePath
    .split('/')
    .slice(1)
    .map((escaped) => {
      const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(key) : key;
      value = (value as Record<string | number, unknown> | undefined)?.[step];
      return step;
    });
}

/** A text from `${}` where a number or a boolean belongs; true when something was turned. */
function coerce(tree: YamlTree, base: Path, data: unknown, errors: readonly ErrorObject[]): boolean {
  let turned = false;
  for (const error of errors) {
    if (error.keyword !== 'type' || typeof error.data !== 'string') continue;
    const steps = stepsOf(error.instancePath, data);
    if (nodeAt(tree, [...base, ...steps])?.substituted !== 'whole') continue;
    const value = typed(error.data, String(error.params.type));
    const last = steps.at(-1);
    if (value === undefined || last === undefined) continue;
    let parent = data as Record<string | number, unknown>;
    for (const step of steps.slice(0, -1)) parent = parent[step] as Record<string | number, unknown>;
    parent[last] = value;
    turned = true;
  }
  return turned;
}

function typed(value: string, type: string): number | boolean | undefined {
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  const pattern = type === 'integer' ? /^-?\d{1,15}$/ : type === 'number' ? /^-?\d+(\.\d+)?$/ : undefined;
  return pattern?.test(value) ? Number(value) : undefined;
}

function withoutKeys(value: unknown, ignore: readonly string[]): unknown {
  if (ignore.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !ignore.includes(key)));
}
