import type { ErrorObject } from 'ajv/dist/2020.js';
import { quoted } from './diagnostic.ts';
import { closestTo, suggest, surelyMeant } from './did-you-mean.ts';
import type { Finding } from './yaml-tree.ts';

/** The parts of a JSON Schema that say how to talk of it. */
export type SchemaWords = {
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly patternProperties?: Readonly<Record<string, SchemaWords>>;
  readonly anyOf?: readonly SchemaWords[];
  /** What to do with an unknown key that is no slip. */
  readonly 'x-unknown-key'?: string;
  /** Names that people use, and the key that is meant. */
  readonly 'x-other-names'?: Readonly<Record<string, string>>;
};

/** What is wrong with a value, and with which key of it when not with the value itself. */
export type Explanation = Finding & { readonly key?: string };

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  null: 'nothing',
};

/** A schema in plain words: `a duration`, `a text or a list`. */
export function expectedWords(schema: SchemaWords): string {
  if (schema.type === 'object') return 'a map of keys';
  if (schema.title !== undefined && !schema.anyOf) return schema.title;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return oneOfWords(schema.enum.map((each) => JSON.stringify(each)));
  if (schema.anyOf) return schema.title ?? oneOfWords([...new Set(schema.anyOf.map(expectedWords))]);
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return oneOfWords(types.map((type) => TYPE_WORDS[type] ?? type));
}

export function foundWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text';
  return typeof value === 'boolean' ? `${value}` : 'a number';
}

/**
 * One finding of one ajv error (made with `verbose`). `shown` is the value as it may be shown: undefined when it came from
 * outside the file or is a secret.
 */
export function explainError(error: ErrorObject, shown: string | undefined): Explanation {
  const schema = (error.parentSchema ?? {}) as SchemaWords;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(String(params.additionalProperty), schema, error.data);
    case 'required':
      return { code: 'missing-key', message: `missing key ${quoted(String(params.missingProperty))}`, which: 'key' };
    case 'oneOf':
      return exactlyOne(error);
    case 'type':
    case 'anyOf':
      return wrongType(schema, error.data);
    case 'enum':
    case 'const':
      return notAllowed(error.data, schema, shown);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
      return { code: 'out-of-range', message: `expected ${boundedWords(schema)}`, hint: exampleOf(schema) };
    case 'minItems':
      return { code: 'bad-format', message: 'the list is empty' };
    case 'minProperties':
      return { code: 'bad-format', message: 'nothing is set here', hint: someKeys(schema) };
    default:
      return badFormat(error.data, schema, shown);
  }
}

function unknownKey(key: string, schema: SchemaWords, data: unknown): Explanation {
  const [nameSchema] = Object.values(schema.patternProperties ?? {});
  if (nameSchema && !schema.properties) {
    const message = `${quoted(key)} is not a name`;
    return { key, code: 'bad-format', message, hint: 'use lower-case letters, digits and hyphens, and a letter first' };
  }
  const known = Object.keys(schema.properties ?? {});
  const others = schema['x-other-names'] ?? {};
  const guess = closestTo(key, [...Object.keys(others), ...known]);
  const closest = guess === undefined ? undefined : (others[guess] ?? guess);
  const hint = closest === undefined ? (schema['x-unknown-key'] ?? suggest(key, known)) : `did you mean "${closest}"?`;
  const certain = Object.hasOwn(others, key) ? others[key] : surelyMeant(key, known);
  const isFree = certain !== undefined && !Object.hasOwn((data ?? {}) as object, certain);
  return {
    key,
    code: 'unknown-key',
    message: `unknown key ${quoted(key)}`,
    hint,
    instead: isFree && certain === closest ? certain : undefined,
  };
}

/** `oneOf` is used for one thing only: exactly one of some keys must be there. */
function exactlyOne(error: ErrorObject): Explanation {
  const branches = error.schema as readonly { readonly required: readonly string[] }[];
  const keys = branches.flatMap((branch) => branch.required);
  const present = keys.filter((key) => Object.hasOwn(error.data as object, key));
  const names = oneOfWords(keys.map((key) => `"${key}"`));
  if (present.length === 0) return { code: 'missing-key', message: `missing key: one of ${names}`, which: 'key' };
  const second = present[1] ?? keys[0] ?? '';
  const message = `${present.map((key) => `"${key}"`).join(' and ')} exclude each other`;
  return { key: second, code: 'conflicting-keys', message, hint: 'keep one of them' };
}

function wrongType(schema: SchemaWords, data: unknown): Explanation {
  const message = `expected ${expectedWords(schema)}, found ${foundWords(data)}`;
  const quotes = typeof data === 'number' && schema.type === 'string' && !schema.pattern;
  return { code: 'wrong-type', message, hint: quotes ? 'put it in quotes' : exampleOf(schema) };
}

function notAllowed(data: unknown, schema: SchemaWords, shown: string | undefined): Explanation {
  const allowed = schema.enum ?? [schema.const];
  const words = allowed.filter((each) => typeof each === 'string');
  if (typeof data !== 'string' || words.length === 0) {
    const found = typeof data === 'number' || typeof data === 'boolean' ? `${data}` : foundWords(data);
    return { code: 'not-allowed', message: `expected ${oneOfWords(allowed.map(String))}, found ${found}` };
  }
  const what = shown === undefined ? 'the value' : quoted(shown);
  const closest = shown === undefined ? undefined : closestTo(shown, words);
  const hint = closest === undefined ? `allowed: ${words.join(', ')}` : `did you mean "${closest}"?`;
  const certain = shown === undefined ? undefined : surelyMeant(shown, words);
  return {
    code: 'not-allowed',
    message: `${what} is not one of the values allowed here`,
    hint,
    instead: certain === closest ? certain : undefined,
  };
}

function badFormat(data: unknown, schema: SchemaWords, shown: string | undefined): Explanation {
  if (data === '') return { code: 'bad-format', message: `expected ${expectedWords(schema)}, found an empty text` };
  const what = shown === undefined ? 'the value' : quoted(shown);
  return {
    code: 'bad-format',
    message: `${what} is not ${expectedWords(schema)}`,
    hint: expressionHint(schema, shown) ?? exampleOf(schema),
  };
}

function expressionHint(schema: SchemaWords, shown: string | undefined): string | undefined {
  if (!schema.pattern?.startsWith('^=') || shown === undefined || shown.startsWith('=')) return undefined;
  return `an expression starts with "=": ${/^[A-Za-z_]\w*$/.test(shown) ? `=${shown}` : `= ${shown.slice(0, 40)}`}`;
}

function exampleOf(schema: SchemaWords): string | undefined {
  const [example] = schema.examples ?? schema.anyOf?.find((each) => each.examples)?.examples ?? [];
  if (example === undefined) return undefined;
  return `for example ${typeof example === 'object' ? JSON.stringify(example) : example}`;
}

function someKeys(schema: SchemaWords): string | undefined {
  const keys = Object.keys(schema.properties ?? {});
  return keys.length === 0 ? undefined : `such as ${keys.slice(0, 3).join(', ')}`;
}

function boundedWords(schema: SchemaWords): string {
  if (schema.title !== undefined) return schema.title;
  const { minimum, maximum, exclusiveMinimum } = schema;
  if (minimum !== undefined && maximum !== undefined) return `a number from ${minimum} to ${maximum}`;
  if (maximum !== undefined) return `a number of at most ${maximum}`;
  return minimum === undefined ? `a number above ${exclusiveMinimum}` : `a number of at least ${minimum}`;
}

function oneOfWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? 'something else') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
