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
import Database from 'better-sqlite3';
import { parse } from 'yaml';
import { runDuckdb } from '../contract/beds/duckdb.ts';
import { bigqueryMappingBed } from '../support/bigquery-mapping-bed.ts';
import { startClickhouse } from '../support/clickhouse.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';
import { startRedshift } from '../support/redshift.ts';
import { openSalesforceOfMapping } from '../support/salesforce-mapping.ts';
import { ACCOUNT, USER as READER, startSnowflake } from '../support/snowflake-stand-in.ts';
import { DATASET } from '../support/sync-project.ts';
import { executeDdl } from '../support/tds-ddl.ts';
import { DATABASE, PASSWORD, startSqlServer, USER } from '../support/tds-engine.ts';

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
  // DuckDB reads a table once, sorted: no index would serve.
  if (
    engine !== 'duckdb' &&
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

const database = async (engine: string, name: string, dir: string) => {
  const unique = `mapping_${name.replaceAll(/\W/g, '_')}`;
  if (engine === 'redshift') {
    const server = await startRedshift(unique); // a stand-in: see its file
    const run = async (all: readonly string[]): Promise<void> => void (await server.execute(...all));
    return {
      connection: `{ connector: redshift, url: "\${file:source-url}" }`,
      url: server.url,
      run,
      close: server.stop,
    };
  }
  if (engine === 'clickhouse') {
    const server = await startClickhouse({ reader: { password: 'reader of this test' } });
    const url = `clickhouse://reader:reader%20of%20this%20test@127.0.0.1:${server.port}/default`;
    const run = async (all: readonly string[]): Promise<void> => void (await server.query(...all));
    return { connection: `{ connector: clickhouse, url: "\${file:source-url}" }`, url, run, close: server.stop };
  }
  if (engine === 'bigquery') return bigqueryMappingBed(dir);
  if (engine === 'sqlite') {
    const file = join(dir, 'source.db');
    const run = async (all: readonly string[]): Promise<void> => {
      const db = new Database(file);
      for (const statement of all) db.exec(statement);
      db.close();
    };
    return { connection: '{ connector: sqlite, filename: source.db }', url: '', run, close: async () => {} };
  }
  if (engine === 'mssql') {
    const server = await startSqlServer(); // a stand-in: see its file
    const login = `${USER}:${encodeURIComponent(PASSWORD)}`;
    return {
      connection: '{ connector: mssql, url: "${file:source-url}" }',
      url: `mssql://${login}@127.0.0.1:${server.port}/${DATABASE}`,
      run: (all: readonly string[]) => executeDdl(server, all),
      close: server.close,
    };
  }
  if (engine === 'snowflake') {
    const standIn = await startSnowflake();
    const run = async (all: readonly string[]): Promise<void> => {
      for (const statement of all) await standIn.engine.execute(statement);
    };
    writeFileSync(join(dir, 'key.p8'), standIn.privateKey);
    const place = `account: ${ACCOUNT}, warehouse: CAPI_WH, host: 127.0.0.1, port: ${standIn.port}`;
    const connection = `{ connector: snowflake, user: ${READER}, private_key_file: key.p8, ${place} }`;
    return { connection, url: '', run, close: standIn.close };
  }
  if (engine === 'duckdb') {
    const run = async (all: readonly string[]): Promise<void> =>
      void (await runDuckdb(join(dir, 'source.duckdb'), ...all));
    return { connection: '{ connector: duckdb, database: source.duckdb }', url: '', run, close: async () => {} };
  }
  const url = engine === 'postgres' ? await freshPostgres(unique) : await freshMysql(unique);
  const query = engine === 'postgres' ? queryPostgres : queryMysql;
  const run = async (all: readonly string[]): Promise<void> => void (await query(url, ...all));
  return { connection: `{ connector: ${engine}, url: "\${file:source-url}" }`, url, run, close: async () => {} };
};

/** What a mapping reads: tables of a database, or records of a service (`<name>.salesforce.json`). */
const sourceOf = async (name: string, dir: string) => {
  const records = join(FIXTURES, `${name}.salesforce.json`);
  if (existsSync(records)) return openSalesforceOfMapping(JSON.parse(readFileSync(records, 'utf8')));
  const { engine, tables, later } = fixtureOf(name);
  const { connection, url, run, close } = await database(engine, name, dir);
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
