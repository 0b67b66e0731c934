import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { goodEvent, type Json, NOW, NOW_SECONDS, postEvents, sha256 } from './post-events.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW });
});
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const DAY = 86_400;
const em = sha256('ada@example.com');
const fbclid = 'IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk';
const userData = (user_data: Json): Json => ({ user_data });
const purchase = (custom_data: Json) => ({ custom_data });
const lead = (custom_data: Json) => ({ event_name: 'Lead', custom_data });
const extinfo = (...changes: readonly (readonly [number, unknown])[]) => {
  const items: unknown[] = [
    'a2',
    'com.shop',
    '1',
    '1.0',
    '15',
    'Pixel',
    'en_US',
    'GMT',
    '',
    '1080',
    '1920',
    '2',
    '8',
    '64',
    '32',
    '',
  ];
  for (const [index, value] of changes) items[index] = value;
  return items;
};
const app = (app_data: unknown) => ({ action_source: 'app', app_data });
const message = (messaging_channel: string | undefined, user_data: Json) => ({
  action_source: 'business_messaging',
  messaging_channel,
  user_data,
});
const ldu = (country: unknown, state: unknown) => ({
  data_processing_options: ['LDU'],
  data_processing_options_country: country,
  data_processing_options_state: state,
});

type Accepted = readonly [says: string, changes: Json];
/** `path` is what error_user_msg has to hold after the event; without it the answer must not tell where the fault is. */
type Refused = readonly [says: string, changes: Json, subcode: number, path?: string];

const ACCEPTED: readonly Accepted[] = [
  ['a plain Purchase', {}],
  ['an event of exactly 7 days', { event_time: NOW_SECONDS - 7 * DAY }],
  ['a physical_store event of 62 days', { action_source: 'physical_store', event_time: NOW_SECONDS - 62 * DAY }],
  ['a minute ahead of the clock', { event_time: NOW_SECONDS + 60 }],
  [
    'a website event without a user agent',
    { action_source: 'website', event_source_url: 'https://shop.example/a?b=c' },
  ],
  ['a URL with a port and an international name', { event_source_url: 'http://bücher.example:8080/kaufen' }],
  ['a hash as a plain string', userData({ em })],
  ['several hashes', userData({ em: [em, sha256('b@example.com')] })],
  ['a hash with the long appendix of the Parameter Builder', userData({ em: `${em}.AQQCAQMC` })],
  ['a hash with its short appendix', userData({ em: [`${em}.AQ`] })],
  ['an external_id in the clear', userData({ external_id: 'user-42' })],
  ['address and user agent only', userData({ client_ip_address: '2001:db8::7', client_user_agent: 'Mozilla/5.0' })],
  ['first and last name', userData({ fn: sha256('ada'), ln: sha256('lovelace') })],
  [
    'a weak combination that a strong key joins',
    userData({ country: sha256('us'), zp: sha256('10001'), ph: sha256('1') }),
  ],
  ['fbc and fbp', userData({ fbc: `fb.1.1554763741205.${fbclid}`, fbp: 'fb.1.1596403881668.1116446470' })],
  ['fbp with an appendix', userData({ fbp: 'fb.2.1596403881668.1116446470.AQQBAQMB' })],
  ['a lead_id as a string of 17 digits', userData({ lead_id: '12345678901234567' })],
  ['a lead_id as a number', userData({ lead_id: 123456789012345 })],
  ['a value that is a decimal string', purchase({ value: '142.52', currency: 'usd' })],
  ['a value of zero', purchase({ value: 0, currency: 'EUR' })],
  ['custom properties of any JSON', lead({ margin: { of: [1, 2, null] }, flag: true })],
  ['contents with ids', lead({ contents: [{ id: 'sku', quantity: 2, item_price: 9.9 }, { id: 7 }] })],
  ['no custom_data on a Lead', { event_name: 'Lead', custom_data: undefined }],
  ['an app event', app({ advertiser_tracking_enabled: 1, extinfo: extinfo() })],
  ['Messenger ids', message('messenger', { page_id: '1', page_scoped_user_id: '2' })],
  ['WhatsApp ids', message('whatsapp', { ctwa_clid: 'c', whatsapp_business_account_id: '2' })],
  ['WhatsApp with a page', message('whatsapp', { ctwa_clid: 'c', page_id: '2' })],
  ['Instagram ids', message('instagram', { ig_account_id: '1', ig_sid: '2' })],
  ['LDU for California', ldu(1, 1000)],
  ['LDU by geolocation', ldu(0, 0)],
  ['LDU switched off', { data_processing_options: [] }],
  ['an original event', { original_event_data: { event_name: 'Lead', event_time: 1, order_id: 'A', event_id: 'e' } }],
  [
    'attribution of a partner',
    { attribution_data: { attribution_share: 0.5, attribution_setting: { inactivity_window_hours: 24 } } },
  ],
  ['a segmentation in the event', { customer_segmentation: 'new_customer_to_medium' }],
  ['a segmentation in custom_data', lead({ customer_segmentation: 'customer_in_loyalty_program' })],
  ['a store', lead({ store_data: { store_code: 'BER042' } })],
  [
    'travel, vehicle and home keys',
    lead({ checkin_date: '2026-12-24', num_adults: 2, preferred_price_range: [1, 2.5], 'mileage.value': 42000 }),
  ],
  [
    'further app_data',
    app({ advertiser_tracking_enabled: 1, extinfo: extinfo(), consider_views: true, url_schemes: ['x'] }),
  ],
  ['a CRM stage of a free name', { ...lead({ event_source: 'crm', lead_event_source: 'CRM' }), event_name: 'Won' }],
];

const REFUSED: readonly Refused[] = [
  ['no event_name', { event_name: undefined }, 2804019, "['event_name']"],
  ['a blank event_name', { event_name: '  ' }, 2804019, "['event_name']"],
  ['no event_time', { event_time: undefined }, 2804019, "['event_time']"],
  ['no action_source', { action_source: undefined }, 2804019, "['action_source']"],
  ['no user_data', { user_data: undefined }, 2804019, "['user_data']"],
  ['an event_time with a fraction', { event_time: NOW_SECONDS - 0.5 }, 2804019, "['event_time']"],
  ['an event_time as a string', { event_time: String(NOW_SECONDS) }, 2804019, "['event_time']"],
  ['an unknown action_source', { action_source: 'Website' }, 2804019, "['action_source']"],
  ['user_data as a list', { user_data: [{ em }] }, 2804019, "['user_data']"],
  ['a numeric event_id', { event_id: 7 }, 2804019, "['event_id']"],
  ['opt_out as a string', { opt_out: 'true' }, 2804019, "['opt_out']"],
  ['a null in the event', { event_id: null }, 2804019, "['event_id']"],
  ['a null in user_data', userData({ em, ph: null }), 2804019, "['user_data']['ph']"],
  ['a null in a list of hashes', userData({ em: [null] }), 2804019, "['user_data']['em']"],
  ['a null in custom_data', lead({ status: null }), 2804019, "['custom_data']['status']"],
  ['a numeric phone', userData({ ph: 16505551212 }), 2804019, "['user_data']['ph']"],
  ['content_ids that are numbers', lead({ content_ids: [1] }), 2804019, "['custom_data']['content_ids']"],
  ['contents that are no objects', lead({ contents: ['sku'] }), 2804019, "['custom_data']['contents'][0]"],
  [
    'a mistyped quantity',
    lead({ contents: [{ id: 'a' }, { id: 'b', quantity: '2' }] }),
    2804019,
    "['contents'][1]['quantity']",
  ],
  ['a fractional num_items', lead({ num_items: 1.5 }), 2804019, "['custom_data']['num_items']"],
  [
    'an unknown delivery_category',
    lead({ delivery_category: 'drone' }),
    2804019,
    "['custom_data']['delivery_category']",
  ],
  ['a value with a decimal comma', purchase({ value: '12,50', currency: 'EUR' }), 2804019, "['custom_data']['value']"],
  ['a value that is no number', purchase({ value: 'free', currency: 'EUR' }), 2804019, "['custom_data']['value']"],

  ['an event a second over 7 days', { event_time: NOW_SECONDS - 7 * DAY - 1 }, 2804003],
  [
    'a physical_store event over 62 days',
    { action_source: 'physical_store', event_time: NOW_SECONDS - 62 * DAY - 1 },
    2804003,
  ],
  ['over a minute ahead', { event_time: NOW_SECONDS + 61 }, 2804004],
  ['an event_time in milliseconds', { event_time: NOW }, 2804004],

  ['an e-mail in the clear', userData({ em: 'ada@example.com' }), 2804016],
  ['one clear value among hashes', userData({ em: [em, 'ada@example.com'] }), 2804016],
  ['a hash in upper case', userData({ em: em.toUpperCase() }), 2804016],
  ['an MD5', userData({ em: em.slice(0, 32) }), 2804016],
  ['a hash with 65 digits', userData({ em: `${em}0` }), 2804016],
  ['a hash with a bad appendix', userData({ em: `${em}.A!` }), 2804016],
  ['a hash with a letter beyond f', userData({ em: `g${em.slice(1)}` }), 2804016],
  ['a hash with a foreign letter', userData({ em: `š${em.slice(1)}` }), 2804016],
  ['an empty string', userData({ em: '' }), 2804016],
  ['the hash of the empty string', userData({ ph: [sha256('')] }), 2804016],
  ['an external_id that is the hash of nothing', userData({ em, external_id: sha256('') }), 2804016],
  ['an external_id that is blank', userData({ em, external_id: [' '] }), 2804016],
  ...['em', 'ph', 'fn', 'ln', 'db', 'ge', 'ct', 'st', 'zp', 'country'].map(
    (key): Refused => [`${key} in the clear`, userData({ external_id: 'x', [key]: 'clear' }), 2804016],
  ),

  ['empty user_data', userData({}), 2804050],
  ['keys without a value only', userData({ em: [], client_user_agent: '' }), 2804050],
  ['a key nobody knows only', userData({ email: em }), 2804050],
  ['a user agent only', userData({ client_user_agent: 'Mozilla/5.0' }), 2804050],
  ['country and postcode', userData({ country: sha256('us'), zp: sha256('10001') }), 2804050],
  [
    'the whole first weak set',
    userData({ ct: em, country: em, st: em, zp: em, ge: em, client_user_agent: 'Mozilla/5.0' }),
    2804050,
  ],
  ['birthday and user agent', userData({ db: em, client_user_agent: 'Mozilla/5.0' }), 2804050],
  ['first name and gender', userData({ fn: em, ge: em }), 2804050],
  ['last name and gender', userData({ ln: em, ge: em }), 2804050],

  ['an address that is none', userData({ em, client_ip_address: '10.0.0' }), 2804019],
  ['a bare fbclid as fbc', userData({ em, fbc: fbclid }), 2804019],
  ['an fbc in seconds', userData({ em, fbc: `fb.1.1554763741.${fbclid}` }), 2804019],
  ['an fbp with letters', userData({ em, fbp: 'fb.1.1596403881668.abc' }), 2804019],
  ['a lead_id of 14 digits', userData({ em, lead_id: '12345678901234' }), 2804019],
  ['a lead_id of 18 digits', userData({ em, lead_id: '123456789012345678' }), 2804019],

  ['a Purchase without value', purchase({ currency: 'USD' }), 2804009],
  ['a Purchase without custom_data', { custom_data: undefined }, 2804009],
  ['a Purchase without currency', purchase({ value: 1 }), 2804010],
  ['a Purchase with an empty currency', purchase({ value: 1, currency: '' }), 2804010],
  ['a value without currency', lead({ value: 1 }), 2804023],
  ['an unknown currency', purchase({ value: 1, currency: 'XYZ' }), 2804019],
  ['a currency sign', lead({ value: 1, currency: '€' }), 2804019],
  ['contents without id', lead({ contents: [{ id: 'a' }, { quantity: 1 }] }), 2804008],
  ['contents with a blank id', lead({ contents: [{ id: '' }] }), 2804008],
  ['contents with a null id', lead({ contents: [{ id: null }] }), 2804008],

  ['a website event without URL', { action_source: 'website' }, 2804019],
  ['a URL of another scheme', { action_source: 'website', event_source_url: 'ftp://shop.example' }, 2804019],
  ['a URL with a space', { event_source_url: 'https://shop.example/a b' }, 2804019],
  ['an app event without app_data', app(undefined), 2804019, "['app_data']"],
  ['an app event without tracking flag', app({ extinfo: extinfo() }), 2804019, "['advertiser_tracking_enabled']"],
  ['an app event without extinfo', app({ advertiser_tracking_enabled: 0 }), 2804019, "['app_data']['extinfo']"],
  [
    'a tracking flag of 2',
    app({ advertiser_tracking_enabled: 2, extinfo: extinfo() }),
    2804019,
    "['app_data']['advertiser_tracking_enabled']",
  ],
  [
    'url_schemes as text',
    app({ advertiser_tracking_enabled: 1, extinfo: extinfo(), url_schemes: 'x' }),
    2804019,
    "['url_schemes']",
  ],
  [
    'an original event in text seconds',
    { original_event_data: { event_time: '1' } },
    2804019,
    "['original_event_data']['event_time']",
  ],
  [
    'an attribution share as text',
    { attribution_data: { attribution_share: 'half' } },
    2804019,
    "['attribution_share']",
  ],
  [
    'a fractional attribution window',
    { attribution_data: { attribution_setting: { inactivity_window_hours: 1.5 } } },
    2804019,
    "['attribution_setting']['inactivity_window_hours']",
  ],
  ['an unknown segmentation', { customer_segmentation: 'vip' }, 2804019, "['customer_segmentation']"],
  [
    'an unknown segmentation in custom_data',
    lead({ customer_segmentation: 'vip' }),
    2804019,
    "['customer_segmentation']",
  ],
  ['a numeric store code', lead({ store_data: { store_code: 7 } }), 2804019, "['store_data']['store_code']"],
  ['a price range of texts', lead({ preferred_price_range: ['1', '2'] }), 2804019, "['preferred_price_range']"],
  ['adults as text', lead({ num_adults: '2' }), 2804019, "['custom_data']['num_adults']"],
  ['extinfo as text', app({ advertiser_tracking_enabled: 1, extinfo: 'a2' }), 2804019, "['app_data']['extinfo']"],
  ['extinfo of 15 items', app({ advertiser_tracking_enabled: 1, extinfo: extinfo().slice(1) }), 2804019],
  ['extinfo of an unknown version', app({ advertiser_tracking_enabled: 1, extinfo: extinfo([0, 'w1']) }), 2804019],
  ['extinfo without OS version', app({ advertiser_tracking_enabled: 1, extinfo: extinfo([4, ' ']) }), 2804043],
  ['extinfo with an object', app({ advertiser_tracking_enabled: 1, extinfo: extinfo([7, {}]) }), 2804019],
  [
    'a message with a standard event',
    { ...message('whatsapp', { ctwa_clid: 'c', page_id: '1' }), event_name: 'Lead' },
    2804066,
  ],
  ['a message with a name of its own', { ...message('messenger', { page_id: '1' }), event_name: 'Greeted' }, 2804066],
  ['a message without channel', message(undefined, { page_id: '1' }), 2804019, "['messaging_channel']"],
  ['a message of an unknown channel', message('sms', { page_id: '1' }), 2804019, "['messaging_channel']"],
  ['Messenger without page', message('messenger', { page_scoped_user_id: '1' }), 2804069],
  ['Messenger without user', message('messenger', { page_id: '1' }), 2804019],
  ['WhatsApp without account', message('whatsapp', { ctwa_clid: 'c' }), 2804116],
  ['WhatsApp without click id', message('whatsapp', { page_id: '1' }), 2804087],
  ['Instagram without account', message('instagram', { ig_sid: '1' }), 2804079],
  ['Instagram without user', message('instagram', { ig_account_id: '1' }), 2804019],
  ['a processing option other than LDU', { data_processing_options: ['GDPR'] }, 2804019],
  ['an LDU country of 2', ldu(2, 1000), 2804019],
  ['an LDU state of 1014', ldu(1, 1014), 2804019],
  ['an LDU state of 1', ldu(1, 1), 2804019],
];

describe('the sandbox accepts', () => {
  it.each(ACCEPTED)('%s', async (_, changes) => {
    const answer = await postEvents(sandbox, [goodEvent(changes)]);
    expect(answer.text).toContain('"events_received":1');
    expect(answer.status).toBe(200);
  });
});

describe('the sandbox refuses', () => {
  for (const [says, changes, subcode, path] of REFUSED) {
    it(says, async () => {
      const answer = await postEvents(sandbox, [goodEvent({ event_id: 'fine' }), goodEvent(changes)]);
      expect(answer.status).toBe(400);
      expect(answer.error).toMatchObject({
        code: 100,
        error_subcode: subcode,
        type: 'OAuthException',
        is_transient: false,
      });
      const told = String(answer.error?.error_user_msg);
      if (path === undefined) expect(told).not.toContain("['data']");
      else expect(told).toMatch(/^\$\['data'\]\[1\]/);
      if (path !== undefined) expect(told).toContain(`${path} `);
      expect(sandbox.stats()).toMatchObject({ eventsAccepted: 0, refusedRequests: { [`100/${subcode}`]: 1 } });
    });
  }

  it('an element that is no object, and tells where', async () => {
    const answer = await postEvents(sandbox, [goodEvent(), 'nonsense']);
    expect(answer.error).toMatchObject({ error_subcode: 2804019 });
    expect(answer.error?.error_user_msg).toContain("$['data'][1] ");
  });

  it('without showing a value of the event', async () => {
    const secret = 'canary@example.com';
    for (const changes of [userData({ em: secret }), userData({ em, fbc: secret }), userData({ em, ph: { secret } })]) {
      expect((await postEvents(sandbox, [goodEvent(changes)])).text).not.toContain(secret);
    }
  });

  it('the time before the match keys, as the real API did', async () => {
    const answer = await postEvents(sandbox, [goodEvent({ event_time: 0, user_data: { client_user_agent: 'x' } })]);
    expect(answer.error?.error_subcode).toBe(2804003);
  });
});
