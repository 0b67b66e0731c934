import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { answered, DATASET, eventsUrl, goodEvent, NOW, NOW_SECONDS, postEvents, sha256, TOKEN } from './post-events.ts';

let sandbox: Sandbox;
let clock = NOW;
afterEach(() => sandbox.close());

const start = async (options: SandboxOptions = {}) => {
  clock = NOW;
  sandbox = await startSandbox({ now: () => clock, ...options });
};
const post = async (body: string | FormData | URLSearchParams, headers: Record<string, string> = {}, query = '') =>
  answered(await fetch(eventsUrl(sandbox) + query, { method: 'POST', headers, body }));
const get = async (path: string, headers: Record<string, string> = {}) =>
  answered(await fetch(sandbox.url + path, { headers }));
const HOUR = 3_600_000;

describe('answers', () => {
  it('a good request as Meta does', async () => {
    await start();
    const answer = await postEvents(sandbox, [goodEvent(), goodEvent({ event_id: 'order-2' })]);
    expect(JSON.parse(answer.text)).toEqual({ events_received: 2, messages: [], fbtrace_id: expect.any(String) });
    expect(answer.headers.get('x-app-usage')).toBeNull();
  });

  it('a bad event with all keys of the error and in their order', async () => {
    await start();
    const { error } = await postEvents(sandbox, [goodEvent({ event_time: 0 })]);
    expect(Object.keys(error ?? {})).toEqual([
      'message',
      'type',
      'code',
      'error_subcode',
      'is_transient',
      'error_user_title',
      'error_user_msg',
      'fbtrace_id',
    ]);
  });

  it('unknown paths, methods and versions with a Graph error', async () => {
    await start();
    for (const path of [
      '/v26.0',
      `/${DATASET}/events`,
      `/v26/${DATASET}/events`,
      '/redirected',
      '//',
      '/_sandbox/none',
    ]) {
      expect(await get(path)).toMatchObject({ status: 400, error: { code: 2500, type: 'OAuthException' } });
    }
    expect((await get(`/v26.0/${DATASET}/events`)).error?.code).toBe(2500);
  });

  it('a dataset by its id', async () => {
    await start({ token: TOKEN });
    const good = await get(`/v26.0/${DATASET}?fields=id,name`, { authorization: `Bearer ${TOKEN}` });
    expect(JSON.parse(good.text)).toEqual({ id: DATASET, name: 'Sandbox' });
    expect((await get(`/v26.0/${DATASET}?fields=id`, { authorization: 'Bearer other' })).status).toBe(401);
  });

  it('an error of the test itself as 500, and goes on', async () => {
    await start({
      refuse: () => {
        throw new Error('a mistake in the test');
      },
    });
    expect((await postEvents(sandbox, [goodEvent()])).status).toBe(500);
    expect((await get('/_sandbox/stats')).status).toBe(200);
  });
});

describe('a request', () => {
  it('is stored whole or not at all', async () => {
    await start();
    const batch = Array.from({ length: 999 }, (_, i) => goodEvent({ event_id: `e${i}` }));
    expect((await postEvents(sandbox, [...batch, goodEvent({ event_time: 1 })])).status).toBe(400);
    expect(sandbox.stats()).toMatchObject({ eventsAccepted: 0, requests: 1, requestsByOutcome: { refused: 1 } });
    expect(sandbox.events()).toEqual([]);
    expect(sandbox.deliveries().size).toBe(0);
    expect((await postEvents(sandbox, batch)).events_received).toBe(999);
  });

  it('holds 1 to 1,000 events', async () => {
    await start();
    const batch = Array.from({ length: 1001 }, (_, i) => goodEvent({ event_id: `e${i}` }));
    expect((await postEvents(sandbox, [])).error).toMatchObject({ code: 100, error_subcode: 2804019 });
    expect((await postEvents(sandbox, batch)).error).toMatchObject({ code: 100, error_subcode: 2804019 });
    expect((await postEvents(sandbox, batch.slice(1))).events_received).toBe(1000);
    expect(sandbox.stats().largestBatch).toBe(1000);
  });

  it('may be JSON, with the token in it and events as JSON text', async () => {
    await start({ token: TOKEN });
    const data = [JSON.stringify(goodEvent())];
    expect((await post(JSON.stringify({ data, access_token: TOKEN }))).events_received).toBe(1);
  });

  it.each([
    ['an urlencoded', () => new URLSearchParams()],
    ['a multipart', () => new FormData()],
  ])('may be %s form with data as JSON text', async (_, createForm) => {
    await start({ token: TOKEN });
    const form = createForm();
    form.set('data', JSON.stringify([goodEvent({ event_name: 'Käufe & Co' })]));
    form.set('access_token', TOKEN);
    form.set('test_event_code', 'TEST1');
    expect((await post(form)).events_received).toBe(1);
    expect(sandbox.events()).toMatchObject([{ event_name: 'Käufe & Co', testEventCode: 'TEST1' }]);
  });

  it.each([
    ['no JSON', '{"data":[', {}],
    ['no object', '[]', {}],
    ['no data', '{}', {}],
    ['data that is no list', '{"data":{}}', {}],
    ['a test_event_code that is no string', '{"data":[{}],"test_event_code":1}', {}],
    ['compressed', '{"data":[]}', { 'content-encoding': 'gzip' }],
  ])('with a body of %s is refused with code 100', async (_, body, headers) => {
    await start();
    const answer = await post(body, { authorization: `Bearer ${TOKEN}`, ...headers });
    expect(answer).toMatchObject({ status: 400, error: { code: 100 } });
    expect(answer.error).not.toHaveProperty('error_subcode');
  });

  it('that its sender breaks off is counted and stores nothing', async () => {
    await start();
    const broken = request(eventsUrl(sandbox), { method: 'POST', headers: { 'content-length': '1000' } });
    broken.on('error', () => undefined);
    broken.write('{"data":[');
    while (sandbox.stats().requests === 0) await new Promise(setImmediate);
    broken.destroy();
    while (Object.keys(sandbox.stats().requestsByOutcome).length === 0) await new Promise(setImmediate);
    expect(sandbox.stats()).toMatchObject({ eventsAccepted: 0, requestsByOutcome: { aborted: 1 } });
  });
});

describe('tokens and datasets', () => {
  it('refuses another token with only message, type, code and trace', async () => {
    await start({ token: TOKEN });
    const answer = await postEvents(sandbox, [goodEvent()], { token: `${TOKEN}x` });
    expect(answer).toMatchObject({ status: 401, error: { code: 190, type: 'OAuthException' } });
    expect(Object.keys(answer.error ?? {})).toEqual(['message', 'type', 'code', 'fbtrace_id']);
    expect(answer.text).not.toContain(TOKEN);
  });

  it('takes any plausible token when none is set', async () => {
    await start();
    expect((await postEvents(sandbox, [goodEvent()])).status).toBe(200);
    expect((await postEvents(sandbox, [goodEvent()], { token: '<your token>' })).status).toBe(401);
  });

  it('misses a token that is not there', async () => {
    await start();
    expect(await post(JSON.stringify({ data: [goodEvent()] }))).toMatchObject({ status: 400, error: { code: 2500 } });
  });

  it('changes its token in mid-run', async () => {
    await start({ token: TOKEN });
    sandbox.setToken('another');
    expect((await postEvents(sandbox, [goodEvent()])).status).toBe(401);
    sandbox.setToken(undefined);
    expect((await postEvents(sandbox, [goodEvent()])).status).toBe(200);
  });

  it('counts tokens in URLs, and accepts them as Meta does', async () => {
    await start({ token: TOKEN });
    const body = JSON.stringify({ data: [goodEvent()] });
    await post(body, { authorization: `Bearer ${TOKEN}` });
    expect(sandbox.stats().tokenInUrl).toBe(0);
    expect((await post(body, {}, `?access_token=${TOKEN}`)).status).toBe(200);
    expect(sandbox.stats().tokenInUrl).toBe(1);
  });

  it('knows only its datasets', async () => {
    await start({ datasets: ['77'] });
    expect((await postEvents(sandbox, [goodEvent()], { dataset: '77' })).status).toBe(200);
    const answer = await postEvents(sandbox, [goodEvent()]);
    expect(answer.error).toMatchObject({ type: 'GraphMethodException', code: 100, error_subcode: 33 });
    expect(answer.status).toBe(400);
  });
});

describe('deduplication', () => {
  it('counts a repeat of name and id within 48 h of the first as a duplicate, though it accepts it', async () => {
    await start();
    const send = () => postEvents(sandbox, [goodEvent({ event_time: Math.floor(clock / 1000) })]);
    await send();
    clock += 47 * HOUR;
    expect((await send()).events_received).toBe(1);
    clock += HOUR - 1000;
    await send();
    expect(sandbox.stats()).toMatchObject({ eventsAccepted: 3, eventsUnique: 1, duplicates: 2 });
    clock += 1000;
    await send();
    await send();
    expect(sandbox.stats()).toMatchObject({ eventsAccepted: 5, eventsUnique: 2, duplicates: 3 });
    expect(sandbox.events().map((event) => event.duplicate)).toEqual([false, true, true, false, true]);
    expect([...sandbox.deliveries()]).toEqual([['Purchase\u0000order-1', 5]]);
  });

  it('needs the same name, id and dataset', async () => {
    await start();
    await postEvents(sandbox, [goodEvent(), goodEvent({ event_name: 'Lead' }), goodEvent({ event_id: 'order-2' })]);
    await postEvents(sandbox, [goodEvent()], { dataset: '99' });
    expect(sandbox.stats().duplicates).toBe(0);
    expect(sandbox.deliveries().get('Purchase\u0000order-1')).toBe(2);
    expect(sandbox.deliveries().size).toBe(3);
  });

  it('works inside one request', async () => {
    await start();
    await postEvents(sandbox, [goodEvent(), goodEvent()]);
    expect(sandbox.stats()).toMatchObject({ eventsUnique: 1, duplicates: 1 });
  });

  it('leaves events without event_id alone', async () => {
    await start();
    await postEvents(sandbox, [goodEvent({ event_id: undefined }), goodEvent({ event_id: undefined })]);
    expect(sandbox.stats()).toMatchObject({ eventsUnique: 2, duplicates: 0 });
    expect(sandbox.deliveries().size).toBe(0);
  });
});

describe('what arrived', () => {
  it('is counted by name, currency, match key and source, without the duplicates', async () => {
    await start();
    await postEvents(sandbox, [
      goodEvent(),
      goodEvent(),
      goodEvent({ event_id: '2', custom_data: { value: '0.2', currency: 'usd' }, user_data: { ph: sha256('1') } }),
      goodEvent({ event_id: '3', custom_data: { value: 0.1, currency: 'EUR' }, action_source: 'phone_call' }),
      goodEvent({ event_id: '4', event_name: '__proto__', custom_data: undefined }),
    ]);
    const { byEventName, matchKeyCoverage, actionSources } = sandbox.stats();
    expect(byEventName.Purchase).toEqual({ count: 3, duplicates: 1, value: { USD: 20.1, EUR: 0.1 } });
    expect(Object.keys(byEventName)).toEqual(['Purchase', '__proto__']);
    expect(matchKeyCoverage).toEqual({ em: 3, ph: 1 });
    expect(actionSources).toEqual({ email: 3, phone_call: 1 });
  });

  it('is kept as it was sent, with how it came', async () => {
    await start();
    await postEvents(sandbox, [goodEvent()], { body: { test_event_code: 'TEST9', partner_agent: 'capi-sync' } });
    expect(sandbox.events()).toEqual([
      {
        ...goodEvent(),
        receivedAt: NOW,
        duplicate: false,
        datasetId: DATASET,
        testEventCode: 'TEST9',
        partnerAgent: 'capi-sync',
      },
    ]);
  });

  it.each([
    [0, []],
    [3, ['5', '6', '7']],
    [Number.POSITIVE_INFINITY, ['0', '1', '2', '3', '4', '5', '6', '7']],
  ])('is kept to the last %d events, but counted whole', async (keepEvents, ids) => {
    await start({ keepEvents });
    for (let i = 0; i < 8; i += 2) {
      await postEvents(sandbox, [goodEvent({ event_id: String(i) }), goodEvent({ event_id: String(i + 1) })]);
    }
    expect(sandbox.events().map((event) => event.event_id)).toEqual(ids);
    expect(sandbox.stats().eventsUnique).toBe(8);
    expect(sandbox.deliveries().size).toBe(8);
  });

  it('is forgotten on reset', async () => {
    await start();
    await postEvents(sandbox, [goodEvent()]);
    sandbox.reset();
    expect(sandbox.stats()).toMatchObject({ requests: 0, eventsAccepted: 0, byEventName: {}, requestsByOutcome: {} });
    expect(sandbox.events()).toEqual([]);
    await postEvents(sandbox, [goodEvent()]);
    expect(sandbox.stats().duplicates).toBe(0);
  });

  it('can be refused by a test, which sees the event and whether it repeats', async () => {
    const seen: boolean[] = [];
    await start({
      refuse: (event) => {
        seen.push(event.duplicate);
        return event.custom_data?.order_id === 'bad' ? { subcode: 2804048, title: 'No', message: 'Never.' } : undefined;
      },
    });
    await postEvents(sandbox, [goodEvent()]);
    const bad = goodEvent({ custom_data: { value: 1, currency: 'USD', order_id: 'bad' } });
    const answer = await postEvents(sandbox, [goodEvent(), bad]);
    expect(answer.error).toMatchObject({
      code: 100,
      error_subcode: 2804048,
      error_user_title: 'No',
      error_user_msg: 'Never.',
    });
    expect(seen).toEqual([false, true, true]);
    expect(sandbox.stats().eventsAccepted).toBe(1);
  });
});

describe('for people and other processes', () => {
  it('the page shows counts and escapes what was sent', async () => {
    await start();
    await postEvents(sandbox, [goodEvent({ event_name: '<script>alert("x")</script>' })]);
    await postEvents(sandbox, [goodEvent({ event_time: 0 })]);
    const page = await get('/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(page.text).not.toMatch(/<script|src=|href=/);
    expect(page.text).toContain('100/2804003');
    expect(page.text).toContain(sha256('ada@example.com'));
    expect(page.text).not.toContain(TOKEN);
  });

  it('the page renders when nothing came, and shows at most 20 events', async () => {
    await start();
    expect((await get('/')).text).toContain('Nothing yet.');
    await postEvents(
      sandbox,
      Array.from({ length: 30 }, (_, i) => goodEvent({ event_id: `id-${i}` })),
    );
    const { text } = await get('/');
    expect(text.match(/<details>/g)).toHaveLength(20);
    expect(text).toContain('id-29');
    expect(text).not.toContain('id-9&quot;');
  });

  it('reads and changes over HTTP what the object does', async () => {
    await start();
    const put = async (path: string, body: unknown) =>
      answered(await fetch(`${sandbox.url}/_sandbox/${path}`, { method: 'PUT', body: JSON.stringify(body) }));
    await postEvents(sandbox, [goodEvent(), goodEvent({ event_id: '2' })]);
    expect(JSON.parse((await get('/_sandbox/stats')).text)).toEqual(sandbox.stats());
    expect(JSON.parse((await get('/_sandbox/events?limit=1')).text)).toMatchObject([{ event_id: '2' }]);
    expect((await get('/_sandbox/events?limit=x')).status).toBe(400);
    expect(JSON.parse((await get('/_sandbox/deliveries')).text)).toEqual({
      'Purchase\u0000order-1': 1,
      'Purchase\u00002': 1,
    });

    expect((await put('faults', ['status:code=503,times=1'])).status).toBe(200);
    expect((await postEvents(sandbox, [goodEvent()])).status).toBe(503);
    expect(await put('faults', ['status:code=1'])).toMatchObject({
      status: 400,
      error: expect.stringContaining('400 to 599'),
    });
    expect((await put('faults', 'status')).status).toBe(400);

    expect((await put('token', { token: 'another' })).status).toBe(200);
    expect((await postEvents(sandbox, [goodEvent()])).status).toBe(401);
    expect((await put('token', { token: null })).status).toBe(200);
    expect((await put('token', { token: 7 })).status).toBe(400);
    expect((await postEvents(sandbox, [goodEvent()])).status).toBe(200);

    expect((await fetch(`${sandbox.url}/_sandbox`, { method: 'DELETE' })).status).toBe(200);
    expect(sandbox.stats().requests).toBe(0);
  });

  it('answers only to a Host that is this machine', async () => {
    await start();
    const statusFor = (path: string, host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(sandbox.url + path, { headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject).end();
      });
    for (const path of ['/', '/_sandbox/stats', '/_sandbox/events']) {
      expect(await statusFor(path, 'evil.example')).toBe(403);
      expect(await statusFor(path, '127.0.0.1.evil.example:80')).toBe(403);
      expect(await statusFor(path, 'localhost:1234')).toBe(200);
      expect(await statusFor(path, '[::1]:1234')).toBe(200);
    }
  });
});

describe('the sandbox itself', () => {
  it('listens on the loopback address only, and says when its port is taken', async () => {
    await start();
    expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await expect(startSandbox({ port: Number(new URL(sandbox.url).port) })).rejects.toThrow(/EADDRINUSE/);
  });

  it('can be closed twice', async () => {
    await start();
    await sandbox.close();
    await sandbox.close();
    await expect(get('/')).rejects.toThrow();
  });

  it('uses the real clock when none is given', async () => {
    sandbox = await startSandbox();
    const now = Math.floor(Date.now() / 1000);
    expect((await postEvents(sandbox, [goodEvent({ event_time: now })])).status).toBe(200);
    expect((await postEvents(sandbox, [goodEvent({ event_time: NOW_SECONDS - 400 * 86_400 })])).status).toBe(400);
  });

  it('is written apart: it imports only its own folder and Node', async () => {
    await start();
    const folder = new URL('../../../src/sandbox/', import.meta.url);
    const imports = readdirSync(folder).flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? ''),
    );
    expect(imports.length).toBeGreaterThan(30);
    expect(imports.filter((path) => !/^(\.\/[a-z-]+\.ts|node:\w+)$/.test(path))).toEqual([]);
  });
});
