import { describe, expect, it } from 'vitest';
import { openRunTraces } from '../../../src/cli/open-run-traces.ts';
import { traceSettings } from '../../../src/config/trace-settings.ts';
import { loadTracing } from '../../../src/observe/load-tracing.ts';
import { openTraces } from '../../../src/observe/open-traces.ts';
import { readTraceParent } from '../../../src/observe/traceparent.ts';
import { openOtlpReceiver } from '../../support/otlp-receiver.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('traceparent', () => {
  it.each<[string, boolean]>([
    [`00-${ID}-00f067aa0ba902b7-01`, true],
    [`00-${ID}-00f067aa0ba902b7-00`, false],
    [` 00-${ID}-00f067aa0ba902b7-03 `, true],
    // A version to come may say more.
    [`01-${ID}-00f067aa0ba902b7-01-more`, true],
  ])('%s is one', (header, isSampled) => {
    expect(readTraceParent(header)).toEqual({ traceId: ID, spanId: '00f067aa0ba902b7', isSampled });
  });

  it.each([
    undefined,
    '',
    'x',
    `00-${ID}-00f067aa0ba902b7`,
    `00-${ID}-0000000000000000-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `ff-${ID}-00f067aa0ba902b7-01`,
    `00-${ID}-00f067aa0ba902b7-01-more`,
    `00-${ID.toUpperCase()}-00f067aa0ba902b7-01`,
  ])('%s is none', (header) => {
    expect(readTraceParent(header)).toBeUndefined();
  });
});

const settings = (endpoint: string) => traceSettings({ endpoint }, {}) as NonNullable<ReturnType<typeof traceSettings>>;

describe('traces', () => {
  it('say what to install where a package is missing: an error if config.yaml asks, a word if only a variable does', async () => {
    const missing = async (name: string): Promise<unknown> => {
      if (name === '@opentelemetry/sdk-trace') throw Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' });
      return {};
    };
    const open: typeof openTraces = (wanted, tools) =>
      openTraces(wanted, { ...tools, load: () => loadTracing(missing) });
    const told: string[] = [];
    const tell = {
      off: (text: string, hint: string | undefined) => void told.push(`${text}: ${hint}`),
      lost: () => undefined,
    };
    const asked = openRunTraces(settings('http://127.0.0.1:9'), tell, open);
    await expect(asked).rejects.toMatchObject({
      code: 'traces-package-missing',
      exitCode: 3,
      hint: expect.stringMatching(
        /^npm i @opentelemetry\/api@\S+ @opentelemetry\/resources@\S+ @opentelemetry\/sdk-trace@/,
      ),
    });
    const byVariable = traceSettings(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect(await openRunTraces(byVariable, tell, open)).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(/cannot be loaded: npm i /)]);
    expect(await openRunTraces(undefined, tell, () => Promise.reject(new Error('opened')))).toBeUndefined();
  });

  it('count the spans that a collector did not take, tell of it once while it lasts, and end all the same', async () => {
    const collector = await openOtlpReceiver();
    const lost: number[] = [];
    const traces = await openTraces(settings(collector.url), {
      version: '1',
      onLost: (spans) => void lost.push(spans),
    });
    collector.answerWith(400);
    const root = traces.begin('run a', {});
    for (let n = 0; n < 600; n += 1) root.child('page').end();
    root.end('interrupted');
    await traces.close();
    await collector.close();
    expect(lost[0]).toBeGreaterThan(0);
    expect(lost.at(-1)).toBe(601);
    expect(lost.length).toBeLessThanOrEqual(2);
  });

  it('take the share of runs that is asked for, each of them whole', async () => {
    const collector = await openOtlpReceiver();
    const half = { ...settings(collector.url), ratio: 0.5 };
    const traces = await openTraces(half, { version: '1', onLost: () => undefined });
    for (let n = 0; n < 400; n += 1) {
      const root = traces.begin('run a', {});
      root.child('page').end();
      root.end();
    }
    await traces.close();
    const spans = collector.spans();
    await collector.close();
    const runs = spans.filter(({ name }) => name === 'run a');
    expect(runs.length).toBeGreaterThan(120);
    expect(runs.length).toBeLessThan(280);
    expect(spans).toHaveLength(2 * runs.length);
  });
});
