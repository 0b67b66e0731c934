import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Cell, ColumnKind } from '../../connectors/connector.ts';
import { REJECTION_CODES } from '../../src/meta/rejection-codes.ts';
import { bindForTest, mappingFile } from '../support/bind-for-test.ts';

const OWN_CODES = ['expression-failed', 'value-unreadable', 'event-time-unreadable'];
const CODES: ReadonlySet<string> = new Set([...Object.keys(REJECTION_CODES), ...OWN_CODES]);

const KINDS: Readonly<Record<string, ColumnKind>> = {
  paid: 'boolean',
  total: 'decimal',
  qty: 'integer',
  items: 'json',
  props: 'json',
  clicked: 'timestamptz',
  raw: 'unknown',
};

const { map, counts } = bindForTest(
  mappingFile(
    {
      filter: '=paid',
      consent: { require: '=coalesce(opt_in == "yes", false) || raw == 1', limited_data_use: '=state == "CA"' },
      source: { ...mappingFile().source, primary_key: ['id', 'part'] },
      defaults: { country: 'us' },
    },
    {
      event_name: 'Purchase',
      event_id: '=coalesce(ref, "r-" + string(qty))',
      action_source: '=source',
      event_source_url: '=url',
      opt_out: '=raw',
      user_data: {
        em: ['=email', '=split(emails, ";").size() > 0 ? emails : null', { value: '=em_hash', hashed: true }],
        ph: '=phone',
        fn: '=name',
        db: { value: '=born', format: 'DD.MM.YYYY' },
        ge: '=name',
        ct: '=city',
        st: '=state',
        zp: '=zip',
        country: '=country',
        external_id: '=id',
        fbc: { fbclid: '=ref', at: '=clicked' },
        client_ip_address: '=ip',
      },
      custom_data: {
        value: '=total * qty',
        currency: '=currency',
        order_id: '=ref',
        contents: '=items.map(i, {"id": i.sku, "quantity": i.qty, "item_price": number(i.price)})',
        content_ids: ['=ref', '=raw'],
        num_items: '=qty',
        custom_properties: { raw: '=raw', all: '=props', at: '=clicked', text: '=lower(city) + url' },
      },
    },
  ),
  KINDS,
);
const USED = [
  ...[
    'id',
    'part',
    'at',
    'email',
    'paid',
    'opt_in',
    'raw',
    'state',
    'ref',
    'qty',
    'source',
    'url',
    'emails',
    'em_hash',
  ],
  ...['phone', 'name', 'born', 'city', 'zip', 'country', 'clicked', 'ip', 'total', 'currency', 'items', 'props'],
];

const likely: Readonly<Record<string, readonly Cell[]>> = {
  at: ['2026-11-22 10:00:00', '2026-11-22', '1763632800', 'infinity', '9999-12-31 23:59:59'],
  paid: ['t', 'f', 'f', 'f', 'f', 'f', 'f'],
  ref: ['A-1', 'A-1', ''],
  opt_in: ['yes', 'yes', 'no'],
  qty: ['1', '2', '9007199254740993', '-9223372036854775808'],
  total: ['1.50', '1e308', '-0'],
  source: ['system_generated', 'system_generated', 'physical_store', 'website'],
  currency: ['usd', 'EUR', 'HRK', 'xxx'],
  email: ['ada@example.com', 'ADA@example.com '],
  items: [
    '[{"sku":"a","qty":1,"price":2}]',
    '[{"sku":null}]',
    '{"toString":1}',
    '[{"sku":"a","constructor":{"__proto__":null}}]',
  ],
  props: [
    '{"a":{"b":[1]}}',
    '{"__proto__":{"polluted":1}}',
    '[[[1]]]',
    '{"a":1e400,"b":"\\ud800"}',
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
    '1',
  ],
  state: ['CA', 'NY'],
  country: ['US', 'de', '??'],
  clicked: ['2026-11-20 10:00:00+00', '0001-01-01 00:00:00+00'],
};
const odd = fc.oneof(
  fc.constantFrom<Cell>(
    null,
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udc00x',
    'NaN',
    'Infinity',
    '-',
    '{',
    '__proto__',
    'é'.repeat(70_000),
  ),
  fc.constantFrom<Cell>(
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    -0,
    1e21,
    2n ** 80n,
    0n,
    true,
    false,
    new Uint8Array([0, 255, 254]),
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.double(),
  fc.bigInt(),
);
/** At most rows, a few cells are odd: else none would get far. */
const anyRow = fc.record({
  good: fc.record(
    Object.fromEntries(
      Object.entries(likely).map(([name, cells]) => [
        name,
        fc.oneof(
          { weight: 25, arbitrary: fc.constant(cells[0] as Cell) },
          { weight: 1, arbitrary: fc.constantFrom(...cells) },
        ),
      ]),
    ),
  ),
  odd: fc.array(fc.tuple(fc.constantFrom(...USED), odd), { maxLength: 3 }),
  id: fc.nat().map(String),
});

it('whatever a row holds, it becomes an event that is JSON, or a counted reason without a value of the row', () => {
  const kinds: Record<string, number> = {};
  fc.assert(
    fc.property(anyRow, (generated) => {
      const row: Record<string, Cell> = { id: generated.id, ...generated.good, ...Object.fromEntries(generated.odd) };
      const mapped = map(row);
      kinds[mapped.kind] = (kinds[mapped.kind] ?? 0) + 1;
      expect(map(row)).toEqual(mapped);
      if (mapped.kind === 'event') {
        const event = JSON.parse(mapped.json);
        expect(JSON.stringify(event)).toBe(mapped.json);
        expect(event.event_id).toBeTypeOf('string');
        expect(event.event_id.trim()).not.toBe('');
        expect(mapped.eventTime).toBe(event.event_time);
        expect(mapped.json).not.toContain('ada@example.com');
        expect(mapped.dedupKey).toMatch(/^[0-9a-f]{32}$/);
        expect(Buffer.from(mapped.json).toString()).toBe(mapped.json);
      } else if (mapped.kind === 'rejected') {
        expect(CODES).toContain(mapped.code);
        expect(mapped.field ?? '').toMatch(/^[a-z_.]*$/);
        expect(mapped.fingerprint).toMatch(/^[0-9a-f]{16}$/);
      }
    }),
    { numRuns: 3000 },
  );
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  for (const kind of ['event', 'rejected', 'filtered']) expect(kinds[kind] ?? 0).toBeGreaterThan(100);
  expect(Object.values(counts.dropped).length).toBeGreaterThan(3);
});
