/**
 * Alerts of one process: judges every mapping now and then and after each run, notes in state what changed, and tells the webhooks. A webhook that does
 * not answer holds nothing up; its messages are tried again, by this process or another one, also after a restart.
 */
import type { AlertKind, AlertsConfig } from '../config/alerts-schema.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { RunTotals } from '../state/run-hours.ts';
import type { StateStore } from '../state/state-store.ts';
import { alertBody } from './alert-message.ts';
import { freshnessOf } from './freshness.ts';
import { judgeAlerts } from './judge-alerts.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { PostWebhook } from './post-webhook.ts';

export type AlertState = Pick<
  StateStore,
  | 'recentRuns'
  | 'sumRuns'
  | 'listMappings'
  | 'listCheckpoints'
  | 'listPaused'
  | 'noteAlerts'
  | 'claimAlerts'
  | 'settleAlerts'
>;

export type AlertTools = {
  /** As the files in force say; undefined: no alerts are wanted. */
  readonly config: () => AlertsConfig | undefined;
  readonly mappings: () => readonly ParsedMapping[];
  readonly state: AlertState;
  readonly post: PostWebhook;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** A message is ours for so long; then whoever looks next tries again. */
const CLAIM_SECONDS = 60;
const HOUR = 3600;
const DAY_HOURS = 24;
/** Failures in a row that are counted at the most, and runs beside them that say nothing. */
const MOST_RUNS = 60;

export type Alerts = {
  /** Judges and tells. Never rejects; one at a time. */
  readonly check: () => Promise<void>;
  /** Resolves when nothing is being judged or told. What is to be told then, another process or the next start tells. */
  readonly idle: () => Promise<void>;
};

const hourAgo = (now: number, hours: number): number => Math.floor(now / HOUR) - hours;

const judgeAll = async (config: AlertsConfig, tools: AlertTools, since: number): Promise<void> => {
  const { state } = tools;
  const now = Math.floor(tools.now() / 1000);
  const mappings = tools.mappings();
  const runs = await state.recentRuns(Math.min(MOST_RUNS, config.failures + 10));
  const day = byMapping(await state.sumRuns(hourAgo(now, DAY_HOURS)));
  const known = new Map((await state.listMappings()).map((each) => [each.mapping, each]));
  const moved = new Map((await state.listCheckpoints()).map((each) => [each.mapping, each.updatedAt]));
  const paused = new Set((await state.listPaused()).map(({ mapping }) => mapping));
  for (const mapping of mappings) {
    const { name } = mapping;
    const syncedAt = known.get(name)?.syncedAt;
    const verdicts = judgeAlerts(
      {
        mapping,
        recent: runs.filter((run) => run.mapping === name),
        day: day.get(name) ?? { sent: 0, rejected: 0, expired: 0 },
        freshness:
          syncedAt === undefined
            ? freshnessOf(mapping, 'unknown', null)
            : freshnessOf(mapping, 'last-sync', Math.max(0, now - syncedAt)),
        newRowsAt: Math.max(moved.get(name) ?? since, lastSent(runs, name)),
        isPaused: paused.has(name),
        now,
      },
      config,
    );
    for (const { kind, raised } of verdicts)
      tools.metrics.set('capi_alert_raised', { mapping: name, kind }, raised ? 1 : 0);
    for (const [channel, { on }] of Object.entries(config.webhooks)) {
      const wanted = verdicts.filter(({ kind }) => !on || on.includes(kind as AlertKind));
      await state.noteAlerts(name, channel, wanted, now);
    }
  }
};

const byMapping = (totals: readonly ({ readonly mapping: string } & RunTotals)[]) =>
  new Map(totals.map((each) => [each.mapping, each]));

const lastSent = (runs: Awaited<ReturnType<AlertState['recentRuns']>>, name: string): number =>
  Math.max(0, ...runs.filter((run) => run.mapping === name && (run.counts?.sent ?? 0) > 0).map((run) => run.startedAt));

const tellAll = async (config: AlertsConfig, { state, post, log, metrics, now }: AlertTools): Promise<void> => {
  const tell = async (channel: string, { url, format }: AlertsConfig['webhooks'][string]): Promise<void> => {
    const notes = await state.claimAlerts(channel, CLAIM_SECONDS);
    if (notes.length === 0) return;
    const isTaken = await post(url.reveal(), alertBody(notes, format, now()));
    metrics.add('capi_alert_messages_total', { channel, result: isTaken ? 'taken' : 'failed' });
    log(isTaken ? 'alert-told' : 'alert-failed', { channel, alerts: notes.length });
    if (isTaken) await state.settleAlerts(channel, notes);
  };
  await Promise.all(Object.entries(config.webhooks).map(([channel, webhook]) => tell(channel, webhook)));
};

export const openAlerts = (tools: AlertTools): Alerts => {
  const since = Math.floor(tools.now() / 1000);
  let running: Promise<void> | undefined;
  const check = async (): Promise<void> => {
    const config = tools.config();
    if (!config) return;
    try {
      await judgeAll(config, tools, since);
      await tellAll(config, tools);
    } catch {
      // State does not answer: shown by /readyz and capi_state_up. Judged again at the next look.
    }
  };
  return {
    check: () => {
      running ??= check().finally(() => {
        running = undefined;
      });
      return running;
    },
    idle: () => running ?? Promise.resolve(),
  };
};
