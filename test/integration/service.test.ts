/**
 * `start` as users have it: processes of their own on one state, one of them killed; stopped again and again under load. The short form runs always,
 * the long one by `npm run test:torture`.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LEASE_SECONDS } from '../../src/sync/keep-lease.ts';
import { ensureBuilt, type RunningCli, startCli } from '../support/built-cli.ts';
import { freshPostgres, queryPostgres } from '../support/databases-fresh.ts';
import { openFarSide } from '../support/far-side.ts';
import { lintMetrics, sampleValue } from '../support/lint-metrics.ts';
import { DATASET, goodOrders, makeProject, sqlTime, TOKEN } from '../support/sync-project.ts';

const IS_LONG = process.env.TORTURE === 'long';
const MAPPINGS = 10;
const SECONDS = IS_LONG ? 180 : 12;
const STOPS = IS_LONG ? 100 : 10;
/** More than a stop lets through. */
const ROWS = 6_000;
const API_TOKEN = 'a-token-of-sixteen-and-more';

beforeAll(ensureBuilt, 180_000);

const until = async (isSo: () => boolean | Promise<boolean>, what: string, patienceMs = 60_000): Promise<void> => {
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
    if (await isSo()) return;
    await wait(50);
  }
  throw new Error(`waited in vain: ${what}`);
};

type Service = RunningCli & { readonly url: string };

/** Started, and ready. */
const startService = async (dir: string): Promise<Service> => {
  const running = startCli(['--json', '--log-format', 'json', 'start'], { cwd: dir });
  const line = await Promise.race([running.firstLine, running.ended.then(({ stderr }) => stderr)]);
  const { url } = JSON.parse(line) as { url: string };
  let isOver = false;
  void running.ended.then(() => {
    isOver = true;
  });
  const isReady = async (): Promise<boolean> =>
    isOver || (await fetch(`${url}readyz`).catch(() => undefined))?.status === 200;
  await until(isReady, 'ready');
  if (isOver) throw new Error(`it ended: ${(await running.ended).stderr}`);
  return { ...running, url };
};

const logLines = (stderr: string): { event: string; [field: string]: unknown }[] =>
  stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('two processes on one state', () => {
  const mappingText = (n: number): string => `version: 1
name: orders-${n}
schedule: "*/5 * * * * *"
source:
  connection: shop
  table: orders
  where: part = ${n}
  primary_key: id
  cursor: { column: updated_at, start: 1d, lag: 1s, lookback: 10s }
destination: main
event:
  event_name: Purchase
  event_time: =updated_at
  action_source: system_generated
  user_data: { em: =email }
  custom_data: { value: =total, currency: =currency, order_id: =string(id) }
`;

  it(`send every row once, though one is killed half way (${SECONDS} s)`, async () => {
    const stateUrl = await freshPostgres('service_state');
    const shopUrl = await freshPostgres('service_shop');
    await queryPostgres(
      shopUrl,
      'CREATE TABLE orders (id serial PRIMARY KEY, part int NOT NULL, email text, total numeric, currency text, updated_at timestamptz NOT NULL DEFAULT clock_timestamp())',
      'CREATE INDEX ON orders (updated_at, id)',
    );
    const farSide = await openFarSide();
    const dir = mkdtempSync(join(tmpdir(), 'capi-sync-service-'));
    const services: Service[] = [];
    onTestFinished(async () => {
      for (const { kill } of services) kill('SIGKILL');
      await farSide.close();
      rmSync(dir, { recursive: true, force: true });
    });
    mkdirSync(join(dir, 'mappings'));
    for (let n = 0; n < MAPPINGS; n += 1) writeFileSync(join(dir, `mappings/orders-${n}.yaml`), mappingText(n));
    writeFileSync(
      join(dir, 'config.yaml'),
      `version: 1
state: { client: postgres, url: "\${STATE_URL}" }
connections: { shop: { connector: postgres, url: "\${SHOP_URL}" } }
destinations:
  main: { dataset_id: "${DATASET}", access_token: "\${META_ACCESS_TOKEN}", base_url: "${farSide.url}" }
server: { listen: "127.0.0.1:0" }
`,
    );
    writeFileSync(join(dir, '.env'), `STATE_URL=${stateUrl}\nSHOP_URL=${shopUrl}\nMETA_ACCESS_TOKEN=${TOKEN}\n`);

    services.push(...(await Promise.all([startService(dir), startService(dir)])));
    const [first, second] = services as [Service, Service];
    const mappings = Array.from({ length: MAPPINGS }, (_, n) => `orders-${n}`);
    const hasRun = async ({ url }: Service): Promise<boolean> => {
      const { samples } = lintMetrics(await (await fetch(`${url}metrics`)).text(), { mappings });
      return mappings.some((mapping) => sampleValue(samples, 'capi_runs_total', { mapping, status: 'succeeded' }));
    };
    const began = Date.now();
    const elapsed = (): number => (Date.now() - began) / 1000;
    let isKilled = false;
    // Each has to have done something, however long that takes on a busy machine.
    while (elapsed() < SECONDS || !isKilled || !(await hasRun(second))) {
      await queryPostgres(
        shopUrl,
        `INSERT INTO orders (part, email, total, currency) SELECT n % ${MAPPINGS}, 'b' || n || '@example.com', 10, 'EUR' FROM generate_series(1, 40) n`,
      );
      if (!isKilled && elapsed() > SECONDS / 2 && (await hasRun(first))) {
        isKilled = true;
        first.kill('SIGKILL');
      }
      await wait(250);
    }
    const [{ n: rows }] = (await queryPostgres(shopUrl, 'SELECT count(*)::int AS n FROM orders')) as [{ n: number }];
    await until(() => farSide.deliveries().size >= rows, `${rows} rows at the far side`);
    second.kill('SIGTERM');
    const [killed, ended] = [await first.ended, await second.ended];
    expect([killed.signal, ended.code]).toEqual(['SIGKILL', 0]);

    const runs = (await queryPostgres(
      stateUrl,
      `SELECT s.name, r.started_at, r.counts, r.error_code FROM capi_sync.run r JOIN capi_sync.stream s ON s.id = r.stream_id ORDER BY r.id`,
    )) as { name: string; started_at: number; counts: string | null; error_code: string | null }[];
    const resent = runs.reduce((sum, { counts }) => sum + (counts === null ? 0 : JSON.parse(counts).inDoubtResent), 0);
    const deliveries = [...farSide.deliveries().values()];
    const repeats = deliveries.reduce((sum, times) => sum + times - 1, 0);
    expect(deliveries).toHaveLength(rows);
    // What was on its way when the process died: sent again with the same ids, and counted.
    expect(repeats).toBeLessThanOrEqual(resent);

    const gaps = Array.from({ length: MAPPINGS }, (_, n) => {
      const starts = runs.filter(({ name }) => name === `orders-${n}`).map(({ started_at: at }) => at);
      return Math.max(...starts.slice(1).map((at, k) => at - (starts[k] ?? at)));
    });
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * LEASE_SECONDS);
    const failed = runs.filter(({ error_code: code }) => code !== null && code !== 'interrupted');
    expect(failed).toEqual([]);
    // Both did some of the work.
    const perProcess = [killed, ended].map(
      ({ stderr }) => logLines(stderr).filter(({ event }) => event === 'run-ended').length,
    );
    expect(Math.min(...perProcess)).toBeGreaterThan(0);
    console.log(
      `${rows} rows, ${runs.length} runs (${perProcess.join(' and ')}), ${repeats} repeats of ${resent} counted, longest gap of a mapping ${Math.max(...gaps)} s`,
    );
  }, 600_000);
});

describe('a stop', () => {
  it(`under load ends within the grace and leaves nothing in doubt (${STOPS} times)`, async () => {
    const farSide = await openFarSide();
    const project = makeProject({ baseUrl: farSide.url, concurrency: 2 });
    onTestFinished(async () => {
      project.remove();
      await farSide.close();
    });
    farSide.setFaults([{ kind: 'slow', ms: 120 }]);
    const config = join(project.dir, 'config.yaml');
    writeFileSync(config, `${readFileSync(config, 'utf8')}server: { listen: "127.0.0.1:0" }\n`);
    const mapping = join(project.dir, 'mappings/orders.yaml');
    writeFileSync(mapping, `schedule: "* * * * * *"\n${readFileSync(mapping, 'utf8')}`);
    writeFileSync(join(project.dir, '.env'), `META_ACCESS_TOKEN=${TOKEN}\n`);
    const took: number[] = [];
    let cutOff = 0;
    for (let n = 0; n < STOPS; n += 1) {
      const now = sqlTime(Date.now());
      project.insert(goodOrders(ROWS, 1 + n * ROWS).map((row) => ({ ...row, paid_at: now, updated_at: now })));
      const service = await startService(project.dir);
      await wait(randomInt(600));
      const asked = Date.now();
      service.kill('SIGTERM');
      const { code, stderr } = await service.ended;
      took.push(Date.now() - asked);
      const events = logLines(stderr).map(({ event }) => event);
      expect([code, events.at(-1), events.includes('cutting')]).toEqual([0, 'stopped', false]);
      cutOff += logLines(stderr).filter((line) => line.event === 'run-ended' && line.code === 'interrupted').length;
      const db = new Database(project.stateFile, { readonly: true });
      const open = db.prepare("SELECT count(*) AS n FROM batch WHERE state = 'SENT'").get() as { n: number };
      const held = db.prepare('SELECT count(*) AS n FROM lease WHERE owner IS NOT NULL').get() as { n: number };
      db.close();
      expect([open.n, held.n]).toEqual([0, 0]);
    }
    expect(Math.max(...took)).toBeLessThan(25_000);
    farSide.setFaults([]);
    await project.cli(['run']);
    expect([...farSide.deliveries().values()].every((times) => times === 1)).toBe(true);
    expect(farSide.deliveries().size).toBe(ROWS * STOPS);
    console.log(`${STOPS} stops, ${cutOff} of them in the middle of a run; the slowest took ${Math.max(...took)} ms`);
  }, 900_000);

  it('that the far side does not let end is cut when the grace is over; the next run sends what is in doubt', async () => {
    const farSide = await openFarSide();
    const project = makeProject({ baseUrl: farSide.url, concurrency: 2 });
    onTestFinished(async () => {
      project.remove();
      await farSide.close();
    });
    farSide.setFaults([{ kind: 'slow', ms: 60_000, times: 2 }]);
    project.insert(goodOrders(1_500));
    const config = join(project.dir, 'config.yaml');
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}server: { listen: "127.0.0.1:0" }\nscheduler: { grace: 500ms }\n`,
    );
    const mapping = join(project.dir, 'mappings/orders.yaml');
    writeFileSync(mapping, `schedule: "* * * * * *"\n${readFileSync(mapping, 'utf8')}`);
    writeFileSync(join(project.dir, '.env'), `META_ACCESS_TOKEN=${TOKEN}\n`);
    const service = await startService(project.dir);
    await until(() => farSide.stats().requests > 0, 'a request');
    service.kill('SIGTERM');
    const { code, stderr } = await service.ended;
    expect(code).toBe(143);
    expect(logLines(stderr).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['cutting', 'run-ended', 'stopped']),
    );
    const { run } = await project.run();
    expect(run).toMatchObject({ status: 'succeeded', sent: 1_500 });
    expect(run.in_doubt_resent).toBeGreaterThan(0);
    expect(farSide.deliveries().size).toBe(1_500);
  }, 120_000);
});

/** A webhook that takes everything. */
const openHook = async (): Promise<{ url: string; told: string[] }> => {
  const told: string[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      for (const { mapping, kind, state } of JSON.parse(body).alerts) told.push(`${mapping} ${kind} ${state}`);
      response.end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/of-ops`, told };
};

/** Addresses that a process listens on, as the kernel knows them. */
const listening = (pid: number): string[] => {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => (fields[3] === '0A' || kind.startsWith('udp')) && inodes.includes(fields[9] ?? ''))
      .map(([, local = '']) => {
        const [host = '', port = ''] = local.split(':');
        const bytes =
          host.length === 8
            ? host
                .match(/../g)
                ?.reverse()
                .map((byte) => Number.parseInt(byte, 16))
            : [host];
        return `${bytes?.join('.')}:${Number.parseInt(port, 16)}`;
      }),
  );
};

describe('a service', () => {
  it('waits for its state at the start, and says that it is not ready', async () => {
    const real = new URL(await freshPostgres('service_late'));
    const gate = createServer((client) => {
      const server = connect(Number(real.port), real.hostname);
      client.pipe(server).pipe(client);
      for (const each of [client, server]) each.on('error', () => each.destroy());
    });
    await new Promise<void>((done) => gate.listen(0, '127.0.0.1', done));
    const { port } = gate.address() as AddressInfo;
    await new Promise((done) => gate.close(done));
    const project = makeProject({ baseUrl: 'http://127.0.0.1:9' });
    const config = join(project.dir, 'config.yaml');
    const state = 'state: { client: postgres, url: "${STATE_URL}" }';
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8').replace(/^state:.*$/m, state)}server: { listen: "127.0.0.1:0" }\n`,
    );
    const late = Object.assign(new URL(real), { hostname: '127.0.0.1', port: String(port) });
    writeFileSync(join(project.dir, '.env'), `META_ACCESS_TOKEN=${TOKEN}\nSTATE_URL=${late}\n`);
    const running = startCli(['--json', '--log-format', 'json', 'start'], { cwd: project.dir });
    onTestFinished(() => {
      running.kill('SIGKILL');
      gate.close();
      project.remove();
    });
    const { url } = JSON.parse(await running.firstLine) as { url: string };
    const ready = await fetch(`${url}readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { ready: false, checks: { state: 'unreachable' } }]);
    expect((await fetch(`${url}livez`)).status).toBe(200);
    expect((await fetch(url)).status).toBe(503);
    await new Promise<void>((done) => gate.listen(port, '127.0.0.1', done));
    await until(async () => (await fetch(`${url}readyz`)).status === 200, 'ready');
    running.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  }, 120_000);

  it('shows what it does: log, metrics, probes, actions; a broken file changes nothing; nothing of a person or a secret gets out', async () => {
    const farSide = await openFarSide();
    const project = makeProject({ baseUrl: farSide.url });
    onTestFinished(async () => {
      project.remove();
      await farSide.close();
    });
    project.insert(goodOrders(300));
    project.sql('UPDATE orders SET currency = NULL WHERE id = 7');
    const hook = await openHook();
    const config = join(project.dir, 'config.yaml');
    writeFileSync(
      config,
      `${readFileSync(config, 'utf8')}server: { listen: "127.0.0.1:0", token: "\${CAPI_SYNC_TOKEN}" }
alerts: { webhooks: { ops: { url: "\${OPS_WEBHOOK_URL}" } } }
`,
    );
    writeFileSync(
      join(project.dir, '.env'),
      `META_ACCESS_TOKEN=${TOKEN}\nCAPI_SYNC_TOKEN=${API_TOKEN}\nOPS_WEBHOOK_URL=${hook.url}\n`,
    );
    const service = await startService(project.dir);
    if (process.platform === 'linux') {
      expect(listening(service.pid)).toEqual([new URL(service.url).host]);
      // The launcher starts Node once more with small heaps, as for `run`.
      expect(readFileSync(`/proc/${service.pid}/cmdline`, 'utf8')).toContain('--max-semi-space-size=2');
    }
    const act = (path: string): Promise<Response> =>
      fetch(`${service.url}api/mappings/orders/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${API_TOKEN}` },
      });
    const metrics = async () =>
      lintMetrics(await (await fetch(`${service.url}metrics`)).text(), { mappings: ['orders'], channels: ['ops'] });

    expect((await act('run')).status).toBe(202);
    await until(() => farSide.deliveries().size === 299, 'the rows');
    await until(
      async () =>
        sampleValue((await metrics()).samples, 'capi_runs_total', { status: 'completed_with_rejections' }) === 1,
      'the end of the run',
    );
    const { samples, faults } = await metrics();
    expect(faults).toEqual([]);
    expect(sampleValue(samples, 'capi_rows_total', { outcome: 'sent' })).toBe(299);
    expect(sampleValue(samples, 'capi_rows_total', { outcome: 'rejected' })).toBe(1);
    expect(sampleValue(samples, 'capi_rows_read_total')).toBe(300);
    expect(sampleValue(samples, 'capi_requests_total', { result: 'accepted' })).toBe(1);
    expect(sampleValue(samples, 'capi_invariant_violations_total')).toBe(0);

    const mapping = join(project.dir, 'mappings/orders.yaml');
    const good = readFileSync(mapping, 'utf8');
    writeFileSync(mapping, good.replace('event_name:', 'evnt_name:'));
    service.kill('SIGHUP');
    await until(
      async () => sampleValue((await metrics()).samples, 'capi_config_reload_ok') === 0,
      'the refusal to show',
    );
    expect((await act('run')).status).toBe(202);
    writeFileSync(mapping, good);
    // Without a signal: the file is looked at.
    await until(async () => sampleValue((await metrics()).samples, 'capi_config_reload_ok') === 1, 'the mended file');
    farSide.setToken('another-token');
    project.insert(goodOrders(1, 301));
    await until(async () => (await act('run')).status === 202, 'a run');
    await until(() => hook.told.includes('orders token-failing raised'), 'the alert');
    farSide.setToken(TOKEN);
    await until(async () => {
      await act('run');
      return hook.told.includes('orders token-failing recovered');
    }, 'the end of the alert');
    expect(hook.told).toEqual(['orders token-failing raised', 'orders token-failing recovered']);
    const pages = await Promise.all(
      ['', 'metrics', 'version', 'readyz', 'api/overview', 'api/mappings/orders', 'nothing'].map(async (path) =>
        (await fetch(`${service.url}${path}`)).text(),
      ),
    );
    service.kill('SIGTERM');
    const { code, stdout, stderr } = await service.ended;
    expect(code).toBe(0);
    const events = logLines(stderr).map(({ event }) => event);
    expect(events).toEqual(
      expect.arrayContaining([
        'started',
        'listening',
        'ready',
        'asked',
        'run-started',
        'run-ended',
        'reload-refused',
        'reloaded',
        'stopping',
        'stopped',
      ]),
    );
    const all = [stdout, stderr, ...pages].join('\n');
    for (const secret of [TOKEN, API_TOKEN, hook.url, 'example.com', '@', 'A-100007'])
      expect(all.includes(secret), `${secret} is shown`).toBe(false);
  }, 120_000);
});
