import { ATTRIBUTION_DATA, ATTRIBUTION_SETTING } from './attribution-parameters.ts';
import { checkActionSource } from './check-action-source.ts';
import { checkCustomData } from './check-custom-data.ts';
import { checkDataProcessing } from './check-data-processing.ts';
import { checkMatchKeys } from './check-match-keys.ts';
import { eventCheckerOf } from './check-table.ts';
import type { MetaEvent } from './event.ts';
import { EVENT } from './event-parameters.ts';
import {
  FUTURE_TOLERANCE_SECONDS,
  MAX_AGE_SECONDS,
  MAX_EVENT_NAME_LENGTH,
  MILLISECONDS_FROM,
  PHYSICAL_STORE_MAX_AGE_SECONDS,
} from './limits.ts';
import { APP_DATA, ORIGINAL_EVENT_DATA } from './nested-parameters.ts';
import type { EventRejection } from './rejection-codes.ts';
import { ACTION_SOURCES } from './standard-names.ts';

/** Why an event must not be sent. Too old is an outcome of its own, because it is the clock's doing and not the row's. */
export type EventProblem = EventRejection | { readonly expired: true };

const EXPIRED: EventProblem = Object.freeze({ expired: true });
const CONTROL = /\p{Cc}/u;
const actionSources: ReadonlySet<string> = new Set(Object.keys(ACTION_SOURCES));

/** Keys that have no rule of their own: types, closed lists of words, and the tables inside. */
const checkOtherKeys = eventCheckerOf(
  {
    event_id: EVENT.event_id,
    referrer_url: EVENT.referrer_url,
    opt_out: EVENT.opt_out,
    customer_segmentation: EVENT.customer_segmentation,
    app_data: EVENT.app_data,
    original_event_data: EVENT.original_event_data,
    attribution_data: EVENT.attribution_data,
    advanced_measurement_table: EVENT.advanced_measurement_table,
  },
  {
    app_data: APP_DATA,
    original_event_data: ORIGINAL_EVENT_DATA,
    attribution_data: ATTRIBUTION_DATA,
    attribution_setting: ATTRIBUTION_SETTING,
  },
);

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
