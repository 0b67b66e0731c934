import {
  boolean,
  decimal,
  digits,
  type FieldType,
  type FieldTypes,
  flag,
  integer,
  list,
  number,
  numberList,
  object,
  oneOf,
  string,
  stringList,
  stringOrList,
} from './field-types.ts';
import { HASHED_KEYS, PLAIN_KEYS } from './match-keys.ts';

const each = (type: FieldType, keys: string): (readonly [string, FieldType])[] =>
  keys.split(' ').map((key) => [key, type] as const);

const SEGMENTATION = oneOf(
  ...['business', 'business_line', 'product_area', 'medium'].flatMap((of) => [
    `new_customer_to_${of}`,
    `existing_customer_to_${of}`,
  ]),
  'customer_in_loyalty_program',
);
const DELIVERY = oneOf('in_store', 'curbside', 'home_delivery');

/** Fact sheet §2: Server Event Parameters page, as read on 2026-09-12. */
export const EVENT_FIELDS: FieldTypes = new Map([
  [
    'action_source',
    oneOf(
      'website',
      'app',
      'physical_store',
      'system_generated',
      'phone_call',
      'chat',
      'email',
      'business_messaging',
      'other',
    ),
  ],
  ['messaging_channel', oneOf('messenger', 'whatsapp', 'instagram')],
  ['customer_segmentation', SEGMENTATION],
  ['opt_out', boolean],
  ['data_processing_options', stringList],
  ['advertiser_tracking_enabled', flag],
  ...each(string, 'event_name event_source_url referrer_url event_id advanced_measurement_table'),
  ...each(integer, 'event_time data_processing_options_country data_processing_options_state'),
  ...each(object, 'user_data custom_data app_data original_event_data attribution_data'),
]);
export const REQUIRED = ['event_name', 'event_time', 'action_source', 'user_data'] as const;

/** §3.1 and §3.2: Customer Information Parameters page, 2026-09-12. */
export const USER_DATA_FIELDS: FieldTypes = new Map([
  ...[...HASHED_KEYS, 'external_id'].map((key) => [key, stringOrList] as const),
  ...[...PLAIN_KEYS].map((key) => [key, string] as const),
  ...each(digits, 'fb_login_id lead_id'),
]);

/**
 * §4: Custom Data Parameters page, 2026-09-12, and for travel, vehicles and homes its version of 2025-11-17. Every other key is a custom
 * property and may hold any JSON. Words of the travel keys are not held to their lists: what Meta does with others is not known.
 */
export const CUSTOM_DATA_FIELDS: FieldTypes = new Map([
  ...each(decimal, 'value predicted_ltv net_revenue'),
  ...each(string, 'currency content_type content_name content_category order_id item_number search_string status'),
  ...each(string, 'lead_event_source event_source ad_type'),
  ['content_ids', stringList],
  ['contents', list],
  ['num_items', integer],
  ['delivery_category', DELIVERY],
  ['customer_segmentation', SEGMENTATION],
  ['store_data', object],
  ...each(integer, 'num_adults num_children num_infants preferred_num_stops'),
  ...each(number, 'hotel_score mileage.value'),
  ...each(numberList, 'preferred_star_ratings preferred_price_range preferred_baths_range preferred_beds_range'),
  ...each(string, 'checkin_date checkout_date travel_start travel_end travel_class origin_airport destination_airport'),
  ...each(string, 'departing_departure_date departing_arrival_date returning_departure_date returning_arrival_date'),
  ...each(string, 'city region country neighborhood postal_code make model trim vin price mileage.unit fuel_type'),
  ...each(string, 'body_style drivetrain transmission state_of_vehicle availability listing_type property_type'),
  ...each(stringList, 'destination_ids preferred_neighborhoods suggested_hotels suggested_destinations'),
]);
/** `id` has a rule of its own. */
export const CONTENT_FIELDS: FieldTypes = new Map([
  ['quantity', integer],
  ['delivery_category', DELIVERY],
  ...each(decimal, 'item_price price'),
  ...each(string, 'title description brand category'),
]);
/** Offline Events page, 2026-09-12; its place inside custom_data is our reading. */
export const STORE_DATA_FIELDS: FieldTypes = new Map(each(string, 'store_page_id brand_page_id store_code'));

/** §2.3: App Data page, and the SDK's further keys. extinfo has rules of its own. */
export const APP_DATA_FIELDS: FieldTypes = new Map([
  ['extinfo', list],
  ['url_schemes', stringList],
  ...each(flag, 'advertiser_tracking_enabled application_tracking_enabled'),
  ...each(boolean, 'consider_views include_dwell_data include_video_data'),
  ...each(string, 'campaign_ids install_referrer installer_package receipt_data windows_attribution_id'),
]);

/** §2: Original Event Data page. */
export const ORIGINAL_EVENT_FIELDS: FieldTypes = new Map([
  ['event_time', integer],
  ...each(string, 'event_name order_id event_id'),
]);

/** §2: attribution_data of the SDK v26.0. */
export const ATTRIBUTION_DATA_FIELDS: FieldTypes = new Map([
  ...each(
    string,
    'scope ad_id adset_id campaign_id attribution_model attribution_source touchpoint_type touchpoint_id',
  ),
  ...each(string, 'attribution_method decline_reason auditing_token linkage_key partner_client_id'),
  ...each(integer, 'visit_time touchpoint_ts attr_window'),
  ...each(decimal, 'attribution_share attribution_value total_credit'),
  ['attribution_setting', object],
]);
export const ATTRIBUTION_SETTING_FIELDS: FieldTypes = new Map(
  each(integer, 'inactivity_window_hours reattribution_window_hours'),
);
