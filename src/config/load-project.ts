import { dirname, join, relative, resolve } from 'node:path';
import type { AlertsConfig } from './alerts-schema.ts';
import { type ConnectorOptions, checkConfig } from './check-config.ts';
import { checkMapping, checkMappingNames } from './check-mapping.ts';
import { type Config, type ConfigFile, ConfigSchema, type Connection, type StateConfig } from './config-schema.ts';
import { type Diagnostic, sortDiagnostics } from './diagnostic.ts';
import type { Environment } from './environment.ts';
import { findMappings } from './find-mappings.ts';
import { loadEnvironment } from './load-environment.ts';
import { type LoadedMapping, loadedMapping } from './loaded-mapping.ts';
import { MappingSchema } from './mapping-schema.ts';
import { readYamlFile } from './read-yaml.ts';
import { secret } from './secret.ts';
import { findSecrets, maskSecrets, type SecretPlace } from './secret-places.ts';
import { substitute } from './substitute.ts';
import { traceSettings } from './trace-settings.ts';
import { validateDocument } from './validate-document.ts';
import { nodeAt, type YamlTree } from './yaml-tree.ts';

/** Everything the two kinds of files say, checked. */
export type Project = {
  /** Absolute. */
  readonly configFile: string;
  /** Absolute; what relative names in config.yaml are relative to. */
  readonly baseDir: string;
  readonly config: Config;
  readonly mappings: readonly LoadedMapping[];
  /** Every secret text of the config, for the scrubber of whatever is printed. */
  readonly secrets: readonly string[];
};

export type LoadProjectOptions = {
  /** Relative to `cwd` or absolute. */
  readonly configFile: string;
  readonly cwd: string;
  readonly environment: Environment;
  /** The options schema of a connector, without the key `connector`; undefined when there is no such connector. */
  readonly connectorOptions: ConnectorOptions;
  /** For did-you-mean. */
  readonly connectorNames?: readonly string[];
  /** By absolute path: texts that count instead of what the files hold, such as those of a change that is not written yet. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Where relative names of `${file:}` start; left out: the folder of the config file. */
  readonly valuesDir?: string;
  /** For the end of life of API versions. */
  readonly now?: Date;
};

export type LoadedProject = {
  /** Absent when any diagnostic is an error. */
  readonly project?: Project;
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of the files by their name in diagnostics, with secrets masked: what `formatDiagnostics` wants. */
  readonly sources: ReadonlyMap<string, string>;
};

/** Reads config.yaml, `.env` and every mapping; reports all problems of all of them. Never throws for what they hold. */
export async function loadProject(options: LoadProjectOptions): Promise<LoadedProject> {
  const { cwd, connectorOptions, connectorNames = [], now = new Date(), texts } = options;
  const configFile = resolve(cwd, options.configFile);
  const baseDir = dirname(configFile);
  const shown = (path: string): string => relative(cwd, path) || path;
  const sources = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];

  const dotenv = join(baseDir, '.env');
  const loaded = await loadEnvironment(dotenv, shown(dotenv), options.environment);
  const { environment } = loaded;

  const readTree = async (path: string): Promise<YamlTree | undefined> => {
    const { tree, text, diagnostics: found } = await readYamlFile(path, shown(path), texts?.get(path));
    diagnostics.push(...found);
    if (text !== undefined) sources.set(shown(path), maskSecrets(text));
    if (tree) diagnostics.push(...substitute(tree, { environment, baseDir: options.valuesDir ?? baseDir }));
    return tree;
  };

  const config = await readTree(configFile);
  let secrets: SecretPlace[] = [];
  if (config) {
    secrets = findSecrets(config);
    sources.set(config.file, maskSecrets(config.text, spansOf(config, secrets)));
    keepDatasetDigits(config);
    diagnostics.push(...validateDocument(config, ConfigSchema));
    diagnostics.push(...checkConfig(config, { connectorOptions, connectorNames, secrets, now }));
  }
  diagnostics.push(...loaded.diagnostics);

  const { files, diagnostics: missing } = await findMappings(config, baseDir);
  diagnostics.push(...missing);
  const trees: YamlTree[] = [];
  for (const path of files) {
    const tree = await readTree(path);
    if (!tree) continue;
    trees.push(tree);
    diagnostics.push(...validateDocument(tree, MappingSchema), ...checkMapping(tree, config));
  }
  diagnostics.push(...checkMappingNames(trees));

  const sorted = sortDiagnostics(diagnostics);
  if (!config || sorted.some(({ severity }) => severity === 'error')) return { diagnostics: sorted, sources };
  const secretTexts = [...new Set(secrets.flatMap((place) => place.texts))];
  const project = {
    configFile,
    baseDir,
    config: finished(config, environment),
    mappings: trees.map(loadedMapping),
    secrets: secretTexts,
  };
  return { project, diagnostics: sorted, sources };
}

function spansOf(tree: YamlTree, secrets: readonly SecretPlace[]): { start: number; end: number }[] {
  return secrets.flatMap(({ path, texts }) => {
    const span = nodeAt(tree, path)?.value;
    const isUrl = texts.length > 1;
    return span && !isUrl ? [span] : [];
  });
}

/** An id without quotes is a number to YAML, and a long one would lose digits: the text as written counts. */
function keepDatasetDigits(tree: YamlTree): void {
  const { destinations } = (tree.data ?? {}) as {
    destinations?: Record<string, Record<string, unknown> | null> | null;
  };
  for (const [name, destination] of Object.entries(destinations ?? {})) {
    if (typeof destination?.dataset_id !== 'number') continue;
    destination.dataset_id = nodeAt(tree, ['destinations', name, 'dataset_id'])?.written ?? destination.dataset_id;
  }
}

/** The checked data as the program takes it: tokens wrapped, so that printing a config prints none. */
function finished(tree: YamlTree, environment: Environment): Config {
  const { destinations, server, alerts, traces: wanted, ...rest } = tree.data as ConfigFile;
  const wrapped = Object.entries(destinations).map(([name, each]) => [
    name,
    { ...each, access_token: secret(each.access_token) },
  ]);
  const { token, hooks, ...listening } = server;
  const traces = traceSettings(wanted, environment);
  const { secret: key, ...state } = rest.state as StateConfig & { readonly secret?: string };
  return {
    ...rest,
    state: state as StateConfig,
    ...(key === undefined ? {} : { stateSecret: secret(key) }),
    connections: rest.connections as Record<string, Connection>,
    destinations: Object.fromEntries(wrapped),
    server: {
      ...listening,
      ...(token === undefined ? {} : { token: secret(token) }),
      ...(hooks && { hooks: wrapSecrets(hooks) }),
    },
    ...(traces && { traces }),
    ...(alerts && { alerts: { ...alerts, webhooks: wrapUrls(alerts.webhooks) } }),
  };
}

function wrapSecrets(hooks: NonNullable<ConfigFile['server']['hooks']>): NonNullable<Config['server']['hooks']> {
  return Object.fromEntries(
    Object.entries(hooks).map(([name, each]) => [name, { ...each, secret: secret(each.secret) }]),
  );
}

/** Whoever knows the address of a webhook can post to it. */
function wrapUrls(webhooks: NonNullable<ConfigFile['alerts']>['webhooks']): AlertsConfig['webhooks'] {
  return Object.fromEntries(Object.entries(webhooks).map(([name, each]) => [name, { ...each, url: secret(each.url) }]));
}
