import { createHmac } from 'node:crypto';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { secret } from '../../../src/config/secret.ts';
import { FatalError } from '../../../src/errors.ts';
import { openTicket } from '../../../src/schedule/ticket.ts';
import { guard } from '../../../src/server/guard.ts';
import { readRunRequest } from '../../../src/server/run-request.ts';
import { runRoutes } from '../../../src/server/run-routes.ts';
import type { RequestedRuns, ServiceActions } from '../../../src/server/seams.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z');
const SECRET = 'a-secret-of-dbt-cloud';

const counts = (sent: number) => ({
  read: sent,
  sent,
  duplicate: 0,
  filtered: 0,
  rejected: 0,
  expired: 0,
  batches: 1,
  requests: 1,
  retries: 0,
  inDoubtResent: 0,
  withoutConsent: 0,
});

type Asked = Parameters<ServiceActions['requestRuns']>;

const bed = (requestRuns: (...asked: Asked) => RequestedRuns | 'stopping') => {
  const asked: Asked[] = [];
  const refused: string[] = [];
  const routes = runRoutes({
    actions: {
      requestRuns: (...given) => {
        asked.push(given);
        return requestRuns(...given);
      },
    },
    state: {
      readRun: async (id) =>
        id === 7
          ? {
              id,
              mapping: 'orders',
              status: 'failed',
              startedAt: NOW / 1000,
              endedAt: NOW / 1000 + 1,
              counts: counts(0),
              errorCode: 'source-unreachable',
              errorMessage: 'no answer',
              errorHint: undefined,
            }
          : undefined,
    },
    hooks: () => ({
      nightly: { kind: 'dbt_cloud', secret: secret(SECRET), select: ['tag:after-dbt'], jobs: ['123'] },
    }),
    onRefused: (reason) => void refused.push(reason),
    now: () => NOW,
  });
  const app = new Hono().route('/', routes);
  const ask = async (path: string, init: RequestInit = { method: 'POST' }) => {
    const response = await app.request(`http://127.0.0.1${path}`, init);
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };
  return { ask, asked, refused };
};

const ended = (mapping: string, status: 'succeeded' | 'failed' | 'skipped_busy' | 'completed_with_rejections') => {
  const { ticket, requested } = openTicket(mapping, undefined);
  ticket.started();
  if (status !== 'skipped_busy') ticket.begun(17);
  const error = status === 'failed' ? { code: 'source-unreachable', message: 'no answer', hint: undefined } : undefined;
  ticket.ended({ status, counts: counts(5), error });
  return requested;
};

describe('a request for runs', () => {
  it.each<[string, string, unknown]>([
    ['{"select": "a b"}', '', { select: ['a b'], exclude: [], waitMs: undefined }],
    [
      '{"select": ["a", "tag:x"], "exclude": "b", "wait": "10m"}',
      '',
      { select: ['a', 'tag:x'], exclude: ['b'], waitMs: 600_000 },
    ],
    ['', 'select=a&select=b&wait=30s', { select: ['a', 'b'], exclude: [], waitMs: 30_000 }],
    ['', '', expect.stringContaining('"*" is all of them')],
    ['[]', '', 'a JSON object, or nothing'],
    ['{', '', 'a JSON object, or nothing'],
    ['{"select": "a", "full": true}', '', 'select, exclude and wait, nothing else'],
    ['{"select": [1]}', '', expect.stringContaining('texts')],
    ['{"select": "a", "wait": "2h"}', '', expect.stringContaining('up to 1h')],
    ['{"select": "a", "wait": true}', '', expect.stringContaining('such as 10m')],
    ['', 'select=a&wait=soon', expect.stringContaining('such as 10m')],
  ])('%s ?%s', (body, query, expected) => {
    expect(readRunRequest(body, new URLSearchParams(query))).toEqual(expected);
  });

  it('that does not wait gets the ids of what began, and what waits in line without one', async () => {
    const first = openTicket('a', undefined);
    const second = openTicket('b', undefined);
    const { ask, asked } = bed(() => ({
      runs: [first.requested, second.requested],
      unmatched: [{ selector: 'c', hint: 'did you mean "b"?' }],
    }));
    first.ticket.started();
    setTimeout(() => first.ticket.begun(12), 30);
    const { status, body } = await ask('/api/runs', {
      method: 'POST',
      body: '{"select": ["a", "b", "c"]}',
      headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    });
    expect([status, body]).toEqual([
      202,
      {
        ok: false,
        runs: [
          { mapping: 'a', run_id: 12, state: 'running', status: null, error: null },
          { mapping: 'b', run_id: null, state: 'queued', status: null, error: null },
        ],
        warnings: ['no mapping fits "c": did you mean "b"?'],
      },
    ]);
    expect(asked).toEqual([[{ select: ['a', 'b', 'c'], exclude: [] }, expect.objectContaining({ isSampled: true })]]);
  });

  it('that waits gets the end, and whether all went well', async () => {
    const { ask } = bed(({ select }) => ({
      runs: select.map((name) => ended(name, name === 'bad' ? 'failed' : 'succeeded')),
      unmatched: [],
    }));
    expect((await ask('/api/runs?select=a&wait=1m')).body).toMatchObject({
      ok: true,
      runs: [{ mapping: 'a', run_id: 17, state: 'ended', status: 'succeeded', read: 5, sent: 5, error: null }],
    });
    const mixed = await ask('/api/runs?select=a&select=bad&wait=1m');
    expect([mixed.status, mixed.body]).toMatchObject([
      200,
      {
        ok: false,
        runs: [{ status: 'succeeded' }, { status: 'failed', error: { code: 'source-unreachable', hint: null } }],
      },
    ]);
  });

  it('is over its wait when the run is not at its end: 202, and the run goes on', async () => {
    const { ticket, requested } = openTicket('a', undefined);
    const { ask } = bed(() => ({ runs: [requested], unmatched: [] }));
    ticket.started();
    ticket.begun(3);
    expect(await ask('/api/runs?select=a&wait=50ms')).toMatchObject({
      status: 202,
      body: { ok: false, runs: [{ run_id: 3, state: 'running' }] },
    });
  });

  it('is told to come again where another instance is at work, and where too many wait', async () => {
    const held = openTicket('a', undefined);
    const { ask } = bed(({ select }) => ({
      runs: select[0] === 'held' ? [held.requested] : [ended('a', 'skipped_busy')],
      unmatched: [],
    }));
    const busy = await ask('/api/runs?select=a');
    expect([busy.status, busy.body.error]).toMatchObject([409, { code: 'busy' }]);
    expect(busy.headers.get('retry-after')).toBe('15');
    const waiting = Array.from({ length: 64 }, () => ask('/api/runs?select=held&wait=10s'));
    await new Promise((done) => setTimeout(done, 50));
    const full = await ask('/api/runs?select=a');
    expect([full.status, full.body.error, full.headers.get('retry-after')]).toMatchObject([
      429,
      { code: 'too-many-waiting' },
      '15',
    ]);
    held.ticket.ended({ status: 'dropped', error: undefined });
    expect((await Promise.all(waiting)).every(({ status }) => status === 200)).toBe(true);
    expect((await ask('/api/runs?select=a')).status).toBe(409);
  });

  it('is refused in words where it selects nothing, or in no way that is known', async () => {
    const { ask, refused } = bed(({ select }) => {
      if (select[0] === '+a') throw new FatalError('bad-selector', '"+a" is no selector', { hint: 'leave + out' });
      if (select[0] === 'late') return 'stopping';
      return { runs: [], unmatched: [{ selector: 'b', hint: 'did you mean "a"?' }] };
    });
    expect(await ask('/api/runs?select=b')).toMatchObject({
      status: 404,
      body: { error: { code: 'nothing-selected', hint: 'did you mean "a"?' } },
    });
    expect(await ask('/api/runs?select=%2Ba')).toMatchObject({
      status: 400,
      body: { error: { code: 'bad-selector' } },
    });
    expect(await ask('/api/runs?select=late')).toMatchObject({ status: 503, body: { error: { code: 'stopping' } } });
    expect(await ask('/api/runs')).toMatchObject({ status: 400 });
    expect(await ask('/api/runs', { method: 'POST', body: 'x'.repeat(300_000) })).toMatchObject({ status: 413 });
    expect(refused).toEqual(['body', 'body']);
  });

  it('can be looked at again by its id, whoever ran it', async () => {
    const { ask } = bed(() => 'stopping');
    expect(await ask('/api/runs/7', {})).toMatchObject({
      status: 200,
      body: {
        mapping: 'orders',
        run_id: 7,
        state: 'ended',
        status: 'failed',
        started_at: '2026-11-20T10:00:00.000Z',
        error: { code: 'source-unreachable' },
      },
    });
    for (const id of ['8', 'x', '-1', '7.5', '1'.repeat(40)])
      expect((await ask(`/api/runs/${id}`, {})).status).toBe(404);
  });
});

type DbtEvent = Record<string, unknown>;
const dbtEvent = (change: DbtEvent = {}, data: DbtEvent = {}): DbtEvent => ({
  accountId: 1,
  webhookId: 'wsu_x',
  eventId: 'wev_1',
  timestamp: '2026-11-20T09:59:58.785932Z',
  eventType: 'job.run.completed',
  webhookName: 'after build',
  data: { jobId: '123', jobName: 'nightly', runId: '9', runStatus: 'Success', runStatusCode: 10, ...data },
  ...change,
});
const sign = (body: string, by = SECRET): string => createHmac('sha256', by).update(body).digest('hex');

describe('a webhook of dbt Cloud', () => {
  const call = (event: DbtEvent, ask: ReturnType<typeof bed>['ask'], signature?: string) => {
    const body = JSON.stringify(event);
    return ask('/api/hooks/nightly', { method: 'POST', body, headers: { authorization: signature ?? sign(body) } });
  };
  const good = () => bed(() => ({ runs: [ended('orders', 'succeeded')], unmatched: [] }));

  it('runs what the configuration says when its job succeeded, and once for each event', async () => {
    const { ask, asked } = good();
    expect(await call(dbtEvent(), ask)).toMatchObject({ status: 200, body: { ok: true, runs: [{ run_id: 17 }] } });
    expect(asked).toEqual([[{ select: ['tag:after-dbt'], exclude: undefined }, undefined]]);
    expect((await call(dbtEvent(), ask)).body).toMatchObject({ ignored: 'seen before', runs: [] });
    await call(dbtEvent({ eventId: 'wev_2' }), ask);
    expect(asked).toHaveLength(2);
  });

  it.each<[string, DbtEvent]>([
    ['not job.run.completed', dbtEvent({ eventType: 'job.run.started' })],
    ['not job.run.completed', dbtEvent({ eventType: 'job.run.errored' })],
    ['the job did not succeed', dbtEvent({}, { runStatus: 'Errored' })],
    ['the job did not succeed', dbtEvent({}, { runStatus: 'Cancelled' })],
    ['another job', dbtEvent({}, { jobId: '124' })],
    ['no event of a job', { test: true }],
  ])('runs nothing: %s', async (reason, event) => {
    const { ask, asked } = good();
    expect(await call(event, ask)).toMatchObject({ status: 200, body: { ignored: reason } });
    expect(asked).toEqual([]);
  });

  it('is refused without the right signature of these very bytes, and when it is old', async () => {
    const { ask, asked, refused } = good();
    const body = JSON.stringify(dbtEvent());
    for (const signature of [
      sign(body, 'another-secret'),
      sign(`${body} `),
      '',
      'x',
      `Bearer ${SECRET}`,
      sign(body).slice(1),
    ])
      expect((await call(dbtEvent(), ask, signature)).status).toBe(401);
    const unsigned = await ask('/api/hooks/nightly', { method: 'POST', body });
    expect(unsigned).toMatchObject({ status: 401, body: { error: { code: 'signature' } } });
    expect((await call(dbtEvent({ timestamp: '2026-11-20T08:59:00Z' }), ask)).status).toBe(401);
    expect((await call(dbtEvent({ timestamp: '2026-11-20T10:06:00Z' }), ask)).status).toBe(401);
    expect(
      (await ask('/api/hooks/other', { method: 'POST', body, headers: { authorization: sign(body) } })).status,
    ).toBe(404);
    expect(asked).toEqual([]);
    expect(new Set(refused)).toEqual(new Set(['signature']));
  });

  it('that met another instance may come again', async () => {
    let isBusy = true;
    const { ask, asked } = bed(() => ({
      runs: [ended('orders', isBusy ? 'skipped_busy' : 'succeeded')],
      unmatched: [],
    }));
    expect((await call(dbtEvent(), ask)).status).toBe(409);
    isBusy = false;
    expect((await call(dbtEvent(), ask)).status).toBe(200);
    expect(asked).toHaveLength(2);
  });

  it('needs no token, whatever else is asked for does', () => {
    const settings = {
      listen: '0.0.0.0:80',
      allowedHosts: [],
      token: 'a-token-of-sixteen-and-more',
      hooks: ['nightly'],
    };
    const post = (target: string, headers: Record<string, string> = {}) =>
      guard({ method: 'POST', target, header: (name) => ({ host: '10.0.0.1', ...headers })[name as 'host'] }, settings);
    expect(post('/api/hooks/nightly')).toBeUndefined();
    expect(post('/api/hooks/nightly', { host: 'evil.example' })).toMatchObject({ status: 421 });
    expect(post('/api/hooks/nightly', { origin: 'https://evil.example' })).toMatchObject({ status: 403 });
    for (const target of [
      '/api/hooks/other',
      '/api/hooks/nightly/x',
      '/api/hooks/nightly/../../runs',
      '/api/runs',
      '/api/hooks/',
    ])
      expect(post(target)).toBeDefined();
    expect(guard({ method: 'GET', target: '/api/hooks/nightly', header: () => '10.0.0.1' }, settings)).toMatchObject({
      status: 401,
    });
  });
});
