/** Tables of keys, from the schemas that check the files: one row a key, nested ones with a dotted path. */
import type { TSchema } from 'typebox';
import { connectorNames, loadConnector } from '../../connectors/index.ts';
import {
  ConfigSchema,
  StateMysqlSchema,
  StatePostgresSchema,
  StateSqliteSchema,
} from '../../src/config/config-schema.ts';
import { expectedWords, type SchemaWords } from '../../src/config/explain-errors.ts';
import { MappingSchema } from '../../src/config/mapping-schema.ts';
import { code, listed, table, written } from './markdown.ts';

type Node = Omit<SchemaWords, 'properties' | 'patternProperties' | 'anyOf'> & {
  readonly description?: string;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
};

/**
 * Keys that are checked but that nothing acts on in this version, by the property that would be read. A test looks for a reader:
 * when there is one, the line here has to go.
 */
export const NO_EFFECT_YET: Readonly<Record<string, string>> = {};
const REMARKS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.values(NO_EFFECT_YET).map((path) => [path, 'Checked, but without effect in this version.']),
  ),
};

const wants = (node: Node): string => {
  if (node.enum) return listed(node.enum);
  if (node.const !== undefined) return code(written(node.const));
  if (node.items?.type === 'object') return 'a list of maps';
  if (node.type === 'array') return `a list: ${node.items ? wants(node.items) : 'anything'}`;
  return expectedWords(node as SchemaWords);
};

const HIDDEN_EXAMPLE = /^(?:true|false)$/;
const example = (node: Node): string => {
  const [first] = node.examples ?? [];
  if (first === undefined || node.enum || node.default !== undefined || HIDDEN_EXAMPLE.test(written(first))) return '';
  return ` Example: ${code(written(first))}.`;
};

type Row = readonly [path: string, wants: string, standard: string, description: string];

const rowOf = (path: string, node: Node, isRequired: boolean): Row => {
  const hasDefault = node.default !== undefined && (typeof node.default !== 'object' || Array.isArray(node.default));
  const remark = REMARKS[path];
  const text = `${node.description ?? ''}${example(node)}${remark === undefined ? '' : ` **${remark}**`}`;
  return [
    code(path),
    wants(node),
    hasDefault ? code(written(node.default)) : isRequired && node.default === undefined ? 'required' : '',
    text,
  ];
};

/** Rows of the keys below a schema. `skip`: paths that have a table of their own. */
const rowsOf = (schema: Node, prefix: string, skip: ReadonlySet<string>): Row[] => {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, node]) => {
    const path = `${prefix}${key}`;
    const isRequired = schema.required?.includes(key) ?? false;
    return [rowOf(path, node, isRequired), ...(skip.has(path) ? [] : below(node, path, skip))];
  });
  const named = Object.values(schema.patternProperties ?? {}).flatMap((node) => rowsOf(node, `${prefix}<name>.`, skip));
  return [...own, ...named];
};

const below = (node: Node, path: string, skip: ReadonlySet<string>): Row[] => {
  if (node.items?.properties) return rowsOf(node.items, `${path}[].`, skip);
  const branch = node.anyOf?.find((each) => each.properties);
  return rowsOf(branch ?? node, `${path}.`, skip);
};

const HEADER = ['key', 'takes', 'default', 'what it is'];
const keysTable = (schema: TSchema, prefix = '', skip: readonly string[] = []): string =>
  table(HEADER, rowsOf(schema as Node, prefix, new Set(skip)));

export const configKeys = (): string => keysTable(ConfigSchema, '', ['state', 'connections']);

export const stateKeys = (): string =>
  [
    '`client: sqlite`',
    '',
    keysTable(StateSqliteSchema, 'state.'),
    '',
    '`client: postgres`',
    '',
    keysTable(StatePostgresSchema, 'state.'),
    '',
    '`client: mysql`',
    '',
    keysTable(StateMysqlSchema, 'state.'),
  ].join('\n');

export const mappingKeys = (): string => keysTable(MappingSchema, '', ['event', 'tests']);

const options = await Promise.all(
  connectorNames.map(async (name) => [name, (await loadConnector(name))?.options as TSchema] as const),
);

export const connectionKeys = (): string =>
  options
    .map(([name, schema]) => `#### \`connector: ${name}\`\n\n${keysTable(schema, 'connections.<name>.')}`)
    .join('\n\n');
