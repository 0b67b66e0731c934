import { SourceError } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn, networkError, tlsHint } from '../sql/driver-errors.ts';
import type { Phase } from '../sql/pool.ts';

/** What the client's errors may carry: an HTTP status, or the condition and SQLSTATE that a message begins and ends with. */
type Failure = { readonly status: number | undefined; readonly condition: string; readonly message: string };

function failureOf(error: unknown): Failure {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  const response = fields.response as { displayMessage?: unknown; errorMessage?: unknown } | undefined;
  const message = [fields.message, response?.displayMessage, response?.errorMessage]
    .filter((text) => typeof text === 'string')
    .join('\n');
  const status = typeof fields.statusCode === 'number' ? fields.statusCode : undefined;
  return { status, condition: /\[([A-Z][A-Z0-9_]+)(?:\.[A-Z0-9_]+)*\]/.exec(message)?.[1] ?? '', message };
}

/** Whether the warehouse only has to be waited for: it starts, or turns requests away for now. */
export function isStarting(error: unknown): boolean {
  const { status } = failureOf(error);
  return status === 503 || status === 429;
}

/**
 * By HTTP status and error condition (https://docs.databricks.com/aws/en/error-messages/error-classes, read 2026-11-30).
 * Messages may hold values of a row: only names of tables and columns are taken from them.
 */
export function translateDatabricks(error: unknown, phase: Phase, doing: string, server: string): SourceError {
  if (error instanceof SourceError) return error;
  const cause = asDriverError(error);
  const ofNetwork = networkError(error, phase, doing, server);
  if (ofNetwork?.code === 'source-tls')
    return new SourceError('source-tls', ofNetwork.message, {
      cause: error,
      hint: tlsHint.replace('tls: {ca: file.pem}; only on a trusted network set tls: "off"', 'ca: file.pem'),
    });
  if (ofNetwork !== undefined) return ofNetwork;
  const { status, condition, message } = failureOf(error);
  const http = `HTTP ${status}`;
  switch (status) {
    case 401:
      return failed(
        'source-login-failed',
        'log in',
        `${server} refused the token or the service principal (${http})`,
        error,
        'a token expires and can be revoked; make another, or an OAuth secret for a service principal',
      );
    case 403:
      return failed(
        'source-permission',
        doing,
        `${server} denies access (${http})`,
        error,
        'the principal needs "Can use" on the SQL warehouse, and the entitlement "Databricks SQL access"',
      );
    case 404:
      return failed(
        'source-login-failed',
        'connect',
        `${server} knows no warehouse at this http_path (${http})`,
        error,
        'copy host and http_path from the connection details of the SQL warehouse',
      );
    case 429:
    case 503:
      return failed('source-unreachable', 'connect', `${server} takes no statement now (${http})`, error);
    case undefined:
      break;
    default:
      return interrupted(error, doing, server, http);
  }
  const shown = condition === '' ? 'no condition' : condition;
  const name = nameIn(
    message.replaceAll('`', ''),
    /(?:table or view|column, variable, or function parameter with name) ([\w.]+)/i,
  );
  const about = name === undefined ? '' : `: ${name}`;
  if (/^(TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|NO_SUCH_CATALOG_EXCEPTION|CATALOG_NOT_FOUND)$/.test(condition))
    return failed('unknown-table', doing, `no such table${about} (${shown})`, error);
  if (/^UNRESOLVED_COLUMN/.test(condition))
    return failed('unknown-column', doing, `no such column${about} (${shown})`, error);
  if (/^(INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED|UNAUTHORIZED_ACCESS|MISSING_PERMISSION)/.test(condition))
    return failed(
      'source-permission',
      doing,
      `permission denied (${shown})`,
      error,
      'GRANT USE CATALOG, USE SCHEMA and SELECT on what is mapped',
    );
  if (/^(PARSE_SYNTAX_ERROR|PARSE_EMPTY_STATEMENT)/.test(condition))
    return failed(
      'source-query-failed',
      doing,
      `syntax error (${shown})`,
      error,
      'try the statement in the SQL editor',
    );
  if (
    /^(SESSION_CLOSED|INVALID_HANDLE|OPERATION_CANCELED)$/.test(condition) ||
    /Invalid SessionHandle|session.*(expired|closed)/i.test(message)
  )
    return interrupted(error, doing, server, 'the session is over');
  if (/timed? ?out/i.test(message) || /STATEMENT_TIMEOUT|QUERY_EXECUTION_TIMEOUT/.test(condition))
    return failed(
      'source-query-failed',
      doing,
      `it took longer than statement_timeout (${shown})`,
      error,
      'cluster the table by its cursor, or give the warehouse more time',
    );
  return failed(
    'source-query-failed',
    doing,
    condition === '' && cause.code !== '' ? `the client failed (${cause.code})` : `the warehouse refused it (${shown})`,
    error,
  );
}
