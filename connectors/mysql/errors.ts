import type { SourceError } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn, networkError, tlsHint } from '../sql/driver-errors.ts';
import type { Phase } from '../sql/pool.ts';

/**
 * MySQL's and MariaDB's errors, by number. Their messages quote the statement, and with it bound values: only names
 * and a line number are taken from them.
 */
export function translateMysql(error: unknown, phase: Phase, doing: string, server: string): SourceError {
  const { message, errno, code } = asDriverError(error);
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return failed('source-tls', 'connect', `${server} does not offer TLS`, error, tlsHint);
  }
  const ofNetwork = networkError(error, phase, doing, server);
  if (ofNetwork !== undefined) return ofNetwork;
  const state = `error ${errno ?? code}`;
  switch (errno) {
    case 1045:
    case 1130:
    case 1698:
      return failed(
        'source-login-failed',
        'log in',
        `${server} refused user or password (${state})`,
        error,
        'check user, password, and from which hosts that user may log in',
      );
    case 1044:
    case 1049:
      return failed(
        'source-login-failed',
        'log in',
        `${server} has no such database for this user (${state})`,
        error,
        'check the database name, and GRANT SELECT on it',
      );
    case 1142:
    case 1143:
    case 1227:
    case 1370:
      return failed(
        'source-permission',
        doing,
        `permission denied${about(message, /for (?:table|column) [`']?([^`' ]+)/)} (${state})`,
        error,
        'GRANT SELECT on what is mapped',
      );
    case 1792:
    case 1290:
      return failed('source-permission', doing, `the session is read-only (${state})`, error, 'a source is only read');
    case 1146:
      return failed('unknown-table', doing, `no such table${about(message, /Table '([^']+)'/)} (${state})`, error);
    case 1054:
      return failed(
        'unknown-column',
        doing,
        `no such column${about(message, /[Cc]olumn '([^']+)'/)} (${state})`,
        error,
      );
    case 1064:
    case 1149:
      return failed(
        'source-query-failed',
        doing,
        `syntax error${line(message)} (${state})`,
        error,
        'try the statement in the mysql client',
      );
    case 1052:
    case 1060:
      return failed(
        'source-query-failed',
        doing,
        `ambiguous column${about(message, /[Cc]olumn (?:name )?'([^']+)'/)} (${state})`,
        error,
        'give each column of the query its own name',
      );
    case 1305:
      return failed(
        'source-query-failed',
        doing,
        `no such function${about(message, /FUNCTION ([\w.]+)/)} (${state})`,
        error,
      );
    case 1317:
    case 1969:
    case 3024:
      return failed(
        'source-query-failed',
        doing,
        `it took longer than statement_timeout, or was killed (${state})`,
        error,
        'an index on (cursor, primary key) makes each page quick',
      );
    case 1040:
    case 1129:
    case 1203:
    case 1226:
      return failed('source-unreachable', 'connect', `${server} takes no connection now (${state})`, error);
    case 1053:
    case 1077:
    case 1205:
    case 1213:
    case 1927:
    case 4031:
      return interrupted(error, doing, server, state);
    default:
      return failed(
        'source-query-failed',
        doing,
        errno === undefined ? 'the driver failed' : `the server refused it (${state})`,
        error,
      );
  }
}

function about(message: string, pattern: RegExp): string {
  const name = nameIn(message, pattern);
  return name === undefined ? '' : `: ${name}`;
}

function line(message: string): string {
  const number = nameIn(message, /at line (\d+)$/);
  return number === undefined ? '' : ` in line ${number} of the statement`;
}
