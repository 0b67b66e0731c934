import { describe, expect, it } from 'vitest';
import { type GuardSettings, guard } from '../../../src/server/guard.ts';
import { readBody, readLetterRequest } from '../../../src/server/letter-request.ts';

const TOKEN = 'a-token-of-sixteen-and-more';
const local: GuardSettings = { listen: '127.0.0.1:8080', allowedHosts: [], token: TOKEN };
const open: GuardSettings = {
  listen: '0.0.0.0:8080',
  allowedHosts: ['capi.internal', 'proxy.internal:8443'],
  token: TOKEN,
};

const ask = (
  method: string,
  target: string,
  headers: Record<string, string> = {},
  settings = local,
): number | undefined => {
  const all: Record<string, string> = { host: '127.0.0.1:8080', ...headers };
  return guard({ method, target, header: (name) => all[name] }, settings)?.status;
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('the host of a request', () => {
  it.each(['127.0.0.1:8080', '127.0.0.1', 'localhost:9999', '[::1]:8080', 'LOCALHOST'])('may be %s', (host) => {
    expect(ask('GET', '/api/overview', { host })).toBeUndefined();
  });
  it.each([
    'evil.example',
    'evil.example:8080',
    '192.168.0.1:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '',
  ])('may not be "%s" on loopback', (host) => {
    expect(ask('GET', '/livez', { host })).toBe(421);
    expect(ask('POST', '/api/mappings/a/run', { host, ...bearer(TOKEN) })).toBe(421);
  });
  it.each(['10.1.2.3:8080', '[fd00::1]:8080', 'capi.internal', 'capi.internal:80', 'proxy.internal:8443'])(
    'may be %s on another address',
    (host) => {
      expect(ask('GET', '/livez', { host }, open)).toBeUndefined();
    },
  );
  it.each(['evil.example', 'proxy.internal:1', 'capi.internal.evil.example'])('may not be %s there', (host) => {
    expect(ask('GET', '/livez', { host }, open)).toBe(421);
  });
});

describe('the path of a request', () => {
  it.each([
    '/../etc/passwd',
    '/assets/../../x',
    '/assets/%2e%2e/x',
    '/assets/.%2E/x',
    '/assets/..%2fx',
    '/assets/%5c..%5cx',
    '/a\\..\\b',
    '/a%00b',
    'http://127.0.0.1:8080/metrics',
    '*',
    '/ä',
  ])('may not be %s', (target) => {
    expect(ask('GET', target)).toBe(400);
  });
  it.each(['/', '/api/mappings/a..b', '/assets/page-1.2.js?x=..', '/metrics'])('may be %s', (target) => {
    expect(ask('GET', target)).toBeUndefined();
  });
});

describe('the token', () => {
  it('is not asked for reading on loopback', () => {
    for (const path of ['/', '/metrics', '/version', '/api/overview', '/livez', '/readyz'])
      expect(ask('GET', path)).toBeUndefined();
  });
  it('is asked for reading anywhere else, but for probes and the page that asks for it', () => {
    const host = { host: '10.1.2.3:8080' };
    for (const path of ['/', '/livez', '/readyz', '/assets/page.js'])
      expect(ask('GET', path, host, open)).toBeUndefined();
    for (const path of ['/metrics', '/version', '/api/overview', '/api/events', '/assets/a/b', '/livez/x'])
      expect(ask('GET', path, host, open)).toBe(401);
    expect(ask('GET', '/metrics', { ...host, ...bearer(TOKEN) }, open)).toBeUndefined();
  });
  it('is asked for every action', () => {
    expect(ask('POST', '/api/mappings/a/run')).toBe(401);
    expect(ask('POST', '/livez')).toBe(401);
    expect(ask('POST', '/api/mappings/a/run', bearer(TOKEN))).toBeUndefined();
  });
  it.each([`${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase(), '', 'x'.repeat(500)])('is not %s', (token) => {
    expect(ask('POST', '/api/mappings/a/run', bearer(token))).toBe(401);
  });
  it('is not taken from anywhere else', () => {
    expect(ask('POST', `/api/mappings/a/run?token=${TOKEN}`)).toBe(401);
    expect(ask('POST', '/api/mappings/a/run', { cookie: `token=${TOKEN}` })).toBe(401);
    expect(ask('POST', '/api/mappings/a/run', { authorization: `Basic ${TOKEN}` })).toBe(401);
  });
  it('that is not set allows no action', () => {
    expect(ask('POST', '/api/mappings/a/run', bearer('undefined'), { ...local, token: undefined })).toBe(403);
  });
});

describe('an action', () => {
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://127.0.0.1:9999' }],
  ])('is not taken from another page: %o', (headers) => {
    expect(ask('POST', '/api/mappings/a/run', { ...headers, ...bearer(TOKEN) })).toBe(403);
  });
  it('is taken from our own page and from programs', () => {
    const own = { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:8080' };
    expect(ask('POST', '/api/mappings/a/run', { ...own, ...bearer(TOKEN) })).toBeUndefined();
  });
  it.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'BREW'])('has no method %s', (method) => {
    expect(ask(method, '/api/mappings/a/run', bearer(TOKEN))).toBe(405);
  });
});

describe('the body of a retry', () => {
  it.each([
    ['{"all":true}', {}],
    ['{"code":"value-invalid"}', { code: 'value-invalid' }],
    ['{"keys":[["4711"],["a","b"]]}', { rowKeys: [['4711'], ['a', 'b']] }],
  ])('%s', (text, expected) => {
    expect(readLetterRequest(text)).toEqual(expected);
  });
  it.each([
    '',
    '{}',
    '[]',
    'null',
    '{"all":false}',
    '{"all":true,"code":"x"}',
    '{"keys":[]}',
    '{"keys":["a"]}',
    '{"keys":[[1]]}',
    '{"code":"x y"}',
    '{',
  ])('is not %s', (text) => {
    expect(readLetterRequest(text)).toBeUndefined();
  });
  it('is not read further than allowed', async () => {
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) });
    expect(await readBody(endless, 5_000)).toBeUndefined();
  });
});
