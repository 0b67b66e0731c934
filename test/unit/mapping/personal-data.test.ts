import { describe, expect, it } from 'vitest';
import type { Cell, ColumnKind } from '../../../connectors/connector.ts';
import { bindPersonalDataGuard } from '../../../src/mapping/personal-data.ts';
import { bindForTest, mappingFile } from '../../support/bind-for-test.ts';

type Loose = Record<string, unknown>;

const PERSON = {
  em: '=email',
  ph: '=phone',
  fn: '=first',
  ln: '=last',
  db: { value: '=born', format: 'DD.MM.YYYY' },
  ct: '=city',
  zp: '=zip',
  st: '=state',
  ge: '=gender',
  country: '=country',
  external_id: '=customer',
  fbp: '=fbp',
};
const ADA = {
  id: '1',
  at: '2026-11-23 10:00:00',
  email: 'ada@example.com',
  phone: '0151 23456789',
  first: 'Ada',
  last: "O'Lovelace",
  born: '10.12.1985',
  city: 'Berlin',
  zip: '10115',
  state: 'be',
  gender: 'f',
  country: 'DE',
  customer: 'C-100042',
  fbp: 'fb.1.1596403881668.1116446470',
};

const bound = (event: Loose, file: Loose = {}, kinds: Record<string, ColumnKind> = {}) =>
  bindForTest(mappingFile({ defaults: { country: 'de' }, ...file }, { user_data: PERSON, ...event }), kinds);
/** What becomes of Ada's row with these cells: the field that is rejected, or 'sent'. */
const outcome = (
  event: Loose,
  cells: Record<string, Cell>,
  file: Loose = {},
  kinds: Record<string, ColumnKind> = {},
) => {
  const mapped = bound(event, file, kinds).map({ ...ADA, ...cells });
  if (mapped.kind === 'rejected') return mapped.code === 'pii-in-custom-data' ? mapped.field : mapped.code;
  return mapped.kind === 'event' ? 'sent' : mapped.kind;
};
const NOTE = { custom_data: { custom_properties: { note: '=note' } } };
const note = (text: Cell) => outcome(NOTE, { note: text });
const ORDER = { custom_data: { order_id: '=order_no' } };
const order = (text: Cell) => outcome(ORDER, { order_no: text });
const PAGE = { event_source_url: '=url' };
const page = (url: Cell) => outcome(PAGE, { url });

describe('an e-mail address or a telephone number in custom_data', () => {
  it.each([
    'ada@example.com',
    ' someone.else+tag@mail.example.co.uk ',
    'please call bob@example.org!',
    'jörg@bücher.example',
    '+49 151 23456789',
    'call (+1) 650 555 1212',
    'tel:+1-650-555-1212',
    '+1 (650) 555-1212',
    'gift for +442079460123, ring twice',
    'ring +49 151 23456789 2 times',
  ])('%j is found', (text) => {
    expect(note(text)).toBe('custom_data.note');
    expect(order(text)).toBe('custom_data.order_id');
  });

  it.each([
    'A-100042/7',
    'SKU+49',
    '4711-0815-1234567890',
    '20261120-000123',
    '650 555 1212',
    '1234567890123',
    'B+1234567890123',
    '+5 years warranty',
    '+10000000',
    '+99 999 999 999 999',
    '19.90',
    '2026-11-20T10:00:00+02:00',
    '@example.com',
    'meet @ home.decor',
    'v1@2.0',
    '5@10',
    'a@b',
    '@',
    'C++ in 21 days',
  ])('%j is none', (text) => {
    expect(note(text)).toBe('sent');
    expect(order(text)).toBe('sent');
  });

  it('is found in lists, in maps and deep in JSON, and its path is named without a value', () => {
    const cells = { a: 'x', b: 'ada@example.com' };
    expect(outcome({ custom_data: { content_ids: ['=a', '=b'] } }, cells)).toBe('custom_data.content_ids');
    expect(outcome({ custom_data: { contents: [{ id: '=a', title: '=b' }] } }, cells)).toBe(
      'custom_data.contents.title',
    );
    const json = { props: '{"deep":[{"er":"+49 151 23456789"}],"fine":1}' };
    const properties = { custom_data: { custom_properties: { extra: '=props' } } };
    expect(outcome(properties, json, {}, { props: 'json' })).toBe('custom_data.extra.deep.er');
    expect(outcome({ custom_data: { search_string: '=upper(b)' } }, cells)).toBe('custom_data.search_string');
  });
});

describe('a match key of the row in a property', () => {
  it.each([
    ['its phone, written otherwise', '(0151) 234-567 89'],
    ['its phone with the calling code', '4915123456789'],
    ['its first name', ' ADA '],
    ['its last name in normal form', 'olovelace'],
    ['its last name as it is', 'O’Lovelace'],
    ['its birthday in normal form', '19851210'],
    ['its birthday in ISO form', '1985-12-10'],
    ['its birthday as the column has it', '10.12.1985'],
    ['its external_id', 'C-100042 '],
  ])('is found: %s', (_, text) => expect(note(text)).toBe('custom_data.note'));

  it.each([
    ['another name', 'Eva'],
    ['a name within words', 'Ada was here'],
    ['its city', 'Berlin'],
    ['its postcode', '10115'],
    ['its country', 'de'],
    ['its gender', 'f'],
    ['what leaves in the clear anyway', 'fb.1.1596403881668.1116446470'],
    ['another day', '1985-12-11'],
    ['a part of its phone', '456789'],
    ['another customer', 'C-100043'],
  ])('is not: %s', (_, text) => expect(note(text)).toBe('sent'));

  it('is not looked for where Meta asks for ids, places and words of a catalogue', () => {
    for (const key of ['order_id', 'item_number', 'content_category', 'make', 'city', 'vin'])
      expect([key, outcome({ custom_data: { [key]: '=x' } }, { x: 'Ada' })]).toEqual([key, 'sent']);
    expect(outcome({ custom_data: { order_id: '=x' } }, { x: 'C-100042' })).toBe('sent');
    expect(outcome({ custom_data: { contents: [{ id: '=x', brand: '=x' }] } }, { x: 'Ada' })).toBe('sent');
    for (const key of ['content_name', 'search_string', 'status'])
      expect(outcome({ custom_data: { [key]: '=x' } }, { x: 'Ada' })).toBe(`custom_data.${key}`);
  });

  it('is found where user_data reads an expression, and where its value is hashed already', () => {
    const hash = '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f';
    const hashed = { user_data: { em: { value: '=hash', hashed: true } }, ...NOTE };
    expect(outcome(hashed, { hash, note: hash.toUpperCase() })).toBe('custom_data.note');
    const split = { user_data: { em: '=email', fn: '=split(whole, " ")[0]' }, ...NOTE };
    expect(outcome(split, { whole: 'Grace Hopper', note: 'grace' })).toBe('custom_data.note');
    expect(outcome(split, { whole: 'Grace Hopper', note: 'hopper' })).toBe('sent');
  });

  it('is not taken for one where the key is too short to tell', () => {
    expect(outcome(NOTE, { first: 'Li', note: 'li' })).toBe('sent');
    expect(outcome(NOTE, { customer: '1042', note: '1042' })).toBe('sent');
    expect(outcome(NOTE, { customer: '10427', note: '10427' })).toBe('custom_data.note');
  });
});

describe('personal data in the query of a URL', () => {
  it.each([
    'https://shop.example.com/thanks?email=ada@example.com',
    'https://shop.example.com/thanks?order=7&email=ada%40example.com',
    'https://shop.example.com/thanks?next=https%3A%2F%2Fx.example%2F%3Fe%3Dada%2540example.com',
    'https://shop.example.com/?tel=+4915123456789',
    'https://shop.example.com/?tel=%2B49%20151%2023456789',
    'https://shop.example.com/?phone=015123456789',
    'https://shop.example.com/?name=O%27Lovelace&x=1',
    'https://shop.example.com/?born=10.12.1985',
    'https://shop.example.com/?uid=C-100042#top',
    'https://shop.example.com/#email=ada%40example.com',
  ])('%s is found', (url) => {
    expect(page(url)).toBe('event_source_url');
    expect(outcome({ referrer_url: '=url' }, { url })).toBe('referrer_url');
  });

  it.each([
    'https://shop.example.com/thanks',
    'https://shop.example.com/@ada/list',
    'https://shop.example.com/?utm_source=news&utm_medium=e-mail&fbclid=IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYX',
    'https://shop.example.com/?q=trail+shoes&price=19.90&order=4711-0815',
    'https://shop.example.com/?d=2026-11-20T10:00:00+02:00',
    'https://shop.example.com/?broken=%E0%A4%A&half=%4',
    'https://shop.example.com/?',
  ])('%s is not', (url) => expect(page(url)).toBe('sent'));
});

describe('the guard', () => {
  it('lets through what the mapping allows, and only that', () => {
    const both = { event_source_url: '=url', custom_data: { custom_properties: { note: '=note', memo: '=memo' } } };
    const cells = { url: 'https://shop.example.com/?e=ada@example.com', note: 'Ada', memo: 'fine' };
    expect(outcome(both, cells)).toBe('custom_data.note');
    const allow = (...fields: string[]) => ({ personal_data: { allow: fields } });
    expect(outcome(both, cells, allow('custom_data.note'))).toBe('event_source_url');
    expect(outcome(both, cells, allow('custom_data.note', 'event_source_url'))).toBe('sent');
    expect(outcome(both, { ...cells, memo: 'Ada' }, allow('custom_data.note', 'event_source_url'))).toBe(
      'custom_data.memo',
    );
  });

  it('keeps the value out of what it says', () => {
    const mapped = bound(NOTE).map({ ...ADA, note: 'canary@example.com' });
    expect(mapped).toMatchObject({ kind: 'rejected', code: 'pii-in-custom-data', field: 'custom_data.note' });
    expect(JSON.stringify(mapped)).not.toContain('canary');
  });

  it('is not there where no field can hold a text of the row', () => {
    const guardOf = (event: Loose, kinds: Record<string, ColumnKind> = {}, file: Loose = {}) => {
      const { mapping, columns } = bound(event, file, kinds);
      return bindPersonalDataGuard(mapping, { columns, timezone: 'UTC' });
    };
    const numbers = {
      event_source_url: 'https://shop.example.com/?fixed=1',
      custom_data: {
        value: '=total',
        currency: '=currency',
        order_id: '=number',
        content_type: 'product',
        delivery_category: '=delivery',
        num_items: '=quantity',
        custom_properties: { margin: '=margin', channel: 'web', paid: '=at', vip: '=vip' },
      },
    };
    const kinds = {
      total: 'decimal',
      number: 'integer',
      margin: 'float',
      quantity: 'integer',
      vip: 'boolean',
    } as const;
    expect(guardOf(numbers, kinds)).toBeUndefined();
    expect(guardOf({})).toBeUndefined();
    expect(guardOf(ORDER)).toBeDefined();
    expect(guardOf(PAGE)).toBeDefined();
    expect(guardOf(PAGE, {}, { personal_data: { allow: ['event_source_url'] } })).toBeUndefined();
  });
});
