import type { Knex } from 'knex';
import type { Connection, QueryOptions } from 'mysql2';
import type { Cell } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import type { Run } from '../sql/dialect.ts';
import { connectTimeoutSeconds, openPool } from '../sql/pool.ts';
import { keepAliveMs, type ServerAddress } from '../sql/server-options.ts';
import type { Statement } from '../sql/statement.ts';
import { translateMysql } from './errors.ts';

/** A column of a result as the protocol describes it. Types and flags are the numbers of the wire. */
export type ResultField = {
  readonly name: string;
  readonly columnType: number;
  readonly flags: number;
  readonly characterSet: number;
  readonly columnLength: number;
  readonly decimals: number;
  /** MariaDB: `json` for its JSON alias, which is LONGTEXT otherwise. */
  readonly extendedFormat?: string | undefined;
};

export type Session = {
  readonly run: Run;
  /** Rows with the names of the result's columns. */
  readonly query: (statement: Statement, doing: string) => Promise<{ rows: Cell[][]; fields: readonly ResultField[] }>;
  readonly close: () => Promise<void>;
};

type TypeCast = NonNullable<QueryOptions['typeCast']>;

/** The server's own text, whatever the type. One function for ever: mysql2 caches its row parser by it. */
const asText: TypeCast = (field) => field.string('utf8');

export async function openSession(address: ServerAddress, size: number, timeoutSeconds: number): Promise<Session> {
  await loadDriver('mysql2');
  const pool = openPool<Connection>(
    {
      client: 'mysql2',
      size,
      connection: {
        ...(address.socketPath === undefined
          ? { host: address.host, port: address.port }
          : { socketPath: address.socketPath }),
        ...(address.user === undefined ? {} : { user: address.user }),
        ...(address.password === undefined ? {} : { password: address.password }),
        ...(address.database === undefined ? {} : { database: address.database }),
        ...(address.tls === undefined ? {} : { ssl: { ...address.tls, verifyIdentity: true } }),
        charset: 'utf8mb4',
        timezone: 'Z',
        multipleStatements: false,
        connectTimeout: connectTimeoutSeconds * 1000,
        enableKeepAlive: true,
        keepAliveInitialDelay: keepAliveMs,
      } as unknown as Knex.MySql2ConnectionConfig,
    },
    (connection) => prepareSession(connection, timeoutSeconds),
    (error, phase, doing) => translateMysql(error, phase, doing, address.label),
  );

  const query: Session['query'] = (statement, doing) =>
    pool.with(doing, (connection) => {
      // mysql2 puts values into the text by itself and would look for `?` in the author's words; so each is escaped here.
      const sql = statement
        .map((piece) => (typeof piece === 'string' ? piece : connection.escape(piece.bind)))
        .join('');
      return send(connection, sql);
    });

  return { query, run: async (statement, doing) => (await query(statement, doing)).rows, close: pool.close };
}

function send(connection: Connection, sql: string): Promise<{ rows: Cell[][]; fields: readonly ResultField[] }> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, rowsAsArray: true, typeCast: asText }, (error, rows, fields) => {
      if (error) reject(error);
      else resolve({ rows: rows as unknown as Cell[][], fields: (fields ?? []) as unknown as readonly ResultField[] });
    });
  });
}

/**
 * Read-only and in UTC. Of the server's SQL mode two things go: backslashes must escape (that is how bounds are bound),
 * and zero dates must compare as what they are instead of turning into NULL.
 */
async function prepareSession(connection: Connection, timeoutSeconds: number): Promise<void> {
  const { rows } = await send(connection, 'SELECT VERSION(), @@SESSION.sql_mode');
  const isMariadb = String(rows[0]?.[0]).includes('MariaDB');
  const unwanted = new Set([
    'NO_BACKSLASH_ESCAPES',
    'NO_ZERO_DATE',
    'NO_ZERO_IN_DATE',
    'TRADITIONAL',
    'PAD_CHAR_TO_FULL_LENGTH',
  ]);
  const modes = String(rows[0]?.[1])
    .split(',')
    .filter((mode) => mode !== '' && !unwanted.has(mode));
  const settings = [
    `sql_mode = '${[...modes, 'ALLOW_INVALID_DATES'].join(',')}'`,
    "time_zone = '+00:00'",
    isMariadb ? `max_statement_time = ${timeoutSeconds}` : `max_execution_time = ${Math.round(timeoutSeconds * 1000)}`,
  ];
  await send(connection, `SET ${settings.map((setting) => `SESSION ${setting}`).join(', ')}`);
  await send(connection, 'SET SESSION TRANSACTION READ ONLY');
}
