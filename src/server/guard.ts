/**
 * Who may ask for what, before any route is looked at. A request has to name a host that is ours (a page that was lured here by a rebound name does not),
 * a plain path, and a method that the path knows. Reading is open on loopback; actions, and everything on another address, need the token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { REFUSALS } from '../observe/metric-table.ts';

export type Refused = {
  readonly status: 400 | 401 | 403 | 405 | 421;
  readonly reason: (typeof REFUSALS)[number];
  readonly hint: string;
};

export type GuardSettings = {
  /** host:port as configured. */
  readonly listen: string;
  readonly allowedHosts: readonly string[];
  /** Undefined: no action can be taken. */
  readonly token: string | undefined;
  /** Names of `server.hooks`: who calls them shows a signature of the body instead, which is looked at where the body is read. */
  readonly hooks?: readonly string[];
};

export type Request = {
  readonly method: string;
  /** As the client wrote it. */
  readonly target: string;
  readonly header: (name: string) => string | undefined;
};

/** Answered without a token on every address: probes, and the page that asks for the token. They tell nothing of the mappings. */
const OPEN = /^\/(?:livez|readyz|favicon\.ico|assets\/[^/]*)?$/;
/** A segment `..` in any spelling, a backslash, or bytes that no path of ours has. */
const ODD_PATH = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){2}(?:$|[/\\?#]|%2f|%5c)|\\|%5c|%00|[^\x21-\x7e]/i;
const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/i;

export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host);

const hostOf = (authority: string): string => authority.replace(/:\d{1,5}$/, '').toLowerCase();

/** Takes as long for a wrong token as for the right one, whatever its length. */
export const isSame = (given: string, wanted: string): boolean => {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
};

/** @returns undefined: it may pass */
export const guard = (
  request: Request,
  { listen, allowedHosts, token, hooks = [] }: GuardSettings,
): Refused | undefined => {
  const { method, target, header } = request;
  const listening = hostOf(listen);
  if (!isOurHost(header('host'), listening, allowedHosts))
    return { status: 421, reason: 'host', hint: 'reach it by its address, or list the name in server.allowed_hosts' };
  if (!target.startsWith('/') || ODD_PATH.test(target)) return { status: 400, reason: 'path', hint: 'a plain path' };
  const [path = ''] = target.split('?');
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
    return { status: 405, reason: 'method', hint: 'GET, HEAD or, for actions, POST' };
  if (method === 'POST') {
    if (!isSameOrigin(header)) return { status: 403, reason: 'origin', hint: 'actions are not taken from other pages' };
    if (hooks.some((name) => path === `/api/hooks/${name}`)) return undefined;
    if (token === undefined)
      return { status: 403, reason: 'no-token', hint: 'set server.token: without one no action is taken' };
  } else if (isLoopback(listening) || OPEN.test(path)) return undefined;
  const given = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header('authorization') ?? '')?.[1];
  if (given !== undefined && token !== undefined && isSame(given, token)) return undefined;
  return { status: 401, reason: 'token', hint: 'send Authorization: Bearer with server.token' };
};

/**
 * An address in digits is no name that somebody could make point here. On loopback only loopback's own count, elsewhere any: behind a port mapping the
 * server does not know its address.
 */
const isOurHost = (header: string | undefined, listening: string, allowed: readonly string[]): boolean => {
  if (header === undefined) return false;
  const host = hostOf(header);
  if (isLoopback(host)) return true;
  if (host === listening) return true;
  if (!isLoopback(listening) && IP.test(host)) return true;
  return allowed.some((each) => each.toLowerCase() === header.toLowerCase() || each.toLowerCase() === host);
};

/** Browsers say where a request comes from; programs say nothing. */
const isSameOrigin = (header: Request['header']): boolean => {
  const site = header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const origin = header('origin');
  if (origin === undefined) return true;
  return origin.replace(/^https?:\/\//, '').toLowerCase() === header('host')?.toLowerCase();
};
