/** A project that reads a stand-in for HubSpot: config, mappings, and the token in a file of its own. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, runCli } from './built-cli.ts';
import { HUBSPOT_TOKEN } from './hubspot-server.ts';
import { DATASET, TOKEN } from './sync-project.ts';

export type HubspotProject = {
  readonly dir: string;
  readonly stateFile: string;
  readonly cli: (...args: readonly string[]) => Promise<CliResult>;
  readonly remove: () => void;
};

export type HubspotProjectOptions = {
  readonly hubspotUrl: string;
  readonly metaUrl: string;
  /** File name without its ending → the text of a mapping, or the path of a shipped one. */
  readonly mappings: Readonly<Record<string, string>>;
  readonly token?: string;
};

const SHIPPED = join(import.meta.dirname, '../../mappings');

export const makeHubspotProject = ({
  hubspotUrl,
  metaUrl,
  mappings,
  token = HUBSPOT_TOKEN,
}: HubspotProjectOptions): HubspotProject => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-hubspot-'));
  mkdirSync(join(dir, 'mappings'));
  writeFileSync(join(dir, 'token'), token);
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1
state: { filename: state.db }
connections:
  hubspot:
    connector: hubspot
    access_token: \${file:token}
    base_url: ${hubspotUrl}
    searches_per_second: 100
    requests_per_10_seconds: 1000
destinations:
  main:
    dataset_id: "${DATASET}"
    access_token: \${META_ACCESS_TOKEN}
    pixel_setup: redundant
    base_url: ${metaUrl}
mappings: [mappings/*.yaml]
`,
  );
  for (const [name, text] of Object.entries(mappings)) {
    const file = join(dir, 'mappings', `${name}.yaml`);
    if (text.endsWith('.yaml')) copyFileSync(join(SHIPPED, text), file);
    else writeFileSync(file, text);
  }
  return {
    dir,
    stateFile: join(dir, 'state.db'),
    cli: (...args) => runCli(args, { cwd: dir, env: { META_ACCESS_TOKEN: TOKEN } }),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};
