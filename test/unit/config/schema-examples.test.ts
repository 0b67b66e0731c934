/** What an editor shows of a key: words, an example, its default. Examples and defaults are values that the key itself takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

type Json = Readonly<Record<string, unknown>>;
const SCHEMAS = ['config.schema.json', 'mapping.schema.json'] as const;
const load = (file: string): Json =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../schemas', file), 'utf8'));
const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

type Key = { readonly path: string; readonly schema: Json };

/** Every key of maps, wherever they stand; what only decides between branches (`if`) says nothing to a reader. */
const keysOf = (schema: unknown, path: string): Key[] => {
  if (Array.isArray(schema)) return schema.flatMap((each, n) => keysOf(each, `${path}/${n}`));
  if (!isMap(schema)) return [];
  const properties =
    isMap(schema.properties) && typeof schema.properties.type !== 'string' ? schema.properties : undefined;
  return [
    ...Object.entries(properties ?? {}).flatMap(([key, each]) => [{ path: `${path}.${key}`, schema: each as Json }]),
    ...Object.entries(schema)
      .filter(([key]) => !['if', 'examples', 'default', 'enum', 'const'].includes(key))
      .flatMap(([key, each]) => keysOf(each, key === 'properties' ? path : `${path}/${key}`)),
  ];
};

/** An editor offers words, yes and no, and the keys of a map by itself. */
const explainsItself = (schema: Json): boolean =>
  ['enum', 'const', 'properties', 'patternProperties', 'default', 'examples'].some((word) => word in schema) ||
  schema.type === 'boolean' ||
  (Array.isArray(schema.type) && schema.type.includes('boolean') && schema.type.length === 2) ||
  (isMap(schema.items) && explainsItself(schema.items)) ||
  ['anyOf', 'oneOf', 'allOf'].some(
    (word) => Array.isArray(schema[word]) && schema[word].some((each) => isMap(each) && explainsItself(each)),
  );

describe.each(SCHEMAS)('schemas/%s', (file) => {
  const whole = load(file);
  const keys = keysOf(whole, '');

  it('has words for each key', () => {
    expect(keys.length).toBeGreaterThan(50);
    expect(keys.filter(({ schema }) => typeof schema.description !== 'string').map(({ path }) => path)).toEqual([]);
  });

  it('has an example or a default for each key that does not say by itself what it takes', () => {
    expect(keys.filter(({ schema }) => !explainsItself(schema)).map(({ path }) => path)).toEqual([]);
  });

  it('gives examples and defaults that the key itself takes', () => {
    const ajv = new Ajv2020({ strict: false });
    const wrong = keys.flatMap(({ path, schema }) => {
      const shown = [...((schema.examples as unknown[]) ?? []), ...('default' in schema ? [schema.default] : [])];
      const isValid = ajv.compile(schema as AnySchema);
      return shown.filter((each) => !isValid(each)).map((each) => `${path}: ${JSON.stringify(each)}`);
    });
    expect(wrong).toEqual([]);
  });
});
