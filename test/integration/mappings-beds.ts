/** A shipped mapping as a user would have it: in a project of its own, on the tables that it expects. */
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { openSalesforceOfMapping } from '../support/salesforce-mapping.ts';
import { DATASET } from '../support/sync-project.ts';
import { mappingEngines } from './mapping-engines.ts';

export const MAPPINGS = join(import.meta.dirname, '../../mappings');
const FIXTURES = join(import.meta.dirname, '../fixtures/mappings');

/** Every shipped mapping, as `shopify/airbyte-orders`. */
export const shippedMappings = (): string[] =>
  globSync('**/*.yaml', { cwd: MAPPINGS })
    .map((file) => file.replaceAll('\\', '/').replace(/\.yaml$/, ''))
    .sort();

/**
 * Its tables and rows stand in `<name>.<engine>.sql`; what happens to them between two runs, behind the line `-- later`. With the line
 * `-- tables: README.md` the tables are those of the README beside the mapping, as a user would make them; indexes that the README wants are made.
 */
const fixtureOf = (name: string): { engine: string; tables: string[]; later: string[] } => {
  const [file, ...more] = globSync(`${name}.*.sql`, { cwd: FIXTURES });
  if (file === undefined || more.length > 0) throw new Error(`${name} needs one fixture in ${FIXTURES}`);
  const [before = '', after = ''] = readFileSync(join(FIXTURES, file), 'utf8').split(/^-- later$/m);
  const tables = before.startsWith('-- tables: README.md\n') ? readmeSql(name, '') : '';
  if (tables === undefined) throw new Error(`the README of ${name} has no block of SQL for it`);
  const all = tables + before + (readmeSql(name, '-indexes') ?? '');
  const engine = file.split('.').at(-2) ?? '';
  // They read a table once, sorted: no index would serve.
  if (
    !['duckdb', 'databricks'].includes(engine) &&
    !/CREATE INDEX|CLUSTER BY|KEY \w* ?\(|ORDER BY \(|PARTITION BY/.test(all.replaceAll(/PRIMARY KEY \(/g, ''))
  )
    throw new Error(`${name} is tested without an index for its cursor`);
  return { engine, tables: statements(all), later: statements(after) };
};

/** The block ```sql <name><suffix>``` of the README beside the mapping. */
const readmeSql = (name: string, suffix: string): string | undefined => {
  const [folder = '', mapping] = name.split('/');
  if (mapping === undefined) return undefined;
  const readme = readFileSync(join(MAPPINGS, folder, 'README.md'), 'utf8');
  return readme.split(`\`\`\`sql ${mapping}${suffix}\n`)[1]?.split('```')[0];
};

/** What a sync makes of those tables: `<name>.expected.json`. Who changes one has read that the new one is right. */
export type Expected = {
  /** One line an event, in the order of arrival. */
  readonly events: readonly string[];
  readonly filtered: number;
  readonly expired: number;
  readonly duplicate: number;
  /** Warnings of `validate` that are meant, and explained in the README. */
  readonly warnings: readonly string[];
  /** Rows that change between two runs, and of which Meta should hear nothing: read again, at least so many. */
  readonly touched: number;
  /** Its times are those of a clock on a wall. */
  readonly wallClock: boolean;
};

export const expectedOf = (name: string): Expected => ({
  expired: 0,
  duplicate: 0,
  warnings: [],
  wallClock: false,
  ...(JSON.parse(readFileSync(join(FIXTURES, `${name}.expected.json`), 'utf8')) as Pick<
    Expected,
    'events' | 'filtered' | 'touched'
  >),
});

const statements = (sql: string): string[] =>
  sql
    .split(/;\s*$/m)
    .map((statement) => statement.replaceAll(/(^|\s)--\s.*$/gm, '').trim())
    .filter((statement) => statement !== '');

export type MappingBed = {
  readonly dir: string;
  readonly stateFile: string;
  /** What happens between two runs. */
  readonly later: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** What a mapping reads: tables of a database, or records of a service (`<name>.salesforce.json`). */
const sourceOf = async (name: string, dir: string) => {
  const records = join(FIXTURES, `${name}.salesforce.json`);
  if (existsSync(records)) return openSalesforceOfMapping(JSON.parse(readFileSync(records, 'utf8')));
  const { engine, tables, later } = fixtureOf(name);
  const open = mappingEngines[engine];
  if (open === undefined)
    throw new Error(`${name} has a fixture for "${engine}", which mapping-engines.ts does not open`);
  const { connection, url, run, close } = await open(dir, `mapping_${name.replaceAll(/\W/g, '_')}`);
  return { connection, url, before: () => run(tables), later: () => run(later), close };
};

/** The destination shares its events with a Pixel, which is what asks most of a mapping. */
export const openMappingBed = async (name: string, baseUrl: string): Promise<MappingBed> => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-mapping-'));
  const { connection, url, before, later, close } = await sourceOf(name, dir);
  const { source } = parse(readFileSync(join(MAPPINGS, `${name}.yaml`), 'utf8')) as { source: { connection: string } };
  mkdirSync(join(dir, 'mappings'));
  copyFileSync(join(MAPPINGS, `${name}.yaml`), join(dir, 'mappings/mapping.yaml'));
  writeFileSync(join(dir, 'source-url'), url);
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1
state: { filename: state.db }
connections:
  ${source.connection}: ${connection}
destinations:
  main:
    dataset_id: "${DATASET}"
    access_token: \${META_ACCESS_TOKEN}
    pixel_setup: redundant
    base_url: ${baseUrl}
mappings: [mappings/*.yaml]
`,
  );
  await before();
  return {
    dir,
    stateFile: join(dir, 'state.db'),
    later,
    remove: async () => {
      await close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
