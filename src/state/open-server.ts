/**
 * The state on a PostgreSQL or MySQL/MariaDB server, shared by several instances. The tables have names of their own: a schema on PostgreSQL, a prefix on
 * MySQL, so that they may share a database with others.
 */
import knexModule, { type Knex } from 'knex';
import { SourceError } from '../../connectors/connector.ts';
import { keepAliveMs, type ServerAddress, serverAddress } from '../../connectors/sql/server-options.ts';
import type { StateServer } from '../config/config-schema.ts';
import { EXIT, FatalError } from '../errors.ts';
import { TABLES } from './dialect.ts';
import { hasState, migrate } from './migrate.ts';
import { stateError } from './state-errors.ts';

const { knex } = knexModule;

/** `baseDir`: what a path in `tls.ca` is relative to. */
export type ServerPlace = StateServer & { readonly baseDir: string };

type Options = { readonly mustExist: boolean; readonly upTo?: number | undefined };
type Engine = {
  readonly connection: Knex.StaticConnectionConfig;
  /** Statements for each new connection; `version` is the server's. */
  readonly session: (version: string) => readonly string[];
  readonly query: (connection: never, sql: string) => Promise<string>;
  readonly alone: (db: Knex, work: (db: Knex) => Promise<void>) => Promise<void>;
};

const CONNECT_MS = 10_000;

/** A process that was stopped within a transaction would hold its lease's row for ever: the server ends it, well before a lease is over. */
const IDLE_SECONDS = 30;
const LOCK_SECONDS = 30;

/** @throws FatalError `state-unreachable`, `state-login-failed`, `state-permission`, `state-tls`, `state-newer`, `state-missing` */
export const openServer = async (
  place: ServerPlace,
  { mustExist, upTo }: Options,
): Promise<{ readonly db: Knex; readonly label: string }> => {
  const address = addressOf(place);
  const engine = place.client === 'postgres' ? postgres(address, place.schema) : mysql(address, place.table_prefix);
  const db = knex({
    client: place.client === 'postgres' ? 'pg' : 'mysql2',
    connection: engine.connection,
    wrapIdentifier: wrapperOf(place),
    acquireConnectionTimeout: CONNECT_MS + 5_000,
    compileSqlOnError: false,
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
    pool: {
      min: 0,
      max: 4,
      idleTimeoutMillis: 20_000,
      afterCreate: (connection: never, done: (error: unknown, connection: unknown) => void) => {
        prepare(engine, connection).then(
          () => done(null, connection),
          (error: unknown) => done(error, connection),
        );
      },
    },
  });
  try {
    if (mustExist && !(await hasState(db))) {
      throw new FatalError('state-missing', 'there is no state yet', {
        hint: 'run a mapping first',
        exitCode: EXIT.config,
      });
    }
    await migrate(db, { alone: (work) => engine.alone(db, work), ...(upTo === undefined ? {} : { upTo }) });
    return { db, label: address.label };
  } catch (error) {
    await db.destroy();
    throw stateError(error, address.label);
  }
};

const prepare = async ({ query, session }: Engine, connection: never): Promise<void> => {
  const version = await query(connection, 'SELECT version() AS version');
  for (const statement of session(version)) await query(connection, statement);
};

/** A schema or a prefix for the state's own tables, wherever knex writes a name. */
const wrapperOf =
  (place: StateServer) =>
  (name: string, quote: (name: string) => string): string => {
    if (!TABLES.includes(name)) return quote(name);
    return place.client === 'postgres' ? `${quote(place.schema)}.${quote(name)}` : quote(place.table_prefix + name);
  };

const postgres = (address: ServerAddress, schema: string): Engine => ({
  connection: {
    host: address.host,
    port: address.port,
    ...loginOf(address),
    ssl: address.tls ?? false,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'capi-sync',
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
  } as Knex.PgConnectionConfig,
  session: () => [
    'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE',
    `SET idle_in_transaction_session_timeout = '${IDLE_SECONDS}s'`,
    `SET lock_timeout = '${LOCK_SECONDS}s'`,
    "SET client_min_messages = 'warning'",
    // What is committed before a POST has to survive a power cut.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
  ],
  query: async (connection: { query: (sql: string) => Promise<{ rows: { version?: string }[] }> }, sql) =>
    String((await connection.query(sql)).rows[0]?.version ?? ''),
  alone: (db, work) =>
    db.transaction(async (tx) => {
      await tx.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`capi-sync state ${schema}`]);
      // CREATE SCHEMA asks for the right to do so even where there is nothing to do.
      const { rows } = await tx.raw('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?', [schema]);
      // Not as ??: a schema may be called like one of the tables. Its characters are checked by the config's schema.
      if (rows.length === 0)
        await tx.raw(`CREATE SCHEMA "${schema.replaceAll('"', '""')}"`).catch((error) => refuseSchema(error, schema));
      await work(tx);
    }),
});

const refuseSchema = (error: unknown, schema: string): never => {
  if ((error as { code?: unknown }).code !== '42501') throw error;
  throw new FatalError('state-permission', `the user of the state may not make the schema "${schema}"`, {
    hint: `as an administrator: CREATE SCHEMA ${schema} AUTHORIZATION <user>; or name another one as state.schema`,
    cause: error,
    exitCode: EXIT.config,
  });
};

const mysql = (address: ServerAddress, prefix: string): Engine => ({
  connection: {
    ...(address.socketPath === undefined
      ? { host: address.host, port: address.port }
      : { socketPath: address.socketPath }),
    ...loginOf(address),
    ...(address.tls === undefined ? {} : { ssl: { ...address.tls, verifyIdentity: true } }),
    charset: 'utf8mb4',
    timezone: 'Z',
    multipleStatements: false,
    connectTimeout: CONNECT_MS,
    enableKeepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  } as unknown as Knex.MySql2ConnectionConfig,
  session: (version) => [
    // Without NO_BACKSLASH_ESCAPES, which values are escaped for; with it, a text that is too long is an error.
    `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = ${LOCK_SECONDS}`,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    // The pool gives up a connection that stands idle sooner than that.
    `SET SESSION wait_timeout = ${IDLE_SECONDS * 2}`,
    // MariaDB turns a long IN (...) into a join with a temporary table; the primary key serves it better.
    ...(version.includes('MariaDB')
      ? [`SET SESSION idle_transaction_timeout = ${IDLE_SECONDS}, in_predicate_conversion_threshold = 0`]
      : []),
  ],
  query: (
    connection: { query: (sql: string, done: (error: unknown, rows: { version?: string }[]) => void) => void },
    sql,
  ) =>
    new Promise((resolve, reject) => {
      connection.query(sql, (error, rows) => (error ? reject(error) : resolve(String(rows[0]?.version ?? ''))));
    }),
  // A transaction only to stay on one connection, which holds the lock: every change of a table commits.
  alone: (db, work) =>
    db.transaction(async (tx) => {
      const lock = `${prefix}${address.database ?? ''}`.slice(0, 64);
      const [[answer]] = await tx.raw('SELECT GET_LOCK(?, ?) AS won', [lock, LOCK_SECONDS]);
      if (Number(answer.won) !== 1) throw Object.assign(new Error('no lock'), { code: 'ER_LOCK_WAIT_TIMEOUT' });
      try {
        await work(tx);
      } finally {
        await tx.raw('SELECT RELEASE_LOCK(?)', [lock]).catch(() => undefined);
      }
    }),
});

const loginOf = ({ user, password, database }: ServerAddress) => ({
  ...(user === undefined ? {} : { user }),
  ...(password === undefined ? {} : { password }),
  ...(database === undefined ? {} : { database }),
});

const addressOf = ({ client, baseDir, ...options }: ServerPlace): ServerAddress => {
  try {
    return client === 'postgres'
      ? serverAddress(options, 'PostgreSQL', 5432, baseDir)
      : serverAddress(options, 'MySQL', 3306, baseDir);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const code = error.code === 'source-tls' ? 'state-tls' : 'state-unreachable';
    throw new FatalError(code, `state: ${error.message}`, { hint: error.hint, exitCode: EXIT.config });
  }
};
