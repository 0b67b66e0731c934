/** The HTTP side of `start`: guard, security headers, probes, metrics and actions. The page and its JSON come from `page/`. */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { FatalError } from '../errors.ts';
import type { REFUSALS } from '../observe/metric-table.ts';
import { type GuardSettings, guard } from './guard.ts';
import { readBody, readLetterRequest } from './letter-request.ts';
import { type ActionResult, CONTENT_SECURITY_POLICY, type ServiceActions } from './seams.ts';

export type Readiness = Readonly<Record<'config' | 'state' | 'service', 'ok' | string>>;

/** What there is only once state is open. */
export type Behind = { readonly actions: ServiceActions; readonly page: Hono; readonly runs: Hono };

export type HttpTools = {
  readonly version: string;
  readonly apiVersion: string;
  /** What holds now: a reload may bring another token. */
  readonly settings: () => GuardSettings;
  readonly readiness: () => Readiness;
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
  /** Undefined while state cannot be opened yet. */
  readonly behind: () => Behind | undefined;
  readonly onRefused: (reason: (typeof REFUSALS)[number]) => void;
  /** A request failed for a reason of ours. Gets the kind of the error, never its text. */
  readonly onFailed: (kind: string) => void;
};

type App = { Bindings: HttpBindings };

/** A thousand primary keys fit well. */
const MAX_BODY = 256 * 1024;

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

const MESSAGES: Readonly<Record<(typeof REFUSALS)[number], string>> = {
  host: 'this server is not reached by that name',
  path: 'there is no such path',
  method: 'there is no such method here',
  origin: 'the request comes from another site',
  token: 'the token is missing or wrong',
  'no-token': 'actions are off',
  signature: 'the signature is missing or wrong',
  body: 'the body is too large or not what is expected',
};

const problem = (
  context: Context,
  status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 421 | 500 | 503,
  code: string,
  message: string,
  hint: string | null = null,
): Response => context.json({ error: { code, message, hint } }, status);

const answer = (context: Context, result: ActionResult): Response => {
  if (result.ok) return context.json({ state: result.state }, result.state === 'done' ? 200 : 202);
  if (result.code === 'unknown-mapping') return problem(context, 404, result.code, 'there is no such mapping');
  if (result.code === 'stopping') return problem(context, 503, result.code, 'this process is stopping');
  return problem(context, 409, result.code, 'a run is going on', 'try again when it has ended');
};

export const httpApp = (tools: HttpTools): Hono<App> => {
  const app = new Hono<App>();
  const refuse = (
    context: Context,
    status: 400 | 401 | 403 | 405 | 413 | 421,
    reason: (typeof REFUSALS)[number],
    hint: string,
  ) => {
    tools.onRefused(reason);
    if (status === 401) context.header('www-authenticate', 'Bearer');
    return problem(context, status, reason, MESSAGES[reason], hint);
  };

  const missing = (context: Context): Response => problem(context, 404, 'not-found', 'there is no such path');
  // An error's own text stays here: it could name hosts or files.
  const failed = (error: Error, context: Context): Response => {
    const isState = error instanceof FatalError && error.code.startsWith('state-');
    tools.onFailed(isState ? error.code : error.name);
    return isState
      ? problem(context, 503, error.code, 'state does not answer', 'see /readyz')
      : problem(context, 500, 'internal', 'something went wrong here', 'see the log');
  };
  /** The page's routes, with our words for what fails in them. */
  const within = (page: Hono): Hono => page.onError(failed).notFound(missing);

  app.use(async (context, next) => {
    const protect = (): void => {
      for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    };
    const { method, url = '' } = context.env.incoming;
    const request = { method: method ?? '', target: url, header: (name: string) => context.req.header(name) };
    const refused = guard(request, tools.settings());
    if (refused) {
      protect();
      return refuse(context, refused.status, refused.reason, refused.hint);
    }
    await next();
    // Afterwards, so that an answer that was made elsewhere has them too.
    protect();
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
    return undefined;
  });
  app.use(async (context, next) => {
    const length = Number(context.req.header('content-length') ?? 0);
    if (length > MAX_BODY) return refuse(context, 413, 'body', `at most ${MAX_BODY} bytes`);
    await next();
    return undefined;
  });

  app.get('/livez', (context) => context.text('ok\n'));
  app.get('/readyz', (context) => {
    const checks = tools.readiness();
    const ready = Object.values(checks).every((each) => each === 'ok');
    return context.json({ ready, checks }, ready ? 200 : 503);
  });
  app.get('/version', (context) =>
    context.json({ version: tools.version, api_version: tools.apiVersion, node: process.versions.node }),
  );
  app.get('/metrics', async (context) => {
    const { text, contentType } = await tools.metrics();
    return context.body(text, 200, { 'content-type': contentType });
  });

  const act = (path: string, work: (context: Context, actions: ServiceActions) => Promise<Response> | Response) =>
    app.post(path, async (context) => {
      const behind = tools.behind();
      if (!behind) return problem(context, 503, 'not-ready', 'state is not there yet', 'see /readyz');
      return work(context, behind.actions);
    });
  const name = (context: Context): string => context.req.param('name') ?? '';
  act('/api/mappings/:name/run', (context, actions) => answer(context, actions.runNow(name(context))));
  act('/api/mappings/:name/pause', async (context, actions) => answer(context, await actions.pause(name(context))));
  act('/api/mappings/:name/resume', async (context, actions) => answer(context, await actions.resume(name(context))));
  act('/api/mappings/:name/dead-letters/retry', async (context, actions) => {
    const text = await readBody(context.req.raw.body, MAX_BODY);
    if (text === undefined) return refuse(context, 413, 'body', `at most ${MAX_BODY} bytes`);
    const which = readLetterRequest(text);
    if (!which) return refuse(context, 400, 'body', 'one of {"keys": [["4711"]]}, {"code": "..."} and {"all": true}');
    return answer(context, actions.retryLetters(name(context), which));
  });

  const pass = (to: keyof Pick<Behind, 'page' | 'runs'>) => async (context: Context) => {
    const behind = tools.behind();
    return behind
      ? within(behind[to]).fetch(context.req.raw)
      : problem(context, 503, 'not-ready', 'state is not there yet', 'see /readyz');
  };
  app.post('/api/runs', pass('runs'));
  app.get('/api/runs/:id', pass('runs'));
  app.post('/api/hooks/:name', pass('runs'));
  app.get('*', pass('page'));
  app.notFound(missing);
  app.onError(failed);
  return app;
};
