import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Horizon, Source } from '../../../connectors/connector.ts';
import type { PostEvents, Reply } from '../../../src/load/post-events.ts';
import { parseInstant } from '../../../src/mapping/instants.ts';
import type { LogEvent, LogFields } from '../../../src/observe/log.ts';
import { openMetrics } from '../../../src/observe/metrics.ts';
import { watchRun } from '../../../src/observe/watch-run.ts';
import { noAges } from '../../../src/quality/event-ages.ts';
import { lintMetrics, sampleValue } from '../../support/lint-metrics.ts';
import { runCounts } from '../../support/run-counts.ts';
import { ACCEPTED, refusal, THROTTLED, TIMEOUT } from '../../support/scripted-post.ts';
import { leaseOf, temporaryState } from '../../support/temporary-state.ts';

vi.setConfig({ testTimeout: 60_000 });

let place: Awaited<ReturnType<typeof temporaryState>>;
beforeEach(async () => {
  place = await temporaryState();
});
afterEach(() => place.remove());

const bed = (replies: Reply[], horizon: Partial<Horizon> = {}) => {
  const metrics = openMetrics('1', { withProcess: false });
  const lines: { event: LogEvent; fields: LogFields | undefined }[] = [];
  let ticks = 0;
  const watch = watchRun('orders', {
    metrics,
    log: (event, fields) => void lines.push({ event, fields }),
    ticks: () => {
      ticks += 250;
      return ticks;
    },
    instantOf: (cursor) => parseInstant(cursor, 'UTC'),
    onStarted: () => undefined,
  });
  const post: PostEvents = Object.assign(async () => replies.shift() ?? ACCEPTED, { close: async () => undefined });
  const source = {
    horizon: async () => ({ now: '2026-11-20T10:00:00Z', before: '2026-11-20 09:40:00', ...horizon }),
  } as unknown as Source;
  const parts = watch.around({ source, state: place.state, post });
  const value = async (name: string, labels = {}) =>
    sampleValue(lintMetrics(await metrics.text(), { mappings: ['orders'] }).samples, name, labels);
  return { watch, parts, lines, value };
};
const batch = { runId: 3, batchId: 9 };
const NEVER = new AbortController().signal;

describe('a run that is watched', () => {
  it('has its requests counted by what came of them, and repeats by why', async () => {
    const { parts, lines, value } = bed([
      THROTTLED,
      TIMEOUT,
      { kind: 'accepted', traceId: 'Abc' },
      refusal(),
      ACCEPTED,
    ]);
    for (let n = 0; n < 5; n += 1) await parts.post([new Uint8Array(2)], NEVER, batch);
    expect(await value('capi_requests_total', { result: 'accepted' })).toBe(2);
    expect(await value('capi_requests_total', { result: 'throttle' })).toBe(1);
    expect(await value('capi_requests_total', { result: 'invalid' })).toBe(1);
    expect(await value('capi_retries_total', { reason: 'throttle' })).toBe(1);
    expect(await value('capi_retries_total', { reason: 'transient' })).toBe(1);
    expect(await value('capi_request_duration_seconds_count')).toBe(5);
    expect(await value('capi_requests_in_flight')).toBe(0);
    expect(lines.map(({ event }) => event)).toEqual([
      'request-failed',
      'request-failed',
      'request',
      'request-failed',
      'request',
    ]);
    expect(lines[0]?.fields).toMatchObject({
      run_id: 3,
      batch_id: 9,
      events: 1,
      class: 'throttle',
      meta_code: 80_004,
      duration_ms: 250,
    });
    expect(lines[2]?.fields).toMatchObject({ fbtrace_id: 'Abc' });
  });

  it('has its rows counted as it goes, each once, and its sums checked at the end', async () => {
    const { watch, parts, value } = bed([]);
    const fence = await leaseOf(parts.state, 'orders');
    expect(await value('capi_lease_held')).toBe(1);
    const id = await parts.state.startRun(fence, 1);
    expect(watch.runId()).toBe(id);
    watch.progress(runCounts({ read: 5, sent: 3, filtered: 1 }));
    watch.progress(runCounts({ read: 9, sent: 6, filtered: 1 }));
    const ages = noAges();
    ages[0] = 7;
    const end = { status: 'succeeded', endedAt: 2, errorCode: undefined, errorMessage: undefined } as const;
    await parts.state.finishRun(fence, id, {
      ...end,
      counts: runCounts({ read: 8, sent: 7, filtered: 1 }),
      eventAges: ages,
    });
    expect(await value('capi_rows_total', { outcome: 'sent' })).toBe(7);
    expect(await value('capi_rows_total', { outcome: 'filtered' })).toBe(1);
    expect(await value('capi_rows_read_total')).toBe(8);
    expect(await value('capi_event_age_seconds_count')).toBe(7);
    expect(await value('capi_invariant_violations_total')).toBeUndefined();
    await parts.state.releaseLease(fence);
    expect(await value('capi_lease_held')).toBe(0);
    expect((await place.state.listRuns('orders', 1))[0]).toMatchObject({ status: 'succeeded', counts: { sent: 7 } });
  });

  it('that does not add up is counted as that', async () => {
    const { parts, value } = bed([]);
    const fence = await leaseOf(parts.state, 'orders');
    const id = await parts.state.startRun(fence, 1);
    const end = { status: 'succeeded', endedAt: 2, errorCode: undefined, errorMessage: undefined } as const;
    await parts.state.finishRun(fence, id, { ...end, counts: runCounts({ read: 8, sent: 7 }) });
    expect(await value('capi_invariant_violations_total')).toBe(1);
  });

  it.each([
    ['an open transaction', { guard: 'transactions', openFor: 1_200, future: 2 } as const, 1_200, ['horizon']],
    ['a single writer', { guard: 'single-writer' } as const, 0, []],
  ])('tells how far %s holds it back', async (_, horizon, seconds, events) => {
    const { parts, lines, value } = bed([], horizon);
    await parts.source.horizon({ cursorUnit: 'time' } as never, 60);
    expect(await value('capi_horizon_lag_seconds')).toBe(seconds);
    expect(lines.map(({ event }) => event)).toEqual(events);
  });
});
