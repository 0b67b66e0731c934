import { describe, expect, it } from 'vitest';
import { nextRun } from '../../../src/schedule/next-run.ts';
import { type Job, type Order, openScheduler } from '../../../src/schedule/scheduler.ts';
import { openTicket } from '../../../src/schedule/ticket.ts';
import { fakeClock, settle } from '../../support/fake-clock.ts';

const job = (name: string, cron?: string, jitterMs = 0): Job => ({
  name,
  schedule: cron ?? '',
  next: cron === undefined ? undefined : nextRun(cron, 'UTC'),
  jitterMs,
});

const bed = ({ concurrency = 4, random = 0 } = {}) => {
  const clock = fakeClock();
  const runs: (Order & { at: string })[] = [];
  const open = new Map<string, () => void>();
  const scheduler = openScheduler({
    clock,
    random: () => random,
    concurrency: () => concurrency,
    onChange: () => undefined,
    run: (order) => {
      runs.push({ ...order, at: new Date(clock.now()).toISOString().slice(11, 19) });
      return new Promise((done) => open.set(order.name, done));
    },
  });
  const end = async (name: string): Promise<void> => {
    open.get(name)?.();
    open.delete(name);
    await settle();
  };
  const times = (name: string): string[] => runs.filter((run) => run.name === name).map(({ at }) => at);
  return { clock, scheduler, runs, end, times };
};

describe('the scheduler', () => {
  it('runs each mapping at its times, with seconds where there are six fields', async () => {
    const { clock, scheduler, end, times } = bed();
    scheduler.setJobs([job('quick', '*/20 * * * * *'), job('slow', '*/2 * * * *')]);
    for (let n = 0; n < 24; n += 1) {
      await clock.pass(5_000);
      await end('quick');
      await end('slow');
    }
    expect(times('quick')).toEqual(['10:00:20', '10:00:40', '10:01:00', '10:01:20', '10:01:40', '10:02:00']);
    expect(times('slow')).toEqual(['10:02:00']);
  });

  it('leaves out the times at which the mapping still runs, and never runs it twice at once', async () => {
    const { clock, scheduler, end, times } = bed();
    scheduler.setJobs([job('a', '*/10 * * * * *')]);
    await clock.pass(35_000);
    expect(times('a')).toEqual(['10:00:10']);
    await end('a');
    await clock.pass(10_000);
    expect(times('a')).toEqual(['10:00:10', '10:00:40']);
  });

  it('runs no more mappings at once than it may, and those that wait in the order they came', async () => {
    const { clock, scheduler, runs, end } = bed({ concurrency: 2 });
    scheduler.setJobs(['a', 'b', 'c', 'd'].map((name) => job(name, '*/10 * * * * *')));
    await clock.pass(10_000);
    expect(runs.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(scheduler.view('c')?.queued).toBe('schedule');
    await end('b');
    await end('a');
    expect(runs.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    expect(scheduler.view('c')?.queued).toBeUndefined();
  });

  it('a mapping in line does not get a second place there', async () => {
    const { clock, scheduler, runs, end } = bed({ concurrency: 1 });
    scheduler.setJobs([job('a', '*/10 * * * * *'), job('b', '*/10 * * * * *')]);
    await clock.pass(60_000);
    await end('a');
    await end('b');
    expect(runs.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('adds jitter to a time, and keeps the time itself for whoever asks what it was for', async () => {
    const { clock, scheduler, runs } = bed({ random: 0.5 });
    scheduler.setJobs([job('a', '* * * * *', 30_000)]);
    expect(new Date(scheduler.view('a')?.nextAt ?? 0).toISOString()).toBe('2026-11-20T10:01:15.000Z');
    await clock.pass(80_000);
    expect(runs).toMatchObject([{ at: '10:01:15', tick: Date.parse('2026-11-20T10:01:00Z') }]);
  });

  it('runs once, not many times, for what went by while the machine slept', async () => {
    const { clock, scheduler, end, times } = bed();
    scheduler.setJobs([job('a', '*/5 * * * *')]);
    await clock.pass(30_000);
    clock.jump(3_600_000);
    await clock.pass(30_000);
    await end('a');
    await clock.pass(30_000);
    expect(times('a')).toHaveLength(1);
  });

  it('runs a mapping without a schedule only when it is asked to', async () => {
    const { clock, scheduler, runs } = bed();
    scheduler.setJobs([job('a')]);
    await clock.pass(86_400_000);
    expect(runs).toEqual([]);
    expect(scheduler.ask('a', 'request')).toBe('started');
    expect(scheduler.ask('a', 'request')).toBe('running');
    expect(scheduler.ask('b', 'request')).toBe('unknown-mapping');
    expect(runs).toMatchObject([{ name: 'a', trigger: 'request' }]);
  });

  it('passes on which dead letters are meant, and says so when another run is in the way', async () => {
    const { scheduler, runs, end } = bed({ concurrency: 1 });
    scheduler.setJobs([job('a'), job('b')]);
    scheduler.ask('b', 'request');
    expect(scheduler.ask('a', 'request')).toBe('queued');
    expect(scheduler.ask('a', 'retry', { code: 'x' })).toBe('running');
    await end('b');
    await end('a');
    expect(scheduler.ask('a', 'retry', { code: 'x' })).toBe('started');
    expect(runs.at(-1)).toMatchObject({ trigger: 'retry', deadLetters: { code: 'x' } });
  });

  it('follows a run that goes on with another one for who asked meanwhile, and tells all of them how it ended', async () => {
    const { scheduler, runs, end } = bed();
    scheduler.setJobs([job('a')]);
    const asked = Array.from({ length: 3 }, () => openTicket('a', undefined));
    expect(scheduler.request('a', asked[0]!.ticket)).toBe('taken');
    expect(asked[0]?.requested.now().state).toBe('running');
    expect(scheduler.request('a', asked[1]!.ticket)).toBe('taken');
    expect(scheduler.request('a', asked[2]!.ticket)).toBe('taken');
    expect(asked.map(({ requested }) => requested.now().state)).toEqual(['running', 'queued', 'queued']);
    expect(runs).toHaveLength(1);
    await end('a');
    expect(asked.map(({ requested }) => requested.now().state)).toEqual(['ended', 'running', 'running']);
    expect(runs[1]).toMatchObject({ trigger: 'request', tickets: [{}, {}] });
    await end('a');
    expect(runs).toHaveLength(2);
    for (const { requested } of asked) await requested.ended;
    expect(scheduler.request('b', asked[0]!.ticket)).toBe('unknown-mapping');
  });

  it('makes of a run that waits for its time one that is asked for: a pause or another instance does not leave it out', async () => {
    const { clock, scheduler, runs, end } = bed({ concurrency: 1 });
    scheduler.setJobs([job('a', '*/10 * * * * *'), job('b')]);
    scheduler.ask('b', 'request');
    await clock.pass(12_000);
    expect(scheduler.view('a')?.queued).toBe('schedule');
    scheduler.request('a', openTicket('a', undefined).ticket);
    scheduler.setPaused(new Map([['a', clock.now()]]));
    await end('b');
    expect(runs.at(-1)).toMatchObject({ name: 'a', trigger: 'request', tick: undefined });
  });

  it('tells who waits that nothing will come of it: the mapping is gone, or the process stops', async () => {
    const { scheduler, end } = bed({ concurrency: 1 });
    scheduler.setJobs([job('a'), job('b'), job('c')]);
    const [b, c] = [openTicket('b', undefined), openTicket('c', undefined)];
    scheduler.ask('a', 'request');
    scheduler.request('b', b.ticket);
    scheduler.request('c', c.ticket);
    scheduler.setJobs([job('a'), job('c')]);
    await b.requested.ended;
    expect(b.requested.now()).toEqual({
      state: 'ended',
      runId: undefined,
      end: { status: 'dropped', error: undefined },
    });
    const stopping = scheduler.stop();
    await c.requested.ended;
    expect(scheduler.request('a', c.ticket)).toBe('stopping');
    await end('a');
    await stopping;
  });

  it('leaves a paused mapping alone until it goes on; what a person asks for runs all the same', async () => {
    const { clock, scheduler, end, times } = bed();
    scheduler.setJobs([job('a', '*/10 * * * * *')]);
    expect(scheduler.setPaused(new Map([['a', clock.now()]]))).toEqual([]);
    await clock.pass(30_000);
    expect(scheduler.view('a')).toMatchObject({ nextAt: undefined, pausedSince: Date.parse('2026-11-20T10:00:00Z') });
    scheduler.ask('a', 'request');
    await end('a');
    expect(scheduler.setPaused(new Map())).toEqual(['a']);
    await clock.pass(10_000);
    expect(times('a')).toEqual(['10:00:30', '10:00:40']);
  });

  it('keeps the time of a mapping whose schedule a reload did not change, and forgets one that is gone', async () => {
    const { clock, scheduler, times } = bed({ random: 0.9 });
    scheduler.setJobs([job('a', '* * * * *', 50_000), job('b', '* * * * *')]);
    await clock.pass(62_000);
    const before = scheduler.view('a')?.nextAt;
    scheduler.setJobs([job('a', '* * * * *', 50_000)]);
    expect(scheduler.view('a')?.nextAt).toBe(before);
    expect(scheduler.view('b')).toBeUndefined();
    await clock.pass(60_000);
    expect(times('a')).toEqual(['10:01:45']);
    expect(times('b')).toEqual(['10:01:00']);
  });

  it('begins nothing once it is told to stop, and waits for what runs', async () => {
    const { clock, scheduler, runs, end } = bed({ concurrency: 1 });
    scheduler.setJobs([job('a', '*/10 * * * * *'), job('b', '*/10 * * * * *')]);
    await clock.pass(10_000);
    let stopped = false;
    const stopping = scheduler.stop().then(() => {
      stopped = true;
    });
    await clock.pass(60_000);
    expect(stopped).toBe(false);
    expect(scheduler.ask('b', 'request')).toBe('stopping');
    await end('a');
    await stopping;
    expect(runs.map(({ name }) => name)).toEqual(['a']);
  });
});
