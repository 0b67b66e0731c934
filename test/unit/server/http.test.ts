import { connect } from 'node:net';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FatalError } from '../../../src/errors.ts';
import { type Behind, httpApp, type Readiness } from '../../../src/server/http-app.ts';
import { type Listening, listen } from '../../../src/server/listen.ts';
import { runRoutes } from '../../../src/server/run-routes.ts';
import type { ActionResult, ServiceActions } from '../../../src/server/seams.ts';

vi.setConfig({ testTimeout: 60_000 });

/** The server as it listens, asked over sockets: what is refused, how, and what that tells. */

const TOKEN = 'a-token-of-sixteen-and-more';
const SECRET = 'the text of an error';
let server: Listening;
let port: number;
let asked: string[] = [];
let ready: Readiness = { config: 'ok', state: 'ok', service: 'ok' };
let behind: Behind | undefined;
const failures: string[] = [];

const started = (name: string): ActionResult => {
  asked.push(name);
  return name === 'orders' ? { ok: true, state: 'started' } : { ok: false, code: 'unknown-mapping' };
};
const actions: ServiceActions = {
  runNow: started,
  pause: async () => Promise.reject(new FatalError('state-lost', SECRET)),
  resume: async () => ({ ok: true, state: 'done' }),
  retryLetters: (name, which) => started(`${name} ${JSON.stringify(which)}`),
  requestRuns: () => 'stopping',
};
const runs = runRoutes({
  actions,
  state: { readRun: async () => undefined },
  hooks: () => ({}),
  onRefused: () => undefined,
  now: Date.now,
});
const page = new Hono()
  .get('/', (context) => context.html('<p>page</p>'))
  .get('/api/fails', () => {
    throw new TypeError(SECRET);
  });

beforeAll(async () => {
  behind = { actions, page, runs };
  const app = httpApp({
    version: '1.2.3',
    apiVersion: 'v26.0',
    settings: () => ({ listen: '127.0.0.1:0', allowedHosts: [], token: TOKEN }),
    readiness: () => ready,
    metrics: async () => ({ text: 'capi_x 1\n', contentType: 'text/plain' }),
    behind: () => behind,
    onRefused: () => undefined,
    onFailed: (kind) => void failures.push(kind),
  });
  server = await listen(app, '127.0.0.1:0', { headersTimeout: 1_000, connectionsCheckingInterval: 200 });
  port = Number(server.address.split(':').at(-1));
});
afterAll(() => server.close());

/** Writes bytes to the server and reads until it hangs up, or for so long. */
const raw = (text: string, patienceMs = 10_000): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const done = (): void => {
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(done, patienceMs);
    socket.on('data', (part) => {
      answer += part.toString();
    });
    socket.on('close', () => {
      clearTimeout(timer);
      done();
    });
    socket.on('error', () => undefined);
    socket.write(text);
  });
const get = (path: string, headers = ''): Promise<string> =>
  raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n${headers}\r\n`);
const post = (path: string, body = '', headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) =>
  fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers });

describe('the server', () => {
  it('listens on the one address that it is told, and nowhere else', async () => {
    const other = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.2');
      socket.on('connect', () => resolve('open')).on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(other).toBe('ECONNREFUSED');
    expect(server.address).toBe(`127.0.0.1:${port}`);
  });

  it('says in words what is the matter when its port is taken', async () => {
    const app = httpApp({} as never);
    await expect(listen(app, server.address)).rejects.toMatchObject({ code: 'port-in-use', exitCode: 3 });
  });

  it('answers probes, version and metrics', async () => {
    expect(await get('/livez')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await get('/version')).toContain('"version":"1.2.3"');
    expect(await get('/metrics')).toContain('capi_x 1');
    expect(await get('/readyz')).toMatch(/^HTTP\/1\.1 200 /);
    ready = { config: 'ok', state: 'unreachable', service: 'ok' };
    expect(await get('/readyz')).toMatch(/^HTTP\/1\.1 503 [\s\S]*"state":"unreachable"/);
    ready = { config: 'ok', state: 'ok', service: 'ok' };
  });

  it('puts the same headers on every answer, also on refusals, and does not say what it is made of', async () => {
    for (const path of ['/livez', '/', '/nothing', '/api/fails', '/../x']) {
      const answer = await get(path);
      expect(answer).toContain("content-security-policy: default-src 'none'; script-src 'self'");
      expect(answer).toContain('x-content-type-options: nosniff');
      expect(answer).toContain('x-frame-options: DENY');
      expect(answer).not.toMatch(/^(server|x-powered-by|access-control-[a-z-]*):/im);
    }
  });

  it('answers 503 to all but probes while state is not there', async () => {
    const before = behind;
    behind = undefined;
    expect(await get('/')).toMatch(/^HTTP\/1\.1 503 /);
    expect((await post('/api/mappings/orders/run')).status).toBe(503);
    expect(await get('/livez')).toMatch(/^HTTP\/1\.1 200 /);
    behind = before;
  });

  it('takes actions with the token, and tells what became of them', async () => {
    asked = [];
    expect(await (await post('/api/mappings/orders/run')).json()).toEqual({ state: 'started' });
    expect((await post('/api/mappings/nobody/run')).status).toBe(404);
    expect(await (await post('/api/mappings/orders/resume')).json()).toEqual({ state: 'done' });
    await post('/api/mappings/orders/dead-letters/retry', '{"code":"value-invalid"}');
    expect(asked).toEqual(['orders', 'nobody', 'orders {"code":"value-invalid"}']);
    expect((await post('/api/mappings/orders/dead-letters/retry', 'x')).status).toBe(400);
    expect((await post('/api/mappings/orders/explode')).status).toBe(404);
  });

  it('takes none without it', async () => {
    asked = [];
    for (const path of ['run', 'pause', 'resume', 'dead-letters/retry']) {
      const answer = await post(`/api/mappings/orders/${path}`, '{"all":true}', {});
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    const form = await fetch(`http://127.0.0.1:${port}/api/mappings/orders/run`, { method: 'GET' });
    expect(form.status).toBe(404);
    expect(asked).toEqual([]);
  });

  it('shows nothing of an error of its own but that there was one', async () => {
    failures.length = 0;
    const inside = await get('/api/fails');
    const state = await post('/api/mappings/orders/pause');
    expect(inside).toMatch(/^HTTP\/1\.1 500 /);
    expect([state.status, (await state.json()) as object]).toMatchObject([503, { error: { code: 'state-lost' } }]);
    expect(inside + JSON.stringify(await (await post('/api/mappings/orders/pause')).json())).not.toContain(SECRET);
    expect(failures.slice(0, 2)).toEqual(['TypeError', 'state-lost']);
  });
});

describe('what a caller makes long or odd', () => {
  const host = () => `Host: 127.0.0.1:${port}\r\n`;

  it.each([
    ['a foreign host', 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 421],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', [400, 421]],
    ['HTTP/1.0 without a host', 'GET / HTTP/1.0\r\n\r\n', [400, 421]],
    [
      'an address of a proxy',
      'GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
      [400, 421],
    ],
    ['..', 'GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n', 400],
    [
      '.. in digits',
      'GET /assets/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
      400,
    ],
    ['a method of its own', 'BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n', 400],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n', undefined],
    [
      'two lengths',
      'POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['no HTTP', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
  ])('%s is refused', async (_, text, status) => {
    const answer = await raw(text);
    const given = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
    expect(status === undefined ? [undefined] : [status].flat().map(String)).toContain(given);
    expect(answer).not.toMatch(/root:|node_modules|\.ts\b|at [A-Z]/);
  });

  it('headers of 64 KB are refused', async () => {
    expect(await get('/livez', `X: ${'a'.repeat(65_536)}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('a body of 10 MB is refused, announced or not, without being kept', async () => {
    const big = 'x'.repeat(10_000_000);
    const before = process.memoryUsage().arrayBuffers;
    const announced = await post('/api/mappings/orders/dead-letters/retry', big).then(
      ({ status }) => status,
      () => 413,
    );
    expect(announced).toBe(413);
    const chunked = await raw(
      `POST /api/mappings/orders/dead-letters/retry HTTP/1.1\r\n${host()}Authorization: Bearer ${TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n` +
        `${`10000\r\n${'x'.repeat(65_536)}\r\n`.repeat(150)}0\r\n\r\n`,
      3_000,
    );
    // A machine that is busy is too slow for the limit on time before that on size.
    expect(chunked).toMatch(/^HTTP\/1\.1 (413|408) |^$/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000);
    expect((await post('/api/mappings/orders/run')).status).toBe(202);
  });

  it('headers that come drop by drop are cut off, and do not keep others waiting', async () => {
    const started = Date.now();
    const slow = raw(`GET /livez HTTP/1.1\r\n${host()}X-Slow: `, 20_000);
    expect(await get('/livez')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await slow).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect(Date.now() - started).toBeLessThan(15_000);
  }, 30_000);
});
