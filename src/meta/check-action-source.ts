import type { MetaEvent, UserData } from './event.ts';
import { hasType } from './has-type.ts';
import { EXTINFO_LENGTH } from './limits.ts';
import type { EventRejection } from './rejection-codes.ts';
import { MESSAGING_CHANNELS, MESSAGING_EVENTS, type MessagingChannel } from './standard-names.ts';

const isBlank = (value: unknown): boolean => typeof value !== 'string' || value.trim() === '';

const HTTP_URL = /^https?:\/\/[^\s/?#]+\S*$/i;
const URL_FIELD = 'event_source_url';
const messagingEvents: ReadonlySet<string> = new Set(MESSAGING_EVENTS);

/** Website events need the page; without client_user_agent v26.0 still takes them (seen 2026-09-05), so that is not asked for. */
const checkWebsite = (event: MetaEvent): EventRejection | undefined =>
  isBlank(event.event_source_url) ? { code: 'event-source-url-missing', field: URL_FIELD } : undefined;

/** App events: parameters/app-data, read 2026-09-12; entry 0 is the version of the list, entry 4 the OS version. */
const checkApp = (event: MetaEvent): EventRejection | undefined => {
  const app: unknown = event.app_data;
  if (app === undefined || !hasType(app, 'object')) return { code: 'app-data-missing', field: 'app_data' };
  const { advertiser_tracking_enabled: tracking, extinfo } = app as Record<string, unknown>;
  if (!hasType(tracking, 'flag'))
    return { code: 'advertiser-tracking-missing', field: 'app_data.advertiser_tracking_enabled' };
  return checkExtinfo(extinfo);
};

/** Its form is asked of whatever event has it. */
const checkExtinfo = (extinfo: unknown): EventRejection | undefined => {
  const entries = hasType(extinfo, 'string-list') ? (extinfo as readonly string[]) : [];
  return entries.length === EXTINFO_LENGTH && /^[ai]2$/.test(entries[0] ?? '') && !isBlank(entries[4])
    ? undefined
    : { code: 'extinfo-invalid', field: 'app_data.extinfo' };
};

const checkChannel = (channel: unknown): EventRejection | undefined =>
  typeof channel === 'string' && Object.hasOwn(MESSAGING_CHANNELS, channel)
    ? undefined
    : { code: 'messaging-channel-unknown', field: 'messaging_channel' };

/** Messaging events: business-messaging, read 2026-09-12. */
const checkMessaging = (event: MetaEvent): EventRejection | undefined => {
  if (!messagingEvents.has(event.event_name)) return { code: 'messaging-event-unknown', field: 'event_name' };
  const channel: unknown = event.messaging_channel;
  if (channel === undefined || channel === null || channel === '')
    return { code: 'messaging-channel-missing', field: 'messaging_channel' };
  const unknown = checkChannel(channel);
  if (unknown !== undefined) return unknown;
  const needs: readonly (readonly (keyof UserData)[])[] = MESSAGING_CHANNELS[channel as MessagingChannel];
  const missing = needs.find((choice) => choice.every((key) => isBlank(event.user_data[key])));
  return missing === undefined ? undefined : { code: 'messaging-id-missing', field: `user_data.${missing[0]}` };
};

const checkNeeds = (event: MetaEvent): EventRejection | undefined => {
  switch (event.action_source) {
    case 'website':
      return checkWebsite(event);
    case 'app':
      return checkApp(event);
    case 'business_messaging':
      return checkMessaging(event);
    default:
      return undefined;
  }
};

/** What only some sources need, and none may have in a wrong form. */
const checkForms = ({ app_data: app, messaging_channel: channel }: MetaEvent): EventRejection | undefined => {
  const extinfo: unknown = app === undefined || app === null ? undefined : (app as Record<string, unknown>).extinfo;
  const problem = extinfo === undefined ? undefined : checkExtinfo(extinfo);
  return problem ?? (channel === undefined ? undefined : checkChannel(channel));
};

/** What an action_source asks for besides itself (parameters/server-event, read 2026-09-12). */
export const checkActionSource = (event: MetaEvent): EventRejection | undefined => {
  const problem = checkNeeds(event) ?? checkForms(event);
  if (problem !== undefined) return problem;
  const url: unknown = event.event_source_url;
  return url === undefined || (typeof url === 'string' && HTTP_URL.test(url))
    ? undefined
    : { code: 'event-source-url-invalid', field: URL_FIELD };
};
