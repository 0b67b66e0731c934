import { checkActionSource } from './check-action-source.ts';
import { checkCustomData } from './check-custom-data.ts';
import { checkDataProcessing } from './check-data-processing.ts';
import { checkMatchKeys } from './check-match-keys.ts';
import type { MetaEvent } from './event.ts';
import { EVENT } from './event-parameters.ts';
import { hasType } from './has-type.ts';
import {
  FUTURE_TOLERANCE_SECONDS,
  MAX_AGE_SECONDS,
  MAX_EVENT_NAME_LENGTH,
  PHYSICAL_STORE_MAX_AGE_SECONDS,
} from './limits.ts';
import type { JsonType } from './parameter.ts';
import type { EventRejection } from './rejection-codes.ts';
import { ACTION_SOURCES } from './standard-names.ts';

/** Why an event must not be sent. Too old is an outcome of its own, because it is the clock's doing and not the row's. */
export type EventProblem = EventRejection | { readonly expired: true };

const EXPIRED: EventProblem = Object.freeze({ expired: true });
const MILLISECONDS_FROM = 100_000_000_000;
const CONTROL = /\p{Cc}/u;
const actionSources: ReadonlySet<string> = new Set(Object.keys(ACTION_SOURCES));

/** Keys with no rule of their own below: only their JSON type is checked. */
const OTHER_KEYS = (
  [
    'event_id',
    'referrer_url',
    'opt_out',
    'customer_segmentation',
    'original_event_data',
    'attribution_data',
    'advanced_measurement_table',
  ] as const
).map((key) => [key, EVENT[key].type] as const satisfies readonly [keyof MetaEvent, JsonType]);

/** Seconds such an event may be old (using-the-api and offline-events, read 2026-09-12). */
export const maxAgeSeconds = (event: Pick<MetaEvent, 'action_source'>): number =>
  event.action_source === 'physical_store' ? PHYSICAL_STORE_MAX_AGE_SECONDS : MAX_AGE_SECONDS;

const checkName = (name: unknown): EventRejection | undefined => {
  if (name === undefined || name === null || name === '') return { code: 'event-name-missing', field: 'event_name' };
  if (typeof name !== 'string' || name.length > MAX_EVENT_NAME_LENGTH || CONTROL.test(name))
    return { code: 'event-name-invalid', field: 'event_name' };
  return name.trim() === '' ? { code: 'event-name-missing', field: 'event_name' } : undefined;
};

const checkTime = (event: MetaEvent, nowSeconds: number): EventProblem | undefined => {
  const time: unknown = event.event_time;
  if (time === undefined || time === null) return { code: 'event-time-missing', field: 'event_time' };
  if (typeof time !== 'number' || !Number.isInteger(time)) return { code: 'event-time-invalid', field: 'event_time' };
  if (time >= MILLISECONDS_FROM) return { code: 'event-time-milliseconds', field: 'event_time' };
  if (time > nowSeconds + FUTURE_TOLERANCE_SECONDS) return { code: 'event-time-future', field: 'event_time' };
  return nowSeconds - time > maxAgeSeconds(event) ? EXPIRED : undefined;
};

const checkSource = (source: unknown): EventRejection | undefined => {
  if (source === undefined || source === null || source === '')
    return { code: 'action-source-missing', field: 'action_source' };
  return typeof source === 'string' && actionSources.has(source)
    ? undefined
    : { code: 'action-source-unknown', field: 'action_source' };
};

const checkOtherKeys = (event: MetaEvent): EventRejection | undefined => {
  for (const [key, type] of OTHER_KEYS) {
    const value: unknown = event[key];
    if (value !== undefined && !hasType(value, type)) return { code: 'wrong-type', field: key };
  }
  return undefined;
};

/**
 * The rules by which Meta would refuse an event, asked before it can sink a batch of a thousand.
 * `nowSeconds` is Unix seconds; ask again right before each attempt to send. Undefined: nothing speaks against it.
 * Only what is known to be refused is a problem: what merely weakens an event is the linter's business.
 */
export const checkEvent = (event: MetaEvent, nowSeconds: number): EventProblem | undefined =>
  checkName(event.event_name) ??
  checkSource(event.action_source) ??
  checkTime(event, nowSeconds) ??
  checkMatchKeys(event.user_data) ??
  checkActionSource(event) ??
  checkCustomData(event) ??
  checkDataProcessing(event) ??
  checkOtherKeys(event);
