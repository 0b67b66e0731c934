import type { SourceError } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn, networkError, tlsHint } from '../sql/driver-errors.ts';
import type { Phase } from '../sql/pool.ts';

/**
 * PostgreSQL's errors, by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 * `detail` and most messages may hold values of a row; only names of tables, columns and functions are taken from them.
 */
export function translatePostgres(error: unknown, phase: Phase, doing: string, server: string): SourceError {
  const { code, message } = asDriverError(error);
  if (message === 'The server does not support SSL connections') {
    return failed('source-tls', 'connect', `${server} does not offer TLS`, error, tlsHint);
  }
  const ofNetwork = networkError(error, phase, doing, server);
  if (ofNetwork !== undefined) return ofNetwork;
  const state = `SQLSTATE ${code}`;
  switch (code) {
    case '28P01':
    case '28000':
      return failed(
        'source-login-failed',
        'log in',
        `${server} refused user or password (${state})`,
        error,
        'check user and password, and pg_hba.conf',
      );
    case '3D000':
      return failed(
        'source-login-failed',
        'log in',
        `${server} has no such database (${state})`,
        error,
        'check the database name',
      );
    case '42501':
      return failed(
        'source-permission',
        doing,
        `permission denied${about(message, /for \w+ (\S+)$/)} (${state})`,
        error,
        'GRANT SELECT on what is mapped, and USAGE on its schema',
      );
    case '25006':
      return failed(
        'source-permission',
        doing,
        `the session is read-only (${state})`,
        error,
        'a source is only read: no function that writes, no nextval()',
      );
    case '42P01':
      return failed('unknown-table', doing, `no such table${about(message, /relation "([^"]+)"/)} (${state})`, error);
    case '42703':
      return failed(
        'unknown-column',
        doing,
        `no such column${about(message, /column "?([^" ]+)"? does not exist/)} (${state})`,
        error,
      );
    case '42601':
      return failed(
        'source-query-failed',
        doing,
        `syntax error${near(message)} (${state})`,
        error,
        'try the statement in psql',
      );
    case '42702':
      return failed(
        'source-query-failed',
        doing,
        `ambiguous column${about(message, /reference "([^"]+)"/)} (${state})`,
        error,
        'give each column of the query its own name',
      );
    case '42883':
      return failed(
        'source-query-failed',
        doing,
        `no such function or operator${about(message, /function ([\w.]+)\(/)} (${state})`,
        error,
      );
    case '57014':
      return failed(
        'source-query-failed',
        doing,
        `it took longer than statement_timeout, or was cancelled (${state})`,
        error,
        'an index on (cursor, primary key) makes each page quick',
      );
    case '53300':
    case '57P03':
      return failed('source-unreachable', 'connect', `${server} takes no connection now (${state})`, error);
    case '57P01':
    case '57P02':
    case '57P05':
    case '40001':
    case '40P01':
      return interrupted(error, doing, server, state);
    default:
      if (code.startsWith('08')) return interrupted(error, doing, server, state);
      return failed(
        'source-query-failed',
        doing,
        code === '' ? 'the driver failed' : `the server refused it (${state})`,
        error,
      );
  }
}

function about(message: string, pattern: RegExp): string {
  const name = nameIn(message, pattern);
  return name === undefined ? '' : `: ${name}`;
}

function near(message: string): string {
  const token = nameIn(message, /at or near "([^"]+)"/);
  return token === undefined ? '' : ` near ${token}`;
}
