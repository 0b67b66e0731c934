import { describe, expect, it } from 'vitest';
import { METRICS, type MetricName } from '../../../src/observe/metric-table.ts';
import { openMetrics } from '../../../src/observe/metrics.ts';
import { AGE_BOUNDS } from '../../../src/quality/event-ages.ts';
import { lintMetrics, sampleValue } from '../../support/lint-metrics.ts';

describe('the metrics', () => {
  it('parse, line by line, have units and bounded labels, and every one of the table is there', async () => {
    const metrics = openMetrics('1.2.3');
    metrics.begin('orders');
    const labels = { mapping: 'orders', outcome: 'sent', status: 'failed', result: 'accepted', reason: 'throttle' };
    const more = { kind: 'failed', level: 'warn', channel: 'ops' };
    for (const [name, { type, labels: wanted }] of Object.entries(METRICS)) {
      const all: Record<string, string> = { ...labels, ...more };
      if (name === 'capi_http_refused_total') all.reason = 'host';
      if (name === 'capi_alert_messages_total') all.result = 'taken';
      if (name === 'capi_build_info') continue;
      const own = Object.fromEntries(wanted.map((label) => [label, all[label] ?? '']));
      if (type === 'counter') metrics.add(name as MetricName, own);
      else if (type === 'gauge') metrics.set(name as MetricName, own, 1);
      else metrics.observe(name as MetricName, own, 1);
    }
    metrics.addAges('orders', [1, 0, 2, 0, 0, 0, 0, 0, 1]);
    const { samples, faults } = lintMetrics(await metrics.text(), { mappings: ['orders'], channels: ['ops'] });
    expect(faults).toEqual([]);
    const families = new Set(samples.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, '')));
    expect(Object.keys(METRICS).filter((name) => !families.has(name))).toEqual([]);
    expect(sampleValue(samples, 'capi_build_info', { version: '1.2.3' })).toBe(1);
    expect(families).toContain('process_resident_memory_bytes');
  });

  it('add up ages by class, as a histogram does', async () => {
    const metrics = openMetrics('1', { withProcess: false });
    const ages = AGE_BOUNDS.map(() => 0);
    metrics.addAges('a', [3, ...ages]);
    metrics.addAges('a', [...ages, 2]);
    const { samples } = lintMetrics(await metrics.text(), { mappings: ['a'] });
    const bucket = (le: string) => sampleValue(samples, 'capi_event_age_seconds_bucket', { le, mapping: 'a' });
    expect([bucket('300'), bucket(String(AGE_BOUNDS.at(-1))), bucket('+Inf')]).toEqual([3, 3, 5]);
    expect(sampleValue(samples, 'capi_event_age_seconds_count', { mapping: 'a' })).toBe(5);
  });

  it('begin the counters of a mapping at nothing, so that the first increase is seen', async () => {
    const metrics = openMetrics('1', { withProcess: false });
    metrics.begin('a');
    const { samples } = lintMetrics(await metrics.text(), { mappings: ['a'] });
    expect(sampleValue(samples, 'capi_rows_total', { mapping: 'a', outcome: 'rejected' })).toBe(0);
    expect(sampleValue(samples, 'capi_requests_total', { mapping: 'a', result: 'auth' })).toBe(0);
    expect(sampleValue(samples, 'capi_lease_lost_total', { mapping: 'a' })).toBe(0);
  });

  it('are found wanting by the lint when they are', () => {
    const faults = (text: string) => lintMetrics(text, { mappings: ['a'] }).faults;
    const head = (name: string, type: string) => `# HELP ${name} x\n# TYPE ${name} ${type}\n`;
    expect(faults(`${head('capi_rows_read_total', 'counter')}capi_rows_read_total{mapping="b"} 1\n`)).toHaveLength(1);
    expect(faults(`${head('capi_made_up', 'gauge')}capi_made_up 1\n`)).toHaveLength(1);
    expect(faults('capi_paused{mapping="a"} 1\n').length).toBeGreaterThan(0);
    expect(faults(`${head('capi_paused', 'gauge')}capi_paused{mapping="a} 1\n`)).toHaveLength(1);
    expect(
      faults(`${head('capi_paused', 'gauge')}capi_paused{mapping="a"} 1\ncapi_paused{mapping="a"} 2\n`),
    ).toHaveLength(1);
  });
});
