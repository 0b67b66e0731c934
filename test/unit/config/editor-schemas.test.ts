// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editorSchemas } from '../../../src/config/editor-schemas.ts';
import { USER_DATA } from '../../../src/meta/parameters.ts';
import { connectorNames, connectorOptions } from './connector-table.ts';

const ROOT = join(import.meta.dirname, '../../..');
const written = editorSchemas(Object.fromEntries(connectorNames.map((name) => [name, connectorOptions(name)!])));
const ajv = new Ajv2020({ strict: false, allErrors: true });
const validator = (file: string) => ajv.compile(JSON.parse(written[file] ?? '') as AnySchema);
const readYaml = (file: string): unknown => parse(readFileSync(join(ROOT, file), 'utf8'));

describe('the JSON Schemas for editors', () => {
  it.each(Object.keys(written))('schemas/%s is up to date (else: node scripts/write-schemas.ts)', (file) => {
    expect(readFileSync(join(ROOT, 'schemas', file), 'utf8')).toBe(written[file]);
  });

  it('accept the example files as they are written, before ${} is replaced', () => {
    for (const [schema, file] of [
      ['config.schema.json', 'config.example.yaml'],
      ['mapping.schema.json', 'mappings/shop-purchases.yaml'],
    ] as const) {
      const validate = validator(schema);
      validate(readYaml(file));
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  it('refuse unknown keys, also of a connector and of state', () => {
    const validate = validator('config.schema.json');
    const good = readYaml('config.example.yaml') as { connections: { crm: object }; state: object };
    expect(validate({ ...good, connections: { crm: { ...good.connections.crm, hots: 'x' } } })).toBe(false);
    expect(validate({ ...good, connections: { crm: { connector: 'none' } } })).toBe(false);
    expect(validate({ ...good, state: { client: 'sqlite', url: 'x' } })).toBe(false);
    expect(validate({ ...good, state: { filename: 'x' } })).toBe(true);
    expect(validate({ ...good, extra: 1 })).toBe(false);
  });

  it('describe every key', () => {
    const undescribed: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties } = schema as { properties?: Record<string, { description?: string }> };
      for (const [key, each] of Object.entries(properties ?? {})) {
        const isCondition = path.endsWith('/if');
        if (each.description === undefined && !isCondition) undescribed.push(`${path}/${key}`);
      }
      for (const [key, each] of Object.entries(schema)) visit(each, `${path}/${key}`);
    };
    for (const [file, text] of Object.entries(written)) visit(JSON.parse(text), file);
    expect(undescribed).toEqual([]);
  });

  it('know every key of Meta', () => {
    const schema = JSON.parse(written['mapping.schema.json'] ?? '');
    expect(Object.keys(schema.properties.event.properties.user_data.properties)).toEqual(Object.keys(USER_DATA));
  });
});
