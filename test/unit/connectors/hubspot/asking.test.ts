/** Limits, faults and refusals of HubSpot, through its own client. */
import { expect, it } from 'vitest';
import { type Ask, openAsk } from '../../../../connectors/hubspot/ask.ts';
import { openClient } from '../../../../connectors/hubspot/client.ts';
import { fromUrl } from '../../../../connectors/hubspot/from-url.ts';
import { type Clock, openPace, searchPace } from '../../../../connectors/hubspot/pace.ts';
import { HUBSPOT_TOKEN, type HubspotServerOptions } from '../../../support/hubspot-server.ts';
import { contacts, DAY, openBed, rowsOf } from './bed.ts';

/** A clock whose time is what was slept. */
const idleClock = () => {
  const slept: number[] = [];
  const clock: Clock = {
    now: () => DAY + slept.reduce((sum, ms) => sum + ms, 0),
    sleep: async (ms) => void slept.push(ms),
  };
  return { clock, slept };
};

const asking = async (options: HubspotServerOptions, timeoutMs = 5_000) => {
  const { server } = await openBed(options);
  const { clock, slept } = idleClock();
  const send = await openClient({ access_token: HUBSPOT_TOKEN, base_url: server.url });
  const free = openPace(1_000, 1, clock);
  const ask: Ask = openAsk({
    ...clock,
    send,
    paces: { search: free, any: free },
    server: 'HubSpot at test',
    timeoutMs,
  });
  return { ask, slept, server };
};
const details = { method: 'GET', path: '/account-info/v3/details' } as const;
const throttled = (policyName: string) => ({
  status: 429,
  body: { status: 'error', message: 'You have reached your limit.', errorType: 'RATE_LIMIT', policyName },
});

it('waits out what is throttled by the ten seconds and by the second, and asks again', async () => {
  const { ask, slept } = await asking({
    onCall: (_, nth) =>
      [throttled('TEN_SECONDLY_ROLLING'), throttled('TEN_SECONDLY_ROLLING'), throttled('SECONDLY')][nth - 1],
  });
  expect((await ask(details, 'ask')).body).toMatchObject({ portalId: 4711 });
  expect(slept).toEqual([5_000, 10_000, 3_000]);
});

it('gives up after two minutes of it, with what to change', async () => {
  const { ask, slept } = await asking({ onCall: () => throttled('TEN_SECONDLY_ROLLING') });
  await expect(ask(details, 'ask')).rejects.toMatchObject({
    code: 'source-interrupted',
    message: 'could not ask: HubSpot keeps throttling (429 TEN_SECONDLY_ROLLING)',
    hint: expect.stringContaining('requests_per_10_seconds'),
  });
  expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(120_000);
});

it('stops at once where the day is used up', async () => {
  const { ask, slept, server } = await asking({ limits: { perDay: 0 } });
  await expect(ask(details, 'ask')).rejects.toMatchObject({
    code: 'source-interrupted',
    message: expect.stringContaining("the account's requests of today are used up (429 DAILY)"),
    hint: expect.stringContaining('midnight'),
  });
  expect([slept, server.calls.length]).toEqual([[], 1]);
});

it.each([
  ['an answer of 502', { status: 502 }],
  ['the page of a proxy', { status: 200 }],
  ['a cut connection', 'reset'],
] as const)('asks again a few times after %s, and then ends the run', async (_, fault) => {
  const once = await asking({ onCall: (_call, nth) => (nth === 1 ? fault : undefined) });
  expect((await once.ask(details, 'ask')).body).toMatchObject({ portalId: 4711 });
  const always = await asking({ onCall: () => fault });
  await expect(always.ask(details, 'ask')).rejects.toMatchObject({ code: 'source-interrupted' });
  expect(always.server.calls.length).toBeGreaterThan(2);
  expect(always.server.calls.length).toBeLessThan(8);
});

it('waits for an answer no longer than it is told', async () => {
  const { ask } = await asking({ onCall: () => 'hang' }, 100);
  await expect(ask(details, 'ask')).rejects.toMatchObject({
    code: 'source-interrupted',
    message: expect.stringContaining('no answer in time'),
  });
});

it('takes a batch that failed in part for a failure, unless what is missing is not there', async () => {
  const partial = (category: string) => ({
    status: 207,
    body: { results: [], errors: [{ status: 'error', category }] },
  });
  const gone = await asking({ onCall: () => partial('OBJECT_NOT_FOUND') });
  expect((await gone.ask(details, 'ask')).body).toMatchObject({ results: [] });
  const failed = await asking({ onCall: (_, nth) => (nth === 1 ? partial('INTERNAL_ERROR') : undefined) });
  expect((await failed.ask(details, 'ask')).body).toMatchObject({ portalId: 4711 });
});

it('stays below the limits of an account by itself', async () => {
  const { clock, slept } = idleClock();
  const pace = searchPace(4, clock);
  const times: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    await pace();
    times.push(clock.now());
  }
  for (let n = 4; n < times.length; n += 1) expect((times[n] ?? 0) - (times[n - 4] ?? 0)).toBeGreaterThanOrEqual(1_000);
  expect(slept.reduce((sum, ms) => sum + ms, 0)).toBe(2_000);

  const { portal, server, source } = await openBed(
    { limits: { searchesPerSecond: 5, perTenSeconds: 100 } },
    { searches_per_second: 4, requests_per_10_seconds: 90 },
  );
  portal.put(
    'contacts',
    Array.from({ length: 1_400 }, (_, n) => ({ id: n + 1 })),
    DAY,
  );
  const stream = await source.describe(contacts());
  expect(await rowsOf(source, stream, ['hs_object_id'])).toHaveLength(1_400);
  expect(server.statuses.filter((status) => status === 429)).toEqual([]);
}, 30_000);

it('says of a wrong token where to find the right one, and not the token', async () => {
  const { source } = await openBed({}, { access_token: 'pat-eu1-wrong' });
  const error = await source.describe(contacts()).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'source-login-failed',
    message: expect.stringMatching(
      /^HubSpot at 127\.0\.0\.1:\d+ refused the access token \(401 INVALID_AUTHENTICATION\)$/,
    ),
    hint: expect.stringContaining('Private Apps'),
  });
  expect(JSON.stringify(error)).not.toContain('pat-eu1');
});

it('names the scope that is missing', async () => {
  const { source } = await openBed({ scopes: ['crm.objects.deals.read'] });
  await expect(source.describe(contacts())).rejects.toMatchObject({
    code: 'source-permission',
    message: 'could not look up the properties of contacts: a scope is missing (403 MISSING_SCOPES)',
    hint: "add to the private app's scopes in HubSpot, any one of: crm.objects.contacts.read",
  });
  const deals = await source.describe(contacts({ table: 'deals', cursor: 'hs_lastmodifieddate' }));
  expect(deals.columns.some(({ name }) => name.startsWith('contact_'))).toBe(false);
});

it('tells a place that is not there from one that breaks off', async () => {
  const { server, source } = await openBed();
  await server.close();
  await expect(source.describe(contacts())).rejects.toMatchObject({ code: 'source-unreachable' });
});

it('keeps the values of a refused request out of every message', async () => {
  const body = {
    status: 'error',
    category: 'VALIDATION_ERROR',
    message: 'ada@example.com is not valid. Property "emial" does not exist',
  };
  const { ask } = await asking({ onCall: () => ({ status: 400, body }) });
  await expect(ask(details, 'ask')).rejects.toMatchObject({
    code: 'unknown-column',
    message: 'could not ask: no such property: emial (400 VALIDATION_ERROR)',
  });
});

it('has no place in a search for records that HubSpot does not sort by their id', async () => {
  const { portal, source } = await openBed({
    onCall: ({ path }) => {
      const results = [2, 1].map((id) => ({
        id: String(id),
        properties: { lastmodifieddate: '2026-11-20T10:00:00Z' },
      }));
      return isUnsorted && path.endsWith('/search') ? { status: 200, body: { total: 2, results } } : undefined;
    },
  });
  let isUnsorted = false;
  portal.put('contacts', [{ id: 1 }], DAY);
  const stream = await source.describe(contacts());
  isUnsorted = true;
  await expect(rowsOf(source, stream, ['hs_object_id'])).rejects.toMatchObject({ code: 'source-query-failed' });
});

it('looks into an account for check and init: who it is, what the app may do beyond reading, which tables there are', async () => {
  const { portal, source } = await openBed(
    { scopes: ['crm.objects.contacts.read', 'crm.objects.deals.read', 'crm.objects.deals.write'] },
    {},
    () => DAY,
  );
  portal.put('contacts', [{ id: 1 }], DAY);
  expect(await source.inspect?.server()).toMatchObject({
    version: 'HubSpot account 4711',
    transport: 'local',
    costs: [{ isGood: true, text: expect.stringContaining('of 250,000 requests of today') }],
    now: '2026-11-20T10:00:00.000Z',
  });
  const stream = await source.describe(contacts());
  expect(await source.inspect?.relation(stream)).toMatchObject({
    writes: ['crm.objects.deals.write'],
    hasCursorIndex: true,
    nullCursors: 0,
  });
  const tables = await source.tables?.();
  expect(tables?.map(({ name }) => name)).toEqual(['contacts', 'deals']);
  expect(tables?.[1]?.columns.map(({ name }) => name)).toContain('contact_email');
});

it('reads the URL of init: the token stands where a password does', () => {
  expect(fromUrl('hubspot://:pat-eu1-1@api.hubapi.com')).toMatchObject({
    options: {},
    secrets: { access_token: 'pat-eu1-1' },
  });
  expect(fromUrl('hubspot://:t@127.0.0.1:81')).toMatchObject({
    options: { base_url: { value: 'http://127.0.0.1:81' } },
  });
  expect(fromUrl('hubspot://api.hubapi.com')).toBeUndefined();
  expect(fromUrl('hubspot://:%E0@api.hubapi.com')).toBeUndefined();
});
