// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import type { TSchema } from 'typebox';
import { DEFAULT_API_VERSION } from '../meta/parameters.ts';
import { apiVersionWarning } from './api-version-life.ts';
import { StateMysqlSchema, StatePostgresSchema, StateSqliteSchema } from './config-schema.ts';
import { type Diagnostic, quoted } from './diagnostic.ts';
import { suggest } from './did-you-mean.ts';
import type { SecretPlace } from './secret-places.ts';
import { validateDocument } from './validate-document.ts';
import { isBroken, nodeAt, type Path, report, textAt, valueAt, type YamlTree } from './yaml-tree.ts';

/** The options of a connector by its name: the connector table, handed in so that this folder need not know it. */
export type ConnectorOptions = (name: string) => TSchema | undefined;

/** What the schema of config.yaml cannot say. Works on whatever is there, whether or not the rest is right. */
export function checkConfig(
  tree: YamlTree,
  given: {
    readonly connectorOptions: ConnectorOptions;
    readonly connectorNames: readonly string[];
    readonly secrets: readonly SecretPlace[];
    readonly now: Date;
  },
): Diagnostic[] {
  return [
    ...checkState(tree),
    ...keysOf(tree, ['connections']).flatMap((name) => checkConnection(tree, ['connections', name], given)),
    ...keysOf(tree, ['destinations']).flatMap((name) => checkDestination(tree, ['destinations', name], given.now)),
    ...given.secrets.filter(({ literal }) => literal).map(({ path }) => literalSecret(tree, path)),
    ...checkServer(tree),
  ];
}

/** The keys of a map; none when there is no map. */
export function keysOf(tree: YamlTree, path: Path): string[] {
  const value = valueAt(tree, path);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/** A text as a message may show it: not when it came from outside the file. */
export function shownText(tree: YamlTree, path: Path, text: string): string {
  return nodeAt(tree, path)?.substituted === undefined ? quoted(text) : 'the value of ${}';
}

const STATE_SCHEMAS: Readonly<Record<string, TSchema>> = {
  sqlite: StateSqliteSchema,
  postgres: StatePostgresSchema,
  mysql: StateMysqlSchema,
};

function checkState(tree: YamlTree): Diagnostic[] {
  const schema = STATE_SCHEMAS[textAt(tree, ['state', 'client']) ?? ''];
  return schema ? validateDocument(tree, schema, ['state']) : [];
}

function checkConnection(
  tree: YamlTree,
  path: Path,
  given: { readonly connectorOptions: ConnectorOptions; readonly connectorNames: readonly string[] },
): Diagnostic[] {
  const at = [...path, 'connector'];
  const connector = textAt(tree, at);
  if (connector === undefined || connector === '') return [];
  const options = given.connectorOptions(connector);
  if (options) return validateDocument(tree, options, path, ['connector']);
  const hint = suggest(connector, given.connectorNames) ?? 'see `capi-sync connectors`';
  return [
    report(tree, at, {
      code: 'unknown-connector',
      message: `there is no connector ${shownText(tree, at, connector)}`,
      hint,
    }),
  ];
}

function checkDestination(tree: YamlTree, path: Path, now: Date): Diagnostic[] {
  const found: Diagnostic[] = [];
  const code = [...path, 'test_event_code'];
  if (textAt(tree, code)) {
    const message = 'events with a test_event_code still count for ads and reports';
    const hint = 'it is no sandbox: remove it in production, or use `capi-sync sandbox`';
    found.push(report(tree, code, { code: 'test-events-count', severity: 'warning', message, hint, which: 'key' }));
  }
  const version = [...path, 'api_version'];
  const warning = apiVersionWarning(textAt(tree, version) ?? '', now);
  if (warning !== undefined && nodeAt(tree, version)?.substituted === undefined) {
    const hint = `use ${DEFAULT_API_VERSION}`;
    found.push(report(tree, version, { code: 'api-version-old', severity: 'warning', message: warning, hint }));
  }
  return found;
}

function literalSecret(tree: YamlTree, path: Path): Diagnostic {
  const key = String(path.at(-1));
  const owner = { destinations: 'META', server: 'CAPI_SYNC', state: 'STATE' }[String(path[0])] ?? String(path[1] ?? '');
  const variable = `${owner}_${key}`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
  const message = `a secret is written into the file ("${key}")`;
  const hint = `refer to it, as \${${variable}} or \${file:/run/secrets/${variable.toLowerCase()}}`;
  return report(tree, path, { code: 'literal-secret', message, hint });
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]):\d+$/;

/** An address that others can reach needs a token (contract §4). */
function checkServer(tree: YamlTree): Diagnostic[] {
  const at = ['server', 'listen'];
  const listen = textAt(tree, at);
  if (listen === undefined || listen === '' || LOOPBACK.test(listen)) return [];
  if (valueAt(tree, ['server', 'token']) !== undefined || isBroken(tree, ['server'])) return [];
  const message = 'an address other than loopback needs a token';
  return [report(tree, at, { code: 'server-token-missing', message, hint: 'set server.token: ${CAPI_SYNC_TOKEN}' })];
}
