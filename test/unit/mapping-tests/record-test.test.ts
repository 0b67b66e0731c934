import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Cell, Column, ColumnKind } from '../../../connectors/connector.ts';
import { appendTest } from '../../../src/config/append-test.ts';
import type { MappingFile } from '../../../src/config/mapping-schema.ts';
import { seededRandom } from '../../../src/demo/random.ts';
import { parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { recordTest } from '../../../src/mapping-tests/record-test.ts';
import { runTests } from '../../../src/mapping-tests/run-tests.ts';

const FILE = {
  version: 1,
  name: 'orders',
  source: { connection: 'shop', table: 'orders', primary_key: 'id', timezone: 'UTC', cursor: { column: 'updated_at' } },
  filter: '=status == "paid"',
  event: {
    event_name: 'Purchase',
    event_time: '=paid_at',
    event_id: '="order-" + order_no',
    action_source: 'system_generated',
    user_data: {
      em: ['=email', { value: '=em_hash', hashed: true }],
      ph: '=phone',
      fn: { full_name: '=buyer' },
      ln: { full_name: '=buyer' },
      db: '=birthday',
      ct: '=city',
      zp: '=zip',
      country: '=country',
      external_id: '=customer',
      client_ip_address: '=ip',
      client_user_agent: '=agent',
      fbp: '=fbp',
    },
    custom_data: {
      value: '=total * 2.0',
      currency: '=currency',
      order_id: '=order_no',
      contents: '=items.map(i, {"id": i.sku, "quantity": i.qty})',
    },
  },
  dedup: { window: '63d' },
} as unknown as MappingFile;

/** Nobody: invented for this test, and searched for in what comes out. */
const REAL: Readonly<Record<string, readonly [ColumnKind, Cell]>> = {
  id: ['integer', '4711'],
  status: ['text', 'paid'],
  email: ['text', ' Wilhelmine.Zandberg@Kontor-Xyz.test '],
  em_hash: ['text', 'c4f3'.repeat(16)],
  phone: ['text', '+49 30 7612345'],
  buyer: ['text', 'Wilhelmine Zandberg'],
  birthday: ['text', '1961-07-29'],
  city: ['text', 'Wolfenweiler'],
  zip: ['text', '38312'],
  country: ['text', 'DE'],
  customer: ['integer', '8812345'],
  ip: ['text', '93.184.216.34'],
  agent: ['text', 'Mozilla/5.0 (Wilhelmines Telefon)'],
  fbp: ['text', 'fb.1.1764000000000.5551234567'],
  total: ['decimal', '19.95'],
  currency: ['text', 'eur'],
  order_no: ['text', 'RG-2026-0815'],
  items: ['json', '[{"sku": "ZX-99-QQ", "qty": 2, "note": "fuer Wilhelmine Zandberg"}]'],
  paid_at: ['timestamptz', '2026-11-20 10:00:00+00'],
};
const columns: Column[] = Object.entries(REAL).map(([name, [kind]]) => ({ name, kind, type: kind, nullable: true }));
const row = Object.values(REAL).map(([, cell]) => cell);
const { mapping } = parseMapping(FILE);
const NOW = Math.floor(Date.parse('2026-11-21T00:00:00Z') / 1000);
const record = (seed: number, file = mapping, cells: readonly Cell[] = row) =>
  recordTest(file, { columns, row: cells, name: 'recorded', random: seededRandom(seed), now: NOW });

/** Whatever of the real row must not come out, in any case, also in parts. */
const TRACES = [
  'wilhelmin',
  'zandberg',
  'kontor',
  'xyz',
  '7612345',
  '761234',
  'c4f3',
  '1961-07',
  'wolfen',
  '38312',
  '8812345',
  '93.184',
  'telefon',
  '5551234567',
  '0815',
  'zx-99',
  '4711',
];

describe('a recorded test', () => {
  it('holds nothing of the person, whoever is invented instead', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const text = JSON.stringify(record(seed)).toLowerCase();
      for (const trace of TRACES) expect(text, `${trace}, seed ${seed}`).not.toContain(trace);
    }
  });

  it('keeps amounts, times, words and shapes, and every match key stays one', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const test = record(seed);
      expect(test.row).toMatchObject({
        status: 'paid',
        total: 19.95,
        currency: 'eur',
        country: 'DE',
        paid_at: '2026-11-20 10:00:00+00',
      });
      expect(test.row.email).toMatch(/^ [a-z]+\.[a-z]+\d\d@example\.com $/);
      expect(test.row.phone).toMatch(/^\+49 /);
      expect(test.row.order_no).toMatch(/^[A-Z]{2}-\d{4}-\d{4}$/);
      const event = test.event as {
        user_data: Record<string, string | string[]>;
        event_time: string;
        custom_data: object;
      };
      expect(Object.keys(event.user_data).sort()).toEqual(Object.keys(FILE.event.user_data).sort());
      expect(event.event_time).toBe('2026-11-20T10:00:00Z');
      expect(event.custom_data).toMatchObject({ value: 39.9, currency: 'EUR', order_id: test.row.order_no });
      // Normal forms, not hashes: a reader can check them.
      expect(String(event.user_data.ph)).toMatch(/^49\d+$/);
      expect(event.user_data.ct).not.toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('keeps a plain word of a status, and not a name in its place', () => {
    const contents = { ...FILE.event.custom_data, custom_properties: { channel: '=channel' } };
    const { mapping: with_channel } = parseMapping({
      ...FILE,
      event: { ...FILE.event, custom_data: contents },
    } as MappingFile);
    const more: Column[] = [...columns, { name: 'channel', kind: 'text', type: 'text', nullable: true }];
    const channelOf = (text: string): unknown =>
      recordTest(with_channel, { columns: more, row: [...row, text], name: 'a', random: seededRandom(2), now: NOW }).row
        .channel;
    expect(channelOf('web_shop')).toBe('web_shop');
    expect(channelOf('Gerlinde')).not.toBe('Gerlinde');
  });

  it('puts the same invented text in the place of the same real one', () => {
    const both = {
      ...FILE,
      event: { ...FILE.event, custom_data: { ...FILE.event.custom_data, custom_properties: { ref: '=order_no' } } },
    };
    const test = record(3, parseMapping(both as MappingFile).mapping);
    expect(test.event).toMatchObject({
      event_id: `order-${test.row.order_no}`,
      custom_data: { ref: test.row.order_no },
    });
  });

  it('expects what the mapping does with the row: filtered and rejected ones too', () => {
    const status = columns.findIndex(({ name }) => name === 'status');
    expect(record(1, mapping, row.with(status, 'refunded'))).toMatchObject({ skipped: 'filter' });
    const currency = columns.findIndex(({ name }) => name === 'currency');
    expect(record(1, mapping, row.with(currency, null))).toHaveProperty('rejected');
  });
});

const HEAD = 'version: 1 # the format\nname: orders\n';
const TESTS = {
  none: `${HEAD}# the end`,
  lines: `${HEAD}tests: # all of them\n  - name: first # one\n    row: { id: 1 }\n    skipped: filter\n\n  # the last words\n`,
  'lines without indent': `${HEAD}tests:\n- name: first\n  row:\n    id: 1\n  skipped: filter\n`,
  'a block scalar at the end': `${HEAD}tests:\n  - name: first\n    row: { id: 1 }\n    rejected: |-\n      value-missing\n\ngoal: value\n`,
  'not the last key': `${HEAD}tests:\n  - { name: first, row: { id: 1 }, skipped: filter }\ngoal: value # after it\n`,
  'one line': `${HEAD}tests: [{ name: first, row: { id: 1 }, skipped: filter }] # short\ngoal: value\n`,
  'an empty list': `${HEAD}tests: [] # none yet\ngoal: value\n`,
  windows: `${HEAD}tests:\n  - name: first\n    row: { id: 1 }\n    skipped: filter\n`.replaceAll('\n', '\r\n'),
};

describe('a test put into a mapping file', () => {
  it.each(Object.entries(TESTS))('%s: changes nothing else, and is one that passes', (_, text) => {
    const test = record(5);
    const changed = appendTest(text, test)!;
    const put = parse(changed) as { tests: object[] };
    expect(put.tests.at(-1)).toEqual(JSON.parse(JSON.stringify(test)));
    expect(put.tests).toHaveLength(((parse(text) as { tests?: object[] }).tests ?? []).length + 1);
    // Every line that was there is there still, in its order.
    let at = 0;
    for (const line of text.split(/\r?\n/)) {
      if (/^tests: \[/.test(line)) continue;
      at = changed.indexOf(line, at);
      expect(at, line).toBeGreaterThanOrEqual(0);
    }
    for (const comment of text.match(/#.*/g) ?? []) expect(changed).toContain(comment);
    const file = { ...FILE, tests: [put.tests.at(-1)] } as unknown as MappingFile;
    expect(runTests({ ...mapping, file }, NOW)).toMatchObject([{ passed: true, unread: [] }]);
  });
});
