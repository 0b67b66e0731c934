/**
 * Schema → function that checks a value. Compiling one costs more than all else that a command does before its work, so the build does it
 * (`scripts/build.ts`); what is not there, because the sources run as they are, is compiled on use.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Ajv2020, AnySchema, Options, ValidateFunction } from 'ajv/dist/2020.js';
import type { TSchema } from 'typebox';
import { compiledValidators } from './compiled-validators.ts';

export const AJV_OPTIONS: Options = {
  allErrors: true,
  verbose: true,
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
  useDefaults: true,
};
/** Keywords of our own, for messages and editors. */
export const AJV_VOCABULARY: readonly string[] = ['x-unknown-key', 'x-other-names'];

/** A schema that has changed since the build has another key, and is compiled. */
export const validatorKey = (schema: TSchema): string =>
  createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 32);

let ajv: Ajv2020 | undefined;
const compile = (schema: TSchema): ValidateFunction => {
  if (!ajv) {
    const library = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
    ajv = new library.Ajv2020(AJV_OPTIONS);
    ajv.addVocabulary([...AJV_VOCABULARY]);
  }
  return ajv.compile(schema as AnySchema);
};

const known = new WeakMap<TSchema, ValidateFunction>();

export const validatorOf = (schema: TSchema): ValidateFunction => {
  const validator = known.get(schema) ?? compiledValidators[validatorKey(schema)] ?? compile(schema);
  known.set(schema, validator);
  return validator;
};
