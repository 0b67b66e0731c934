import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LIMIT_LEVELS, METRICS, OUTCOMES, REQUEST_RESULTS, RUN_STATUSES } from '../../../src/observe/metric-table.ts';

/** What is in deploy/ for Prometheus and Grafana names nothing that there is not. */

const read = (file: string): string => readFileSync(join(import.meta.dirname, '../../../deploy', file), 'utf8');

type Rule = {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: { summary: string; action: string };
};
type Panel = {
  id: number;
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { expr: string; refId: string }[];
};

const { groups } = parse(read('prometheus/capi-sync.rules.yaml')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('grafana/capi-sync.json')) as { panels: Panel[]; uid: string };

const FUNCTIONS = new Set(
  'sum min max count rate increase delta absent time histogram_quantile by on and unless or label_values'.split(' '),
);
const VALUES: Readonly<Record<string, readonly string[]>> = {
  outcome: OUTCOMES,
  status: RUN_STATUSES,
  result: [...REQUEST_RESULTS, 'taken', 'failed'],
  level: LIMIT_LEVELS,
};

/** Names, labels and brackets of a PromQL expression; every fault in words. */
const faultsOf = (expr: string): string[] => {
  const faults: string[] = [];
  const open: string[] = [];
  const bare = expr.replace(/"[^"]*"/g, '""');
  for (const sign of bare) {
    if ('([{'.includes(sign)) open.push(sign);
    else if (')]}'.includes(sign) && open.pop() !== '([{'[')]}'.indexOf(sign)]) faults.push(`brackets: ${expr}`);
  }
  if (open.length > 0) faults.push(`brackets: ${expr}`);
  for (const [, name = '', selector = ''] of expr.matchAll(/\b((?:capi|process|nodejs)_[a-z_]+)(\{[^}]*\})?/g)) {
    const family = name.replace(/_(?:bucket|sum|count)$/, '');
    const known = METRICS[family as keyof typeof METRICS];
    if (name === 'process_resident_memory_bytes') continue;
    if (!known) faults.push(`there is no metric ${name}`);
    else if (name !== family && known.type !== 'histogram') faults.push(`${family} is no histogram`);
    for (const [, label = '', text = ''] of selector.matchAll(/([a-z_]+)=~?"([^"]*)"/g)) {
      if (!(known?.labels as readonly string[] | undefined)?.includes(label))
        faults.push(`${name} has no label ${label}`);
      for (const value of VALUES[label] ? text.split('|') : [])
        if (!VALUES[label]?.includes(value)) faults.push(`${name}: ${label} is never ${value}`);
    }
    // A counter is looked at by its growth only.
    if (
      known?.type === 'counter' &&
      !new RegExp(`(?:rate|increase)\\(${name}\\b`).test(expr) &&
      !expr.startsWith('label_values')
    )
      faults.push(`${name} is a counter without rate`);
  }
  for (const [, word = ''] of bare.matchAll(/\b([a-z_]+) ?\(/g))
    if (!FUNCTIONS.has(word)) faults.push(`no function ${word}`);
  return faults;
};

describe('the rules for Prometheus', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s names only what there is, and says what to do',
    (_, rule) => {
      expect(faultsOf(rule.expr)).toEqual([]);
      expect(rule.labels.severity).toMatch(/^(warning|critical)$/);
      expect(rule.annotations.summary.length).toBeGreaterThan(10);
      expect(rule.annotations.action.length).toBeGreaterThan(10);
      if (rule.for !== undefined) expect(rule.for).toMatch(/^\d+[smh]$/);
      // A label in a sentence is one that the expression keeps.
      const kept = /by \(([a-z, ]+)\)/.exec(rule.expr)?.[1]?.split(', ') ?? [];
      for (const [, label] of JSON.stringify(rule.annotations).matchAll(/\$labels\.([a-z]+)/g))
        expect(kept).toContain(label);
    },
  );

  it('have names of their own and cover what goes wrong', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    const used = rules.map(({ expr }) => expr).join(' ');
    for (const name of [
      'capi_freshness_lag_seconds',
      'capi_horizon_lag_seconds',
      'capi_lease_lost_total',
      'capi_state_up',
    ])
      expect(used).toContain(name);
  });
});

describe('the dashboard for Grafana', () => {
  it.each(dashboard.panels.map((panel) => [panel.title, panel] as const))(
    '"%s" asks only for what there is',
    (_, panel) => {
      expect(panel.targets.length).toBeGreaterThan(0);
      expect(panel.targets.flatMap(({ expr }) => faultsOf(expr))).toEqual([]);
    },
  );

  it('has no panel upon another and no number twice', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

describe('the check of these files', () => {
  it.each([
    'sum(rate(capi_made_up_total[5m]))',
    'capi_rows_total{outcome="sent"}',
    'rate(capi_rows_total{outcome="lost"}[5m])',
    'rate(capi_rows_total{colour="red"}[5m])',
    'sum(rate(capi_rows_total[5m])',
    'smoothe(capi_paused)',
    'capi_paused_bucket',
  ])('finds the fault in %s', (expr) => {
    expect(faultsOf(expr)).toHaveLength(1);
  });
});
