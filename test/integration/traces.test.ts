/** Traces as a collector gets them: a real run of the built program, its spans on loopback, and nothing of a row in them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt, startCli } from '../support/built-cli.ts';
import { type Canary, scanFor } from '../support/canary-scan.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { type OtlpReceiver, openOtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { goodOrder, goodOrders, makeProject, type SyncProject, TOKEN } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const KEY = 'canaryCollectorKeyQz71';
const API_TOKEN = 'a-token-of-sixteen-and-more';
/** Each span reads the clock for itself. */
const MILLISECOND = 1_000_000n;
const PARENT = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

type Bed = { readonly farSide: FarSide; readonly collector: OtlpReceiver; readonly project: SyncProject };

const bed = async (config: (url: string) => string): Promise<Bed> => {
  const [farSide, collector] = await Promise.all([openFarSide(), openOtlpReceiver()]);
  const project = makeProject({ baseUrl: farSide.url, concurrency: 2 });
  const file = join(project.dir, 'config.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}${config(collector.url)}`);
  onTestFinished(async () => {
    project.remove();
    await Promise.all([farSide.close(), collector.close()]);
  });
  return { farSide, collector, project };
};

const byName = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] =>
  spans.filter((each) => each.name === name);
const below = (spans: readonly ReceivedSpan[], { spanId }: ReceivedSpan): ReceivedSpan[] =>
  spans.filter((each) => each.parentSpanId === spanId);
const only = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const [first, ...more] = byName(spans, name);
  if (!first || more.length > 0) throw new Error(`${more.length + (first ? 1 : 0)} spans "${name}"`);
  return first;
};
const sum = (spans: readonly ReceivedSpan[], attribute: string): number =>
  spans.reduce((total, { attributes }) => total + Number(attributes[attribute] ?? 0), 0);

describe('a run with traces', () => {
  it('tells its pages, batches, requests and writes as one tree, with counts and codes and no value of a row', async () => {
    const { collector, project, farSide } = await bed(
      (url) => `traces: { endpoint: "${url}", headers: { x-key: "\${COLLECTOR_KEY}" }, service_name: sync-eu }\n`,
    );
    // More than a page, so that threads map some of it.
    project.insert([
      ...goodOrders(12_000),
      goodOrder(12_001, { order_no: 'CanaryOrder-Xk', email: 'Canary.Mail@Example-Canary.com' }),
      goodOrder(12_002, { order_no: 'CanaryTwo-Xk', currency: 'canary-currency-xw' }),
      goodOrder(12_003, { order_no: 'CanaryThree-Xk', consent: 'canary-refused-xw' }),
    ]);
    farSide.setFaults([{ kind: 'transient', times: 1 }]);
    const { exit, run } = await project.run({
      env: { COLLECTOR_KEY: KEY, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test' },
    });
    expect([exit.code, run.sent, run.rejected, run.filtered], exit.stderr).toEqual([1, 12_001, 1, 1]);

    const spans = collector.spans();
    const root = only(spans, 'run orders');
    expect(root).toMatchObject({ parentSpanId: undefined, statusCode: 0 });
    expect(root.attributes).toMatchObject({
      'capi_sync.mapping': 'orders',
      'capi_sync.trigger': 'command',
      'capi_sync.run_id': 1,
      'capi_sync.status': 'completed_with_rejections',
      'capi_sync.rows.read': 12_003,
      'capi_sync.rows.sent': 12_001,
      'capi_sync.rows.rejected': 1,
      'capi_sync.rows.filtered': 1,
      'capi_sync.retries': 1,
    });
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(collector.resource()).toMatchObject({ 'service.name': 'sync-eu', 'deployment.environment.name': 'test' });
    expect(collector.requests()[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-key': KEY } });

    const pages = byName(spans, 'page');
    expect(pages.length).toBeGreaterThan(2);
    expect([sum(pages, 'capi_sync.rows'), sum(pages, 'capi_sync.events')]).toEqual([12_003, 12_001]);
    expect([sum(pages, 'capi_sync.rejected'), sum(pages, 'capi_sync.filtered')]).toEqual([1, 1]);
    for (const page of pages.filter(({ attributes }) => Number(attributes['capi_sync.rows']) > 0)) {
      expect(page.parentSpanId).toBe(root.spanId);
      const parts = below(spans, page).sort((a, b) => Number(a.startNs - b.startNs));
      expect(parts.map(({ name }) => name)).toEqual(['extract', 'transform']);
      // The rows are mapped after they are read, and the page lasts as long as both.
      expect(parts[1]?.startNs).toBeGreaterThan((parts[0] as ReceivedSpan).endNs - MILLISECOND);
      expect(page.endNs).toBeGreaterThan((parts[1] as ReceivedSpan).endNs - MILLISECOND);
    }
    const transforms = byName(spans, 'transform');
    expect(transforms.some(({ startNs, endNs }) => endNs - startNs > MILLISECOND)).toBe(true);

    const batches = byName(spans, 'batch');
    expect(batches).toHaveLength(run.batches);
    expect(sum(batches, 'capi_sync.batch.events')).toBe(12_001);
    for (const batch of batches) {
      expect(batch.parentSpanId).toBe(root.spanId);
      expect(batch.attributes).toMatchObject({ 'capi_sync.batch.outcome': 'accepted' });
      const names = below(spans, batch).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['state plan-batch', 'POST events', 'state ack-batch']));
    }
    const posts = byName(spans, 'POST events');
    expect(posts).toHaveLength(run.requests);
    const failed = posts.filter(({ statusCode }) => statusCode === 2);
    expect(failed).toHaveLength(1);
    expect(failed[0]?.attributes).toMatchObject({ 'capi_sync.error.class': 'transient' });
    expect(failed[0]?.attributes['error.type']).toMatch(/^(meta|http)-/);
    const good = posts.find(({ statusCode }) => statusCode === 0);
    expect(good).toMatchObject({ kind: 3, attributes: { 'http.response.status_code': 200 } });
    expect(String(good?.attributes['capi_sync.fbtrace_id'])).toMatch(/^[\w-]+$/);
    const writes = below(spans, root).filter(({ name }) => name.startsWith('state '));
    expect(new Set(writes.map(({ name }) => name))).toEqual(
      new Set([
        'state start-run',
        'state fold-acked',
        'state settle',
        'state close-in-doubt',
        'state prune-ledger',
        'state finish-run',
      ]),
    );

    const canaries: readonly Canary[] = [
      { name: 'order number', value: 'CanaryOrder-Xk' },
      { name: 'e-mail', value: 'Canary.Mail@Example-Canary.com' },
      { name: 'rejected row', value: 'CanaryTwo-Xk' },
      { name: 'refused currency', value: 'canary-currency-xw' },
      { name: 'consent', value: 'canary-refused-xw' },
      { name: 'any buyer', value: 'buyer17@example.com' },
      { name: 'access token', value: TOKEN },
      { name: 'key of the collector', value: KEY },
    ];
    const spoken = spans.map(({ attributes, statusMessage }) => JSON.stringify([attributes, statusMessage])).join('\n');
    expect(scanFor(canaries, [{ where: 'spans', bytes: Buffer.from(collector.text()) }])).toEqual([]);
    // What a span may say, by kind: a name of ours, a count or an id. An e-mail address or a sentence is neither.
    for (const text of spoken.match(/"[^"]*"/g) ?? []) expect(text).toMatch(/^"[\w.-]{1,64}"$/);
    expect(spans.every(({ events }) => events === 0)).toBe(true);
  });

  it('belongs to the trace of the job that started it, and says by a code what failed', async () => {
    const { collector, project, farSide } = await bed((url) => `traces: { endpoint: "${url}/v1/traces" }\n`);
    project.insert(goodOrders(5));
    farSide.setToken('another');
    const traceparent = `00-${PARENT.traceId}-${PARENT.spanId}-01`;
    const { exit } = await project.run({ env: { TRACEPARENT: traceparent } });
    expect(exit.code).toBe(5);
    const root = only(collector.spans(), 'run orders');
    expect(root).toMatchObject({ traceId: PARENT.traceId, parentSpanId: PARENT.spanId, statusCode: 2 });
    expect(root.attributes).toMatchObject({ 'error.type': 'destination-auth', 'capi_sync.status': 'failed' });
    const spans = collector.spans();
    expect(only(spans, 'batch').attributes['capi_sync.batch.outcome']).toBe('ended');
    expect(spans.every(({ statusMessage }) => !statusMessage)).toBe(true);

    // Whoever asked decided against it.
    const before = collector.requests().length;
    await project.run({ env: { TRACEPARENT: `00-${PARENT.traceId}-${PARENT.spanId}-00` } });
    expect(collector.requests()).toHaveLength(before);
  });

  it('goes on without them where the collector refuses or is away, and says how many were lost', async () => {
    const { collector, project } = await bed((url) => `traces: { endpoint: "${url}" }\n`);
    project.insert(goodOrders(3));
    collector.answerWith(400);
    const refused = await project.run();
    expect(refused.exit).toMatchObject({ code: 0 });
    expect(refused.run.sent).toBe(3);
    expect(refused.exit.stderr).toMatch(/traces: \d+ spans did not arrive/);
  });

  it('is not traced where nothing asks for it, and by the standard variables where they do', async () => {
    const { collector, project } = await bed(() => '');
    project.insert(goodOrders(3));
    expect((await project.run()).exit.code).toBe(0);
    expect(collector.requests()).toEqual([]);
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'by-variable',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b',
    };
    await project.run({ env: { ...env, OTEL_SDK_DISABLED: 'true' } });
    expect(collector.requests()).toEqual([]);
    await project.run({ env });
    expect(collector.resource()).toMatchObject({ 'service.name': 'by-variable' });
    expect(collector.requests()[0]?.headers).toMatchObject({ 'x-key': 'a b' });
    const wrong = await project.run({ env: { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' } });
    expect([wrong.exit.code, wrong.exit.stderr]).toEqual([0, expect.stringContaining('OTLP over HTTP only')]);
  });
});

describe('a service with traces', () => {
  it("puts a run that was asked for into the caller's trace", async () => {
    const { collector, project } = await bed(
      (url) => `traces: { endpoint: "${url}" }\nserver: { listen: "127.0.0.1:0", token: "\${CAPI_SYNC_TOKEN}" }\n`,
    );
    project.insert(goodOrders(7));
    const service = startCli(['--json', 'start'], {
      cwd: project.dir,
      env: { META_ACCESS_TOKEN: TOKEN, CAPI_SYNC_TOKEN: API_TOKEN },
    });
    onTestFinished(() => service.kill('SIGKILL'));
    const { url } = JSON.parse(await service.firstLine) as { url: string };
    const ask = (): Promise<Response> =>
      fetch(`${url}api/runs?select=orders&wait=30s`, {
        method: 'POST',
        headers: { authorization: `Bearer ${API_TOKEN}`, traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01` },
      });
    let response = await ask();
    while (response.status === 503) response = await ask();
    expect(await response.json()).toMatchObject({ ok: true, runs: [{ mapping: 'orders', run_id: 1, sent: 7 }] });
    service.kill('SIGTERM');
    expect((await service.ended).code).toBe(0);
    const root = only(collector.spans(), 'run orders');
    expect(root).toMatchObject({ traceId: PARENT.traceId, parentSpanId: PARENT.spanId, kind: 5 });
    expect(root.attributes).toMatchObject({ 'capi_sync.trigger': 'request', 'capi_sync.rows.sent': 7 });
  });
});
