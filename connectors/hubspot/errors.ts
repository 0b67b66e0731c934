/**
 * HubSpot's errors, by status and `category` (https://developers.hubspot.com/docs/api-reference/error-handling, read 2026-11-30).
 * A message may hold values of a record; only names of scopes, properties and categories are taken from it.
 */
import { SourceError } from '../connector.ts';
import { failed, interrupted, nameIn, networkError } from '../sql/driver-errors.ts';

/** What is read of an error's body. */
type ErrorBody = {
  readonly category?: unknown;
  readonly errorType?: unknown;
  readonly policyName?: unknown;
  readonly message?: unknown;
  readonly errors?: unknown;
};

/** `wait`: another try makes sense after so many milliseconds. `patience`: for so long, over all tries. */
export type Refusal = {
  readonly error: SourceError;
  readonly again?: { readonly waitMs: number; readonly patienceMs: number };
};

const SERVER_TROUBLE = { waitMs: 500, patienceMs: 5_000 };

export function refusalOf(status: number, body: unknown, doing: string, server: string): Refusal {
  const given: ErrorBody = typeof body === 'object' && body !== null ? body : {};
  const category = wordIn(given.category) ?? wordIn(given.errorType);
  const name = category === undefined ? String(status) : `${status} ${category}`;
  if (status === 401) return { error: loginFailed(server, name) };
  if (status === 403) return { error: forbidden(given, doing, name) };
  if (status === 404)
    return { error: failed('unknown-table', doing, `HubSpot has no such thing (${name})`, undefined) };
  if (status === 429) return throttled(given, doing);
  if (status >= 500 || status === 423 || status === 477) {
    return { error: interrupted(undefined, doing, server, name), again: SERVER_TROUBLE };
  }
  const message = typeof given.message === 'string' ? given.message : '';
  const property = nameIn(message, /property (?:named )?["'\\]*(\w+)["'\\]* does(?: not|n't) exist/i);
  if (property !== undefined) {
    return { error: failed('unknown-column', doing, `no such property: ${property} (${name})`, undefined) };
  }
  return { error: failed('source-query-failed', doing, `HubSpot refused it (${name})`, undefined) };
}

/** A request that got no answer. The cause of `fetch failed` is what says why. */
export function noAnswer(error: unknown, doing: string, server: string): Refusal {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const isBefore = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
  const known = networkError(cause, isBefore ? 'connect' : 'query', doing, server);
  if (known !== undefined)
    return known.code === 'source-interrupted' ? { error: known, again: SERVER_TROUBLE } : { error: known };
  const reason = /^[A-Z_]{3,40}$/.test(code) ? code : 'no answer';
  return { error: interrupted(error, doing, server, reason), again: SERVER_TROUBLE };
}

function loginFailed(server: string, name: string): SourceError {
  return new SourceError('source-login-failed', `${server} refused the access token (${name})`, {
    hint: 'copy it anew from the private app in HubSpot (Settings, Integrations, Private Apps, Auth); a rotated token stops working',
  });
}

function forbidden({ errors }: ErrorBody, doing: string, name: string): SourceError {
  const scopes = scopesIn(errors);
  const detail = scopes.length === 0 ? `HubSpot does not allow it (${name})` : `a scope is missing (${name})`;
  return failed(
    'source-permission',
    doing,
    detail,
    undefined,
    scopes.length === 0
      ? "look at the private app's scopes in HubSpot: Settings, Integrations, Private Apps, Scopes"
      : `add to the private app's scopes in HubSpot, any one of: ${scopes.join(', ')}`,
  );
}

/** `errors[].context.requiredGranularScopes`, or `requiredScopes` where there are no others. */
function scopesIn(errors: unknown): string[] {
  const contexts = (Array.isArray(errors) ? errors : []).map(
    (each: { readonly context?: Readonly<Record<string, unknown>> }) => each?.context ?? {},
  );
  const listed = (key: string): string[] =>
    contexts
      .flatMap((context) => (Array.isArray(context[key]) ? context[key] : []))
      .filter((scope): scope is string => typeof scope === 'string' && /^[\w.-]{1,80}$/.test(scope));
  const granular = listed('requiredGranularScopes');
  return [...new Set(granular.length > 0 ? granular : listed('requiredScopes'))];
}

function throttled({ policyName }: ErrorBody, doing: string): Refusal {
  const policy = wordIn(policyName) ?? 'RATE_LIMIT';
  if (policy === 'DAILY') {
    return {
      error: failed(
        'source-interrupted',
        doing,
        "the account's requests of today are used up (429 DAILY)",
        undefined,
        "the next run goes on from the checkpoint; the count starts anew at midnight of the account's time zone. Run less often, or look which app uses them: Settings, Integrations, Private Apps, Logs",
      ),
    };
  }
  const error = failed(
    'source-interrupted',
    doing,
    `HubSpot keeps throttling (429 ${policy})`,
    undefined,
    'other apps of the account use up its limit: lower searches_per_second and requests_per_10_seconds of the connection, or run at another time',
  );
  return { error, again: { waitMs: policy === 'TEN_SECONDLY_ROLLING' ? 5_000 : 1_000, patienceMs: 120_000 } };
}

function wordIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(value) ? value : undefined;
}
