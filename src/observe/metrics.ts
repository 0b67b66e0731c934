/** The numbers of `start`, for Prometheus. Counters and histograms are of this process; gauges of state are asked for when somebody looks. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import { AGE_BOUNDS, type EventAges } from '../quality/event-ages.ts';
import {
  METRICS,
  type MetricName,
  OUTCOMES,
  REFUSALS,
  REQUEST_RESULTS,
  RETRY_REASONS,
  RUN_STATUSES,
} from './metric-table.ts';

type Labels = Readonly<Record<string, string>>;

export type Metrics = {
  readonly add: (name: MetricName, labels: Labels, by?: number) => void;
  readonly set: (name: MetricName, labels: Labels, value: number) => void;
  readonly observe: (name: MetricName, labels: Labels, value: number) => void;
  readonly addAges: (mapping: string, ages: EventAges) => void;
  /** Gauges that hold one value for each mapping forget those they had. */
  readonly forget: (names: readonly MetricName[]) => void;
  /** Begins the counters of a mapping at 0, so that a first increase is seen. */
  readonly begin: (mapping: string) => void;
  /** Text for Prometheus. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

export const openMetrics = (version: string, { withProcess = true }: { withProcess?: boolean } = {}): Metrics => {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const ages = new Map<string, number[]>();
  for (const [name, { type, help, labels, ...more }] of Object.entries(METRICS)) {
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    if (name === 'capi_event_age_seconds') registry.registerMetric(ageHistogram(name, help, ages));
    else if (type === 'counter') counters.set(name, new Counter(options));
    else if (type === 'gauge') gauges.set(name, new Gauge(options));
    else histograms.set(name, new Histogram({ ...options, buckets: [...('buckets' in more ? more.buckets : [])] }));
  }
  if (withProcess) collectDefaultMetrics({ register: registry });
  gauges.get('capi_build_info')?.set({ version }, 1);
  for (const reason of REFUSALS) counters.get('capi_http_refused_total')?.inc({ reason }, 0);
  const add = (name: MetricName, labels: Labels, by = 1): void => void counters.get(name)?.inc(labels, by);
  return {
    add,
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
    addAges: (mapping, more) => {
      const known = ages.get(mapping) ?? more.map(() => 0);
      ages.set(
        mapping,
        known.map((count, n) => count + (more[n] ?? 0)),
      );
    },
    forget: (names) => {
      for (const name of names) gauges.get(name)?.reset();
    },
    begin: (mapping) => {
      for (const outcome of OUTCOMES) add('capi_rows_total', { mapping, outcome }, 0);
      for (const status of RUN_STATUSES) add('capi_runs_total', { mapping, status }, 0);
      for (const result of REQUEST_RESULTS) add('capi_requests_total', { mapping, result }, 0);
      for (const reason of RETRY_REASONS) add('capi_retries_total', { mapping, reason }, 0);
      for (const name of ALONE) add(name, { mapping }, 0);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};

/** Counters whose only label is the mapping. */
const ALONE = Object.entries(METRICS)
  .filter(([, { type, labels }]) => type === 'counter' && labels.join() === 'mapping')
  .map(([name]) => name as MetricName);

/** Runs count ages in classes; the library's histogram takes single values only. There is no sum: it would be a guess. */
const ageHistogram = (name: string, help: string, ages: ReadonlyMap<string, readonly number[]>): Metric => {
  const bounds = [...AGE_BOUNDS.map(String), '+Inf'];
  const values = () =>
    [...ages].flatMap(([mapping, counts]) => {
      let sum = 0;
      const buckets = bounds.map((le, n) => {
        sum += counts[n] ?? 0;
        return { metricName: `${name}_bucket`, labels: { le, mapping }, value: sum };
      });
      return [...buckets, { metricName: `${name}_count`, labels: { mapping }, value: sum }];
    });
  const metric = {
    name,
    get: async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: values() }),
    reset: () => undefined,
  };
  // The registry asks a metric for nothing else; its type names the library's own classes only.
  return metric as unknown as Metric;
};
