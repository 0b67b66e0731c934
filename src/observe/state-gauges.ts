/** The gauges that state and the scheduler know: looked up when somebody asks for metrics, a few statements for all mappings, at most every few seconds. */
import { parseDuration } from '../config/duration.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { nextRun } from '../schedule/next-run.ts';
import type { ConfigView, MappingView, ServiceView } from '../server/seams.ts';
import type { StateStore } from '../state/state-store.ts';
import { ageLimit } from './freshness.ts';
import type { MetricName } from './metric-table.ts';
import type { Metrics } from './metrics.ts';

export type GaugeState = Pick<
  StateStore,
  'listMappings' | 'listCheckpoints' | 'summariseDeadLetters' | 'listOpenEvents'
>;

export type GaugeTools = {
  readonly metrics: Metrics;
  readonly view: Pick<ServiceView, 'mappings' | 'config'>;
  readonly state: GaugeState;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Instant of a cursor's text, epoch ms; undefined: the cursor is no time. */
  readonly instantOf: (mapping: ParsedMapping, cursor: string) => number | undefined;
};

const FRESH_MS = 5_000;

/** They hold one value for each mapping of the files in force, and none for others. */
const OF_MAPPINGS: readonly MetricName[] = [
  'capi_freshness_lag_seconds',
  'capi_freshness_limit_seconds',
  'capi_cursor_timestamp_seconds',
  'capi_last_success_timestamp_seconds',
  'capi_dead_letters',
  'capi_in_doubt_events',
  'capi_paused',
  'capi_next_run_timestamp_seconds',
  'capi_schedule_interval_seconds',
];

/** @returns looks everything up, if that was not done just before. Never rejects */
export const stateGauges = (tools: GaugeTools): (() => Promise<void>) => {
  const { metrics, view, now } = tools;
  let doneAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  return () => {
    if (now() - doneAt < FRESH_MS) return running ?? Promise.resolve();
    doneAt = now();
    setConfig(metrics, view.config());
    running = readAll(tools)
      .then(
        () => 1,
        () => 0,
      )
      .then((up) => metrics.set('capi_state_up', {}, up))
      .finally(() => {
        running = undefined;
      });
    return running;
  };
};

const setConfig = (metrics: Metrics, { problem, loadedAt }: ConfigView): void => {
  metrics.set('capi_config_reload_ok', {}, problem ? 0 : 1);
  metrics.set('capi_config_loaded_timestamp_seconds', {}, loadedAt / 1000);
};

const readAll = async ({ metrics, view, state, now, instantOf }: GaugeTools): Promise<void> => {
  const known = new Map((await state.listMappings()).map((each) => [each.mapping, each]));
  const checkpoints = new Map((await state.listCheckpoints()).map((each) => [each.mapping, each.checkpoint]));
  const doubt = new Map((await state.listOpenEvents()).map((each) => [each.mapping, each.inDoubt]));
  const letters = new Map<string, number>();
  for (const { mapping, rows } of await state.summariseDeadLetters(undefined))
    letters.set(mapping, (letters.get(mapping) ?? 0) + rows);
  metrics.forget(OF_MAPPINGS);
  for (const mapping of view.mappings()) {
    const at = { mapping: mapping.name };
    const syncedAt = known.get(mapping.name)?.syncedAt;
    if (syncedAt !== undefined) {
      metrics.set('capi_last_success_timestamp_seconds', at, syncedAt);
      metrics.set('capi_freshness_lag_seconds', at, Math.max(0, now() / 1000 - syncedAt));
    }
    const cursor = checkpoints.get(mapping.name)?.cursor;
    const instant = cursor === undefined ? undefined : instantOf(mapping.definition, cursor);
    if (instant !== undefined) metrics.set('capi_cursor_timestamp_seconds', at, instant / 1000);
    metrics.set('capi_dead_letters', at, letters.get(mapping.name) ?? 0);
    metrics.set('capi_in_doubt_events', at, doubt.get(mapping.name) ?? 0);
    metrics.set('capi_paused', at, mapping.pausedSince === undefined ? 0 : 1);
    setLimits(metrics, mapping);
    setSchedule(metrics, mapping);
  }
};

const setLimits = (metrics: Metrics, { name, definition }: MappingView): void => {
  const { warn, alert } = definition.file.freshness ?? {};
  const set = (level: string, seconds: number): void =>
    metrics.set('capi_freshness_limit_seconds', { mapping: name, level }, seconds);
  if (warn !== undefined) set('warn', parseDuration(warn));
  if (alert !== undefined) set('alert', parseDuration(alert));
  set('meta', ageLimit(definition));
};

const setSchedule = (metrics: Metrics, { name, schedule, nextAt }: MappingView): void => {
  if (!schedule || nextAt === undefined) return;
  metrics.set('capi_next_run_timestamp_seconds', { mapping: name }, nextAt / 1000);
  const then = nextRun(schedule.cron, schedule.timezone)(nextAt);
  if (then !== undefined) metrics.set('capi_schedule_interval_seconds', { mapping: name }, (then - nextAt) / 1000);
};
