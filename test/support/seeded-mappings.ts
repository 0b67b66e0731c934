/** The thirty mappings of the seeded project, how each of them stands, and their files. */

/** How a mapping stands at the end of its past. */
type Story = 'well' | 'failing' | 'late' | 'rejections' | 'in-doubt' | 'paused' | 'unscheduled' | 'interrupted';

export type SeededMapping = {
  readonly name: string;
  readonly about: string;
  readonly event: string;
  readonly every: number;
  readonly story: Story;
};

const mapping = (name: string, about: string, event: string, every: number, story: Story = 'well'): SeededMapping => ({
  name,
  about,
  event,
  every,
  story,
});

/** `every`: minutes between two runs. */
export const SEEDED_MAPPINGS: readonly SeededMapping[] = [
  mapping('shop-purchases', 'Paid orders of the web shop become Purchase events', 'Purchase', 15, 'rejections'),
  mapping('store-purchases', 'Receipts of the 41 stores, by loyalty card', 'Purchase', 30),
  mapping('marketplace-orders', 'Orders that partners fulfil', 'Purchase', 60, 'failing'),
  mapping('crm-lead-stages', 'Each new stage of a lead in the CRM', 'Lead', 15),
  mapping('newsletter-sign-ups', 'Confirmed subscriptions', 'CompleteRegistration', 30),
  mapping('trial-starts', 'Accounts that begin a trial', 'StartTrial', 15),
  mapping('subscriptions', 'First payment of a subscription', 'Subscribe', 15, 'late'),
  mapping('renewals', 'Payments that follow', 'Purchase', 60),
  mapping('refund-corrections', 'Corrected values after refunds', 'Purchase', 240, 'paused'),
  mapping('phone-orders', 'Orders taken by the call centre', 'Purchase', 30, 'rejections'),
  mapping('appointments', 'Booked appointments', 'Schedule', 30),
  mapping('test-drives', 'Test drives that took place', 'Schedule', 60),
  mapping('quote-requests', 'Requests for a quote from the web form', 'Lead', 15),
  mapping('quotes-accepted', 'Quotes that were accepted', 'SubmitApplication', 60, 'in-doubt'),
  mapping('loan-applications', 'Complete applications', 'SubmitApplication', 30),
  mapping('donations-once', 'Single donations', 'Donate', 30),
  mapping('donations-monthly', 'First month of a standing donation', 'Donate', 60),
  mapping('event-tickets', 'Tickets sold at the counter', 'Purchase', 15),
  mapping('hotel-stays', 'Check-outs of the property system', 'Purchase', 120),
  mapping('flight-bookings', 'Bookings by agencies', 'Purchase', 30),
  mapping('app-sign-ups', 'Accounts made in the app', 'CompleteRegistration', 15),
  mapping('app-purchases', 'Orders made in the app', 'Purchase', 15),
  mapping('gift-cards', 'Gift cards that were redeemed', 'Purchase', 60),
  mapping('repairs', 'Paid repairs of the workshop', 'Purchase', 120),
  mapping('wholesale', 'Orders of wholesale customers', 'Purchase', 240),
  mapping('catalogue-requests', 'Printed catalogues asked for', 'Lead', 240),
  mapping('chat-leads', 'Leads from the chat', 'Contact', 15),
  mapping('showroom-visits', 'Visits that the front desk recorded', 'Contact', 60, 'interrupted'),
  mapping('returns-window', 'Orders whose return window closed', 'Purchase', 240),
  mapping('migration-2025', 'Orders of the former shop, by hand', 'Purchase', 1440, 'unscheduled'),
];

export const configText = (baseUrl: string, port: number): string => `version: 1
state: { filename: .capi-sync/state.db }
connections:
  shop: { connector: sqlite, filename: shop.db }
destinations:
  main:
    dataset_id: "1234567890123456"
    access_token: \${META_ACCESS_TOKEN}
    base_url: ${baseUrl}
mappings: [mappings/*.yaml]
server:
  listen: 127.0.0.1:${port}
  token: \${CAPI_SYNC_TOKEN}
`;

const cron = (every: number, n: number): string => {
  if (every >= 1440) return `${n} 4 * * *`;
  return every > 60 ? `${n} */${every / 60} * * *` : every === 60 ? `${n} * * * *` : `${n % every}-59/${every} * * * *`;
};

/** @param schedule undefined: the one of the mapping */
export const mappingText = (
  { name, about, event, every, story }: SeededMapping,
  n: number,
  scheduled: boolean,
): string => `version: 1
name: ${name}
description: ${about}
source:
  connection: shop
  table: ${name.replaceAll('-', '_')}
  where: channel <> 'test'
  primary_key: id
  timezone: UTC
  cursor: { column: updated_at, start: 60d, lag: 0s, lookback: 10m }
${story === 'unscheduled' || !scheduled ? '' : `schedule: "${cron(every, n)}"\n`}destination: main
filter: =status == "paid"
consent: { require: =consent == "granted" }
event:
  event_name: ${event}
  event_time: =paid_at
  action_source: system_generated
  user_data: { em: =email, ph: =phone, fn: =first_name, ln: =last_name, zp: =postcode, country: =country, external_id: =customer_no }
  custom_data: { value: =total, currency: =currency, order_id: =order_no }
dedup: { key: order_id, window: 28d }
freshness: { warn: ${every <= 60 ? '2h' : '6h'}, alert: 24h }
`;
