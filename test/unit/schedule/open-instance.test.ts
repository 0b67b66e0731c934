import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ParsedMapping, parseMapping } from '../../../src/mapping/compile-mapping.ts';
import type { LogEvent, LogFields } from '../../../src/observe/log.ts';
import { openMetrics } from '../../../src/observe/metrics.ts';
import { type Instance, type Loaded, openInstance } from '../../../src/schedule/open-instance.ts';
import type { ServiceEvent } from '../../../src/server/seams.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import type { RunResult } from '../../../src/sync/run-mapping.ts';
import { mappingFile } from '../../support/bind-for-test.ts';
import { type FakeClock, fakeClock, settle } from '../../support/fake-clock.ts';
import { leaseOf, temporaryState } from '../../support/temporary-state.ts';

vi.setConfig({ testTimeout: 60_000 });

/** The service on a real state, with a clock of its own; a run is whatever the test says it is. */

const ME = 'me#1#a';
const mapping = (name: string, schedule?: string): ParsedMapping =>
  parseMapping({ ...mappingFile(), name, ...(schedule === undefined ? {} : { schedule }) }).mapping;

type Ended = Pick<RunResult, 'status' | 'error'>;
const GOOD: Ended = { status: 'succeeded', error: undefined };
const BUSY: Ended = { status: 'skipped_busy', error: { code: 'busy', message: 'busy', hint: undefined } };

let clock: FakeClock;
let place: Awaited<ReturnType<typeof temporaryState>>;
let state: StateStore;
let lines: { event: LogEvent; fields: LogFields | undefined }[];
let runs: string[];
let outcome: (name: string) => Promise<Ended>;

const loaded = (...mappings: ParsedMapping[]): Loaded => ({
  mappings,
  concurrency: 4,
  destinationOf: () => ({ name: 'main', datasetId: '1' }),
  sync: async ({ name }) => {
    runs.push(`${new Date(clock.now()).toISOString().slice(11, 19)} ${name}`);
    return (await outcome(name)) as RunResult;
  },
});

const open = (...mappings: ParsedMapping[]): Promise<Instance> =>
  openInstance(loaded(...mappings), {
    version: '0',
    clock,
    random: () => 0,
    owner: ME,
    state,
    log: (event, fields) => void lines.push({ event, fields }),
    metrics: openMetrics('0', { withProcess: false }),
    errorOf: () => ({ code: 'internal', message: '', hint: undefined }),
    watch: () => ({ around: (parts) => parts, progress: () => undefined, runId: () => undefined }),
  });

/** A run on record, as another process would have made it. */
const record = async (name: string, startedAt: string, errorCode?: string): Promise<void> => {
  const fence = await leaseOf(state, name);
  const id = await state.startRun(fence, Date.parse(startedAt) / 1000);
  const end = { endedAt: Date.parse(startedAt) / 1000 + 1, counts: undefined, errorMessage: undefined, errorCode };
  await state.finishRun(fence, id, { ...end, status: errorCode === undefined ? 'succeeded' : 'failed' });
  await state.releaseLease(fence);
};

/** Real work of the database takes real time. */
const passSlowly = async (ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= 1_000) {
    await clock.pass(Math.min(left, 1_000));
    await new Promise((done) => setTimeout(done, 3));
    await settle();
  }
};

beforeEach(async () => {
  clock = fakeClock();
  place = await temporaryState();
  state = place.state;
  lines = [];
  runs = [];
  outcome = async () => GOOD;
});
afterEach(() => place.remove());

describe('the service', () => {
  it('runs a missed time at once, and waits where none was missed', async () => {
    await record('late', '2026-11-20T08:00:02Z');
    await record('fresh', '2026-11-20T09:45:01Z');
    await record('cut', '2026-11-20T09:45:01Z', 'interrupted');
    const service = await open(
      mapping('late', '*/15 * * * *'),
      mapping('fresh', '*/30 * * * *'),
      mapping('cut', '*/30 * * * *'),
      mapping('new', '*/30 * * * *'),
      mapping('by-hand'),
    );
    await settle();
    // 10:00:00 has come for "fresh", too: its last run was for 09:30.
    expect(runs.sort()).toEqual(['10:00:00 cut', '10:00:00 fresh', '10:00:00 late']);
    await service.stop();
  });

  it('leaves out a time for which another instance ran the mapping already', async () => {
    const service = await open(mapping('a', '*/10 * * * * *'));
    await clock.pass(5_000);
    await record('a', '2026-11-20T10:00:10Z');
    await passSlowly(7_000);
    expect(runs).toEqual([]);
    expect(lines.map(({ event }) => event)).toContain('run-served');
    await passSlowly(10_000);
    expect(runs).toEqual(['10:00:20 a']);
    await service.stop();
  });

  it('runs what a selector means, not what is paused, and hands out what became of each', async () => {
    const tagged = (name: string, tags: string[]): ParsedMapping =>
      parseMapping({ ...mappingFile(), name, tags }).mapping;
    const service = await open(tagged('a', ['x']), tagged('b', ['x']), tagged('c', ['y']));
    await service.actions.pause('b');
    outcome = async (name) => (name === 'a' ? BUSY : GOOD);
    const asked = service.actions.requestRuns({ select: ['tag:x', 'c', 'd'] }, undefined);
    if (asked === 'stopping') throw new Error(asked);
    expect(asked.unmatched.map(({ selector }) => selector)).toEqual(['d']);
    await Promise.all(asked.runs.map(({ ended }) => ended));
    expect(asked.runs.map(({ mapping: name, now }) => [name, now().state, now().end?.status])).toEqual([
      ['a', 'ended', 'skipped_busy'],
      ['b', 'paused', undefined],
      ['c', 'ended', 'succeeded'],
    ]);
    expect(runs.map((run) => run.split(' ')[1])).toEqual(['a', 'c']);
    expect(() => service.actions.requestRuns({ select: ['+a'] }, undefined)).toThrow(/no selector/);
    await service.stop();
    expect(service.actions.requestRuns({ select: ['a'] }, undefined)).toBe('stopping');
  });

  it('takes a mapping over when the lease of the one who ran it lapses, not before its time', async () => {
    const service = await open(mapping('a', '*/30 * * * *'));
    const dead = await leaseOf(state, 'a', 'elsewhere#1#x');
    outcome = async () => BUSY;
    expect(service.actions.runNow('a')).toEqual({ ok: true, state: 'started' });
    await passSlowly(1_000);
    expect(runs).toHaveLength(1);
    expect(service.view.mapping('a')?.elsewhereUntil).toBeGreaterThan(clock.now());
    outcome = async () => GOOD;
    await passSlowly(60_000);
    expect(runs).toHaveLength(1);
    // Nobody renews it: by the database's clock it has lapsed.
    await state.renewLease(dead, -5);
    await passSlowly(35_000);
    expect(runs).toHaveLength(2);
    expect(lines.map(({ event }) => event)).toContain('taking-over');
    expect(service.view.mapping('a')?.elsewhereUntil).toBeUndefined();
    await service.stop();
  });

  it('does nothing when the other instance ends its run and gives the lease back', async () => {
    const service = await open(mapping('a', '*/30 * * * *'));
    const other = await leaseOf(state, 'a', 'elsewhere#1#x');
    outcome = async () => BUSY;
    service.actions.runNow('a');
    await passSlowly(1_000);
    await state.releaseLease(other);
    await passSlowly(100_000);
    expect(runs).toHaveLength(1);
    await service.stop();
  });

  it('keeps a pause in state, for a process that starts later and for one that runs already', async () => {
    const a = mapping('a', '*/10 * * * * *');
    const first = await open(a);
    const second = await open(a);
    expect(await first.actions.pause('a')).toEqual({ ok: true, state: 'done' });
    await passSlowly(6_000);
    expect(second.view.mapping('a')?.pausedSince).toBe(Date.parse('2026-11-20T10:00:00Z'));
    const third = await open(a);
    await passSlowly(40_000);
    expect(runs).toEqual([]);
    expect(third.view.mapping('a')?.nextAt).toBeUndefined();
    expect(await third.actions.pause('nobody')).toEqual({ ok: false, code: 'unknown-mapping' });
    await third.actions.resume('a');
    await passSlowly(12_000);
    expect(runs.length).toBeGreaterThan(0);
    for (const service of [first, second, third]) await service.stop();
  });

  it('takes new files over: other times, mappings that come and go; what is refused changes nothing and shows', async () => {
    const service = await open(mapping('a', '*/10 * * * * *'), mapping('b', '*/10 * * * * *'));
    const events: ServiceEvent[] = [];
    service.events.subscribe((event) => void events.push(event));
    service.refuse({ problems: ['config.yaml:1:1 unknown-key x'], count: 1 });
    expect(service.view.config()).toMatchObject({ generation: 1, problem: { count: 1 } });
    await passSlowly(10_000);
    expect(runs).toHaveLength(2);
    await service.reload(loaded(mapping('a', '0 * * * *'), mapping('c', '*/10 * * * * *')));
    expect(service.view.config()).toMatchObject({ generation: 2, problem: undefined });
    expect(service.view.mappings().map(({ name }) => name)).toEqual(['a', 'c']);
    await passSlowly(10_000);
    expect(runs.slice(2)).toEqual(['10:00:20 c']);
    expect(events.filter(({ type }) => type === 'config')).toHaveLength(2);
    await service.stop();
  });

  it('says that state is gone, and goes on when it is back', async () => {
    const service = await open(mapping('a', '0 * * * *'));
    const broken = state.listPaused;
    Object.assign(state, { listPaused: () => Promise.reject(new Error('gone')) });
    await passSlowly(6_000);
    expect(service.isStateUp()).toBe(false);
    Object.assign(state, { listPaused: broken });
    await passSlowly(6_000);
    expect(service.isStateUp()).toBe(true);
    await service.stop();
  });
});
