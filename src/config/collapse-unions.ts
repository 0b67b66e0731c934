import type { ErrorObject } from 'ajv/dist/2020.js';

/**
 * ajv reports every branch of an `anyOf` that did not match. Here each union is brought down to what its author meant: the
 * errors of the one branch the value was made for, or the union's own error when its type fits none.
 */
export function collapseUnions(errors: readonly ErrorObject[]): ErrorObject[] {
  const union = errors
    .filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf')
    .sort((a, b) => a.schemaPath.length - b.schemaPath.length)[0];
  if (!union) return [...errors];
  const belongs = (error: ErrorObject): boolean =>
    error !== union &&
    error.schemaPath.startsWith(`${union.schemaPath}/`) &&
    isWithin(error.instancePath, union.instancePath);
  const members = errors.filter(belongs);
  const others = errors.filter((error) => error !== union && !belongs(error));
  const chosen = union.keyword === 'oneOf' ? [union] : chooseBranch(union, members);
  // A chosen union is final; setting it aside keeps it from being looked at again.
  const settled = chosen.includes(union) ? [union] : collapseUnions(chosen);
  return [...settled, ...collapseUnions(others)];
}

function isWithin(instancePath: string, outer: string): boolean {
  return instancePath === outer || instancePath.startsWith(`${outer}/`);
}

function chooseBranch(union: ErrorObject, members: readonly ErrorObject[]): ErrorObject[] {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of members) {
    const [index = ''] = error.schemaPath.slice(union.schemaPath.length + 1).split('/');
    branches.set(index, [...(branches.get(index) ?? []), error]);
  }
  const fitting = [...branches].filter(
    ([index, errors]) => !errors.some((each) => each.schemaPath === `${union.schemaPath}/${index}/type`),
  );
  const constants = fitting.map(([, errors]) => errors[0]).filter((each) => each?.keyword === 'const');
  if (constants.length > 1 && constants.length === fitting.length) return [asOneList(constants as ErrorObject[])];
  const ranked = fitting.map(([, errors]) => errors).sort((a, b) => weight(a, union) - weight(b, union));
  return ranked[0] ?? [union];
}

/** Several constants, of which none is met, are one list of allowed words. */
function asOneList(constants: readonly ErrorObject[]): ErrorObject {
  const [first] = constants as [ErrorObject];
  const allowed = constants.map((each) => each.params.allowedValue as unknown);
  return { ...first, keyword: 'enum', parentSchema: { enum: allowed } };
}

/** Of the branches of the right type: few errors first, and a list of words (which can be guessed at) before a pattern. */
function weight(errors: readonly ErrorObject[], union: ErrorObject): number {
  const start = typeof union.data === 'string' && union.data.startsWith('=');
  const words = errors.some((error) => error.keyword === 'enum' || error.keyword === 'const');
  return errors.length * 2 - (words && !start ? 1 : 0);
}
