/** The routes of the page over a real state: what they answer, how much they ask of state, and what they never tell. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Detail, Overview } from '../../../src/server/read-models/page-data.ts';
import type { StateReads } from '../../../src/server/seams.ts';
import { openState } from '../../../src/state/open-state.ts';
import { type PageServer, startPageServer } from '../../support/page-server.ts';
import { SEEDED_MAPPINGS } from '../../support/seeded-mappings.ts';
import { seedProject } from '../../support/seeded-project.ts';
import { temporaryFolder } from '../../support/temporary-state.ts';

const { folder: dir, remove } = temporaryFolder();
const CANARY = 'canary.person@example.com';
/** What state gave: method, and how many rows. */
let asked: { method: string; rows: number }[] = [];
const counted = (state: StateReads): StateReads =>
  Object.fromEntries(
    (Object.entries(state) as [string, (...args: unknown[]) => Promise<unknown>][]).map(([method, call]) => [
      method,
      async (...args: unknown[]) => {
        const value = await call(...args);
        asked.push({ method, rows: Array.isArray(value) ? value.length : 1 });
        return value;
      },
    ]),
  ) as unknown as StateReads;

// A history of thousands of runs is written first.
vi.setConfig({ hookTimeout: 60_000 });

let server: PageServer;
let time = Date.now();
beforeAll(async () => {
  await seedProject(dir, { baseUrl: 'http://127.0.0.1:1', port: 1, runs: 3_000, now: time });
  const file = join(dir, 'mappings/repairs.yaml');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('=status == "paid"', `=status == "paid" && email != "${CANARY}"`),
  );
  const state = await openState(join(dir, '.capi-sync/state.db'));
  const lease = await state.acquireLease('repairs', 'test', 60);
  if ('heldBy' in lease) throw new Error('held');
  const letter = {
    rowKey: [CANARY],
    fingerprint: 'f'.repeat(16),
    origin: 'local',
    code: 'no-match-keys',
    field: 'user_data',
  } as const;
  const checkpoint = { cursor: CANARY, key: [CANARY], fingerprint: 'x' };
  await state.settle(
    lease.fence,
    { runId: 1, deadLetters: [letter], cleared: [], checkpoint },
    Math.floor(time / 1000),
  );
  await state.releaseLease(lease.fence);
  await state.close();
  server = await startPageServer(dir, { around: counted, now: () => time });
});
afterAll(async () => {
  await server?.close();
  remove();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(server.url + path, { headers });
const overview = async (): Promise<Overview> => (await (await get('/api/overview')).json()) as Overview;
const detail = async (name: string, range = '7d'): Promise<Detail> =>
  (await (await get(`/api/mappings/${name}?range=${range}`)).json()) as Detail;

describe('the overview', () => {
  it('has every mapping, those that need a person first, with a reason and what to do', async () => {
    const { mappings, hours, actions } = await overview();
    expect(mappings).toHaveLength(SEEDED_MAPPINGS.length);
    expect(mappings.slice(0, 2).map(({ name, health }) => [name, health.level, health.label])).toEqual([
      ['marketplace-orders', 'bad', 'Failing'],
      ['subscriptions', 'bad', 'Late'],
    ]);
    expect(mappings[0]?.health.why).toMatch(/^5 runs in a row failed, for .*: the source does not answer/);
    expect(mappings[0]?.health.todo).toMatch(/check that the server runs/i);
    const levels = mappings.map(({ health }) => ['bad', 'warn', 'off', 'ok'].indexOf(health.level));
    expect(levels).toEqual(levels.toSorted());
    expect(
      mappings.filter(({ health }) => health.level !== 'ok').every(({ health }) => health.todo !== undefined),
    ).toBe(true);
    expect(hours).toHaveLength(48);
    expect(actions).toBe(true);
  });

  it('asks state six questions, once for whoever looks at the same time, and gets no more rows the longer the history is', async () => {
    time += 5_000;
    asked = [];
    await Promise.all([overview(), overview(), overview()]);
    expect(asked.map(({ method }) => method).toSorted()).toEqual([
      'listMappings',
      'listOpenEvents',
      'listRunHours',
      'recentRuns',
      'sumRuns',
      'summariseDeadLetters',
    ]);
    expect(asked.find(({ method }) => method === 'recentRuns')?.rows).toBeLessThanOrEqual(24 * SEEDED_MAPPINGS.length);
  });

  it('asks anew once it was told that something changed, however soon', async () => {
    await overview();
    asked = [];
    await overview();
    server.tell({ type: 'progress', mapping: 'repairs' });
    await overview();
    expect(asked).toEqual([]);
    server.tell({ type: 'run-ended', mapping: 'repairs' });
    await overview();
    expect(asked).toHaveLength(6);
  });

  it('is not sent again while nothing changed, also when seconds pass, and is packed for who takes that', async () => {
    const first = await get('/api/overview', { 'accept-encoding': 'gzip' });
    expect(first.headers.get('content-encoding')).toBe('gzip');
    const etag = first.headers.get('etag') ?? '';
    time += 3_000;
    const second = await get('/api/overview', { 'if-none-match': etag });
    expect([second.status, await second.text()]).toEqual([304, '']);
    expect(Number(second.headers.get('x-server-time'))).toBe(time);
  });
});

describe('a mapping', () => {
  it.each([
    ['24h', 24],
    ['7d', 168],
    ['30d', 720],
  ])('has for %s every hour, and its flow loses no row', async (range, hours) => {
    const { totals, flow, ...rest } = await detail('shop-purchases', range);
    expect(rest.hours).toHaveLength(hours);
    expect(rest.hours.reduce((sum, { read }) => sum + read, 0)).toBe(totals.read);
    expect(totals.read).toBe(totals.sent + totals.duplicate + totals.filtered + totals.rejected + totals.expired);
    const [first, ...others] = flow;
    const ended = flow.flatMap(({ left }) => left).reduce((sum, { rows }) => sum + rows, 0);
    expect([first?.in, others.at(-1)?.in]).toEqual([totals.read, totals.read - ended]);
    for (const [n, step] of flow.slice(1).entries()) {
      const before = flow[n];
      expect(step.in).toBe((before?.in ?? 0) - (before?.left ?? []).reduce((sum, { rows }) => sum + rows, 0));
    }
  });

  it('has ages, match keys, dead letters by reason with a cure, and what is in doubt', async () => {
    const shop = await detail('shop-purchases');
    expect(shop.ages?.reduce((sum, { events }) => sum + events, 0)).toBeGreaterThan(0);
    expect(shop.coverage?.keys[0]).toMatchObject({ key: 'country' });
    expect(shop.letters.map(({ code, rows }) => [code, rows])).toEqual([
      ['weak-match-keys', 214],
      ['currency-missing', 61],
      ['value-missing', 23],
      ['event-time-future', 4],
    ]);
    expect(shop.letters.every(({ meaning, cure }) => meaning && cure)).toBe(true);
    expect((await detail('quotes-accepted')).open).toMatchObject({ underWay: 0, inDoubt: 640, batches: 1 });
  });

  it('never tells a primary key, a cursor that is no time, or a text of a condition that could be somebody', async () => {
    const repairs = await detail('repairs');
    expect(repairs.letters).toMatchObject([{ code: 'no-match-keys', rows: 1 }]);
    expect(repairs.flow[1]?.lines[0]).toBe('filter status == "paid" && email != "…"');
    expect(repairs.stands).toEqual({ movedAt: Math.floor(time / 1000) - 8 });
    expect(JSON.stringify([repairs, await overview()])).not.toContain('canary');
    expect((await detail('shop-purchases')).stands?.cursor).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });

  it('that is not there is a 404, and a range that is not there a 400; both in our words', async () => {
    const none = await get('/api/mappings/nobody');
    expect([none.status, await none.json()]).toMatchObject([404, { error: { code: 'unknown-mapping' } }]);
    const odd = await get('/api/mappings/repairs?range=1y');
    expect([odd.status, await odd.json()]).toMatchObject([400, { error: { code: 'usage' } }]);
  });
});

describe('the files of the page', () => {
  it.each(['/assets/../package.json', '/assets/%2e%2e%2fpackage.json', '/assets/index', '/assets/'])(
    'are the only ones that can be asked for: not %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );
});

describe('the stream of events', () => {
  it('says that something changed and how far a run is, once a mapping however much comes, and ends with the service', async () => {
    const response = await get('/api/events');
    const reader = (response.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream() as never)
      .getReader();
    const read = async (): Promise<string> => String((await reader.read()).value);
    expect(await read()).toContain('event: hello');
    const view = server.mappings.get('repairs');
    if (!view) throw new Error('no repairs');
    server.mappings.set('repairs', {
      ...view,
      running: { trigger: 'request', startedAt: time, counts: undefined, totalRows: 9 },
    });
    for (let n = 0; n < 50; n += 1) server.tell({ type: 'progress', mapping: 'repairs' });
    server.tell({ type: 'run-ended', mapping: 'wholesale' });
    await wait(20);
    let text = await read();
    while (!text.includes('wholesale')) text += await read();
    expect(text.match(/event: progress/g)?.length).toBeLessThan(5);
    expect(text).toContain('"totalRows":9');
    server.tell({ type: 'stopping' });
    let done = false;
    while (!done) ({ done } = await reader.read());
    server.mappings.set('repairs', view);
  });
});
