/** The engines on which shipped mappings are tried: each opens one for a mapping, in its folder. A fixture `<name>.<engine>.sql` chooses. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { runDuckdb } from '../contract/beds/duckdb.ts';
import { bigqueryMappingBed } from '../support/bigquery-mapping-bed.ts';
import { startClickhouse } from '../support/clickhouse.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';
import { HTTP_PATH, startDatabricks, TOKEN } from '../support/databricks-stand-in.ts';
import { startRedshift } from '../support/redshift.ts';
import { ACCOUNT, USER as READER, startSnowflake } from '../support/snowflake-stand-in.ts';
import { executeDdl } from '../support/tds-ddl.ts';
import { DATABASE, PASSWORD, startSqlServer, USER } from '../support/tds-engine.ts';

export type MappingEngine = {
  /** As it stands in `config.yaml`; a secret is read from the file `source-url`. */
  readonly connection: string;
  /** What is in that file. */
  readonly url: string;
  readonly run: (statements: readonly string[]) => Promise<void>;
  readonly close: () => Promise<unknown> | unknown;
};

const byUrl = (connector: string): string => `{ connector: ${connector}, url: "\${file:source-url}" }`;
const nothing = (): void => undefined;

/** Databases of a server that the tests share; the others are opened for one mapping, and are stand-ins where their files say so. */
export const mappingEngines: Readonly<Record<string, (dir: string, unique: string) => Promise<MappingEngine>>> = {
  postgres: async (_dir, unique) => {
    const url = await freshPostgres(unique);
    return {
      connection: byUrl('postgres'),
      url,
      run: async (all) => void (await queryPostgres(url, ...all)),
      close: nothing,
    };
  },
  mysql: async (_dir, unique) => {
    const url = await freshMysql(unique);
    return {
      connection: byUrl('mysql'),
      url,
      run: async (all) => void (await queryMysql(url, ...all)),
      close: nothing,
    };
  },
  sqlite: async (dir) => ({
    connection: '{ connector: sqlite, filename: source.db }',
    url: '',
    run: async (all) => {
      const database = new Database(join(dir, 'source.db'));
      for (const statement of all) database.exec(statement);
      database.close();
    },
    close: nothing,
  }),
  duckdb: async (dir) => ({
    connection: '{ connector: duckdb, database: source.duckdb }',
    url: '',
    run: async (all) => void (await runDuckdb(join(dir, 'source.duckdb'), ...all)),
    close: nothing,
  }),
  mssql: async () => {
    const server = await startSqlServer();
    const login = `${USER}:${encodeURIComponent(PASSWORD)}`;
    return {
      connection: byUrl('mssql'),
      url: `mssql://${login}@127.0.0.1:${server.port}/${DATABASE}`,
      run: async (all) => void (await executeDdl(server, all)),
      close: server.close,
    };
  },
  clickhouse: async () => {
    const server = await startClickhouse({ reader: { password: 'reader of this test' } });
    return {
      connection: byUrl('clickhouse'),
      url: `clickhouse://reader:reader%20of%20this%20test@127.0.0.1:${server.port}/default`,
      run: async (all) => void (await server.query(...all)),
      close: server.stop,
    };
  },
  redshift: async (_dir, unique) => {
    const server = await startRedshift(unique);
    return {
      connection: byUrl('redshift'),
      url: server.url,
      run: async (all) => void (await server.execute(...all)),
      close: server.stop,
    };
  },
  bigquery: (dir) => bigqueryMappingBed(dir),
  snowflake: async (dir) => {
    const standIn = await startSnowflake();
    writeFileSync(join(dir, 'key.p8'), standIn.privateKey);
    const place = `account: ${ACCOUNT}, warehouse: CAPI_WH, host: 127.0.0.1, port: ${standIn.port}`;
    return {
      connection: `{ connector: snowflake, user: ${READER}, private_key_file: key.p8, ${place} }`,
      url: '',
      run: async (all) => {
        for (const statement of all) await standIn.engine.execute(statement);
      },
      close: standIn.close,
    };
  },
  databricks: async () => {
    const warehouse = await startDatabricks();
    const place = { ...warehouse.options(), http_path: HTTP_PATH, token: undefined };
    return {
      connection: JSON.stringify({ connector: 'databricks', ...place, token: '${file:source-url}' }),
      url: TOKEN,
      run: async (all) => {
        await warehouse.engine.sql(...all);
        for (const [, table = ''] of all.join('\n').matchAll(/^CREATE TABLE (\w+)/gm))
          await warehouse.engine.register(table);
      },
      close: warehouse.close,
    };
  },
};
