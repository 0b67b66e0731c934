/**
 * Salesforce's and jsforce's errors in our words. Their messages quote the query and with it values: only names, numbers and codes are taken
 * from them, and no error of theirs is kept as a cause, since the client's errors hold the request with the token.
 */
import { SourceError, type SourceErrorCode } from '../connector.ts';
import { asDriverError, nameIn, networkError } from '../sql/driver-errors.ts';

/** What the API answered: one of its codes (`INVALID_FIELD`), or `ERROR_HTTP_502` where the body holds none. */
export type ApiError = { readonly code: string; readonly message: string };

/** `message` of an HttpApiError is the body: it was asked for as text. */
export function apiError(error: unknown): ApiError | undefined {
  const { errorCode, message } = (error ?? {}) as { errorCode?: unknown; message?: unknown };
  if (typeof errorCode !== 'string') return undefined;
  try {
    const body = JSON.parse(String(message)) as unknown;
    const first = (Array.isArray(body) ? body[0] : body) as { errorCode?: unknown; message?: unknown } | undefined;
    if (typeof first?.errorCode === 'string') return { code: first.errorCode, message: String(first.message ?? '') };
  } catch {
    // A body that is no JSON tells nothing.
  }
  return { code: errorCode, message: '' };
}

type Meaning = readonly [code: SourceErrorCode, detail: string, hint?: string];

const NO_RIGHT = 'give the user the permission, by a permission set of its own: see the README of the connector';
const HIDDEN = "correct the name (custom fields end in __c), or let the user's field-level security show the field";

const MEANINGS: Readonly<Record<string, Meaning>> = {
  API_DISABLED_FOR_ORG: ['source-permission', 'the API is not enabled for this org or user', NO_RIGHT],
  API_CURRENTLY_DISABLED: ['source-permission', 'the API is disabled for this user', NO_RIGHT],
  FUNCTIONALITY_NOT_ENABLED: ['source-permission', 'this org does not have the feature', NO_RIGHT],
  INSUFFICIENT_ACCESS: ['source-permission', 'the user may not read this', NO_RIGHT],
  INSUFFICIENT_ACCESS_OR_READONLY: ['source-permission', 'the user may not read this', NO_RIGHT],
  INVALID_CROSS_REFERENCE_KEY: ['source-permission', 'the user may not see this', NO_RIGHT],
  OPERATION_TOO_LARGE: ['source-query-failed', 'it reads too much', 'narrow it by source.where'],
  QUERY_TIMEOUT: [
    'source-query-failed',
    'Salesforce gave it up after its time limit',
    'let `where` narrow it by an indexed field, or read a long past in slices: run --since --until',
  ],
  REQUEST_LIMIT_EXCEEDED: [
    'source-limit',
    "the org's API calls of the last 24 hours are used up",
    'wait, or run less often',
  ],
  SERVER_UNAVAILABLE: ['source-interrupted', 'Salesforce is not available now'],
  UNKNOWN_EXCEPTION: ['source-interrupted', 'Salesforce failed'],
  INVALID_QUERY_LOCATOR: ['source-interrupted', 'the result is gone at Salesforce'],
  INVALID_SESSION_ID: ['source-login-failed', 'the session is not accepted', 'the app must have the scope "api"'],
};

/** @param doing `read a page of Lead` */
export function translate(error: unknown, doing: string, server: string): SourceError {
  if (error instanceof SourceError) return error;
  const api = apiError(error);
  if (api === undefined) return ofTransport(error, doing, server);
  const { code, message } = api;
  const known = MEANINGS[code];
  if (known !== undefined) return failed(known[0], doing, `${known[1]} (${code})`, known[2]);
  if (code === 'INVALID_FIELD')
    return failed(
      'unknown-column',
      doing,
      `no such field${named(message, /No such column '([\w.]+)'/)} (${code})`,
      HIDDEN,
    );
  if (code === 'INVALID_TYPE' || code === 'NOT_FOUND')
    return failed(
      'unknown-table',
      doing,
      `no such object${named(message, /sObject type '(\w+)'/)} (${code})`,
      NO_RIGHT,
    );
  if (/^ERROR_HTTP_(?:5\d\d|4(?:08|20|29))$/.test(code))
    return failed('source-interrupted', doing, `Salesforce is not available now (${code})`);
  const place = /ERROR at Row:(\d+):Column:(\d+)/.exec(message);
  const where = place === null ? '' : ` at row ${place[1]}, column ${place[2]} of the query`;
  return failed(
    'source-query-failed',
    doing,
    `Salesforce refused it${where} (${safeCode(code)})`,
    'try the query in the Developer Console',
  );
}

/** The answer of the token endpoint. `name` is OAuth's code of the error. */
export function translateSignIn(error: unknown, server: string): SourceError {
  const { name, message } = asDriverError(error);
  const network = networkOf(error, 'connect', 'sign in', server);
  if (network !== undefined) return network;
  const hint = SIGN_IN_CURES[name] ?? SIGN_IN_CURES.other;
  const detail = /^[a-z_]{3,40}$/.test(name) ? name : /^ERROR_HTTP_\d+$/.test(name) ? name : 'no usable answer';
  if (/^ERROR_HTTP_5/.test(name))
    return failed('source-interrupted', 'sign in', `${server} is not available now (${detail})`);
  if (name === 'invalid_grant' && /user hasn.t approved|not approved/i.test(message))
    return failed(
      'source-login-failed',
      'sign in',
      `the user has not approved the app (${detail})`,
      SIGN_IN_CURES.invalid_app_access,
    );
  return failed('source-login-failed', 'sign in', `${server} refused the credentials (${detail})`, hint);
}

const SIGN_IN_CURES: Readonly<Record<string, string>> = {
  invalid_client: 'check client_secret: the consumer secret of that app, in Setup',
  invalid_client_id: 'check client_id: the consumer key of the app, and that login_url is the My Domain of its org',
  invalid_app_access:
    'in the policies of the app: "Admin approved users are pre-authorized", and the permission set of the user',
  inactive_user: 'activate the user that the app runs as',
  invalid_grant:
    'client credentials: switch that flow on in the app, name its "Run As" user, and use the My Domain as login_url; private_key: check username, certificate and audience',
  other: 'check client_id, client_secret or private_key, and login_url',
};

function ofTransport(error: unknown, doing: string, server: string): SourceError {
  const network = networkOf(error, 'query', doing, server);
  if (network !== undefined) return network;
  if (asDriverError(error).name === 'AbortError')
    return failed(
      'source-interrupted',
      doing,
      `${server} gave no answer in time`,
      'statement_timeout says how long it has',
    );
  return failed('source-query-failed', doing, 'the client failed');
}

/** The client's fetch wraps what happened to the connection. */
function networkOf(error: unknown, phase: 'connect' | 'query', doing: string, server: string): SourceError | undefined {
  const { cause } = (error ?? {}) as { cause?: unknown };
  for (const each of [error, cause, (cause as { cause?: unknown } | undefined)?.cause]) {
    const { code } = asDriverError(each);
    const known = networkError(/^UND_ERR_/.test(code) ? { code: 'ECONNRESET' } : each, phase, doing, server);
    if (known !== undefined)
      return new SourceError(known.code, known.message, known.hint === undefined ? {} : { hint: known.hint });
  }
  return undefined;
}

function failed(code: SourceErrorCode, doing: string, detail: string, hint?: string): SourceError {
  return new SourceError(code, `could not ${doing}: ${detail}`, hint === undefined ? {} : { hint });
}

function named(message: string, pattern: RegExp): string {
  const name = nameIn(message, pattern);
  return name === undefined ? '' : `: ${name}`;
}

function safeCode(code: string): string {
  return /^[A-Z_0-9]{2,60}$/.test(code) ? code : 'an error';
}
