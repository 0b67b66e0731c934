import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AlertsConfig } from '../../../src/config/alerts-schema.ts';
import { secret } from '../../../src/config/secret.ts';
import { parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { alertBody, alertText } from '../../../src/observe/alert-message.ts';
import { freshnessOf } from '../../../src/observe/freshness.ts';
import { type AlertFacts, judgeAlerts } from '../../../src/observe/judge-alerts.ts';
import { openMetrics } from '../../../src/observe/metrics.ts';
import { type Alerts, openAlerts } from '../../../src/observe/open-alerts.ts';
import type { RunRecord, StateStore } from '../../../src/state/state-store.ts';
import { mappingFile } from '../../support/bind-for-test.ts';
import { runCounts } from '../../support/run-counts.ts';
import { leaseOf, temporaryState } from '../../support/temporary-state.ts';

vi.setConfig({ testTimeout: 60_000 });

const HOUR = 3600;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-11-20T10:00:00Z') / 1000;
const mapping = parseMapping({
  ...mappingFile(),
  name: 'orders',
  freshness: { alert: '2h', rows_every: '6h' },
}).mapping;

const run = (status: RunRecord['status'], errorCode?: string, counts = {}): RunRecord => ({
  id: 1,
  mapping: 'orders',
  status,
  startedAt: NOW,
  endedAt: NOW,
  counts: runCounts(counts),
  errorCode,
  errorMessage: undefined,
});

const facts = (changes: Partial<AlertFacts> = {}): AlertFacts => ({
  mapping,
  recent: [run('succeeded')],
  day: { sent: 1000, rejected: 0, expired: 0 },
  freshness: freshnessOf(mapping, 'last-sync', 60),
  newRowsAt: NOW - 60,
  isPaused: false,
  now: NOW,
  ...changes,
});
const raised = (changes: Partial<AlertFacts>, limits = { failures: 1, rejected_percent: 5 }): string[] =>
  judgeAlerts(facts(changes), limits)
    .filter((verdict) => verdict.raised)
    .map(({ kind }) => kind);

describe('alerts of a mapping', () => {
  it('are none when all is well', () => {
    expect(raised({})).toEqual([]);
    expect(raised({ recent: [] })).toEqual([]);
  });
  it('tell of failures when there are as many in a row as wanted; runs that say nothing do not count', () => {
    const failed = run('failed', 'source-unreachable');
    expect(raised({ recent: [failed, run('succeeded')] })).toEqual(['failed']);
    const three = { failures: 3, rejected_percent: 5 };
    expect(raised({ recent: [failed, failed, run('succeeded')] }, three)).toEqual([]);
    expect(raised({ recent: [failed, run('running'), failed, run('failed', 'interrupted'), failed] }, three)).toEqual([
      'failed',
    ]);
    expect(raised({ recent: [run('failed', 'interrupted'), run('succeeded')] })).toEqual([]);
  });
  it('tell of a refused token as that, and not as a failure too', () => {
    expect(raised({ recent: [run('failed', 'destination-auth')] })).toEqual(['token-failing']);
  });
  it('tell of many rejected rows, by their share of a day, when there are enough to say', () => {
    expect(raised({ day: { sent: 900, rejected: 100, expired: 0 } })).toEqual(['rejected-share']);
    expect(raised({ day: { sent: 960, rejected: 40, expired: 0 } })).toEqual([]);
    expect(raised({ day: { sent: 2, rejected: 3, expired: 0 } })).toEqual([]);
  });
  it('tell when no rows come where some are expected, and when rows wait too long; not while paused', () => {
    expect(raised({ newRowsAt: NOW - 7 * HOUR })).toEqual(['no-rows']);
    expect(raised({ freshness: freshnessOf(mapping, 'last-sync', 3 * HOUR) })).toEqual(['freshness']);
    const paused = { isPaused: true, newRowsAt: 0, freshness: freshnessOf(mapping, 'last-sync', 3 * HOUR) };
    expect(raised(paused)).toEqual([]);
  });
  it('tell before Meta refuses what waits, also while paused, and when rows were too old', () => {
    expect(raised({ isPaused: true, freshness: freshnessOf(mapping, 'last-sync', 6.5 * DAY) })).toEqual(['expiring']);
    expect(raised({ recent: [run('failed', 'interrupted'), run('succeeded', undefined, { expiring: 7 })] })).toEqual([
      'expiring',
    ]);
    expect(raised({ day: { sent: 100, rejected: 0, expired: 3 } })).toEqual(['expiring']);
  });
  it('are said in a sentence each, with counts, for people and for programs', () => {
    const note = {
      mapping: 'orders',
      kind: 'rejected-share',
      raised: true,
      since: NOW,
      detail: { percent: 12.5, rejected: 5, rows: 40 },
    };
    expect(alertText(note)).toBe('orders: 12.5 % of rows are rejected (5 of 40 in 24 h)');
    expect(alertBody([note, { ...note, raised: false }], 'slack', 0)).toEqual({
      text: ':red_circle: orders: 12.5 % of rows are rejected (5 of 40 in 24 h)\n:large_green_circle: orders: few rows are rejected again',
    });
    expect(alertBody([note], 'json', NOW * 1000)).toMatchObject({
      source: 'capi-sync',
      alerts: [
        {
          mapping: 'orders',
          kind: 'rejected-share',
          state: 'raised',
          since: '2026-11-20T10:00:00.000Z',
          detail: { rows: 40 },
        },
      ],
    });
  });
});

describe('webhooks', () => {
  let place: Awaited<ReturnType<typeof temporaryState>>;
  let state: StateStore;
  let told: { url: string; text: string }[];
  let isUp: boolean;
  const hook = (url: string, more = {}) => ({ url: secret(url), format: 'json' as const, ...more });
  const config = (webhooks: AlertsConfig['webhooks']): AlertsConfig => ({ webhooks, failures: 1, rejected_percent: 5 });
  const OPS = config({ ops: hook('https://ops.example/secret') });

  const alerts = (settings: AlertsConfig = OPS): Alerts =>
    openAlerts({
      config: () => settings,
      mappings: () => [mapping],
      state,
      post: async (url, body) => {
        for (const { mapping: name, kind, state: now } of (body as { alerts: Record<string, string>[] }).alerts)
          if (isUp) told.push({ url, text: `${name} ${kind} ${now}` });
        return isUp;
      },
      log: () => undefined,
      metrics: openMetrics('1', { withProcess: false }),
      now: Date.now,
    });
  const end = async (status: 'succeeded' | 'failed', code?: string): Promise<void> => {
    const fence = await leaseOf(state, 'orders');
    const now = Math.floor(Date.now() / 1000);
    const id = await state.startRun(fence, now);
    await state.finishRun(fence, id, {
      status,
      endedAt: now,
      counts: runCounts(),
      errorCode: code,
      errorMessage: undefined,
    });
    await state.releaseLease(fence);
  };
  const texts = (): string[] => told.map(({ text }) => text);

  beforeEach(async () => {
    place = await temporaryState();
    state = place.state;
    told = [];
    isUp = true;
  });
  afterEach(() => place.remove());

  it('are told of a change once: not at each run, not after a restart, not by the other process', async () => {
    const one = alerts();
    const two = alerts();
    await end('succeeded');
    await one.check();
    expect(texts()).toEqual([]);
    for (let n = 0; n < 3; n += 1) {
      await end('failed', 'source-unreachable');
      await Promise.all([one.check(), two.check()]);
    }
    expect(texts()).toEqual(['orders failed raised']);
    await alerts().check();
    expect(texts()).toHaveLength(1);
    await end('succeeded');
    await alerts().check();
    await one.check();
    expect(texts()).toEqual(['orders failed raised', 'orders failed recovered']);
  });

  it('that do not answer are told later, and hear nothing of what was over by then', async () => {
    isUp = false;
    const one = alerts();
    await end('failed', 'source-unreachable');
    await one.check();
    await end('succeeded');
    await one.check();
    isUp = true;
    await one.check();
    expect(texts()).toEqual([]);
    expect(await state.claimAlerts('ops', 60)).toEqual([]);
  });

  it('get each their own message, of the kinds that they want', async () => {
    const settings = config({
      ops: hook('https://ops.example/a'),
      boss: hook('https://boss.example/b', { on: ['token-failing'] }),
    });
    const one = alerts(settings);
    await end('failed', 'source-unreachable');
    await one.check();
    await end('failed', 'destination-auth');
    await one.check();
    expect(told).toEqual([
      { url: 'https://ops.example/a', text: 'orders failed raised' },
      { url: 'https://ops.example/a', text: 'orders failed recovered' },
      { url: 'https://ops.example/a', text: 'orders token-failing raised' },
      { url: 'https://boss.example/b', text: 'orders token-failing raised' },
    ]);
  });
});
