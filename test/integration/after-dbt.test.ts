/** Runs after a job elsewhere: `run --select` in its shell, a request with the token, a signed webhook. The built program, a service that listens. */
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt, startCli } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { lintMetrics, sampleValue } from '../support/lint-metrics.ts';
import { goodOrders, makeProject, type SyncProject, TOKEN } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const API_TOKEN = 'a-token-of-sixteen-and-more';
const SECRET = 'the-secret-of-the-webhook';

/** Three mappings of one table: `orders`, and two with a tag. */
const bed = async () => {
  const farSide = await openFarSide();
  const project = makeProject({ baseUrl: farSide.url });
  onTestFinished(async () => {
    project.remove();
    await farSide.close();
  });
  const text = readFileSync(join(project.dir, 'mappings/orders.yaml'), 'utf8');
  for (const name of ['dbt-a', 'dbt-b'])
    writeFileSync(
      join(project.dir, `mappings/${name}.yaml`),
      text
        .replace('name: orders', `name: ${name}\ntags: [after-dbt]`)
        .replace('order_id: =order_no', `order_id: ="${name}-" + order_no`),
    );
  return { farSide, project };
};

const startService = async (project: SyncProject, extra: string) => {
  const file = join(project.dir, 'config.yaml');
  writeFileSync(
    file,
    `${readFileSync(file, 'utf8')}server:\n  listen: "127.0.0.1:0"\n  token: \${CAPI_SYNC_TOKEN}\n${extra}`,
  );
  writeFileSync(
    join(project.dir, '.env'),
    `META_ACCESS_TOKEN=${TOKEN}\nCAPI_SYNC_TOKEN=${API_TOKEN}\nDBT_CLOUD_SECRET=${SECRET}\n`,
  );
  const service = startCli(['--json', '--log-format', 'json', 'start'], { cwd: project.dir });
  onTestFinished(() => service.kill('SIGKILL'));
  const { url } = JSON.parse(await service.firstLine) as { url: string };
  while ((await fetch(`${url}readyz`)).status !== 200) await wait(50);
  const ask = async (path: string, init: RequestInit = {}, token = API_TOKEN) => {
    const headers = { authorization: `Bearer ${token}`, ...init.headers };
    const response = await fetch(`${url}${path}`, { method: 'POST', ...init, headers });
    return {
      status: response.status,
      body: (await response.json()) as { ok?: boolean; runs?: { [key: string]: unknown }[]; error?: { code: string } },
    };
  };
  return { ...service, url, ask };
};

describe('run --select', () => {
  it('runs what is meant, says what fits nothing, and refuses to run nothing', async () => {
    const { project } = await bed();
    project.insert(goodOrders(4));
    const names = async (...args: string[]) => {
      const { code, stdout, stderr } = await project.cli(['run', '--json', ...args]);
      const { runs = [], error } = JSON.parse(stdout) as { runs?: { mapping: string }[]; error?: { code: string } };
      return { code, runs: runs.map(({ mapping }) => mapping), error: error?.code, stderr };
    };
    expect(await names('--select', 'tag:after-dbt')).toMatchObject({ code: 0, runs: ['dbt-a', 'dbt-b'] });
    expect(await names('-s', 'tag:after-dbt', 'orders', '--exclude', 'dbt-b')).toMatchObject({
      runs: ['dbt-a', 'orders'],
    });
    expect(await names('dbt-a', '--select', 'source:orders,orders')).toMatchObject({ runs: ['dbt-a', 'orders'] });
    expect(await names('--exclude', 'tag:after-dbt')).toMatchObject({ runs: ['orders'] });
    const half = await names('--select', 'orders', 'tag:afterdbt');
    expect(half).toMatchObject({ code: 0, runs: ['orders'] });
    expect(half.stderr).toContain('no mapping fits "tag:afterdbt": did you mean "after-dbt"?');
    expect(await names('--select', 'tag:nothing')).toMatchObject({ code: 2, error: 'nothing-selected' });
    expect(await names('--select', '+orders')).toMatchObject({ code: 2, error: 'bad-selector' });
    expect(await names('order', '--select', 'orders')).toMatchObject({ code: 2, error: 'unknown-mapping' });
  });
});

describe('a request to a service', () => {
  it('waits for the end, reads what was written before it also when a run was going on, and is refused without the token', async () => {
    const { farSide, project } = await bed();
    project.insert(goodOrders(3));
    const service = await startService(project, '');
    expect((await service.ask('api/runs?select=*', {}, 'another-token-of-sixteen')).status).toBe(401);
    expect((await service.ask('api/runs?select=*', { headers: { authorization: '' } })).status).toBe(401);
    const body = JSON.stringify({ select: 'tag:after-dbt', wait: '60s' });
    const first = await service.ask('api/runs', { body });
    expect(first).toMatchObject({
      status: 200,
      body: {
        ok: true,
        runs: [
          { mapping: 'dbt-a', status: 'succeeded', sent: 3 },
          { mapping: 'dbt-b', sent: 3 },
        ],
      },
    });

    // A run is held up at the far side; rows come; who asks now gets a run that reads them.
    farSide.setFaults([{ kind: 'slow', ms: 2_000, times: 1 }]);
    project.insert(goodOrders(2, 4));
    const slow = await service.ask('api/runs?select=dbt-a');
    expect(slow).toMatchObject({ status: 202, body: { ok: false, runs: [{ state: 'running', status: null }] } });
    const { run_id: id } = slow.body.runs?.[0] ?? {};
    // It has read what there was.
    while (farSide.stats().requests < 3) await wait(20);
    project.insert(goodOrders(5, 6));
    const next = await service.ask('api/runs?select=dbt-a&wait=60s');
    expect(next).toMatchObject({
      status: 200,
      body: { ok: true, runs: [{ mapping: 'dbt-a', state: 'ended', sent: 5 }] },
    });
    expect(next.body.runs?.[0]?.run_id).toBeGreaterThan(Number(id));
    const looked = await fetch(`${service.url}api/runs/${id}`);
    expect(await looked.json()).toMatchObject({
      mapping: 'dbt-a',
      run_id: id,
      state: 'ended',
      status: 'succeeded',
      sent: 2,
    });

    // Rejected rows: it came to its end, and not all is well.
    project.insert(goodOrders(1, 20).map((row) => ({ ...row, currency: null })));
    const rejected = await service.ask('api/runs?select=dbt-b&wait=60s');
    expect(rejected).toMatchObject({
      status: 200,
      body: { ok: false, runs: [{ status: 'completed_with_rejections', rejected: 1 }] },
    });

    // Told to stop, it answers who waits.
    farSide.setFaults([{ kind: 'slow', ms: 1_500, times: 1 }]);
    project.insert(goodOrders(2, 30));
    const waiting = service.ask('api/runs?select=dbt-a&select=dbt-b&wait=60s');
    await wait(300);
    service.kill('SIGTERM');
    expect((await waiting).body.runs?.every(({ state }) => state === 'ended')).toBe(true);
    expect((await service.ended).code).toBe(0);
  });

  it('meets another process at work: 409, and the run of the other one is not disturbed', async () => {
    const { farSide, project } = await bed();
    const service = await startService(project, '');
    project.insert(goodOrders(3));
    farSide.setFaults([{ kind: 'slow', ms: 3_000, times: 1 }]);
    const other = project.cli(['run', 'dbt-a', '--json']);
    while (farSide.stats().requests === 0) await wait(20);
    expect(await service.ask('api/runs?select=dbt-a')).toMatchObject({
      status: 409,
      body: { ok: false, error: { code: 'busy' }, runs: [{ mapping: 'dbt-a', status: 'skipped_busy' }] },
    });
    expect((await other).code).toBe(0);
    expect(await service.ask('api/runs?select=dbt-a&wait=60s')).toMatchObject({ status: 200, body: { ok: true } });
  });

  it('of dbt Cloud needs no token but its signature, and does what the configuration says', async () => {
    const { farSide, project } = await bed();
    project.insert(goodOrders(3));
    const service = await startService(
      project,
      '  hooks:\n    nightly: { secret: "${DBT_CLOUD_SECRET}", select: ["tag:after-dbt"], exclude: [dbt-b] }\n',
    );
    const call = (by: string) => {
      const body = JSON.stringify({
        eventId: 'wev_1',
        timestamp: new Date().toISOString(),
        eventType: 'job.run.completed',
        data: { jobId: '1', runStatus: 'Success' },
      });
      const authorization = createHmac('sha256', by).update(body).digest('hex');
      return service.ask('api/hooks/nightly', { body, headers: { authorization } });
    };
    expect(await call('another-secret')).toMatchObject({ status: 401, body: { error: { code: 'signature' } } });
    const { samples } = lintMetrics(await (await fetch(`${service.url}metrics`)).text(), {
      mappings: ['orders', 'dbt-a', 'dbt-b'],
    });
    expect(sampleValue(samples, 'capi_http_refused_total', { reason: 'signature' })).toBe(1);
    expect((await call(SECRET)).body.runs).toMatchObject([{ mapping: 'dbt-a' }]);
    while (farSide.deliveries().size < 3) await wait(50);
    service.kill('SIGTERM');
    const { stdout, stderr } = await service.ended;
    expect(`${stdout}${stderr}`).not.toContain(SECRET);
  });
});
