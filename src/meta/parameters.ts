/**
 * Every parameter of a server event, by the object it lives in. The one table from which the JSON Schema of mappings, the docs page,
 * editor hints and the event rules come: a new parameter of Meta is a row in one of these.
 */
import { ATTRIBUTION_DATA, ATTRIBUTION_SETTING } from './attribution-parameters.ts';
import { CONTENT_ITEM, CUSTOM_DATA } from './custom-data-parameters.ts';
import { EVENT } from './event-parameters.ts';
import { APP_DATA, ORIGINAL_EVENT_DATA, STORE_DATA } from './nested-parameters.ts';
import type { Parameter } from './parameter.ts';
import { USER_DATA } from './user-data-parameters.ts';

export { minorDigits } from './currencies.ts';
export type { ContentItemKey, CustomDataKey } from './custom-data-parameters.ts';
export type { EventKey } from './event-parameters.ts';
export * from './limits.ts';
export type { JsonType, NormaliseKind, Parameter, UserDataParameter, ValueOf } from './parameter.ts';
export * from './standard-names.ts';
export type { HashedUserDataKey, PlainUserDataKey, UserDataKey } from './user-data-parameters.ts';
export {
  APP_DATA,
  ATTRIBUTION_DATA,
  ATTRIBUTION_SETTING,
  CONTENT_ITEM,
  CUSTOM_DATA,
  EVENT,
  ORIGINAL_EVENT_DATA,
  STORE_DATA,
  USER_DATA,
};

/** The tables by their path in an event. */
export const PARAMETERS = {
  event: EVENT,
  user_data: USER_DATA,
  custom_data: CUSTOM_DATA,
  'custom_data.contents': CONTENT_ITEM,
  app_data: APP_DATA,
  original_event_data: ORIGINAL_EVENT_DATA,
  attribution_data: ATTRIBUTION_DATA,
  'custom_data.store_data': STORE_DATA,
  'attribution_data.attribution_setting': ATTRIBUTION_SETTING,
} as const;

/** The tables of the objects inside an event (of a list's objects for contents), by the key that holds them. */
export const NESTED_TABLES: Readonly<Record<string, Readonly<Record<string, Parameter>>>> = {
  contents: CONTENT_ITEM,
  app_data: APP_DATA,
  original_event_data: ORIGINAL_EVENT_DATA,
  attribution_data: ATTRIBUTION_DATA,
  attribution_setting: ATTRIBUTION_SETTING,
  store_data: STORE_DATA,
};
