/** Empty databases on the servers of `startDatabases`, and plain queries for tests to fill them with. */
import mysql2 from 'mysql2/promise';
import pg from 'pg';
import { type Engine, urlVariables } from './databases.ts';

/** An empty database of this name, made anew; gives its URL. */
export async function freshPostgres(name: string, serverUrl = serverUrlOf('postgres')): Promise<string> {
  await queryPostgres(serverUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  await queryPostgres(serverUrl, `CREATE DATABASE "${name}"`);
  return withDatabase(serverUrl, name);
}

/** An empty database of this name, made anew; gives its URL. */
export async function freshMysql(name: string, serverUrl = serverUrlOf('mysql')): Promise<string> {
  await queryMysql(serverUrl, `DROP DATABASE IF EXISTS \`${name}\``);
  await queryMysql(serverUrl, `CREATE DATABASE \`${name}\``);
  return withDatabase(serverUrl, name);
}

/** Runs statements one after another on one connection; gives the rows of the last. */
export async function queryPostgres(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 60_000 });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** Runs statements one after another on one connection; gives the rows of the last. */
export async function queryMysql(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const connection = await mysql2.createConnection({ uri: url, connectTimeout: 60_000, charset: 'utf8mb4' });
  try {
    let rows: unknown = [];
    for (const statement of statements) [rows] = await connection.query(statement);
    return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
  } finally {
    await connection.end();
  }
}

export async function serverVersion(engine: Engine, url: string): Promise<string> {
  const query = engine === 'postgres' ? queryPostgres : queryMysql;
  const [row] = await query(url, 'SELECT version() AS version');
  const version = String(row?.version);
  if (engine === 'postgres') return version.split(' ').slice(0, 2).join(' ');
  return version.includes('MariaDB') ? `MariaDB ${version.split('-')[0]}` : `MySQL ${version}`;
}

function serverUrlOf(engine: Engine): string {
  const url = process.env[urlVariables[engine]];
  if (url === undefined) throw new Error(`no ${engine} server: call startDatabases({ ${engine}: true }) first`);
  return url;
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}
