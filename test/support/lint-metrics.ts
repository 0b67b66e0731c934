/** Reads the text that Prometheus reads, strictly, and holds it to our own table: names, units, types, and the values that a label may have. */

import { ALERT_KINDS } from '../../src/config/alerts-schema.ts';
import {
  LIMIT_LEVELS,
  METRICS,
  OUTCOMES,
  REFUSALS,
  REQUEST_RESULTS,
  RETRY_REASONS,
  RUN_STATUSES,
} from '../../src/observe/metric-table.ts';

export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i;
const LABEL = /^([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/i;
/** What a name may end with, the counters' `_total` aside; base units only. */
const UNITS = /_(?:seconds|bytes|total|ratio|info)$/;
/** Plain numbers of things, or 0 and 1: they have no unit. */
const UNITLESS = new Set([
  'capi_requests_in_flight',
  'capi_lease_held',
  'capi_rows_future',
  'capi_dead_letters',
  'capi_in_doubt_events',
  'capi_paused',
  'capi_alert_raised',
  'capi_config_reload_ok',
  'capi_state_up',
]);

const readLabels = (text: string): Record<string, string> | undefined => {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = LABEL.exec(rest);
    if (!match) return undefined;
    labels[match[1] ?? ''] = match[2] ?? '';
    rest = rest.slice(match[0].length);
  }
  return labels;
};

/** @param names the mappings and webhooks of the project. @returns the samples, and every fault */
export const lintMetrics = (
  text: string,
  names: { readonly mappings: readonly string[]; readonly channels?: readonly string[] },
): { readonly samples: Sample[]; readonly faults: string[] } => {
  const samples: Sample[] = [];
  const faults: string[] = [];
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const seen = new Set<string>();
  const allowed: Readonly<Record<string, readonly string[]>> = {
    mapping: names.mappings,
    channel: names.channels ?? [],
    outcome: OUTCOMES,
    status: RUN_STATUSES,
    reason: [...REFUSALS, ...RETRY_REASONS],
    kind: ALERT_KINDS,
    level: LIMIT_LEVELS,
    result: [...REQUEST_RESULTS, 'taken', 'failed'],
  };
  if (!text.endsWith('\n')) faults.push('the text has no end of line');
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (HELP|TYPE) ([a-z_][a-z0-9_]*) (.+)$/i.exec(line);
    if (comment) {
      const [, what, name = '', rest = ''] = comment;
      if (what === 'HELP') helped.add(name);
      else if (types.has(name)) faults.push(`${name} has two types`);
      else types.set(name, rest);
      continue;
    }
    const match = SAMPLE.exec(line);
    const labels = match && readLabels(match[2] ?? '');
    if (!match || !labels) {
      faults.push(`not a line of Prometheus: ${line}`);
      continue;
    }
    const name = match[1] ?? '';
    const value = Number(match[3]?.replace('Inf', 'Infinity'));
    const series = `${name}{${JSON.stringify(Object.entries(labels).sort())}}`;
    if (seen.has(series)) faults.push(`twice: ${series}`);
    seen.add(series);
    samples.push({ name, labels, value });
    const family = types.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '');
    if (!types.has(family) || !helped.has(family)) faults.push(`${name} has no type or no help before it`);
    if (!family.startsWith('capi_')) continue;
    const known = METRICS[family as keyof typeof METRICS];
    if (!known) {
      faults.push(`${family} is not in the table`);
      continue;
    }
    if (types.get(family) !== known.type) faults.push(`${family} is no ${known.type}`);
    if ((known.type === 'counter') !== family.endsWith('_total')) faults.push(`${family}: counters end with _total`);
    if (!UNITS.test(family) && !UNITLESS.has(family)) faults.push(`${family} has no unit`);
    for (const [label, given] of Object.entries(labels)) {
      if (label === 'le' && known.type === 'histogram') continue;
      if (!(known.labels as readonly string[]).includes(label)) faults.push(`${family} has a label ${label}`);
      if (label !== 'version' && !allowed[label]?.includes(given))
        faults.push(`${family}: ${label}="${given}" is not bounded`);
    }
  }
  return { samples, faults };
};

/** The value of one series; undefined: there is none. */
export const sampleValue = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined =>
  samples.find((each) => each.name === name && Object.entries(labels).every(([key, text]) => each.labels[key] === text))
    ?.value;
