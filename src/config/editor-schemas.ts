// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import type { TSchema } from 'typebox';
import { ConfigSchema, StateMysqlSchema, StatePostgresSchema, StateSqliteSchema } from './config-schema.ts';
import { MappingSchema } from './mapping-schema.ts';

type Json = Record<string, unknown>;

const REFERENCE = '\\$\\{[^}]+\\}';
const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * The JSON Schemas (draft 2020-12) of the two files by file name, as text. The same definitions as the check's, but in one
 * piece: state by its client, each connection by its connector; keys with a default are not required.
 */
export function editorSchemas(connectorOptions: Readonly<Record<string, TSchema>>): Record<string, string> {
  const config = plain(ConfigSchema);
  const properties = config.properties as Record<string, Json>;
  const sqlite = plain(StateSqliteSchema);
  const state: Json = {
    ...properties.state,
    ...choiceBy('client', [
      [['sqlite'], sqlite],
      [['postgres'], plain(StatePostgresSchema)],
      [['mysql'], plain(StateMysqlSchema)],
    ]),
  };
  const connection = choiceBy(
    'connector',
    Object.entries(connectorOptions).map(([name, options]) => [[name], withKey(plain(options), 'connector', name)]),
  );
  const connections = properties.connections as Json & { patternProperties: Json };
  const patternProperties = Object.fromEntries(
    Object.keys(connections.patternProperties).map((name) => [name, connection]),
  );
  const whole: Json = {
    ...config,
    properties: { ...properties, state, connections: { ...connections, patternProperties } },
  };
  return { 'config.schema.json': asText(whole), 'mapping.schema.json': asText(plain(MappingSchema)) };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  client: 'Where state is kept: sqlite (a file, for one instance), or a server that several instances share.',
  connector: 'Kind of source.',
};

/** `if` one key has one of these values `then` the rest follows this schema: editors complete by it better than by `anyOf`. */
function choiceBy(key: string, branches: readonly (readonly [values: readonly string[], schema: Json])[]): Json {
  const values = branches.flatMap(([each]) => each);
  return {
    type: 'object',
    properties: { [key]: { enum: values, description: DESCRIPTIONS[key] } },
    ...(key === 'connector' ? { required: [key] } : {}),
    allOf: branches.map(([each, schema], index) => ({
      // Without the key, the first choice is the default one.
      if: { properties: { [key]: { enum: each } }, ...(index === 0 && key === 'client' ? {} : { required: [key] }) },
      // biome-ignore lint/suspicious/noThenProperty: a key of JSON Schema
      then: schema,
    })),
  };
}

function withKey(schema: Json, key: string, value: string): Json {
  return {
    ...schema,
    properties: { [key]: { const: value, description: DESCRIPTIONS[key] }, ...(schema.properties as Json) },
  };
}

/** A copy without what is only for the check, where a key with a default is not required. */
function plain(schema: TSchema): Json {
  return strip(JSON.parse(JSON.stringify(schema))) as Json;
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !key.startsWith('x-'))
    .map(([key, each]): [string, unknown] => [key, key === 'default' || key === 'examples' ? each : strip(each)]);
  const stripped = Object.fromEntries(entries);
  admitReferences(stripped);
  const { required, properties } = stripped as { required?: unknown; properties?: Record<string, Json> };
  if (Array.isArray(required) && properties) {
    const left = required.filter((key) => !('default' in (properties[String(key)] ?? {})));
    if (left.length === 0) delete stripped.required;
    else stripped.required = left;
  }
  return stripped;
}

/** An editor sees the file before `${}` is replaced: a text that holds one may stand for whatever is wanted. */
function admitReferences(schema: Json): void {
  if (typeof schema.pattern === 'string') schema.pattern = `(?:${schema.pattern})|${REFERENCE}`;
  else if (schema.const === undefined && ['integer', 'number', 'boolean'].includes(String(schema.type))) {
    schema.type = [schema.type, 'string'];
    schema.pattern = REFERENCE;
  }
}

function asText(schema: Json): string {
  return `${JSON.stringify({ $schema: DRAFT, ...schema }, null, 2)}\n`;
}
