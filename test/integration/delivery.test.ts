/** The built program against the sandbox, fault by fault: what arrives, what is counted, and with what exit code it says so. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import type { SandboxOptions } from '../../src/sandbox/start-sandbox.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { foretell } from '../support/oracle.ts';
import { runInProcess } from '../support/run-in-process.ts';
import {
  goodOrder,
  goodOrders,
  makeProject,
  type OrderRow,
  outcomes,
  type ProjectOptions,
  runOf,
  type SyncProject,
  sqlTime,
} from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

type Bed = { readonly project: SyncProject; readonly farSide: FarSide };

/** Every run of this file, so that the identity of the counts is checked for each of them. */
let projects: SyncProject[] = [];
afterEach(() => {
  for (const project of projects) project.remove();
  projects = [];
});

const open = async (
  rows: readonly OrderRow[],
  sandbox: SandboxOptions = {},
  options: Partial<ProjectOptions> = {},
): Promise<Bed> => {
  const farSide = await openFarSide(sandbox);
  onTestFinished(farSide.close);
  const project = makeProject({ baseUrl: farSide.url, ...options });
  projects.push(project);
  project.insert(rows);
  return { project, farSide };
};

/** `run --json`, with what must hold of every run. */
const run = async (project: SyncProject) => {
  const result = await project.run();
  expect(outcomes(result.run), JSON.stringify(result.run)).toBe(result.run.read);
  return result;
};

/** Every order once under one id, nothing else, and each repeat the same to the letter. */
const expectComplete = ({ project, farSide }: Bed, refused: ReadonlySet<string> = new Set()): void => {
  const { mustArrive } = foretell(project.rows(), refused);
  const arrivals = farSide.arrivals();
  expect({
    lost: [...mustArrive].filter((order) => !arrivals.has(order)),
    foreign: [...arrivals.keys()].filter((order) => !mustArrive.has(order)),
    countedTwice: [...arrivals].filter(([, { ids }]) => ids.size > 1).map(([order]) => order),
    changed: farSide.changed(),
  }).toEqual({ lost: [], foreign: [], countedTwice: [], changed: [] });
};

const inDoubt = async (project: SyncProject): Promise<number> => {
  const { stdout } = await project.cli(['status', '--json']);
  return (JSON.parse(stdout) as { mappings: [{ in_doubt: number }] }).mappings[0].in_doubt;
};

const until = async (isSo: () => boolean): Promise<void> => {
  for (let n = 0; !isSo(); n += 1) {
    if (n > 2000) throw new Error('it never came to that');
    await wait(5);
  }
};

describe('an event that only the far side refuses', () => {
  it('is found among 1,000: 997 are accepted, 3 become dead letters with code and subcode', async () => {
    const refused = ['A-100123', 'A-100124', 'A-100877'];
    const bed = await open(goodOrders(1000), {
      faults: refused.map((order_id): Fault => ({ kind: 'refuse', order_id, subcode: 2804016 })),
    });
    const first = await run(bed.project);
    expect(first.run).toMatchObject({
      status: 'completed_with_rejections',
      read: 1000,
      sent: 997,
      rejected: 3,
      retries: 0,
      error: null,
    });
    expect(first.exit.code).toBe(1);
    expect(first.run.requests).toBe(bed.farSide.stats().requests);
    expect(first.run.requests).toBeLessThanOrEqual(80);
    expect(bed.farSide.repeats()).toBe(0);
    expectComplete(bed, new Set(refused));
    const letters = await bed.project.deadLetters();
    expect(letters.map(({ key }) => key[0]).sort()).toEqual(['123', '124', '877']);
    for (const letter of letters)
      expect(letter).toMatchObject({ origin: 'meta', code: 'refused-by-meta', meta_code: 100, meta_subcode: 2804016 });
    expect((await run(bed.project)).run).toMatchObject({ sent: 0, requests: 0, rejected: 0 });
  });

  it('gives way to a later row of the same order, near or far behind it', async () => {
    const rows = goodOrders(6000).map((row) => {
      if (row.id === 10 || row.id === 20) return { ...row, total: '13.37' };
      if (row.id === 11) return { ...row, order_no: 'A-100010' };
      if (row.id === 5900) return { ...row, order_no: 'A-100020' };
      return row;
    });
    const refuse: SandboxOptions['refuse'] = (event) =>
      event.custom_data?.value === 13.37 ? { subcode: 2804019 } : undefined;
    const bed = await open(rows, { refuse });
    const { run: only, exit } = await run(bed.project);
    expect(only).toMatchObject({ read: 6000, sent: 5998, rejected: 2, duplicate: 0 });
    expect(exit.code).toBe(1);
    expectComplete(bed);
    expect((await bed.project.deadLetters()).map(({ key }) => key[0]).sort()).toEqual(['10', '20']);
  });

  it('is sent once its row is mended, and its dead letter goes', async () => {
    const refuse: SandboxOptions['refuse'] = (event) =>
      event.custom_data?.value === 13.37 ? { subcode: 2804019 } : undefined;
    const bed = await open([...goodOrders(20), goodOrder(21, { total: '13.37' }), goodOrder(22, { currency: null })], {
      refuse,
    });
    expect((await run(bed.project)).run).toMatchObject({ sent: 20, rejected: 2 });
    expect((await bed.project.deadLetters()).map(({ code }) => code).sort()).toEqual([
      'currency-missing',
      'refused-by-meta',
    ]);
    bed.project.sql(
      `UPDATE orders SET total = '14.00', currency = 'EUR', updated_at = ? WHERE id IN (21, 22)`,
      sqlTime(Date.now() - 2000),
    );
    const { run: second, exit } = await run(bed.project);
    expect(second).toMatchObject({ status: 'succeeded', sent: 2, rejected: 0 });
    expect(exit.code).toBe(0);
    expect(await bed.project.deadLetters()).toEqual([]);
    expect(bed.farSide.arrivals().get('A-100021')).toMatchObject({ times: 1 });
    expect(bed.farSide.stats().eventsAccepted).toBe(22);
  });
});

describe('when nearly everything is refused', () => {
  it('the run stops as a mistake of the configuration and rejects nothing', async () => {
    const bed = await open(goodOrders(2000), { faults: [{ kind: 'refuse', share: 1 }] });
    const { run: failed, exit } = await run(bed.project);
    expect(failed).toMatchObject({
      status: 'failed',
      read: 0,
      sent: 0,
      rejected: 0,
      error: { code: 'systemic-rejection' },
    });
    expect(exit.code).toBe(3);
    expect(failed.requests).toBeLessThanOrEqual(220);
    expect(await bed.project.deadLetters()).toEqual([]);
    bed.farSide.setFaults([]);
    const next = await run(bed.project);
    expect(next.run).toMatchObject({ status: 'succeeded', sent: 2000, in_doubt_resent: 0 });
    expect(bed.farSide.repeats()).toBe(0);
    expectComplete(bed);
  });
});

describe('a token that expires in mid-run', () => {
  it('burns nothing: exit 5, no rejection, and the next run completes without a repeat', async () => {
    const bed = await open(goodOrders(8000), { faults: [{ kind: 'expire-token', after: 3 }] });
    const { run: failed, exit } = await run(bed.project);
    expect(failed).toMatchObject({ status: 'failed', rejected: 0, expired: 0, error: { code: 'destination-auth' } });
    expect(failed.sent).toBe(3000);
    expect(exit.code).toBe(5);
    expect(await bed.project.deadLetters()).toEqual([]);
    expect(await inDoubt(bed.project)).toBe(0);
    bed.farSide.setFaults([]);
    const next = await run(bed.project);
    expect(next.run).toMatchObject({ status: 'succeeded', sent: 5000, rejected: 0, in_doubt_resent: 0 });
    expect(bed.farSide.repeats()).toBe(0);
    expectComplete(bed);
  });

  it('is the same for a missing permission', async () => {
    const bed = await open(goodOrders(2000), { faults: [{ kind: 'permission' }] });
    const { run: failed, exit } = await run(bed.project);
    expect(failed).toMatchObject({
      status: 'failed',
      read: 0,
      sent: 0,
      rejected: 0,
      error: { code: 'destination-auth' },
    });
    expect(exit.code).toBe(5);
  });
});

describe('trouble that passes', () => {
  const processedNot: readonly Fault[] = [
    { kind: 'throttle', times: 3 },
    { kind: 'throttle', graphCode: 613, times: 2 },
    { kind: 'transient', times: 3 },
    { kind: 'status', code: 429, body: 'empty', times: 2 },
  ];
  it.each(processedNot)('is waited out, without a repeat or a doubt: %o', async (fault) => {
    const bed = await open(goodOrders(3000), { faults: [fault] });
    const { run: only, exit } = await run(bed.project);
    expect(only).toMatchObject({
      status: 'succeeded',
      sent: 3000,
      rejected: 0,
      retries: fault.times,
      in_doubt_resent: 0,
    });
    expect(exit.code).toBe(0);
    expect(bed.farSide.repeats()).toBe(0);
    expectComplete(bed);
  });

  const unknown: readonly Fault[] = [
    { kind: 'status', code: 503, body: 'html', times: 2 },
    { kind: 'status', code: 500, body: 'truncated', stored: true, times: 2 },
    { kind: 'timeout', times: 2 },
    { kind: 'timeout', stored: true, times: 2 },
    { kind: 'reset-before', times: 2 },
    { kind: 'reset-after', times: 2 },
    { kind: 'garbage', times: 2 },
    { kind: 'garbage', stored: true, times: 2 },
    { kind: 'truncate', times: 2 },
    { kind: 'wrong-count', times: 2 },
  ];
  it.each(unknown)('is sent again where the outcome is unknown, and each repeat is counted: %o', async (fault) => {
    const bed = await open(goodOrders(3000), { faults: [fault] }, { timeout: '1s' });
    const { run: only, exit } = await run(bed.project);
    expect(only).toMatchObject({ status: 'succeeded', sent: 3000, rejected: 0, retries: 2, in_doubt_resent: 2000 });
    expect(exit.code).toBe(0);
    const wasStored = fault.stored ?? ['reset-after', 'truncate', 'wrong-count'].includes(fault.kind);
    expect(bed.farSide.repeats()).toBe(wasStored ? 2000 : 0);
    expectComplete(bed);
    expect((await run(bed.project)).run).toMatchObject({ sent: 0, requests: 0 });
  });

  it('is a request that is too large: it is split until it passes', async () => {
    const bed = await open(goodOrders(2000), { faults: [{ kind: 'too-large', max: 300 }] });
    const { run: only, exit } = await run(bed.project);
    expect(only).toMatchObject({ status: 'succeeded', sent: 2000, rejected: 0, in_doubt_resent: 0 });
    expect(exit.code).toBe(0);
    expect(bed.farSide.stats().largestBatch).toBeLessThanOrEqual(300);
    expect(only.requests).toBe(14);
    expect(bed.farSide.repeats()).toBe(0);
    expectComplete(bed);
  });
});

describe('trouble that stays', () => {
  const answers: readonly Fault[] = [{ kind: 'garbage' }, { kind: 'garbage', stored: true }, { kind: 'wrong-count' }];
  it.each(answers)('is given up after three answers that are none, with nothing lost: %o', async (fault) => {
    const bed = await open(goodOrders(3000), { faults: [fault] });
    const { run: failed, exit } = await run(bed.project);
    expect(failed).toMatchObject({
      status: 'failed',
      read: 0,
      sent: 0,
      rejected: 0,
      error: { code: 'destination-bad-response' },
    });
    expect(exit.code).toBe(1);
    expect(failed.requests).toBe(9);
    expect(await inDoubt(bed.project)).toBe(3000);
    bed.farSide.setFaults([]);
    const next = await run(bed.project);
    expect(next.run).toMatchObject({ status: 'succeeded', sent: 3000, in_doubt_resent: 3000 });
    expect(bed.farSide.repeats()).toBeLessThanOrEqual(failed.in_doubt_resent + next.run.in_doubt_resent);
    expect(await inDoubt(bed.project)).toBe(0);
    expectComplete(bed);
  });

  it('is a redirect: it is not followed, so the token goes nowhere else', async () => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(`${request.method} ${request.url}`);
      request.resume().on('end', () => response.writeHead(302, { location: '/elsewhere' }).end());
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const bed = await open(goodOrders(100));
    const project = makeProject({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    projects.push(project);
    project.insert(bed.project.rows());
    const { run: failed, exit } = await run(project);
    expect(failed).toMatchObject({
      status: 'failed',
      sent: 0,
      rejected: 0,
      error: { code: 'destination-bad-response' },
    });
    expect(exit.code).toBe(1);
    expect(new Set(paths)).toEqual(new Set(['POST /v26.0/1234567890123456/events']));
  });

  it('is a far side that cannot be reached: exit 1, nothing in doubt, and the next run completes', async () => {
    const gone = await openFarSide();
    const { port } = new URL(gone.url);
    await gone.close();
    const project = makeProject({ baseUrl: gone.url });
    projects.push(project);
    project.insert(goodOrders(3000));
    const failed = await runInProcess(project, { firstMs: 10, ceilingMs: 50, attempts: 3, elapsedMs: 5000 });
    expect(failed.error?.code).toBe('destination-unavailable');
    expect(failed.exitCode).toBe(1);
    expect(failed.counts).toMatchObject({ read: 0, sent: 0, rejected: 0, inDoubtResent: 0 });
    expect(await inDoubt(project)).toBe(0);
    expect(await project.deadLetters()).toEqual([]);
    const farSide = await openFarSide({ port: Number(port) });
    onTestFinished(farSide.close);
    const next = await run(project);
    expect(next.run).toMatchObject({ status: 'succeeded', sent: 3000, in_doubt_resent: 0 });
    expect(farSide.repeats()).toBe(0);
    expectComplete({ project, farSide });
  });
});

describe('rows', () => {
  it('one that is too old does not sink its batch', async () => {
    const stale = goodOrder(500, { paid_at: sqlTime(Date.now() - 9 * 86_400_000) });
    const bed = await open(goodOrders(1000).map((row) => (row.id === 500 ? stale : row)));
    const { run: only, exit } = await run(bed.project);
    expect(only).toMatchObject({ status: 'succeeded', sent: 999, expired: 1, rejected: 0, requests: 1 });
    expect(exit.code).toBe(0);
    expectComplete(bed);
  });

  it('that were sent are not sent again: not by a second run, not when they change; new ones are', async () => {
    const bed = await open([...goodOrders(1000), goodOrder(1001, { order_no: 'A-100500' })]);
    expect((await run(bed.project)).run).toMatchObject({ status: 'succeeded', sent: 1000, duplicate: 1 });
    expect((await run(bed.project)).run).toMatchObject({ status: 'succeeded', sent: 0, requests: 0 });
    bed.project.sql(`UPDATE orders SET total = '999.00', updated_at = ? WHERE id <= 5`, sqlTime(Date.now() - 3000));
    const updated = await run(bed.project);
    expect(updated.run).toMatchObject({ status: 'succeeded', sent: 0, requests: 0 });
    expect(updated.run.duplicate).toBeGreaterThanOrEqual(5);
    bed.project.insert([2001, 2002, 2003].map((id) => goodOrder(id, { updated_at: sqlTime(Date.now() - 2000) })));
    expect((await run(bed.project)).run).toMatchObject({ status: 'succeeded', sent: 3, requests: 1 });
    expect(bed.farSide.repeats()).toBe(0);
    expect(bed.farSide.stats().eventsAccepted).toBe(1003);
    expectComplete(bed);
  });

  it('that commit late, behind the checkpoint, are found in the lookback', async () => {
    const bed = await open([...goodOrders(100), goodOrder(101, { updated_at: sqlTime(Date.now() - 5000) })]);
    await run(bed.project);
    bed.project.insert([goodOrder(102, { updated_at: sqlTime(Date.now() - 300_000) })]);
    expect((await run(bed.project)).run).toMatchObject({ status: 'succeeded', sent: 1 });
    expectComplete(bed);
  });
});

describe('a request to stop', () => {
  it('lets what is under way end: exit 143, nothing in doubt, and the next run completes without a repeat', async () => {
    const bed = await open(goodOrders(20_000), { faults: [{ kind: 'slow', ms: 300 }] });
    const running = bed.project.startCli(['run', '--json']);
    await until(() => bed.farSide.stats().requests >= 2);
    running.kill('SIGTERM');
    const exit = await running.ended;
    const stopped = runOf(exit);
    expect(exit.code).toBe(143);
    expect(stopped).toMatchObject({ status: 'failed', rejected: 0, error: { code: 'interrupted' } });
    expect(outcomes(stopped)).toBe(stopped.read);
    expect(stopped.sent).toBeLessThan(20_000);
    expect(await inDoubt(bed.project)).toBe(0);
    bed.farSide.setFaults([]);
    const next = await run(bed.project);
    expect(next.run).toMatchObject({ status: 'succeeded', in_doubt_resent: 0 });
    expect(stopped.sent + next.run.sent).toBe(20_000);
    expect(bed.farSide.repeats()).toBe(0);
    expectComplete(bed);
  });

  it('does not wait for a far side that is in trouble', async () => {
    const bed = await open(goodOrders(5000), { faults: [{ kind: 'throttle' }] });
    const running = bed.project.startCli(['run', '--json']);
    await until(() => bed.farSide.stats().requests >= 4);
    const asked = Date.now();
    running.kill('SIGTERM');
    const exit = await running.ended;
    expect(Date.now() - asked).toBeLessThan(3000);
    expect(exit.code).toBe(143);
    expect(runOf(exit)).toMatchObject({
      status: 'failed',
      read: 0,
      sent: 0,
      rejected: 0,
      error: { code: 'interrupted' },
    });
    expect(await inDoubt(bed.project)).toBe(0);
  });

  it('made twice cuts the requests: what they carried is in doubt, and sent again by the next run', async () => {
    const bed = await open(goodOrders(4000), { faults: [{ kind: 'slow', ms: 15_000 }] });
    const running = bed.project.startCli(['run', '--json']);
    await until(() => bed.farSide.stats().requests >= 4);
    running.kill('SIGTERM');
    await wait(300);
    running.kill('SIGTERM');
    const exit = await running.ended;
    expect(exit.code).toBe(143);
    expect(runOf(exit)).toMatchObject({ read: 0, sent: 0 });
    expect(await inDoubt(bed.project)).toBe(4000);
    bed.farSide.setFaults([]);
    expect((await run(bed.project)).run).toMatchObject({ status: 'succeeded', sent: 4000, in_doubt_resent: 4000 });
    expect(bed.farSide.repeats()).toBe(4000);
    expectComplete(bed);
  });
});

describe('two processes', () => {
  it('never run one mapping together: the second ends at once with exit 75', async () => {
    const bed = await open(goodOrders(1000), { faults: [{ kind: 'slow', ms: 6000 }] });
    const first = bed.project.startCli(['run', '--json']);
    await until(() => bed.farSide.stats().requests >= 1);
    const second = await run(bed.project);
    expect(second.run).toMatchObject({ status: 'skipped_busy', read: 0, requests: 0, error: { code: 'busy' } });
    expect(second.exit.code).toBe(75);
    const exit = await first.ended;
    expect(exit.code).toBe(0);
    expect(runOf(exit)).toMatchObject({ status: 'succeeded', sent: 1000 });
    expect(bed.farSide.repeats()).toBe(0);
    expectComplete(bed);
  });

  it('that begin in one instant, without a state, are told apart', async () => {
    const bed = await open(goodOrders(1000), { faults: [{ kind: 'slow', ms: 1500 }] });
    for (let n = 0; n < 3; n += 1) {
      bed.project.dropState();
      bed.farSide.reset();
      const both = await Promise.all([bed.project.cli(['run', '--json']), bed.project.cli(['run', '--json'])]);
      const shown = both.map(({ code, stdout, stderr }) => `${code} ${stdout}${stderr}`).join('\n');
      expect(
        both.map(({ code }) => code).sort((a, b) => Number(a) - Number(b)),
        shown,
      ).toEqual([0, 75]);
      expect(bed.farSide.stats().eventsAccepted).toBe(1000);
    }
  });

  it('may look at the state while a third one runs', async () => {
    const bed = await open(goodOrders(20_000), { faults: [{ kind: 'slow', ms: 400 }] }, { concurrency: 1 });
    const running = bed.project.startCli(['run', '--json']);
    let ended = false;
    void running.ended.then(() => {
      ended = true;
    });
    await until(() => bed.farSide.stats().requests >= 1);
    const seen = new Set<string>();
    while (!ended) {
      const { code, stdout, stderr } = await bed.project.cli(['status', '--json']);
      expect(code, stdout + stderr).toBe(0);
      seen.add((JSON.parse(stdout) as { mappings: [{ last_run: { status: string } }] }).mappings[0].last_run.status);
    }
    expect(seen).toContain('running');
    expect((await running.ended).code).toBe(0);
    expectComplete(bed);
  });
});
