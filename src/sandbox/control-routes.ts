import type { IncomingMessage } from 'node:http';
import { parseFault } from './faults.ts';
import { isObject } from './field-types.ts';
import { type Answer, HTML_TYPE, json } from './graph-answer.ts';
import { readBody } from './read-events-request.ts';
import { sandboxPage } from './sandbox-page.ts';
import type { Sandbox } from './sandbox-types.ts';

export type Controlled = Omit<Sandbox, 'url' | 'close'>;

const DEFAULT_LIMIT = 100;
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** A page of the web whose name was bent to 127.0.0.1 sends its own name: it must not read what arrived here. */
const isLoopback = (host: string | undefined): boolean => {
  const url = `http://${host ?? ''}`;
  return URL.canParse(url) && LOOPBACK_HOSTS.has(new URL(url).hostname);
};

const badRequest = (message: string): Answer => json(400, { error: message });
const done = (): Answer => json(200, { ok: true });

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  try {
    return JSON.parse((await readBody(request))?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
};

const putFaults = (sandbox: Controlled, body: unknown): Answer => {
  if (!Array.isArray(body) || !body.every((each) => typeof each === 'string')) {
    return badRequest('the body must be a JSON array of faults, such as ["throttle:times=3"]');
  }
  try {
    sandbox.setFaults(body.map(parseFault));
    return done();
  } catch (error) {
    return badRequest(error instanceof Error ? error.message : 'the faults cannot be read');
  }
};

const putToken = (sandbox: Controlled, body: unknown): Answer => {
  const token = isObject(body) ? body.token : body;
  if (token !== null && (typeof token !== 'string' || token === '')) {
    return badRequest('the body must be {"token": "..."}, or {"token": null} for any token');
  }
  sandbox.setToken(token ?? undefined);
  return done();
};

const lastEvents = (sandbox: Controlled, limit: string | null): Answer => {
  const count = limit === null ? DEFAULT_LIMIT : Number(limit);
  if (!Number.isInteger(count) || count < 1) return badRequest('limit must be a whole number above 0');
  return json(200, sandbox.events().slice(-count));
};

/**
 * The page for people and the JSON of tests that run the sandbox in another process. Undefined when the path is not one of theirs.
 */
export const answerControl = async (
  sandbox: Controlled,
  request: IncomingMessage,
  url: URL,
): Promise<Answer | undefined> => {
  const path = url.pathname;
  if (path !== '/' && path !== '/_sandbox' && !path.startsWith('/_sandbox/')) return undefined;
  if (!isLoopback(request.headers.host)) return json(403, { error: 'the Host header must name this machine' });
  switch (`${request.method} ${path}`) {
    case 'GET /':
      return { status: 200, type: HTML_TYPE, body: sandboxPage(sandbox.stats(), sandbox.events()) };
    case 'GET /_sandbox/stats':
      return json(200, sandbox.stats());
    case 'GET /_sandbox/events':
      return lastEvents(sandbox, url.searchParams.get('limit'));
    case 'GET /_sandbox/deliveries':
      return json(200, Object.fromEntries(sandbox.deliveries()));
    case 'DELETE /_sandbox':
      sandbox.reset();
      return done();
    case 'PUT /_sandbox/faults':
      return putFaults(sandbox, await readJson(request));
    case 'PUT /_sandbox/token':
      return putToken(sandbox, await readJson(request));
    default:
      return undefined;
  }
};
