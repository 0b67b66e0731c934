/** The text of `src/config/compiled-validators.ts` as the build has it: a function for each schema that the program checks by. */
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import type { TSchema } from 'typebox';
import { connectorNames, loadConnector } from '../connectors/index.ts';
import { ConfigSchema, StateMysqlSchema, StatePostgresSchema, StateSqliteSchema } from '../src/config/config-schema.ts';
import { MappingSchema } from '../src/config/mapping-schema.ts';
import { AJV_OPTIONS, AJV_VOCABULARY, validatorKey } from '../src/config/validators.ts';

export const compileValidators = async (): Promise<string> => {
  const connectors = await Promise.all(connectorNames.map(async (name) => (await loadConnector(name))?.options));
  const state = [StateSqliteSchema, StatePostgresSchema, StateMysqlSchema];
  const schemas = [ConfigSchema, MappingSchema, ...state, ...connectors.filter((options) => options !== undefined)];
  const ajv = new Ajv2020({ ...AJV_OPTIONS, code: { source: true, esm: true } });
  ajv.addVocabulary([...AJV_VOCABULARY]);
  const names: Record<string, string> = {};
  for (const [index, schema] of schemas.entries() as IterableIterator<[number, TSchema]>) {
    ajv.addSchema(schema as AnySchema, `schema${index}`);
    names[`validate${index}`] = `schema${index}`;
  }
  const code = standalone.default(ajv, names);
  const table = schemas.map((schema, index) => `${JSON.stringify(validatorKey(schema))}: validate${index}`);
  return `${code}\nexport const compiledValidators = {${table.join(',')}};\n`;
};
