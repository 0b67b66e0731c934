import type { Knex } from 'knex';
import type { Connection, ConnectionConfiguration, Request } from 'tedious';
import type { Cell } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import type { Run } from '../sql/dialect.ts';
import { connectTimeoutSeconds, openPool } from '../sql/pool.ts';
import type { ServerAddress } from '../sql/server-options.ts';
import { render, type Statement } from '../sql/statement.ts';
import { translateMssql } from './errors.ts';
import type { MssqlOptions } from './options.ts';

type Tedious = Pick<typeof import('tedious'), 'Connection' | 'Request' | 'TYPES' | 'ISOLATION_LEVEL'>;

export type Session = {
  readonly run: Run;
  /** The same, given up at the server too (an attention of the protocol) when the signal is aborted. */
  readonly runUntil: (signal: AbortSignal) => Run;
  readonly close: () => Promise<void>;
};

/** The version that was tried, as npm takes it. */
export const TEDIOUS = '20';

export async function openSession(address: ServerAddress, options: MssqlOptions): Promise<Session> {
  const loaded = await loadDriver<Tedious & { readonly default?: Tedious }>('tedious', { versions: TEDIOUS });
  const tedious = loaded.default ?? loaded;
  const config = configOf(tedious, address, options);
  const pool = openPool<Connection>(
    {
      client: 'mssql',
      size: options.pool ?? 2,
      connection: { server: address.host } as unknown as Knex.MsSqlConnectionConfig,
    },
    (connection) => prepareSession(tedious, connection),
    (error, phase, doing) => translateMssql(error, phase, doing, address.label),
    { connect: () => connect(tedious, config), disconnect },
  );
  const runUntil: Session['runUntil'] = (signal) => (statement, doing) =>
    pool.with(doing, (connection) => send(tedious, connection, statement, signal));
  return { run: runUntil(new AbortController().signal), runUntil, close: pool.close };
}

/**
 * Where two have to wait for each other, it is the reader that gives way. As a batch: a setting that is made by sp_executesql, as all that has values
 * is, ends with it. What else a session needs is set by the client at the login.
 */
function prepareSession({ Request }: Tedious, connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.execSqlBatch(new Request('SET DEADLOCK_PRIORITY LOW', (error) => (error ? reject(error) : resolve())));
  });
}

function configOf(
  { ISOLATION_LEVEL }: Tedious,
  address: ServerAddress,
  options: MssqlOptions,
): ConnectionConfiguration {
  const { host, port, user, password, database, tls } = address;
  return {
    server: host,
    authentication:
      options.access_token === undefined
        ? { type: 'default', options: { userName: user ?? '', password: password ?? '' } }
        : { type: 'azure-active-directory-access-token', options: { token: options.access_token } },
    options: {
      ...(options.instance === undefined ? { port } : { instanceName: options.instance }),
      ...(database === undefined ? {} : { database }),
      appName: 'capi-sync',
      encrypt: tls !== undefined,
      trustServerCertificate: false,
      ...(tls?.ca === undefined ? {} : { cryptoCredentialsDetails: { ca: tls.ca } }),
      ...(options.host_name_in_certificate === undefined ? {} : { serverName: options.host_name_in_certificate }),
      connectTimeout: connectTimeoutSeconds * 1000,
      requestTimeout: Math.round((options.statement_timeout ?? 300) * 1000),
      readOnlyIntent: options.application_intent === 'read-only',
      connectionIsolationLevel: ISOLATION_LEVEL[
        options.isolation === 'snapshot' ? 'SNAPSHOT' : 'READ_COMMITTED'
      ] as number,
      // A date in the author's own words is year, month, day, whatever the login's language is.
      dateFormat: 'ymd',
      useUTC: true,
    },
  };
}

/** tedious tells why a login failed in an event only; its error has no number. */
function connect({ Connection }: Tedious, config: ConnectionConfiguration): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const connection = new Connection(config);
    const told: number[] = [];
    const note = ({ number }: { readonly number: number }): void => void told.push(number);
    connection.on('errorMessage', note);
    connection.on('error', (error) => retire(connection, error));
    connection.once('end', () => retire(connection, 'ended'));
    connection.connect((error) => {
      connection.off('errorMessage', note);
      if (error === undefined || error === null) {
        Object.assign(connection, { connected: true }); // what the pool asks before it lends one
        resolve(connection);
      } else {
        reject(told.length === 0 ? error : Object.assign(error, { number: told[0] }));
      }
    });
  });
}

/** The pool lends it no more. */
function retire(connection: Connection, why: unknown): void {
  Object.assign(connection, { connected: false, __knex__disposed: why });
}

function disconnect(connection: Connection): Promise<void> {
  if ((connection as { readonly closed?: boolean }).closed === true) return Promise.resolve();
  return new Promise((resolve) => {
    connection.once('end', () => resolve());
    connection.close();
  });
}

function send(
  { Request, TYPES }: Tedious,
  connection: Connection,
  statement: Statement,
  signal?: AbortSignal,
): Promise<Cell[][]> {
  return new Promise((resolve, reject) => {
    const { text, values } = render(statement, (n) => `@p${n}`);
    const rows: Cell[][] = [];
    const stop = (): void => void request.cancel();
    const request: Request = new Request(text, (error) => {
      signal?.removeEventListener('abort', stop);
      if (error === undefined || error === null) resolve(rows);
      else reject(error);
    });
    values.forEach((value, at) => {
      const isNumber = typeof value === 'number' || typeof value === 'bigint';
      request.addParameter(`p${at + 1}`, isNumber ? TYPES.BigInt : TYPES.NVarChar, isNumber ? String(value) : value);
    });
    request.on('row', (columns: readonly { readonly value: unknown }[]) => {
      rows.push(columns.map(({ value }) => cellOf(value)));
    });
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) request.cancel();
    connection.execSql(request);
  });
}

/** Texts, because that is what is asked for; a count is a number. */
function cellOf(value: unknown): Cell {
  return value === null || value === undefined ? null : String(value);
}
