/** Errors of the state's drivers in our words. A driver's message may hold values: only its code is taken, and it is the cause for a debugger. */
import { networkError, tlsHint } from '../../connectors/sql/driver-errors.ts';
import { EXIT, FatalError, RetryableError } from '../errors.ts';

type Words = readonly [code: string, hint: string];

const DAMAGED = 'restore it from a backup; starting without it would send everything again';
const LOGIN: Words = ['state-login-failed', 'check user, password and database of `state` in config.yaml'];
const PERMISSION: Words = [
  'state-permission',
  'the user needs to own the tables of the state, or to be allowed to make them (docs/delivery.md, State)',
];
const FULL: Words = ['state-full', 'the disk is full: free some space and run again, nothing is lost'];
const IO: Words = [
  'state-io',
  'the disk failed to read or write: look at its health and at the log of the system, then run again; what counts as sent is on the disk',
];
const BUSY: Words = ['state-busy', 'another process holds the state; try again'];
const READ_ONLY: Words = ['state-unwritable', 'the server is read-only: use the primary, not a replica'];

/** SQLite's result codes, PostgreSQL's SQLSTATE, MySQL's names of errors. */
const KNOWN: Readonly<Record<string, Words>> = {
  SQLITE_NOTADB: [
    'state-corrupt',
    'the file is not an SQLite database: restore it from a backup, or point state.filename elsewhere',
  ],
  SQLITE_CORRUPT: ['state-corrupt', DAMAGED],
  SQLITE_CANTOPEN: ['state-unwritable', 'check that the folder exists and may be written by this user'],
  SQLITE_READONLY: ['state-unwritable', 'the file or its folder is read-only for this user'],
  SQLITE_FULL: FULL,
  SQLITE_IOERR: IO,
  SQLITE_BUSY: ['state-busy', 'another program holds the state file; try again'],

  '28P01': LOGIN,
  '28000': LOGIN,
  '3D000': LOGIN,
  '42501': PERMISSION,
  '25006': READ_ONLY,
  '53100': FULL,
  '58030': IO,
  '55P03': BUSY,
  '40P01': BUSY,
  '53300': ['state-busy', 'the server has no connection left for this user; try again'],
  XX001: ['state-corrupt', DAMAGED],
  XX002: ['state-corrupt', DAMAGED],

  ER_ACCESS_DENIED_ERROR: LOGIN,
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: LOGIN,
  ER_NOT_SUPPORTED_AUTH_MODE: LOGIN,
  ER_BAD_DB_ERROR: LOGIN,
  ER_NO_DB_ERROR: ['state-login-failed', 'name the database of the state: url .../database, or database:'],
  ER_DBACCESS_DENIED_ERROR: PERMISSION,
  ER_TABLEACCESS_DENIED_ERROR: PERMISSION,
  ER_SPECIFIC_ACCESS_DENIED_ERROR: PERMISSION,
  ER_OPTION_PREVENTS_STATEMENT: READ_ONLY,
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: READ_ONLY,
  ER_DISK_FULL: FULL,
  ER_ERROR_ON_WRITE: IO,
  ER_ERROR_ON_READ: IO,
  ER_RECORD_FILE_FULL: FULL,
  ER_LOCK_WAIT_TIMEOUT: BUSY,
  ER_LOCK_DEADLOCK: BUSY,
  ER_CON_COUNT_ERROR: ['state-busy', 'the server has no connection left; try again'],
  ER_TOO_MANY_USER_CONNECTIONS: ['state-busy', 'the server has no connection left for this user; try again'],
  ER_CRASHED_ON_USAGE: ['state-corrupt', DAMAGED],
};

/**
 * A driver's error as one of ours; ours pass through.
 * @param server `PostgreSQL at db:5432`; absent for a file
 */
export const stateError = (error: unknown, server?: string): Error => {
  if (error instanceof FatalError || error instanceof RetryableError) return error;
  if ((error as { message?: unknown } | null)?.message === 'The server does not support SSL connections') {
    return new FatalError('state-tls', `the state database (${server}) does not offer TLS`, {
      cause: error,
      exitCode: EXIT.config,
      hint: tlsHint,
    });
  }
  const ofNetwork = server === undefined ? undefined : networkError(error, 'connect', 'use the state', server);
  const driverCode = String((error as { code?: unknown } | null)?.code ?? 'unknown');
  const details = { cause: error, exitCode: EXIT.config } as const;
  if (ofNetwork || (server !== undefined && isEnding(driverCode))) {
    return ofNetwork?.code === 'source-tls'
      ? new FatalError('state-tls', `the state database: ${ofNetwork.message}`, { ...details, hint: ofNetwork.hint })
      : new FatalError('state-unreachable', `the state database does not answer (${server}, ${driverCode})`, {
          ...details,
          hint: 'check host, port and firewall, and that the server runs; nothing is lost, run again',
        });
  }
  const family = driverCode.split('_').slice(0, 2).join('_');
  const [code, hint] = KNOWN[driverCode] ??
    KNOWN[family] ?? ['state-failed', 'sending stopped; run again when the state database works'];
  const where = server === undefined ? '' : `${server}, `;
  return new FatalError(code, `the state database failed (${where}${driverCode})`, { ...details, hint });
};

/** The server ends a session, or is starting: SQLSTATE class 57P and 08, and a session that stood still within a transaction. */
const isEnding = (code: string): boolean =>
  /^(?:57P0|08)/.test(code) || ['25P03', 'ER_SERVER_SHUTDOWN', 'ER_CLIENT_INTERACTION_TIMEOUT'].includes(code);
