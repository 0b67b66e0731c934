import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openPostEvents, type PostTarget, type Reply, readReply } from '../../../src/load/post-events.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { DATASET, goodEvent, NOW, TOKEN } from '../sandbox/post-events.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const never = new AbortController().signal;
const client = (baseUrl: string, changes: Partial<PostTarget> = {}) => {
  const post = openPostEvents({
    ...{ baseUrl, apiVersion: 'v26.0', datasetId: DATASET, accessToken: TOKEN, timeoutMs: 2000, connections: 2 },
    ...changes,
  });
  closers.push(post.close);
  return post;
};
const sandbox = async (options: Parameters<typeof startSandbox>[0] = {}): Promise<Sandbox> => {
  const started = await startSandbox({ now: () => NOW, token: TOKEN, ...options });
  closers.push(started.close);
  return started;
};
const server = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
  const http = createServer(answer);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
};
const eventBytes = (id: string): Uint8Array => Buffer.from(JSON.stringify(goodEvent({ event_id: id })));
const EVENTS = ['a', 'b'].map(eventBytes);

describe('a request', () => {
  it('arrives with its events, the token in its header and nothing else', async () => {
    let seen:
      | { url: string | undefined; method: string | undefined; headers: IncomingMessage['headers']; body: string }
      | undefined;
    const url = await server(async (request, response) => {
      const body = (await request.setEncoding('utf8').toArray()).join('');
      seen = { url: request.url, method: request.method, headers: request.headers, body };
      response.end('{"events_received":2,"fbtrace_id":"T"}');
    });
    expect(await client(url)(EVENTS, never)).toEqual({ kind: 'accepted', traceId: 'T' });
    expect(seen).toMatchObject({ url: `/v26.0/${DATASET}/events`, method: 'POST' });
    expect(seen?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' });
    expect(seen?.body).toBe(`{"data":[${EVENTS.join(',')}]}`);
    expect(`${seen?.url}${seen?.body}`).not.toContain(TOKEN);
  });

  it('carries test_event_code and partner_agent where the destination has them', async () => {
    const far = await sandbox();
    expect(
      await client(far.url, { testEventCode: 'TEST"1', partnerAgent: 'my-platform' })(EVENTS, never),
    ).toMatchObject({ kind: 'accepted' });
    expect(far.events()).toMatchObject([{ testEventCode: 'TEST"1', partnerAgent: 'my-platform' }, { event_id: 'b' }]);
  });

  it('is accepted by the sandbox, all events at once', async () => {
    const far = await sandbox();
    const many = Array.from({ length: 1000 }, (_, n) => eventBytes(`é😀${n}`));
    expect(await client(far.url)(many, never)).toMatchObject({ kind: 'accepted' });
    expect(far.stats()).toMatchObject({ eventsAccepted: 1000, tokenInUrl: 0 });
  });
});

describe('an error of the far side', () => {
  const replyTo = async (
    fault: NonNullable<Parameters<typeof startSandbox>[0]>['faults'],
    changes: Partial<PostTarget> = {},
  ) => {
    const far = await sandbox({ faults: fault ?? [] });
    return { reply: await client(far.url, changes)(EVENTS, never), far };
  };
  type Expected = Partial<Extract<Reply, { kind: 'error' }>>;

  it.each<[string, NonNullable<Parameters<typeof replyTo>[0]>[number], Expected]>([
    ['an expired token', { kind: 'expire-token' }, { class: 'auth', code: 190, subcode: 463, maybeProcessed: false }],
    ['a permission', { kind: 'permission' }, { class: 'auth', code: 200, maybeProcessed: false }],
    ['throttling', { kind: 'throttle' }, { class: 'throttle', code: 80_004, maybeProcessed: false }],
    ['a passing trouble', { kind: 'transient' }, { class: 'transient', code: 2, maybeProcessed: false }],
    [
      'a server error without a body',
      { kind: 'status', code: 502, body: 'empty' },
      { class: 'transient', code: undefined, maybeProcessed: true, reason: 'http-502' },
    ],
    ['a page of HTML', { kind: 'garbage', stored: true }, { class: 'bad_response', maybeProcessed: true }],
    ['one event too few', { kind: 'wrong-count' }, { class: 'bad_response', maybeProcessed: true }],
    ['half a JSON', { kind: 'truncate' }, { class: 'bad_response', maybeProcessed: true }],
    ['a redirect', { kind: 'redirect' }, { class: 'bad_response', maybeProcessed: true, reason: 'http-302' }],
    ['too large', { kind: 'too-large' }, { class: 'too_large', maybeProcessed: false }],
    [
      'a refused event',
      { kind: 'refuse', event_id: 'b' },
      { class: 'invalid', code: 100, subcode: 2804019, maybeProcessed: false },
    ],
    [
      'a connection that is cut before',
      { kind: 'reset-before' },
      { class: 'transient', maybeProcessed: true, reason: 'connection-lost' },
    ],
    [
      'a connection that is cut after',
      { kind: 'reset-after' },
      { class: 'transient', maybeProcessed: true, reason: 'connection-lost' },
    ],
  ])('%s is told for what it is', async (_, fault, expected) => {
    expect((await replyTo([fault])).reply).toMatchObject({ kind: 'error', ...expected });
  });

  it('no answer at all is a timeout, and the events may have arrived', async () => {
    const started = performance.now();
    const { reply } = await replyTo([{ kind: 'timeout' }], { timeoutMs: 150 });
    expect(reply).toMatchObject({ class: 'transient', maybeProcessed: true });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('an answer that drips is cut at the deadline', async () => {
    const { reply } = await replyTo([{ kind: 'drip', ms: 200 }], { timeoutMs: 400 });
    expect(reply).toMatchObject({ class: 'transient', maybeProcessed: true, reason: 'timeout' });
  });

  it('nobody listening is a failure in which nothing arrived', async () => {
    const url = await server(() => undefined);
    for (const close of closers.splice(0)) await close();
    expect(await client(url)(EVENTS, never)).toMatchObject({
      class: 'transient',
      maybeProcessed: false,
      reason: 'connection-refused',
    });
    expect(await client('http://does-not-exist.invalid')(EVENTS, never)).toMatchObject({
      maybeProcessed: false,
      reason: 'host-not-found',
    });
  });

  it('a port that accepts and never shakes hands is given up at the deadline', async () => {
    const silent = createTcpServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const started = performance.now();
    const { port } = silent.address() as AddressInfo;
    expect(await client(`https://127.0.0.1:${port}`, { timeoutMs: 300 })(EVENTS, never)).toMatchObject({
      class: 'transient',
      maybeProcessed: false,
      reason: 'connect-timeout',
    });
    expect(performance.now() - started).toBeLessThan(2500);
    silent.close();
  });

  it('a forced stop cuts the request, which leaves it in doubt', async () => {
    const far = await sandbox({ faults: [{ kind: 'timeout' }] });
    const abort = new AbortController();
    const reply = client(far.url)(EVENTS, abort.signal);
    setTimeout(() => abort.abort(), 50);
    expect(await reply).toMatchObject({ class: 'transient', maybeProcessed: true });
  });

  it('an answer beyond all measure is not read to its end', async () => {
    const url = await server((request, response) => {
      request.resume();
      response.on('error', () => undefined);
      const chunk = 'x'.repeat(65_536);
      const more = (): void => {
        if (!response.destroyed && response.write(chunk)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    expect(await client(url)(EVENTS, never)).toMatchObject({ kind: 'error', class: 'transient', maybeProcessed: true });
  });
});

describe('readReply', () => {
  it.each([
    [200, '{"events_received":3}'],
    [200, '{"events_received":1}'],
    [200, '{"events_received":"2"}'],
    [200, '{}'],
    [200, '[2]'],
    [200, 'null'],
    [200, ''],
    [201, '{"events_received":2}'],
    [200, '{"error":{"message":"x"}}'],
    [204, ''],
  ])('%i %s is no acceptance of two events', (status, text) => {
    expect(readReply(status, text, undefined, 2)).toMatchObject({
      kind: 'error',
      class: 'bad_response',
      maybeProcessed: true,
    });
  });

  it('takes codes only where they are numbers, and nothing of the text', () => {
    const body = '{"error":{"code":"100","error_subcode":"7","message":"ada@example.com","fbtrace_id":"T"}}';
    const reply = readReply(400, body, 3000, 1);
    expect(reply).toMatchObject({
      code: undefined,
      subcode: undefined,
      class: 'bad_response',
      traceId: 'T',
      retryAfterMs: 3000,
    });
    expect(JSON.stringify(reply)).not.toContain('ada');
    expect(
      readReply(400, '{"error":{"code":100,"error_subcode":2804003,"is_transient":true}}', undefined, 1),
    ).toMatchObject({ class: 'transient' });
  });
});

it.each([
  ['7', 7000],
  ['86400', 3_600_000],
  ['0', undefined],
  ['-5', undefined],
  ['Wed, 21 Oct 2020 07:28:00 GMT', undefined],
  ['Fri, 31 Dec 2099 23:59:59 GMT', 3_600_000],
  ['2099', 2_099_000],
  ['1e3', undefined],
])('Retry-After %s is %s milliseconds', async (header, expected) => {
  const url = await server((request, response) => {
    request.resume();
    response.writeHead(429, { 'retry-after': header }).end('{}');
  });
  expect(await client(url)(EVENTS, never)).toMatchObject({
    class: 'throttle',
    retryAfterMs: expected,
    maybeProcessed: false,
  });
});
