import { SourceError } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn, networkError, tlsHint } from '../sql/driver-errors.ts';
import type { Phase } from '../sql/pool.ts';

const READER = 'GRANT SELECT on what is mapped';

/**
 * SQL Server's errors, by number. Their messages may quote a value that could not be converted: only names are taken from them.
 * A login that fails has no number of its own (see session.ts); a statement may fail with several errors, of which the first says why.
 */
export function translateMssql(given: unknown, phase: Phase, doing: string, server: string): SourceError {
  const error = given instanceof AggregateError && given.errors.length > 0 ? given.errors[0] : given;
  const { code, message } = asDriverError(error);
  const number = numberOf(error);
  if (number === undefined) return ofClient(error, phase, doing, server);
  const state = `error ${number}`;
  const known = ofLogin(number, server, state, error) ?? ofState(number, phase, doing, server, state, error);
  if (known !== undefined) return known;
  const about = (pattern: RegExp): string => {
    const name = nameIn(message, pattern);
    return name === undefined ? '' : `: ${name}`;
  };
  switch (number) {
    case 229:
    case 230:
      return failed(
        'source-permission',
        doing,
        `permission denied${about(/object '([^']+)'/)} (${state})`,
        error,
        READER,
      );
    case 262:
    case 297:
    case 300:
      return failed('source-permission', doing, `permission denied (${state})`, error, READER);
    case 208:
      return failed('unknown-table', doing, `no such table${about(/object name '([^']+)'/)} (${state})`, error);
    case 207:
      return failed('unknown-column', doing, `no such column${about(/column name '([^']+)'/)} (${state})`, error);
    case 102:
    case 105:
    case 156:
    case 319:
      return failed(
        'source-query-failed',
        doing,
        `syntax error${about(/near (?:the keyword )?'([^']+)'/)} (${state})`,
        error,
        'a query is read as a derived table: no WITH, no OPTION; put it into a view',
      );
    case 1033:
      return failed(
        'source-query-failed',
        doing,
        `ORDER BY in the query (${state})`,
        error,
        'leave it out: rows are read in the order of cursor and key',
      );
    case 209:
    case 8155:
    case 8156:
      return failed(
        'source-query-failed',
        doing,
        `a column without a name of its own${about(/[Cc]olumn (?:name )?'([^']+)'/)} (${state})`,
        error,
        'give each column of the query its own name',
      );
    case 195:
      return failed('source-query-failed', doing, `no such function${about(/^'([^']+)'/)} (${state})`, error);
    case 241:
    case 242:
    case 245:
    case 8114:
    case 8115:
    case 8169:
      return failed('source-query-failed', doing, `a value does not fit its type (${state})`, error);
    case 3952:
      return failed(
        'source-query-failed',
        doing,
        `the database does not allow snapshots (${state})`,
        error,
        'ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON, or leave isolation: snapshot out',
      );
    default:
      return failed(
        'source-query-failed',
        doing,
        `the server refused it (${code === '' ? state : `${state}, ${code}`})`,
        error,
      );
  }
}

function numberOf(error: unknown): number | undefined {
  const number = (error as { readonly number?: unknown } | null)?.number;
  return typeof number === 'number' ? number : undefined;
}

function ofLogin(number: number, server: string, state: string, error: unknown): SourceError | undefined {
  switch (number) {
    case 18452:
    case 18456:
      return failed(
        'source-login-failed',
        'log in',
        `${server} refused user or password (${state})`,
        error,
        'check user and password, that the server takes SQL logins (mixed mode), and the database name',
      );
    case 18470:
    case 18486:
    case 18487:
    case 18488:
      return failed(
        'source-login-failed',
        'log in',
        `the login is disabled, locked or expired (${state})`,
        error,
        'ALTER LOGIN ... ENABLE, or set a new password',
      );
    case 916:
    case 4060:
    case 4064:
    case 40532:
      return failed(
        'source-login-failed',
        'log in',
        `${server} has no such database for this login (${state})`,
        error,
        'check the database name, and CREATE USER ... FOR LOGIN ... in it',
      );
    case 40615:
      return failed(
        'source-login-failed',
        'log in',
        `the firewall of ${server} refuses this address (${state})`,
        error,
        'add a firewall rule for the address of this machine',
      );
    case 978:
      return failed(
        'source-login-failed',
        'log in',
        `${server} is a secondary that takes readers only (${state})`,
        error,
        'set application_intent: read-only',
      );
    default:
      return undefined;
  }
}

/** The server is not ready, or ended what was under way: worth another try. */
const PASSING = new Set([
  596, 921, 927, 976, 983, 1204, 1205, 1221, 1222, 3906, 4221, 6005, 10928, 10929, 10936, 17142, 17809, 18401, 40143,
  40166, 40197, 40501, 40540, 40613, 42108, 42109, 49918, 49919, 49920,
]);

function ofState(
  number: number,
  phase: Phase,
  doing: string,
  server: string,
  state: string,
  error: unknown,
): SourceError | undefined {
  if (!PASSING.has(number)) return undefined;
  if (phase === 'connect') {
    return failed(
      'source-unreachable',
      'connect',
      `${server} takes no connection now (${state})`,
      error,
      'it may be starting, scaling or full: try again',
    );
  }
  if (number === 1205)
    return failed(
      'source-interrupted',
      doing,
      `${server} ended it to resolve a deadlock (${state})`,
      error,
      'READ_COMMITTED_SNAPSHOT, or isolation: snapshot, keeps readers and writers apart',
    );
  return interrupted(error, doing, server, state);
}

/** What the client itself says, without an answer of the server. */
function ofClient(error: unknown, phase: Phase, doing: string, server: string): SourceError {
  const { code, message } = asDriverError(error);
  const cause = (error as { readonly cause?: unknown } | null)?.cause;
  // Of a name with several addresses each try has an error of its own.
  const inner = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const ofNetwork = networkError(inner ?? error, phase, doing, server) ?? networkError(error, phase, doing, server);
  if (ofNetwork !== undefined) return ofNetwork;
  if (/certificate|self[- ]signed|altnames/i.test(message) && code === 'ESOCKET') {
    return failed('source-tls', 'connect', `no trusted TLS connection to ${server} (${code})`, error, tlsHint);
  }
  switch (code) {
    case 'EENCRYPT':
      return failed(
        'source-tls',
        'connect',
        `${server} and this connection do not agree on TLS (${code})`,
        error,
        'a server that demands encryption needs tls: verify or tls: {ca: file}; one that has none, tls: "off"',
      );
    case 'EINSTLOOKUP':
      return failed(
        'source-unreachable',
        'connect',
        `the SQL Server Browser of ${server} does not tell the port of the instance (${code})`,
        error,
        'start the Browser service and open UDP 1434, or set port instead of instance',
      );
    case 'ELOGIN':
    case 'EFEDAUTH':
      return failed(
        'source-login-failed',
        'log in',
        `${server} refused the login (${code})`,
        error,
        'check user, password or access_token, and the database name',
      );
    case 'ECANCEL':
      return interrupted(error, doing, server, 'given up');
    case 'ETIMEOUT':
      return phase === 'query'
        ? failed(
            'source-query-failed',
            doing,
            `it took longer than statement_timeout (${code})`,
            error,
            'an index on (cursor, primary key) makes each page quick',
          )
        : new SourceError('source-unreachable', `cannot reach ${server} (no answer in time)`, {
            hint: 'check host, port and firewall, and that the server runs',
            cause: error,
          });
    case 'ESOCKET':
      return phase === 'connect'
        ? new SourceError('source-unreachable', `cannot reach ${server} (${code})`, {
            hint: 'check host, port and firewall, and that the server runs',
            cause: error,
          })
        : interrupted(error, doing, server, code);
    case 'ECLOSE':
    case 'EINVALIDSTATE':
      return phase === 'connect'
        ? new SourceError('source-unreachable', `cannot reach ${server} (${code})`, { cause: error })
        : interrupted(error, doing, server, code);
    default:
      return failed('source-query-failed', doing, 'the driver failed', error);
  }
}
