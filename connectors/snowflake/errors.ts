import { SourceError } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn, networkError } from '../sql/driver-errors.ts';
import type { Phase } from '../sql/pool.ts';

/**
 * Snowflake's errors, by the code of the server (six digits, as text) or of the client (a number from 400001 on).
 * Messages may hold values of rows and of bound texts: only names of objects, columns and functions are taken from them.
 */
export function translateSnowflake(error: unknown, phase: Phase, doing: string, server: string): SourceError {
  if (error instanceof SourceError) return error;
  const cause = innermost(error);
  const ofNetwork = networkError(cause, phase, doing, server);
  if (ofNetwork !== undefined) return ofNetwork;
  const code = codeOf(error);
  const { message } = asDriverError(error);
  if (isOcsp(cause) || isOcsp(error)) {
    return new SourceError('source-tls', `the certificate of ${server} is revoked or could not be checked (${code})`, {
      hint: 'let this machine reach the OCSP responders of the certificate and ocsp.snowflakecomputing.com, port 80',
      cause: error,
    });
  }
  if (phase === 'connect') return ofSignIn(error, code, server);
  if (ENDED.has(code)) return interrupted(error, doing, server, `code ${code}`);
  const known = KNOWN[code];
  if (known === undefined) {
    const detail = code === '' ? 'the client failed' : `the server refused it (code ${code})`;
    return failed('source-query-failed', doing, detail, error);
  }
  const name = known.name === undefined ? undefined : nameIn(message, known.name);
  const detail = `${known.what}${name === undefined ? '' : `: ${name}`} (code ${code})`;
  return failed(known.code ?? 'source-query-failed', doing, detail, error, known.hint);
}

/** Sessions that are over, answers that did not come: worth another try. Those of the client: no answer, a bad one, a lost part of a result. */
const ENDED: ReadonlySet<string> = new Set([
  ...['390104', '390111', '390112', '390114', '390195'],
  ...['401001', '401002', '401003', '401004', '402001', '402002', '405503', '407001', '407002'],
]);

type Known = {
  readonly code?: SourceError['code'];
  readonly what: string;
  readonly name?: RegExp;
  readonly hint?: string;
};

const GRANTS = 'GRANT USAGE on database and schema, and SELECT on what is mapped, to the role of this connection';

const KNOWN: Readonly<Record<string, Known>> = {
  '000606': {
    what: 'no warehouse does the work',
    hint: 'name one as warehouse: in the connection, and GRANT USAGE ON WAREHOUSE to its role',
  },
  '000604': { what: 'it was cancelled' },
  '000630': {
    what: 'it took longer than statement_timeout, or than the warehouse allows',
    hint: 'raise statement_timeout, cluster the table by its cursor, or take a larger warehouse',
  },
  '000904': { code: 'unknown-column', what: 'no such column', name: /invalid identifier '"?([^'"]+)"?'/ },
  '001003': { what: 'syntax error near', name: /unexpected '([^']+)'/, hint: 'try the statement in a worksheet' },
  '002003': {
    code: 'unknown-table',
    what: 'no such object, or none that this role may see',
    name: /'([^']+)' does not exist/,
    hint: `check database and schema; ${GRANTS}`,
  },
  '002028': {
    what: 'ambiguous column',
    name: /column name '([^']+)'/,
    hint: 'give each column of the query its own name',
  },
  '002140': { what: 'no such function', name: /Unknown function (\S+)/ },
  '003001': { code: 'source-permission', what: 'the role may not do that', hint: GRANTS },
  '090105': {
    what: 'the session has no database or schema',
    hint: 'write database: and schema: in the connection, or the whole name of the table',
  },
};

/** Of a sign-in. Snowflake tells little on purpose; the reason of a refusal is in LOGIN_HISTORY. */
function ofSignIn(error: unknown, code: string, server: string): SourceError {
  if (/^(401|405)\d{3}$/.test(code)) {
    return new SourceError('source-unreachable', `cannot reach ${server} (code ${code})`, {
      hint: 'check account, region and host; the account is what stands before .snowflakecomputing.com',
      cause: error,
    });
  }
  if (/^404\d{3}$/.test(code)) {
    return failed(
      'source-login-failed',
      'sign in',
      `the client takes not all options of ${server} (code ${code})`,
      error,
    );
  }
  const [what, hint] = SIGN_IN[code] ?? [
    'refused to sign in',
    'LOGIN_HISTORY in Snowflake says why: SELECT * FROM TABLE(INFORMATION_SCHEMA.LOGIN_HISTORY())',
  ];
  return failed('source-login-failed', 'sign in', `${server} ${what} (code ${code})`, error, hint);
}

const SIGN_IN: Readonly<Record<string, readonly [string, string]>> = {
  '390100': ['refused user, password or token', 'check user and password; a service signs in by key pair'],
  '390101': ['has this user disabled', 'ALTER USER ... SET DISABLED = FALSE'],
  '390102': ['has this user locked', 'wait 15 minutes, or ALTER USER ... SET MINS_TO_UNLOCK = 0'],
  '390144': [
    'refused the key',
    'ALTER USER ... SET RSA_PUBLIC_KEY with the public half of this private key; user and account must be those of the key, and the clock here right',
  ],
  '390189': [
    'knows no such role, or does not grant it to this user',
    'GRANT ROLE ... TO USER ..., or correct role: of the connection',
  ],
  '390201': [
    'knows no such database, schema or warehouse, or this role may not see it',
    'check database, schema and warehouse, and GRANT USAGE on each',
  ],
  '390422': [
    'takes no connection from this address',
    'a network policy of the account or user has to allow it; tokens need one',
  ],
};

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? String(code) : typeof code === 'string' ? code : '';
}

/** The client wraps what the network said, sometimes twice. */
function innermost(error: unknown): unknown {
  let inner = error;
  for (let depth = 0; depth < 5; depth += 1) {
    const cause = (inner as { cause?: unknown } | null)?.cause;
    if (typeof cause !== 'object' || cause === null) break;
    inner = cause;
  }
  return inner;
}

function isOcsp(error: unknown): boolean {
  return /^(OCSP|CRL)Error$/.test(asDriverError(error).name);
}
