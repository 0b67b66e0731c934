/**
 * The log of `start`: a line for each of a fixed list of things that happen, with fields of fixed names and types. There is no free text, so that
 * no value of a row, no secret and no driver's message can get into it; an error is one of ours, by code and in our own words.
 */
import pino from 'pino';
import type { ErrorClass } from '../meta/error-codes.ts';
import type { Trigger } from '../server/seams.ts';
import type { RunCounts, RunStatus } from '../state/state-store.ts';
import type { RunError } from '../sync/run-error.ts';
import type { LogLevel } from './log-levels.ts';

/** What happens: its level, and how a person would say it. */
export const LOG_EVENTS = {
  started: ['info', 'capi-sync started'],
  listening: ['info', 'listening'],
  'not-ready': ['warn', 'not ready'],
  ready: ['info', 'ready'],
  stopping: ['info', 'stopping: what is under way is brought to its end'],
  cutting: ['warn', 'the grace is over: what is under way is cut'],
  stopped: ['info', 'stopped'],
  reloaded: ['info', 'new configuration in force'],
  'reload-refused': ['error', 'the configuration has problems; the one before stays in force'],
  'reload-needs-restart': ['warn', 'a changed setting takes effect only after a restart'],
  'run-started': ['info', 'run started'],
  'run-ended': ['info', 'run ended'],
  'run-failed': ['error', 'run failed'],
  'run-busy': ['info', 'another instance runs it'],
  'run-served': ['debug', 'another instance ran it for this time'],
  'taking-over': ['warn', 'another instance is gone; its mapping is taken over'],
  'lease-lost': ['error', 'another instance took over'],
  request: ['debug', 'events accepted'],
  'request-failed': ['warn', 'events not accepted'],
  horizon: ['warn', 'an open transaction holds the reading back'],
  paused: ['info', 'paused'],
  resumed: ['info', 'resumed'],
  asked: ['info', 'asked by hand'],
  'alert-told': ['info', 'alert told'],
  'alert-failed': ['warn', 'an alert could not be told; it is tried again'],
  'traces-off': ['warn', 'traces are asked for and cannot be sent'],
  'traces-lost': ['warn', 'spans did not arrive at the collector; runs go on without them'],
  'http-refused': ['debug', 'request refused'],
  'http-failed': ['error', 'a request to this server failed'],
} as const satisfies Record<string, readonly [LogLevel, string]>;

export type LogEvent = keyof typeof LOG_EVENTS;

/** Every field that a line may have. Texts are names of our own making: of mappings, codes, addresses. */
export type LogFields = {
  readonly version?: string;
  readonly pid?: number;
  readonly address?: string;
  readonly signal?: 'SIGHUP' | 'SIGTERM' | 'file';
  readonly generation?: number;
  readonly mappings?: number;
  readonly problems?: number;
  readonly setting?: string;
  readonly mapping?: string;
  readonly trigger?: Trigger;
  readonly run_id?: number | undefined;
  readonly batch_id?: number | undefined;
  readonly status?: RunStatus;
  readonly counts?: RunCounts | undefined;
  readonly events?: number;
  readonly duration_ms?: number;
  readonly class?: ErrorClass;
  readonly http_status?: number | undefined;
  readonly meta_code?: number | undefined;
  readonly meta_subcode?: number | undefined;
  readonly reason?: string;
  readonly fbtrace_id?: string | undefined;
  readonly seconds?: number;
  readonly channel?: string;
  readonly alerts?: number;
  readonly spans?: number;
  readonly error?: RunError | undefined;
};

export type Log = (event: LogEvent, fields?: LogFields) => void;

export type LogOptions = {
  readonly level: LogLevel;
  /** Gets each line with its end. */
  readonly write: (line: string) => void;
};

/** Of Meta's making: only what looks like an id is let through. */
const TRACE_ID = /^[\w-]{1,64}$/;

/** The rows of a run, as they are called everywhere. */
const countFields = (counts: RunCounts): Record<string, number> => ({
  read: counts.read,
  sent: counts.sent,
  duplicate: counts.duplicate,
  filtered: counts.filtered,
  rejected: counts.rejected,
  expired: counts.expired,
  requests: counts.requests,
  retries: counts.retries,
  in_doubt_resent: counts.inDoubtResent,
});

const flat = ({ counts, error, fbtrace_id: traceId, ...fields }: LogFields): Record<string, unknown> => ({
  ...fields,
  ...(counts && countFields(counts)),
  ...(traceId !== undefined && TRACE_ID.test(traceId) && { fbtrace_id: traceId }),
  ...(error && { code: error.code, error: error.message, ...(error.hint !== undefined && { hint: error.hint }) }),
});

/** Lines of JSON: `ts`, `level`, `event`, `msg`, and the fields. */
export const openLog = ({ level, write }: LogOptions): Log => {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return (event, fields = {}) => {
    const [at, message] = LOG_EVENTS[event];
    logger[at]({ event, ...flat(fields) }, message);
  };
};
