/**
 * One session with an org, by jsforce: signs in before the first request and again when the session has expired, keeps an eye on the org's
 * API limit, and waits where Salesforce says that too much is under way at once. Replies are text: a number in them must not become a double.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection as JsforceConnection } from 'jsforce';
import type { HttpApi } from 'jsforce/lib/http-api.js';
import { SourceError } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import { apiError, translate, translateSignIn } from './errors.ts';
import type { SalesforceOptions } from './options.ts';
import { signInOf } from './sign-in.ts';

export const JSFORCE = { name: 'jsforce', versions: '^3.10.26' } as const;

export type Reply = {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type Request = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Behind `/services/data/v62.0`. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Usage = { readonly used: number; readonly limit: number };

export type Session = {
  /** @throws SourceError */
  readonly send: (request: Request, doing: string) => Promise<Reply>;
  /** API calls of the last 24 hours, as the last reply told; undefined before the first. */
  readonly usage: () => Usage | undefined;
  /** The Salesforce clock of the last reply, in milliseconds and whole seconds; undefined before the first. */
  readonly clock: () => number | undefined;
  /** Id of the user as whom the session is signed in. */
  readonly userId: () => string | undefined;
  readonly apiVersion: string;
  /** `https://acme.my.salesforce.com`, for messages. */
  readonly server: string;
  readonly isLocal: boolean;
};

/** How often a session that was just opened may be refused before that is no expiry. */
const MOST_RENEWALS = 3;
/** Waits for others to finish, in milliseconds, before a request is given up. */
const BUSY_WAITS = [500, 1_000, 2_000, 4_000, 8_000] as const;

export async function openSession(options: SalesforceOptions): Promise<Session> {
  const { api_version: apiVersion = '62.0', api_reserve: reserve = 0, statement_timeout: timeout = 150 } = options;
  const loginUrl = checkUrl(options.login_url);
  const server = loginUrl;
  const signIn = signInOf(options);
  const { Connection } = await loadDriver<typeof import('jsforce')>(JSFORCE.name, JSFORCE);
  const { HttpApi: Api } = await loadDriver<{ HttpApi: typeof HttpApi }>('jsforce/lib/http-api.js', JSFORCE);

  let renewals = 0;
  let refusal: SourceError | undefined;
  let usage: Usage | undefined;
  let clock: number | undefined;

  const authorize = async (to: JsforceConnection): Promise<void> => {
    try {
      await to.authorize({ ...signIn.grant(Date.now()) });
    } catch (error) {
      throw translateSignIn(error, server);
    }
    if (!isAllowed(to.instanceUrl))
      throw new SourceError('source-tls', 'Salesforce named an instance without TLS: nothing is sent there', {
        hint: 'check login_url',
      });
  };

  const renew = async (of: JsforceConnection): Promise<string> => {
    renewals += 1;
    // The client would sign in for ever where each new session is refused.
    if (renewals > MOST_RENEWALS)
      throw new SourceError('source-permission', 'Salesforce refuses sessions that it has just opened', {
        hint: 'the user needs "API Enabled", the app the scope "api", and both must allow this address (login IP ranges)',
      });
    await authorize(of);
    return of.accessToken ?? '';
  };

  const connection = new Connection({
    loginUrl,
    version: apiVersion,
    oauth2: { loginUrl, ...signIn.client },
    refreshFn: (of: JsforceConnection, done: (error: Error | null, token?: string) => void) => {
      renew(of).then(
        (token) => done(null, token),
        (error: unknown) => {
          refusal = error instanceof SourceError ? error : undefined;
          done(error as Error);
        },
      );
    },
  });

  /** One at a time: two first requests make one session. */
  let signedIn: Promise<void> | undefined;
  const ready = async (): Promise<void> => {
    signedIn ??= authorize(connection);
    try {
      await signedIn;
    } catch (error) {
      signedIn = undefined;
      throw error;
    }
  };

  const once = async ({ method = 'GET', path, body, headers }: Request): Promise<Reply> => {
    const api = new Api(connection, { responseType: 'text/plain', timeout: timeout * 1000 });
    let got: Record<string, string> = {};
    api.on('response', (response: { headers?: Record<string, string> }) => {
      got = response.headers ?? {};
    });
    const text = await api.request<string | undefined>({
      method,
      url: `${connection.instanceUrl}/services/data/v${apiVersion}${path}`,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { text: text ?? '', headers: got };
  };

  const note = ({ headers }: Reply): void => {
    renewals = 0;
    const found = /api-usage=(\d+)\/(\d+)/.exec(headers['sforce-limit-info'] ?? '');
    if (found !== null) usage = { used: Number(found[1]), limit: Number(found[2]) };
    const date = Date.parse(headers.date ?? '');
    if (!Number.isNaN(date)) clock = date;
  };

  const keepReserve = (doing: string): void => {
    if (usage === undefined || reserve === 0 || usage.limit - usage.used >= reserve) return;
    const left = Math.max(0, usage.limit - usage.used).toLocaleString('en-US');
    throw new SourceError(
      'source-limit',
      `could not ${doing}: ${left} of the org's ${usage.limit.toLocaleString('en-US')} API calls of 24 hours are left, and api_reserve keeps ${reserve.toLocaleString('en-US')}`,
      { hint: 'wait until calls of yesterday no longer count, run less often, or lower api_reserve' },
    );
  };

  return {
    send: async (request, doing) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          await ready();
          const reply = await once(request);
          note(reply);
          keepReserve(doing);
          return reply;
        } catch (error) {
          const refused = refusal;
          refusal = undefined;
          if (refused !== undefined) throw refused;
          const pause = BUSY_WAITS[attempt];
          if (pause === undefined || !isBusy(error, request)) throw busyOr(error, doing, server);
          await wait(pause);
        }
      }
    },
    usage: () => usage,
    clock: () => clock,
    userId: () => connection.userInfo?.id,
    apiVersion,
    server,
    isLocal: loginUrl.startsWith('http:'),
  };
}

/** Too much at once, which passes. The client itself tries a GET again that met a 503; not so a POST. */
function isBusy(error: unknown, { method = 'GET' }: Request): boolean {
  const api = apiError(error);
  if (api === undefined) return false;
  if (api.code === 'REQUEST_LIMIT_EXCEEDED') return /concurrent/i.test(api.message);
  return method !== 'GET' && (api.code === 'SERVER_UNAVAILABLE' || api.code === 'ERROR_HTTP_503');
}

function busyOr(error: unknown, doing: string, server: string): SourceError {
  const api = apiError(error);
  if (api?.code === 'REQUEST_LIMIT_EXCEEDED' && /concurrent/i.test(api.message))
    return new SourceError(
      'source-interrupted',
      `could not ${doing}: too many long requests of this org are under way (${api.code})`,
    );
  return translate(error, doing, server);
}

function isAllowed(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname));
}

/** The origin of login_url. */
function checkUrl(text: string): string {
  if (isAllowed(text)) return new URL(text).origin;
  throw new SourceError('source-unreachable', 'login_url is no https URL', {
    hint: 'such as https://acme.my.salesforce.com',
  });
}
