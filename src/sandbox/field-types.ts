import { mistyped, type Violation } from './event-rule.ts';
import type { JsonObject } from './sandbox-types.ts';

/** What a field may hold. `expects` completes the sentence "must be ...". */
export type FieldType = { readonly is: (value: unknown) => boolean; readonly expects: string };
export type FieldTypes = ReadonlyMap<string, FieldType>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isString = (value: unknown): value is string => typeof value === 'string';
const isStringList = (value: unknown): boolean => Array.isArray(value) && value.every(isString);

const DECIMAL = /^-?\d+(\.\d+)?$/;
const DIGITS = /^\d+$/;

export const string: FieldType = { is: isString, expects: 'a string' };
export const stringList: FieldType = { is: isStringList, expects: 'a list of strings' };
export const stringOrList: FieldType = {
  is: (value) => isString(value) || isStringList(value),
  expects: 'a string or a list of strings',
};
export const integer: FieldType = { is: Number.isInteger, expects: 'an integer' };
export const boolean: FieldType = { is: (value) => typeof value === 'boolean', expects: 'true or false' };
export const number: FieldType = { is: (value) => typeof value === 'number', expects: 'a number' };
export const numberList: FieldType = {
  is: (value) => Array.isArray(value) && value.every((item) => typeof item === 'number'),
  expects: 'a list of numbers',
};
export const object: FieldType = { is: isObject, expects: 'an object' };
export const list: FieldType = { is: Array.isArray, expects: 'a list' };

/** Meta's own samples hold amounts as numbers and as decimal strings (fact sheet §4 and §13, 2026-11-23). */
export const decimal: FieldType = {
  is: (value) => typeof value === 'number' || (isString(value) && DECIMAL.test(value)),
  expects: 'a number',
};
/** Ids the documents call integers travel as strings too: 17 digits do not fit a JavaScript number (§3.2). */
export const digits: FieldType = {
  is: (value) => Number.isInteger(value) || (isString(value) && DIGITS.test(value)),
  expects: 'an integer',
};
/** Flags of app_data are 0 or 1 in the documents, booleans in the SDKs (§2.3). */
export const flag: FieldType = {
  is: (value) => value === 0 || value === 1 || value === true || value === false,
  expects: '0 or 1',
};

export const oneOf = (...allowed: readonly string[]): FieldType => {
  const set: ReadonlySet<unknown> = new Set(allowed);
  return { is: (value) => set.has(value), expects: `one of ${allowed.join(', ')}` };
};

/**
 * The first key of `value` that is null or not of its type. Keys without a type may hold anything but null: the sandbox
 * is stricter here than Meta's sample with a null key (§13), as a null is always a mistake of the sender.
 */
export const firstMistyped = (
  value: JsonObject,
  types: FieldTypes,
  path: readonly (string | number)[],
): Violation | undefined => {
  for (const key in value) {
    const held = value[key];
    if (held === null) return mistyped([...path, key], 'must not be null; leave the key out');
    const type = types.get(key);
    if (type !== undefined && !type.is(held)) return mistyped([...path, key], `must be ${type.expects}`);
  }
  return undefined;
};
