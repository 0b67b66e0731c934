import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Cell, ColumnKind } from '../../../connectors/connector.ts';
import { checkMapping, mappingColumns, parseMapping } from '../../../src/mapping/compile-mapping.ts';
import type { MappedEvent, MappedRow } from '../../../src/mapping/mapped-row.ts';
import { bindForTest, mappingFile, NOW } from '../../support/bind-for-test.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const AT = '2026-11-23 10:00:00';
const ROW = { id: '7', at: AT, email: ' Ada@Example.com ' };

type Loose = Record<string, unknown>;
const bound = (event: Loose = {}, kinds: Record<string, ColumnKind> = {}, file: Loose = {}) =>
  bindForTest(mappingFile(file, event), kinds);
const eventOf = (mapped: MappedRow): MappedEvent => {
  if (mapped.kind !== 'event') throw new Error(JSON.stringify(mapped));
  return mapped;
};
const sent = (mapped: MappedRow) => JSON.parse(eventOf(mapped).json);
/** custom_data of a row with one more column, `x`. */
const custom = (custom_data: Loose, cell: Cell, kind: ColumnKind = 'text') =>
  sent(bound({ custom_data }, { x: kind }).map({ ...ROW, x: cell })).custom_data;

describe('a row', () => {
  it('becomes an event with hashed match keys, its age limit and its identities', () => {
    const mapped = eventOf(bound().map(ROW));
    expect(JSON.parse(mapped.json)).toEqual({
      event_name: 'Lead',
      action_source: 'system_generated',
      event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      event_time: Date.UTC(2026, 10, 23, 10) / 1000,
      user_data: { em: sha('ada@example.com') },
    });
    expect(mapped).toMatchObject({
      rowKey: ['7'],
      eventTime: Date.UTC(2026, 10, 23, 10) / 1000,
      maxAgeSeconds: 604_800,
    });
    expect(mapped.dedupKey).toMatch(/^[0-9a-f]{32}$/);
  });

  it('of a physical store may be 62 days old, any other seven', () => {
    const old = { ...ROW, at: '2026-10-01 10:00:00' };
    expect(bound().map(old)).toEqual({ kind: 'expired' });
    expect(eventOf(bound({ action_source: 'physical_store' }).map(old)).maxAgeSeconds).toBe(62 * 86_400);
    expect(bound({ action_source: 'physical_store' }).map({ ...old, at: '2026-09-01 10:00:00' })).toEqual({
      kind: 'expired',
    });
  });

  it('is made of the columns that the mapping reads, the key first', () => {
    const { mapping } = bound({ custom_data: { custom_properties: { a: '=x + row["b c"]' }, order_id: '=o' } });
    expect(mappingColumns(mapping)).toEqual(['id', 'at', 'o', 'x', 'b c', 'email']);
    expect(mappingColumns(parseMapping(mappingFile({ source: { primary_key: ['tenant', 'id'] } })).mapping)[0]).toBe(
      'tenant',
    );
  });
});

describe('filter and consent', () => {
  const filtered = (file: Loose, cell: Cell, kind: ColumnKind = 'boolean') =>
    bound({}, { x: kind }, file).map({ ...ROW, x: cell });

  it.each(['f', null])('a filter that is %j skips the row', (cell) => {
    expect(filtered({ filter: '=x' }, cell)).toEqual({ kind: 'filtered', reason: 'filter' });
  });

  it('only true lets a row pass', () => {
    expect(filtered({ filter: '=x' }, 't').kind).toBe('event');
    expect(filtered({ filter: '=x == "paid"' }, 'paid', 'text').kind).toBe('event');
    expect(filtered({ filter: '=x > 3' }, null, 'integer')).toEqual({ kind: 'filtered', reason: 'filter' });
    expect(filtered({ filter: '=x > 3 && x < 9' }, null, 'integer')).toEqual({ kind: 'filtered', reason: 'filter' });
    expect(filtered({ filter: true }, null).kind).toBe('event');
  });

  it('consent is asked after the filter, and not given unless true', () => {
    expect(filtered({ consent: { require: '=x' } }, null)).toEqual({ kind: 'filtered', reason: 'consent' });
    expect(filtered({ consent: { require: '=x' } }, 'f')).toEqual({ kind: 'filtered', reason: 'consent' });
    expect(filtered({ consent: { require: '=x' } }, 't').kind).toBe('event');
    expect(filtered({ filter: '=x', consent: { require: '=x' } }, 'f')).toEqual({ kind: 'filtered', reason: 'filter' });
  });

  it('a column that is never true is no condition: every row would be skipped without a word', () => {
    const problemsOf = (file: Loose, kind: ColumnKind) => {
      const { mapping } = parseMapping(mappingFile(file));
      return checkMapping(
        mapping,
        mappingColumns(mapping).map((name) => ({
          name,
          kind: name === 'x' ? kind : 'text',
          type: 'any',
          nullable: true,
        })),
      );
    };
    expect(problemsOf({ filter: '=x' }, 'integer')).toMatchObject([
      { code: 'expression-type', path: ['filter'], hint: 'compare it: =x == 1' },
    ]);
    expect(problemsOf({ consent: { require: '=x' } }, 'text')).toMatchObject([{ path: ['consent', 'require'] }]);
    expect(problemsOf({ consent: { limited_data_use: '=x' } }, 'decimal')).toHaveLength(1);
    for (const kind of ['boolean', 'unknown', 'json'] as const) expect(problemsOf({ filter: '=x' }, kind)).toEqual([]);
    expect(problemsOf({ filter: '=x == 1' }, 'integer')).toEqual([]);
  });

  it('a filter that cannot be told rejects the row instead of hiding it', () => {
    expect(filtered({ filter: '=x' }, 'perhaps')).toMatchObject({
      kind: 'rejected',
      code: 'expression-failed',
      field: 'filter',
    });
    expect(filtered({ consent: { require: '=int(x) > 3' } }, 'perhaps', 'text')).toMatchObject({
      code: 'expression-failed',
      field: 'consent.require',
    });
  });
});

describe('limited data use', () => {
  const lduOf = (row: Record<string, Cell>, file: Loose = {}) => {
    const event = sent(
      bound(
        { user_data: { em: '=email', st: '=state', country: '=country' } },
        { x: 'boolean' },
        { consent: { limited_data_use: '=x' }, ...file },
      ).map({ ...ROW, x: 't', ...row }),
    );
    const { data_processing_options: options, data_processing_options_country: country } = event;
    return [options, country, event.data_processing_options_state];
  };

  it.each([
    ['CA', 1000],
    ['Colorado', 1001],
    ['ri', 1013],
  ])('of %s names the state by its code', (state, code) => {
    expect(lduOf({ state, country: 'US' })).toEqual([['LDU'], 1, code]);
    expect(lduOf({ state }, { defaults: { country: 'US' } })).toEqual([['LDU'], 1, code]);
  });

  it.each([
    [{ state: 'NY', country: 'us' }],
    [{ state: 'CA', country: 'ca' }],
    [{ state: 'CA' }],
    [{ country: 'us' }],
    [{ state: 'constructor', country: 'us' }],
    [{}],
  ])('of %j leaves the place to Meta', (row) => expect(lduOf(row)).toEqual([['LDU'], 0, 0]));

  it('is not set unless the condition is true', () => {
    expect(lduOf({ x: 'f', state: 'CA', country: 'us' })).toEqual([undefined, undefined, undefined]);
    expect(lduOf({ x: null, state: 'CA', country: 'us' })).toEqual([undefined, undefined, undefined]);
  });
});

describe('identity', () => {
  const keys = { k1: 'text', k2: 'text' } as const;
  const idOf = (file: Loose, event: Loose, row: Record<string, Cell> = {}): string =>
    sent(bound(event, keys, file).map({ ...ROW, ...row })).event_id;
  const withKey = (...columns: string[]) => ({ source: { ...mappingFile().source, primary_key: columns } });

  it('the default event_id never changes', () => {
    expect(idOf({}, {})).toBe(sha(['event', 'leads', 'Lead', '7'].join('\0')).slice(0, 32));
  });

  it('it differs by mapping, event name and each part of the key, and by nothing else', () => {
    const ids = [
      idOf({}, {}),
      idOf({ name: 'other' }, {}),
      idOf({}, { event_name: 'Contact' }),
      idOf({}, {}, { id: '8' }),
      idOf(withKey('k1', 'k2'), {}, { k1: 'a', k2: 'b' }),
      idOf(withKey('k1', 'k2'), {}, { k1: 'b', k2: 'a' }),
      idOf(withKey('k1', 'k2'), {}, { k1: 'ab', k2: '' }),
      idOf(withKey('k1', 'k2'), {}, { k1: 'a\0b', k2: 'c' }),
      idOf(withKey('k1', 'k2'), {}, { k1: 'a', k2: 'b\0c' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(idOf({}, {}, { email: 'bob@example.com', at: '2026-11-22 01:00:00' })).toBe(idOf({}, {}));
    expect(idOf({}, {}, { id: 7n })).toBe(idOf({}, {}));
  });

  it('event_id may be mapped; null or blank it is the default again', () => {
    expect(idOf({}, { event_id: '=x' }, { x: 'A-1' })).toBe('A-1');
    expect(idOf({}, { event_id: '="lead-" + string(id)' })).toBe('lead-7');
    for (const x of [null, '', '   ']) expect(idOf({}, { event_id: '=x' }, { x })).toBe(idOf({}, {}));
    expect(idOf({}, { event_id: '="lead-" + x' }, { x: null })).toBe(idOf({}, {}));
  });

  const dedupOf = (event: Loose, row: Record<string, Cell> = {}, file: Loose = {}): string =>
    eventOf(bound(event, { x: 'text' }, file).map({ ...ROW, ...row })).dedupKey;
  const ordered = { custom_data: { order_id: '=x' } };

  it('one order_id is one event, whatever its row or event_id', () => {
    expect(dedupOf(ordered, { x: 'A-1', id: '1' })).toBe(dedupOf(ordered, { x: 'A-1', id: '2' }));
    expect(dedupOf(ordered, { x: 'A-1' })).not.toBe(dedupOf(ordered, { x: 'A-2' }));
    expect(dedupOf(ordered, { x: 'A-1' })).not.toBe(dedupOf({ ...ordered, event_name: 'Contact' }, { x: 'A-1' }));
  });

  it('rows without an order_id are told apart by event_id, never taken for one order', () => {
    for (const x of [null, '', '  ']) {
      expect(dedupOf(ordered, { x, id: '1' })).not.toBe(dedupOf(ordered, { x, id: '2' }));
      expect(dedupOf(ordered, { x, id: '1' })).toBe(dedupOf({}, { id: '1' }));
    }
    expect(dedupOf({ ...ordered, event_id: '=x' }, { x: 'A-1' })).not.toBe(dedupOf({ event_id: '=x' }, { x: 'A-1' }));
  });

  it('dedup.key: event_id looks at the event_id even where there is an order_id', () => {
    const file = { dedup: { window: '28d', key: 'event_id' } };
    expect(dedupOf(ordered, { x: 'A-1', id: '1' }, file)).not.toBe(dedupOf(ordered, { x: 'A-1', id: '2' }, file));
  });
});

describe('values', () => {
  it('keep the exact text of the database where Meta takes text', () => {
    expect(custom({ order_id: '=x' }, '9007199254740993', 'integer')).toEqual({ order_id: '9007199254740993' });
    expect(custom({ order_id: '=x' }, '12.3400', 'decimal')).toEqual({ order_id: '12.3400' });
    expect(custom({ order_id: '=x' }, '2026-11-20 10:00:00.120000', 'timestamp')).toEqual({
      order_id: '2026-11-20 10:00:00.120000',
    });
    expect(custom({ order_id: '=x' }, 12n, 'integer')).toEqual({ order_id: '12' });
  });

  it('are numbers where Meta takes numbers', () => {
    const value = { value: '=x', currency: 'usd' };
    expect(custom(value, '19.90', 'decimal')).toEqual({ value: 19.9, currency: 'USD' });
    expect(custom(value, ' 19.90 ')).toEqual({ value: 19.9, currency: 'USD' });
    expect(custom(value, null)).toEqual({ currency: 'USD' });
    expect(custom(value, '')).toEqual({ currency: 'USD' });
    expect(custom({ num_items: '=x' }, '3')).toEqual({ num_items: 3 });
    expect(custom({ value: 5, currency: '=x' }, ' eur ')).toEqual({ value: 5, currency: 'EUR' });
  });

  it.each<[Loose, Cell, ColumnKind, string]>([
    [{ value: '=x', currency: 'USD' }, '12,50', 'text', 'custom_data.value'],
    [{ value: '=x', currency: 'USD' }, 'NaN', 'float', 'custom_data.value'],
    [{ value: '=x', currency: 'USD' }, '1e999', 'float', 'custom_data.value'],
    [{ value: '=x * 1.0', currency: 'USD' }, 'Infinity', 'float', 'custom_data.value'],
    [{ num_items: '=x' }, '2.5', 'decimal', 'custom_data.num_items'],
    [{ num_items: '=x' }, '9007199254740993', 'integer', 'custom_data.num_items'],
    [{ contents: '=x' }, '{', 'json', 'custom_data.contents'],
    [{ contents: '=x' }, '["a"]', 'json', 'custom_data.contents'],
    [{ custom_properties: { a: '=x' } }, '{"__proto__":1}', 'json', 'custom_data.custom_properties'],
  ])('that cannot be read reject the row: %j of %j', (custom_data, x, kind, field) => {
    expect(bound({ custom_data }, { x: kind }).map({ ...ROW, x })).toMatchObject({
      kind: 'rejected',
      code: 'value-unreadable',
      field,
    });
  });

  it('contents are typed item by item, and nulls fall away', () => {
    const contents = '=x.map(i, {"id": i.sku, "quantity": i.qty, "item_price": i.price})';
    const json = '[{"sku":123,"qty":"2","price":"1.50"},{"sku":"b","qty":1,"price":null}]';
    expect(custom({ contents }, json, 'json')).toEqual({
      contents: [
        { id: '123', quantity: 2, item_price: 1.5 },
        { id: 'b', quantity: 1 },
      ],
    });
    expect(custom({ contents: [{ id: '=x', quantity: 2 }] }, '9')).toEqual({ contents: [{ id: '9', quantity: 2 }] });
    expect(custom({ contents: '=x', order_id: '1' }, '[]', 'json')).toEqual({ order_id: '1' });
    expect(custom({ content_ids: '=x' }, '["a",1]', 'json')).toEqual({ content_ids: ['a', '1'] });
    expect(custom({ content_ids: ['=x', 'b', '=nothing'] }, 'a')).toEqual({ content_ids: ['a', 'b'] });
  });

  it('custom_properties hold any JSON: integers beyond 2^53 as text, times as ISO text', () => {
    const custom_properties = { n: '=x', t: '=at', deep: { list: ['=x', null] }, gone: '=nothing', flag: true };
    expect(custom({ custom_properties }, '9007199254740993', 'integer')).toEqual({
      n: '9007199254740993',
      t: '2026-11-23T10:00:00.000Z',
      deep: { list: ['9007199254740993'] },
      flag: true,
    });
    expect(custom({ custom_properties: { n: '=x' } }, '-9007199254740991', 'integer')).toEqual({
      n: -9007199254740991,
    });
  });

  it('names of JavaScript objects are keys of JSON like any other', () => {
    const json = '[{"id":"a","constructor":1,"toString":{"hasOwnProperty":2}}]';
    expect(custom({ contents: '=x' }, json, 'json')).toEqual({ contents: JSON.parse(json) });
  });

  it('JSON too deep for any event is unreadable, not the end of the run', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(
      bound({ custom_data: { custom_properties: { a: '=x' } } }, { x: 'json' }).map({ ...ROW, x: deep }),
    ).toMatchObject({
      code: 'value-unreadable',
    });
    const shallow = `${'['.repeat(30)}1${']'.repeat(30)}`;
    expect(custom({ custom_properties: { a: '=x' } }, shallow, 'json')).toEqual({ a: JSON.parse(shallow) });
  });
});

describe('user_data', () => {
  it('several feeds of one key become a list, equal values once', () => {
    const { map, counts } = bound({ user_data: { em: ['=email', '=x', '=y'] } });
    expect(sent(map({ ...ROW, x: 'bob@example.com', y: 'ADA@example.com' })).user_data.em).toEqual([
      sha('ada@example.com'),
      sha('bob@example.com'),
    ]);
    expect(sent(map({ ...ROW, x: 'ada@example.com', y: null })).user_data.em).toBe(sha('ada@example.com'));
    expect(counts.present).toEqual({ em: 2 });
  });

  it('hashed: true passes a hash and refuses what is none', () => {
    const { map, counts } = bound({ user_data: { external_id: '=id', em: { value: '=x', hashed: true } } });
    const hash = sha('ada@example.com');
    expect(sent(map({ ...ROW, x: hash.toUpperCase() })).user_data.em).toBe(hash);
    expect(sent(map({ ...ROW, x: 'ada@example.com' })).user_data).not.toHaveProperty('em');
    expect(counts.dropped).toEqual({ em: { 'invalid-hash': 1 } });
  });

  it('fbc is built from fbclid and the time it was seen', () => {
    const { map, counts } = bound(
      { user_data: { em: '=email', fbc: { fbclid: '=x', at: '=clicked' } } },
      { clicked: 'timestamp' },
    );
    const clicked = '2026-11-20 10:00:00.123';
    expect(sent(map({ ...ROW, x: 'IwAR_x-1', clicked })).user_data.fbc).toBe(
      `fb.1.${Date.UTC(2026, 10, 20, 10, 0, 0, 123)}.IwAR_x-1`,
    );
    expect(sent(map({ ...ROW, x: 'IwAR_x-1', clicked: null })).user_data).not.toHaveProperty('fbc');
    expect(sent(map({ ...ROW, x: null, clicked })).user_data).not.toHaveProperty('fbc');
    expect(counts.dropped).toEqual({ fbc: { 'invalid-fbc-time': 1 } });
  });

  it('phones are read by the country of the row, then by the default', () => {
    const { map } = bound({ user_data: { ph: '=x', country: '=country' } }, {}, { defaults: { country: 'US' } });
    expect(sent(map({ ...ROW, x: '030 901820', country: 'de' })).user_data.ph).toBe(sha('4930901820'));
    expect(sent(map({ ...ROW, x: '(650) 555-2671', country: null })).user_data.ph).toBe(sha('16505552671'));
  });

  it('what was dropped is counted by key and reason, and no match key left rejects the row', () => {
    const { map, counts } = bound();
    expect(map({ ...ROW, email: 'not an address' })).toMatchObject({
      kind: 'rejected',
      code: 'no-match-keys',
      field: 'user_data',
    });
    expect(map({ ...ROW, email: null })).toMatchObject({ code: 'no-match-keys' });
    expect(Object.keys(counts.dropped)).toEqual(['em']);
    expect(counts.present).toEqual({ em: 0 });
  });
});

describe('event_time', () => {
  const timeOf = (x: Cell, kind: ColumnKind = 'text', expression = '=x') =>
    bound({ event_time: expression }, { x: kind }).map({ ...ROW, x });

  it.each<[Cell, ColumnKind, string]>([
    ['2026-11-22T10:00:00.9Z', 'text', '=x'],
    ['2026-11-22 10:00:00', 'timestamp', '=x'],
    [String(Date.UTC(2026, 10, 22, 10) / 1000), 'integer', '=x'],
    [BigInt(Date.UTC(2026, 10, 22, 10) / 1000), 'integer', '=x'],
    [Date.UTC(2026, 10, 22, 10) / 1000 + 0.5, 'float', '=x'],
    ['2026-11-22 10:00:00+00', 'timestamptz', '=coalesce(x, at)'],
    [String(Date.UTC(2026, 10, 22, 10)), 'integer', '=x / 1000'],
  ])('is whole seconds: %s %s', (x, kind, expression) => {
    expect(eventOf(timeOf(x, kind, expression)).eventTime).toBe(Date.UTC(2026, 10, 22, 10) / 1000);
  });

  it.each<[Cell, ColumnKind, string]>([
    [null, 'timestamp', 'event-time-missing'],
    ['yesterday', 'text', 'event-time-unreadable'],
    ['0000-00-00 00:00:00', 'timestamp', 'event-time-unreadable'],
    ['infinity', 'timestamp', 'event-time-unreadable'],
    [String(NOW * 1000), 'integer', 'event-time-milliseconds'],
    ['2026-11-23 12:30:00', 'timestamp', 'event-time-future'],
    ['9'.repeat(400), 'text', 'event-time-invalid'],
  ])('that is %s is rejected as such', (x, kind, code) => {
    expect(timeOf(x, kind)).toMatchObject({ kind: 'rejected', code, field: 'event_time' });
  });

  it('of a column of instants is UTC, whatever zone the source has for the others: MySQL does not write it', () => {
    const { source } = mappingFile();
    const berlin = { source: { ...source, timezone: 'Europe/Berlin' } };
    const timeIn = (kind: ColumnKind, expression: string) =>
      bindForTest(mappingFile(berlin, { event_time: expression, opt_out: null }), { x: kind }).map({
        ...ROW,
        x: '2026-11-22 10:00:00',
      });
    for (const expression of ['=x', '=coalesce(x, x)']) {
      expect(eventOf(timeIn('timestamptz', expression)).eventTime).toBe(Date.UTC(2026, 10, 22, 10) / 1000);
      expect(eventOf(timeIn('timestamp', expression)).eventTime).toBe(Date.UTC(2026, 10, 22, 9) / 1000);
    }
  });

  it('without a zone needs one of the source before anything is read', () => {
    const { mapping } = parseMapping(mappingFile({ source: { primary_key: 'id', cursor: {} } }));
    const columns = mappingColumns(mapping).map((name) => ({
      name,
      kind: 'timestamp' as const,
      type: 'timestamp',
      nullable: true,
    }));
    expect(checkMapping(mapping, columns)).toMatchObject([{ code: 'expression-type', path: ['event', 'event_time'] }]);
  });
});

describe('a rejection', () => {
  const rejectionOf = (row: Record<string, Cell>) =>
    bound({ custom_data: { value: '=x', currency: 'USD' } }).map({ ...ROW, ...row });

  it('carries a code, a field and a fingerprint, and no value of the row', () => {
    const secret = 'secret-canary@example.com';
    const rejection = rejectionOf({ x: secret, email: secret });
    expect(Object.keys(rejection).sort()).toEqual(['code', 'field', 'fingerprint', 'kind', 'rowKey']);
    expect(JSON.stringify(rejection)).not.toContain('canary');
    expect(rejection).toMatchObject({ rowKey: ['7'], fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) });
  });

  it('has another fingerprint once any cell changed, also between NULL and empty', () => {
    const print = (row: Record<string, Cell>) =>
      (rejectionOf({ x: 'bad', ...row }) as { fingerprint: string }).fingerprint;
    expect(print({})).toBe(print({}));
    expect(
      new Set([print({}), print({ x: 'worse' }), print({ email: null }), print({ email: '' }), print({ id: '8' })])
        .size,
    ).toBe(5);
  });
});

it('finds the problems of all expressions at once, each with its place in the file', () => {
  const { problems } = parseMapping(
    mappingFile(
      { filter: '=a +' },
      { user_data: { em: ['=email', '=(b'] }, custom_data: { contents: [{ id: '=c c' }] } },
    ),
  );
  expect(problems.map(({ path, source, code }) => [path, source, code])).toEqual([
    [['event', 'custom_data', 'contents', 0, 'id'], 'c c', 'expression-syntax'],
    [['filter'], 'a +', 'expression-syntax'],
    [['event', 'user_data', 'em', 1], '(b', 'expression-syntax'],
  ]);
});
