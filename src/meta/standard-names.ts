/** Names that Meta gives a meaning: standard events, action sources, messaging channels. */

/**
 * Standard events (Meta Pixel reference, 2026-09-12; `PageView` is accepted by the API too). Any other name is a custom event.
 * A CRM stage that happens to be called like one gets its validation: a stage `Purchase` needs value and currency.
 */
export const STANDARD_EVENTS = [
  'AddPaymentInfo',
  'AddToCart',
  'AddToWishlist',
  'CompleteRegistration',
  'Contact',
  'CustomizeProduct',
  'Donate',
  'FindLocation',
  'InitiateCheckout',
  'Lead',
  'PageView',
  'Purchase',
  'Schedule',
  'Search',
  'StartTrial',
  'SubmitApplication',
  'Subscribe',
  'ViewContent',
] as const;
export type StandardEvent = (typeof STANDARD_EVENTS)[number];

/** Where an event took place, and what each asks for (parameters/server-event, 2026-09-12). */
export const ACTION_SOURCES = {
  website: 'On your website; needs event_source_url, and client_user_agent should be there.',
  app: 'In your mobile app; needs app_data with advertiser_tracking_enabled and extinfo.',
  physical_store:
    'In person, at a store; may be up to 62 days old. Meta drops repeats of 7 days by event_time, event_name, item_number and order_id (else by user_data), not by event_id.',
  system_generated:
    'By a system, such as a renewal, and every stage of CRM Conversion Leads, with custom_data.event_source: crm and lead_event_source.',
  phone_call: 'On the telephone.',
  chat: 'In a messaging app, by SMS or in an online chat.',
  email: 'By e-mail.',
  business_messaging:
    'From a click-to-message ad; needs messaging_channel, the ids of that channel and one of its event names.',
  other: 'Anything else.',
} as const;
export type ActionSource = keyof typeof ACTION_SOURCES;

/** Ids in user_data that each messaging channel needs; a list inside is a choice (business-messaging, 2026-09-12). */
export const MESSAGING_CHANNELS = {
  messenger: [['page_id'], ['page_scoped_user_id']],
  whatsapp: [['ctwa_clid'], ['whatsapp_business_account_id', 'page_id']],
  instagram: [['ig_account_id'], ['ig_sid']],
} as const;
export type MessagingChannel = keyof typeof MESSAGING_CHANNELS;

/** `customer_segmentation` (parameters/server-event, 2026-09-12). */
export const CUSTOMER_SEGMENTATIONS = [
  'new_customer_to_business',
  'new_customer_to_business_line',
  'new_customer_to_product_area',
  'new_customer_to_medium',
  'existing_customer_to_business',
  'existing_customer_to_business_line',
  'existing_customer_to_product_area',
  'existing_customer_to_medium',
  'customer_in_loyalty_program',
] as const;

/**
 * Events of business messaging; any other, Meta's standard events too, is refused with 100/2804066. The list of the business-messaging
 * page as others cite it (2026-11-23), and their live answers on v25.0: Lead, Contact, Schedule and names of one's own are refused.
 */
export const MESSAGING_EVENTS = [
  'AddToCart',
  'CartAbandoned',
  'InitiateCheckout',
  'LeadSubmitted',
  'OrderCanceled',
  'OrderCreated',
  'OrderDelivered',
  'OrderReturned',
  'OrderShipped',
  'Purchase',
  'QualifiedLead',
  'RatingProvided',
  'ReviewProvided',
  'ViewContent',
] as const;

/** `content_type` (parameters/custom-data; the others: the pages of hotel, flight, destination, automotive and property ads, 2026-11-23). */
export const CONTENT_TYPES = [
  'product',
  'product_group',
  'destination',
  'flight',
  'home_listing',
  'hotel',
  'vehicle',
  'vehicle_offer',
] as const;

/** `delivery_category` of custom_data and of a contents item (parameters/custom-data, 2026-09-12). */
export const DELIVERY_CATEGORIES = ['in_store', 'curbside', 'home_delivery'] as const;
