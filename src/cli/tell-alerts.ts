/** The alerts of a running instance: judged now and then and after each run. */
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { openAlerts } from '../observe/open-alerts.ts';
import { postWebhook } from '../observe/post-webhook.ts';
import { atMost } from '../schedule/clock.ts';
import type { Instance } from '../schedule/open-instance.ts';
import type { StateStore } from '../state/state-store.ts';
import type { ServiceProject } from './read-files.ts';

const ALERTS_EVERY_MS = 30_000;
const AFTER_ALERT_MS = 2_000;

/** @returns the closer */
export const tellAlerts = (
  service: Instance,
  state: StateStore,
  inForce: () => ServiceProject,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): (() => Promise<void>) => {
  const ending = new AbortController();
  const alerts = openAlerts({
    config: () => inForce().project.config.alerts,
    mappings: () => inForce().mappings,
    state,
    post: (url, body) => postWebhook(url, body, ending.signal),
    log,
    metrics,
    now: Date.now,
  });
  const timer = setInterval(() => void alerts.check(), ALERTS_EVERY_MS);
  service.onEnded(() => void alerts.check());
  return async () => {
    clearInterval(timer);
    // A webhook that does not answer must not hold up the end: what it was not told is kept.
    await atMost(AFTER_ALERT_MS, alerts.idle());
    ending.abort();
  };
};
