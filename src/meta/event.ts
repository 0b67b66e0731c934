import type { ATTRIBUTION_DATA } from './attribution-parameters.ts';
import type { CONTENT_ITEM, CUSTOM_DATA } from './custom-data-parameters.ts';
import type { APP_DATA, ORIGINAL_EVENT_DATA } from './nested-parameters.ts';
import type { JsonType, ValueOf } from './parameter.ts';
import type { ActionSource, MessagingChannel } from './standard-names.ts';
import type { HashedUserDataKey, PlainUserDataKey } from './user-data-parameters.ts';

type Optional<Table extends Record<string, { readonly type: JsonType }>> = {
  readonly [K in keyof Table]?: ValueOf<Table[K]>;
};

/** Hashed keys hold SHA-256 hex, one or several; the others plain text. */
export type UserData = { readonly [K in HashedUserDataKey]?: string | readonly string[] } & {
  readonly [K in PlainUserDataKey]?: string;
};

export type ContentItem = Optional<typeof CONTENT_ITEM>;

/** Standard keys as Meta types them; every other key is a custom property. */
export type CustomData = Omit<Optional<typeof CUSTOM_DATA>, 'contents'> & {
  readonly contents?: readonly ContentItem[];
  readonly [property: string]: unknown;
};

/** One element of `data`, in Meta's own snake_case, ready to be sent: normalised, hashed, nothing null. */
export type MetaEvent = {
  readonly event_name: string;
  /** Unix seconds. */
  readonly event_time: number;
  readonly action_source: ActionSource;
  readonly user_data: UserData;
  readonly custom_data?: CustomData;
  readonly event_id?: string;
  readonly event_source_url?: string;
  readonly referrer_url?: string;
  readonly opt_out?: boolean;
  readonly data_processing_options?: readonly string[];
  readonly data_processing_options_country?: number;
  readonly data_processing_options_state?: number;
  readonly original_event_data?: Optional<typeof ORIGINAL_EVENT_DATA>;
  readonly customer_segmentation?: string;
  readonly app_data?: Optional<typeof APP_DATA>;
  readonly messaging_channel?: MessagingChannel;
  readonly attribution_data?: Optional<typeof ATTRIBUTION_DATA>;
  readonly advanced_measurement_table?: string;
};
