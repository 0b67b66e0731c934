/**
 * Every metric of `capi-sync start`, once: what it is called, what it means, its labels. Base units, `_total` for counters. Each label has few values
 * that are known beforehand: mappings, webhooks and destinations by their names in the files, and the words listed here.
 */

export const OUTCOMES = ['sent', 'duplicate', 'filtered', 'rejected', 'expired'] as const;
export const RUN_STATUSES = ['succeeded', 'completed_with_rejections', 'failed', 'skipped_busy'] as const;
export const REQUEST_RESULTS = [
  'accepted',
  'auth',
  'policy',
  'config',
  'throttle',
  'transient',
  'invalid',
  'too_large',
  'bad_response',
] as const;
export const RETRY_REASONS = ['throttle', 'transient', 'bad_response'] as const;
export const LIMIT_LEVELS = ['warn', 'alert', 'meta'] as const;
export const REFUSALS = ['host', 'origin', 'token', 'no-token', 'signature', 'method', 'body', 'path'] as const;

type Definition = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
};

const mapping = ['mapping'] as const;

export const METRICS = {
  capi_build_info: { type: 'gauge', help: 'Always 1; the version is a label.', labels: ['version'] },
  capi_rows_read_total: {
    type: 'counter',
    help: 'Rows with an outcome: the sum of capi_rows_total over its outcomes.',
    labels: mapping,
  },
  capi_rows_total: { type: 'counter', help: 'Rows by their outcome.', labels: ['mapping', 'outcome'] },
  capi_batches_total: { type: 'counter', help: 'Batches begun.', labels: mapping },
  capi_requests_total: {
    type: 'counter',
    help: 'Requests to Meta by what came of them.',
    labels: ['mapping', 'result'],
  },
  capi_requests_in_flight: { type: 'gauge', help: 'Requests to Meta that are not answered yet.', labels: mapping },
  capi_request_duration_seconds: {
    type: 'histogram',
    help: 'How long requests to Meta took.',
    labels: mapping,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  capi_retries_total: { type: 'counter', help: 'Requests repeated, by why.', labels: ['mapping', 'reason'] },
  capi_events_resent_total: {
    type: 'counter',
    help: 'Events sent again, with the same ids, because their outcome was unknown.',
    labels: mapping,
  },
  capi_event_age_seconds: {
    type: 'histogram',
    help: 'How old events were when Meta acknowledged them. Counted at the end of a run.',
    labels: mapping,
  },
  capi_runs_total: { type: 'counter', help: 'Runs of this process by how they ended.', labels: ['mapping', 'status'] },
  capi_run_duration_seconds: {
    type: 'histogram',
    help: 'How long runs of this process took.',
    labels: mapping,
    buckets: [0.5, 1, 5, 15, 60, 300, 900, 3600, 14400],
  },
  capi_invariant_violations_total: {
    type: 'counter',
    help: 'Runs whose outcomes did not add up to the rows read. Never, if all is well.',
    labels: mapping,
  },
  capi_lease_held: { type: 'gauge', help: '1 while this process runs the mapping.', labels: mapping },
  capi_lease_lost_total: {
    type: 'counter',
    help: 'Runs that stopped because another instance had taken over.',
    labels: mapping,
  },
  capi_horizon_lag_seconds: {
    type: 'gauge',
    help: 'How far the last run stayed behind the clock of the source: source.cursor.lag, or an open transaction.',
    labels: mapping,
  },
  capi_rows_future: {
    type: 'gauge',
    help: 'Rows beyond the clock of the source, which wait; 1000 means at least that many.',
    labels: mapping,
  },
  capi_freshness_lag_seconds: {
    type: 'gauge',
    help: 'How long rows may have waited: since the last run began that read all there was. By state, whoever ran it.',
    labels: mapping,
  },
  capi_freshness_limit_seconds: {
    type: 'gauge',
    help: 'Limits of the lag: freshness.warn and freshness.alert of the mapping, and the age at which Meta refuses.',
    labels: ['mapping', 'level'],
  },
  capi_cursor_timestamp_seconds: {
    type: 'gauge',
    help: 'The checkpoint, where the cursor is a time: the newest row that has an outcome.',
    labels: mapping,
  },
  capi_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last run began that read all there was. By state.',
    labels: mapping,
  },
  capi_dead_letters: { type: 'gauge', help: 'Rows that could not be sent and wait for a person.', labels: mapping },
  capi_in_doubt_events: {
    type: 'gauge',
    help: 'Events sent whose outcome nobody is left to learn; the next run sends them again.',
    labels: mapping,
  },
  capi_paused: { type: 'gauge', help: '1 while the mapping is paused.', labels: mapping },
  capi_next_run_timestamp_seconds: {
    type: 'gauge',
    help: 'When the mapping runs next by its schedule.',
    labels: mapping,
  },
  capi_schedule_interval_seconds: {
    type: 'gauge',
    help: 'Time between the next two runs by the schedule.',
    labels: mapping,
  },
  capi_alert_raised: {
    type: 'gauge',
    help: '1 while an alert holds; only where `alerts` are configured.',
    labels: ['mapping', 'kind'],
  },
  capi_alert_messages_total: {
    type: 'counter',
    help: 'Messages to webhooks by whether they were taken.',
    labels: ['channel', 'result'],
  },
  capi_config_reload_ok: { type: 'gauge', help: '0 while changed files are refused.', labels: [] },
  capi_config_loaded_timestamp_seconds: {
    type: 'gauge',
    help: 'When the configuration in force was read.',
    labels: [],
  },
  capi_state_up: { type: 'gauge', help: '1 while the state database answers.', labels: [] },
  capi_http_refused_total: {
    type: 'counter',
    help: 'Requests to this server that were refused, by why.',
    labels: ['reason'],
  },
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof METRICS;
