import { describe, expect, it } from 'vitest';
import type { MetaEvent } from '../../../src/meta/event.ts';
import { checkEvent, maxAgeSeconds } from '../../../src/meta/event-rules.ts';
import { type ACTION_SOURCES, MESSAGING_EVENTS } from '../../../src/meta/parameters.ts';
import { REJECTION_CODES } from '../../../src/meta/rejection-codes.ts';

const NOW = 1_795_000_000;
const DAY = 86_400;
const HASH = '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f';

const good: MetaEvent = {
  event_name: 'Purchase',
  event_time: NOW - 60,
  action_source: 'system_generated',
  event_id: 'order-1',
  user_data: { em: [HASH], country: HASH },
  custom_data: {
    value: 19.9,
    currency: 'USD',
    order_id: 'A-1',
    contents: [{ id: 'S', quantity: 2, item_price: 9.95 }],
    margin: 'high',
  },
};

/** Rows come from mappings: the types cannot be relied on, so the tests break them. */
const changed = (change: Record<string, unknown>): MetaEvent => ({ ...good, ...change }) as MetaEvent;
const check = (change: Record<string, unknown>) => checkEvent(changed(change), NOW);
const lead = (userData: unknown, more: Record<string, unknown> = {}) =>
  check({ event_name: 'Lead', custom_data: undefined, user_data: userData, ...more });

describe('checkEvent', () => {
  it('lets a good event pass', () => expect(checkEvent(good, NOW)).toBeUndefined());

  it.each([
    [{ event_name: undefined }, 'event-name-missing', 'event_name'],
    [{ event_name: ' ' }, 'event-name-missing', 'event_name'],
    [{ event_name: 5 }, 'event-name-invalid', 'event_name'],
    [{ event_name: 'x'.repeat(257) }, 'event-name-invalid', 'event_name'],
    [{ event_name: 'a\nb' }, 'event-name-invalid', 'event_name'],
    [{ event_time: undefined }, 'event-time-missing', 'event_time'],
    [{ event_time: NOW + 0.5 }, 'event-time-invalid', 'event_time'],
    [{ event_time: String(NOW) }, 'event-time-invalid', 'event_time'],
    [{ event_time: Number.NaN }, 'event-time-invalid', 'event_time'],
    [{ event_time: NOW * 1000 }, 'event-time-milliseconds', 'event_time'],
    [{ event_time: NOW + 61 }, 'event-time-future', 'event_time'],
    [{ action_source: undefined }, 'action-source-missing', 'action_source'],
    [{ action_source: 'Website' }, 'action-source-unknown', 'action_source'],
    [{ action_source: 'website' }, 'event-source-url-missing', 'event_source_url'],
    [
      { action_source: 'website', event_source_url: 'shop.example.com' },
      'event-source-url-invalid',
      'event_source_url',
    ],
    [{ user_data: {} }, 'no-match-keys', 'user_data'],
    [{ user_data: undefined }, 'no-match-keys', 'user_data'],
    [{ user_data: { em: [], ph: null, fn: '' } }, 'no-match-keys', 'user_data'],
    [{ user_data: { em: ['ann@example.com'] } }, 'match-key-not-hashed', 'user_data.em'],
    [{ user_data: { em: HASH, fn: ['x'.repeat(64)] } }, 'match-key-not-hashed', 'user_data.fn'],
    [{ user_data: { em: HASH, madid: 5 } }, 'match-key-invalid', 'user_data.madid'],
    [{ user_data: { email: HASH } }, 'match-key-invalid', 'user_data'],
    [{ user_data: { fb_login_id: 'ada' } }, 'match-key-invalid', 'user_data.fb_login_id'],
    [{ user_data: { lead_id: '123' } }, 'lead-id-invalid', 'user_data.lead_id'],
    [{ custom_data: undefined }, 'value-missing', 'custom_data.value'],
    [{ custom_data: { currency: 'USD' } }, 'value-missing', 'custom_data.value'],
    [{ custom_data: { value: '19.90', currency: 'USD' } }, 'value-invalid', 'custom_data.value'],
    [{ custom_data: { value: Number.NaN, currency: 'USD' } }, 'value-invalid', 'custom_data.value'],
    [{ custom_data: { value: 1 } }, 'currency-missing', 'custom_data.currency'],
    [{ event_name: 'Lead', custom_data: { value: 1 } }, 'currency-missing', 'custom_data.currency'],
    [{ custom_data: { value: 1, currency: 'EURO' } }, 'currency-unknown', 'custom_data.currency'],
    [{ custom_data: { value: 1, currency: 978 } }, 'currency-unknown', 'custom_data.currency'],
    [{ custom_data: { value: 1, currency: 'HRK' } }, 'currency-withdrawn', 'custom_data.currency'],
    [{ custom_data: { value: 1, currency: 'EUR', contents: {} } }, 'content-invalid', 'custom_data.contents'],
    [{ custom_data: { value: 1, currency: 'EUR', contents: ['S'] } }, 'content-invalid', 'custom_data.contents'],
    [
      { custom_data: { value: 1, currency: 'EUR', contents: [{ quantity: 1 }] } },
      'content-id-missing',
      'custom_data.contents.id',
    ],
    [
      { custom_data: { value: 1, currency: 'EUR', contents: [{ id: ' ' }] } },
      'content-id-missing',
      'custom_data.contents.id',
    ],
    [
      { custom_data: { value: 1, currency: 'EUR', contents: [{ id: 'S', quantity: '1' }] } },
      'wrong-type',
      'custom_data.contents.quantity',
    ],
    [{ custom_data: { value: 1, currency: 'EUR', num_items: 1.5 } }, 'wrong-type', 'custom_data.num_items'],
    [{ custom_data: { value: 1, currency: 'EUR', content_ids: 'S' } }, 'wrong-type', 'custom_data.content_ids'],
    [{ custom_data: [] }, 'wrong-type', 'custom_data'],
    [{ event_id: 7 }, 'wrong-type', 'event_id'],
    [{ opt_out: 'true' }, 'wrong-type', 'opt_out'],
    [{ action_source: 'app' }, 'app-data-missing', 'app_data'],
    [
      { action_source: 'app', app_data: { extinfo: [] } },
      'advertiser-tracking-missing',
      'app_data.advertiser_tracking_enabled',
    ],
    [
      { action_source: 'app', app_data: { advertiser_tracking_enabled: 1, extinfo: ['i2'] } },
      'extinfo-invalid',
      'app_data.extinfo',
    ],
    [
      { action_source: 'app', app_data: { advertiser_tracking_enabled: 1, extinfo: ['i2', ...Array(15).fill('')] } },
      'extinfo-invalid',
      'app_data.extinfo',
    ],
    [
      { action_source: 'app', app_data: { advertiser_tracking_enabled: 2, extinfo: [] } },
      'advertiser-tracking-missing',
      'app_data.advertiser_tracking_enabled',
    ],
    [{ app_data: { url_schemes: 'shop' } }, 'wrong-type', 'app_data.url_schemes'],
    [{ app_data: { extinfo: ['i2'] } }, 'extinfo-invalid', 'app_data.extinfo'],
    [{ messaging_channel: 'sms' }, 'messaging-channel-unknown', 'messaging_channel'],
    [{ app_data: { application_tracking_enabled: 'yes' } }, 'wrong-type', 'app_data.application_tracking_enabled'],
    [{ original_event_data: { event_time: '1' } }, 'wrong-type', 'original_event_data.event_time'],
    [{ original_event_data: { event_time: NOW * 1000 } }, 'event-time-milliseconds', 'original_event_data.event_time'],
    [{ attribution_data: { visit_time: NOW * 1000 } }, 'event-time-milliseconds', 'attribution_data.visit_time'],
    [
      { attribution_data: { attribution_setting: { inactivity_window_hours: 1.5 } } },
      'wrong-type',
      'attribution_data.attribution_setting.inactivity_window_hours',
    ],
    [{ customer_segmentation: 'vip' }, 'value-not-listed', 'customer_segmentation'],
    [
      { custom_data: { value: 1, currency: 'EUR', delivery_category: 'drone' } },
      'value-not-listed',
      'custom_data.delivery_category',
    ],
    [
      { custom_data: { value: 1, currency: 'EUR', contents: [{ id: 'S', delivery_category: 'drone' }] } },
      'value-not-listed',
      'custom_data.contents.delivery_category',
    ],
    [
      { custom_data: { value: 1, currency: 'EUR', customer_segmentation: 'vip' } },
      'value-not-listed',
      'custom_data.customer_segmentation',
    ],
    [
      { custom_data: { value: 1, currency: 'EUR', store_data: { store_code: 7 } } },
      'wrong-type',
      'custom_data.store_data.store_code',
    ],
    [{ custom_data: { value: 1, currency: 'EUR', num_adults: '2' } }, 'wrong-type', 'custom_data.num_adults'],
    [
      { custom_data: { value: 1, currency: 'EUR', preferred_price_range: ['1', 2] } },
      'wrong-type',
      'custom_data.preferred_price_range',
    ],
    [{ custom_data: { value: 1, currency: 'EUR', 'mileage.value': 'far' } }, 'wrong-type', 'custom_data.mileage.value'],
    [
      { event_name: 'Won', custom_data: { event_source: 'crm' } },
      'conversion-lead-incomplete',
      'custom_data.lead_event_source',
    ],
    [
      { event_name: 'Won', custom_data: { event_source: 'crm', lead_event_source: ' ' } },
      'conversion-lead-incomplete',
      'custom_data.lead_event_source',
    ],
    [
      { event_name: 'Won', custom_data: { lead_event_source: 'Example CRM' } },
      'conversion-lead-incomplete',
      'custom_data.event_source',
    ],
    [
      {
        event_name: 'Won',
        action_source: 'phone_call',
        custom_data: { event_source: 'crm', lead_event_source: 'Example CRM' },
      },
      'conversion-lead-incomplete',
      'action_source',
    ],
    [
      {
        action_source: 'business_messaging',
        event_name: 'Lead',
        custom_data: undefined,
        messaging_channel: 'whatsapp',
      },
      'messaging-event-unknown',
      'event_name',
    ],
    [{ action_source: 'business_messaging' }, 'messaging-channel-missing', 'messaging_channel'],
    [
      { action_source: 'business_messaging', messaging_channel: 'sms' },
      'messaging-channel-unknown',
      'messaging_channel',
    ],
    [
      { action_source: 'business_messaging', messaging_channel: 'toString' },
      'messaging-channel-unknown',
      'messaging_channel',
    ],
    [
      { action_source: 'business_messaging', messaging_channel: 'messenger' },
      'messaging-id-missing',
      'user_data.page_id',
    ],
    [
      { action_source: 'business_messaging', messaging_channel: 'whatsapp', user_data: { ctwa_clid: 'c' } },
      'messaging-id-missing',
      'user_data.whatsapp_business_account_id',
    ],
    [
      { action_source: 'business_messaging', messaging_channel: 'instagram', user_data: { ig_account_id: '1' } },
      'messaging-id-missing',
      'user_data.ig_sid',
    ],
    [{ data_processing_options: ['LDU2'] }, 'ldu-option-unknown', 'data_processing_options'],
    [{ data_processing_options: 'LDU' }, 'ldu-option-unknown', 'data_processing_options'],
    [{ data_processing_options: ['LDU', 'LDU'] }, 'ldu-option-unknown', 'data_processing_options'],
    [{ data_processing_options: ['LDU'] }, 'ldu-country-missing', 'data_processing_options_country'],
    [
      { data_processing_options: ['LDU'], data_processing_options_country: 2 },
      'ldu-country-unknown',
      'data_processing_options_country',
    ],
    [
      { data_processing_options: ['LDU'], data_processing_options_country: 1 },
      'ldu-state-missing',
      'data_processing_options_state',
    ],
    [
      { data_processing_options: ['LDU'], data_processing_options_country: 1, data_processing_options_state: 999 },
      'ldu-state-unknown',
      'data_processing_options_state',
    ],
  ])('%j is refused as %s', (change, code, field) => {
    expect(check(change)).toEqual({ code, field });
    expect(REJECTION_CODES).toHaveProperty([code]);
  });

  it('calls an event expired one second after seven days, and a store event after sixty-two', () => {
    expect(check({ event_time: NOW - 7 * DAY })).toBeUndefined();
    expect(check({ event_time: NOW - 7 * DAY - 1 })).toEqual({ expired: true });
    expect(check({ event_time: NOW - 62 * DAY, action_source: 'physical_store' })).toBeUndefined();
    expect(check({ event_time: NOW - 62 * DAY - 1, action_source: 'physical_store' })).toEqual({ expired: true });
    expect(check({ event_time: NOW + 60 })).toBeUndefined();
    expect([maxAgeSeconds(good), maxAgeSeconds({ action_source: 'physical_store' })]).toEqual([7 * DAY, 62 * DAY]);
  });

  it('takes what has all it needs', () => {
    expect(check({ action_source: 'website', event_source_url: 'https://shop.example.com/a?b=c' })).toBeUndefined();
    const extinfo = ['a2', '', '', '', '15', ...Array(11).fill('')];
    expect(check({ action_source: 'app', app_data: { advertiser_tracking_enabled: 0, extinfo } })).toBeUndefined();
    const whatsapp = { action_source: 'business_messaging', messaging_channel: 'whatsapp' };
    expect(check({ ...whatsapp, user_data: { ctwa_clid: 'c', page_id: '1' } })).toBeUndefined();
    expect(check({ ...whatsapp, user_data: { ctwa_clid: 'c', whatsapp_business_account_id: '1' } })).toBeUndefined();
    expect(check({ data_processing_options: [] })).toBeUndefined();
    expect(
      check({
        data_processing_options: ['LDU'],
        data_processing_options_country: 1,
        data_processing_options_state: 1000,
      }),
    ).toBeUndefined();
    expect(check({ user_data: { em: `${HASH}.AQQCAQMC` } })).toBeUndefined();
    const stage = { event_source: 'crm', lead_event_source: 'Example CRM' };
    expect(check({ event_name: 'Qualified', custom_data: stage })).toBeUndefined();
    const source = { lead_event_source: 'landing page' };
    expect(check({ event_name: 'Lead', action_source: 'chat', custom_data: source })).toBeUndefined();
    for (const name of MESSAGING_EVENTS)
      expect(check({ ...whatsapp, event_name: name, user_data: { ctwa_clid: 'c', page_id: '1' } })).toBeUndefined();
    expect(
      check({
        original_event_data: { event_name: 'Lead', event_time: NOW - 90 * DAY },
        attribution_data: { attribution_model: 'a new one', attribution_setting: { inactivity_window_hours: 24 } },
        customer_segmentation: 'customer_in_loyalty_program',
        opt_out: true,
        custom_data: {
          value: 1,
          currency: 'EUR',
          travel_class: 'Economy',
          year: 2021,
          preferred_price_range: [1, 2.5],
        },
      }),
    ).toBeUndefined();
    expect(check({ custom_data: { value: 0, currency: 'eur' } })).toBeUndefined();
    for (const source of [
      'physical_store',
      'system_generated',
      'phone_call',
      'chat',
      'email',
      'other',
    ] satisfies (keyof typeof ACTION_SOURCES)[])
      expect(check({ action_source: source })).toBeUndefined();
  });
});

describe('weak combinations of match keys', () => {
  const agent = 'Mozilla/5.0';
  it.each([
    [{ client_user_agent: agent }],
    [{ country: HASH, zp: [HASH] }],
    [{ ct: HASH, country: HASH, st: HASH, zp: HASH, ge: HASH, client_user_agent: agent }],
    [{ db: HASH }],
    [{ db: HASH, client_user_agent: agent, em: [] }],
    [{ fn: HASH, ge: HASH }],
    [{ ln: HASH }],
    [{ ge: HASH }],
  ])('%j is too broad', (userData) => expect(lead(userData)).toEqual({ code: 'weak-match-keys', field: 'user_data' }));

  it.each([
    [{ em: HASH }],
    [{ fn: HASH, ln: HASH }],
    [{ db: HASH, ge: HASH }],
    [{ db: HASH, country: HASH }],
    [{ client_ip_address: '81.2.69.142', client_user_agent: agent }],
    [{ external_id: HASH }],
    [{ lead_id: '12345678901234567' }],
    [{ country: HASH, fbp: 'fb.1.1596403881668.1116446470' }],
  ])('%j may match', (userData) => expect(lead(userData)).toBeUndefined());
});

describe('the table of rejection codes', () => {
  it('has a meaning and a cure of one line for each', () => {
    for (const { meaning, cure } of Object.values(REJECTION_CODES))
      expect(`${meaning}|${cure}`).toMatch(/^[^\n|]+\|[^\n|]+$/);
  });
});
