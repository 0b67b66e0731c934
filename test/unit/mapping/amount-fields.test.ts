import { describe, expect, it } from 'vitest';
import type { Cell, ColumnKind } from '../../../connectors/connector.ts';
import { checkMapping, mappingColumns, parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { bindForTest, mappingFile } from '../../support/bind-for-test.ts';

type Loose = Record<string, unknown>;
const ROW = { id: '1', at: '2026-11-23 10:00:00', email: 'ada@example.com' };

/** custom_data of the event that a row becomes, or the code and field of its rejection. */
const data = (custom_data: Loose, cells: Record<string, Cell>, kinds: Record<string, ColumnKind> = {}): unknown => {
  const mapped = bindForTest(mappingFile({}, { custom_data }), kinds).map({ ...ROW, ...cells });
  if (mapped.kind === 'event') return (JSON.parse(mapped.json) as Loose).custom_data;
  return mapped.kind === 'rejected' ? [mapped.code, mapped.field] : mapped.kind;
};
const eur = (value: unknown) => ({ value, currency: 'EUR' });

describe('amounts of a mapping', () => {
  it('are exact from the text of the database', () => {
    expect(data(eur('=total'), { total: '19.90' })).toEqual({ value: 19.9, currency: 'EUR' });
    expect(data(eur('=total'), { total: '19.90' }, { total: 'decimal' })).toEqual({ value: 19.9, currency: 'EUR' });
    expect(data(eur('=total'), { total: 1990n })).toEqual({ value: 1990, currency: 'EUR' });
  });

  it('with a comma are refused unless it is declared, and never cut at it', () => {
    for (const total of ['12,50', '1.234,50'])
      expect(data(eur('=total'), { total })).toEqual(['value-unreadable', 'custom_data.value']);
    const declared = eur({ value: '=total', decimal: 'comma' });
    expect(data(declared, { total: '12,50' })).toEqual({ value: 12.5, currency: 'EUR' });
    expect(data(declared, { total: '1.234,50' })).toEqual({ value: 1234.5, currency: 'EUR' });
    expect(data(declared, { total: '1,234.50' })).toEqual(['value-unreadable', 'custom_data.value']);
    expect(data(declared, { total: null })).toEqual({ currency: 'EUR' });
    expect(data(eur({ value: '=trim(total)', decimal: 'point' }), { total: ' 1,234.50 ' })).toEqual(eur(1234.5));
  });

  it('in minor units take the decimals of the currency of the row, constant or not', () => {
    const minor = { value: '=amount', unit: 'minor' };
    expect(data(eur(minor), { amount: 1990n }, { amount: 'integer' })).toEqual(eur(19.9));
    const perRow = { value: minor, currency: '=currency' };
    expect(data(perRow, { amount: '500', currency: ' jpy ' })).toEqual({ value: 500, currency: 'JPY' });
    expect(data(perRow, { amount: '12345', currency: 'KWD' })).toEqual({ value: 12.345, currency: 'KWD' });
    expect(data(perRow, { amount: '500', currency: 'BGN' })).toEqual(['currency-withdrawn', 'custom_data.currency']);
    expect(data(perRow, { amount: '500', currency: 'EURO' })).toEqual(['value-unreadable', 'custom_data.value']);
    expect(data(perRow, { amount: '500', currency: null })).toEqual(['value-unreadable', 'custom_data.value']);
    const computed = { value: { value: 1990, unit: 'minor' }, currency: '=coalesce(currency, "JPY")' };
    expect(data(computed, { currency: 'EUR' })).toEqual(eur(19.9));
    expect(data(computed, { currency: null })).toEqual({ value: 1990, currency: 'JPY' });
  });

  it('can stand in the items of contents and in Meta’s other amounts', () => {
    const contents = [{ id: '=sku', quantity: 1, item_price: { value: '=price', unit: 'minor' } }];
    const custom = { currency: 'EUR', contents, net_revenue: { value: '=margin', decimal: 'comma' } };
    expect(data(custom, { sku: 'S-1', price: '995', margin: '3,5' })).toEqual({
      currency: 'EUR',
      contents: [{ id: 'S-1', quantity: 1, item_price: 9.95 }],
      net_revenue: 3.5,
    });
  });

  it('are only where Meta wants a number: a map of a property stays a map', () => {
    const custom_properties = { weight: { value: '=kg', unit: 'minor' } };
    expect(data({ custom_properties }, { kg: '3' })).toEqual({ weight: { value: '3', unit: 'minor' } });
  });

  it('read the columns of value and currency', () => {
    const { mapping } = parseMapping(
      mappingFile({}, { custom_data: { value: { value: '=amount', unit: 'minor' }, currency: '=currency' } }),
    );
    expect(mappingColumns(mapping)).toEqual(expect.arrayContaining(['amount', 'currency']));
  });
});

describe('checkMapping', () => {
  const problems = (event: Loose, kinds: Record<string, ColumnKind>, file: Loose = {}) => {
    const { mapping } = parseMapping(mappingFile(file, event));
    const columns = mappingColumns(mapping).map((name) => ({
      name,
      kind: kinds[name] ?? ('text' as const),
      type: 'any',
      nullable: true,
    }));
    return checkMapping(mapping, columns).map(({ message, path }) => [message, path.join('.')]);
  };
  const { timezone: _zone, ...source } = mappingFile().source;
  const zoneless = (event: Loose, file: Loose = {}) =>
    problems(event, { at: 'timestamp', day: 'date', seen: 'timestamp', utc: 'timestamptz' }, { source, ...file });

  it('tells where an unknown column stands once, also when minor units depend on it', () => {
    const { mapping } = parseMapping(
      mappingFile({}, { custom_data: { value: { value: 5, unit: 'minor' }, currency: '=curency' } }),
    );
    const known = [{ name: 'email', kind: 'text', type: 'text', nullable: true } as const];
    const found = checkMapping(mapping, known).filter(({ message }) => message.includes('curency'));
    expect(found.map(({ path }) => path)).toEqual([['event', 'custom_data', 'currency']]);
  });

  it('refuses a decimal sign that is declared for a column of numbers', () => {
    const value = { value: '=total', decimal: 'comma' };
    expect(problems({ custom_data: { value, currency: 'EUR' } }, { total: 'decimal' })).toEqual([
      ['column "total" (decimal) holds numbers: they have no written decimal sign', 'event.custom_data.value.value'],
    ]);
    expect(problems({ custom_data: { value, currency: 'EUR' } }, { total: 'text' })).toEqual([]);
  });

  it('asks for source.timezone wherever a column without a zone is read as a time', () => {
    const says = (column: string) => `column "${column}" carries no time zone`;
    expect(zoneless({})).toEqual([[says('at'), 'event.event_time']]);
    expect(zoneless({ event_time: '=day' })).toEqual([[says('day'), 'event.event_time']]);
    expect(zoneless({ event_time: '=utc' })).toEqual([]);
    const utc = { event_time: '=utc' };
    expect(zoneless({ ...utc, user_data: { fbc: { fbclid: '=c', at: '=seen' } } })).toEqual([
      [says('seen'), 'event.user_data.fbc.at'],
    ]);
    expect(zoneless({ ...utc, original_event_data: { event_time: '=day' } })).toEqual([
      [says('day'), 'event.original_event_data.event_time'],
    ]);
    expect(zoneless({ ...utc, custom_data: { custom_properties: { seen: '=seen' } } })).toEqual([
      [says('seen'), 'event.custom_data.custom_properties.seen'],
    ]);
    expect(zoneless(utc, { filter: '=seen > timestamp("2026-01-01T00:00:00Z")' })).toEqual([[says('seen'), 'filter']]);
  });

  it('asks for no zone where the text of the column is what is sent', () => {
    const texts = {
      user_data: { external_id: '=seen', db: '=day' },
      custom_data: { status: '=seen' },
      event_id: '=seen',
    };
    expect(zoneless({ event_time: '=utc', ...texts })).toEqual([]);
  });
});

describe('event_time', () => {
  const secondsOf = (at: string, timezone: string): unknown => {
    const source = { ...mappingFile().source, timezone };
    const mapped = bindForTest(mappingFile({ source }, { action_source: 'physical_store' })).map({ ...ROW, at });
    return mapped.kind === 'event' ? new Date(mapped.eventTime * 1000).toISOString() : mapped;
  };

  it('of the hour that comes twice is the first, and of the missing hour an hour later', () => {
    expect(secondsOf('2026-10-25 02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(secondsOf('2026-10-25 03:00:00', 'Europe/Berlin')).toBe('2026-10-25T02:00:00.000Z');
    // Southern clocks go forward in October: 02:30 does not exist in Sydney on the 4th, and 02:10 not on Lord Howe, where it is half an hour.
    expect(secondsOf('2026-10-04 02:30:00', 'Australia/Sydney')).toBe('2026-10-03T16:30:00.000Z');
    expect(secondsOf('2026-10-04 02:10:00', 'Australia/Lord_Howe')).toBe('2026-10-03T15:40:00.000Z');
    expect(secondsOf('2026-10-25 02:30:00+01', 'Europe/Berlin')).toBe('2026-10-25T01:30:00.000Z');
  });

  it('in milliseconds or microseconds is rejected, in a column or an expression, and never divided', () => {
    for (const at of ['1795168800000', '1795168800000000'])
      for (const event_time of ['=raw', '=number(raw)']) {
        const mapped = bindForTest(mappingFile({}, { event_time })).map({ ...ROW, raw: at });
        expect(mapped).toMatchObject({ kind: 'rejected', code: 'event-time-milliseconds', field: 'event_time' });
      }
    const nested = { original_event_data: { event_time: '=raw' } };
    const mapped = bindForTest(mappingFile({}, nested)).map({ ...ROW, raw: '1795168800000' });
    expect(mapped).toMatchObject({ code: 'event-time-milliseconds', field: 'original_event_data.event_time' });
  });
});

describe('other parameters of a mapping', () => {
  const event = (more: Loose, cells: Record<string, Cell>, kinds: Record<string, ColumnKind> = {}): Loose => {
    const mapped = bindForTest(mappingFile({}, more), kinds).map({ ...ROW, ...cells });
    if (mapped.kind !== 'event') throw new Error(JSON.stringify(mapped));
    return JSON.parse(mapped.json) as Loose;
  };

  it('take extinfo with its sixteen places, whatever is NULL, and flags as databases have them', () => {
    const places = ['=platform', '=pkg', '', '', '=os', ...Array(11).fill('')];
    const app_data = { advertiser_tracking_enabled: '=att', extinfo: places };
    const cells = { platform: 'i2', pkg: null, os: '18.1', att: true };
    expect(event({ action_source: 'app', app_data }, cells, { att: 'boolean' }).app_data).toEqual({
      advertiser_tracking_enabled: 1,
      extinfo: ['i2', '', '', '', '18.1', ...Array(11).fill('')],
    });
  });

  it('send an empty list of data_processing_options: it says that nothing is limited', () => {
    expect(event({ data_processing_options: [] }, {}).data_processing_options).toEqual([]);
  });

  it('turn times of the original event into Unix seconds', () => {
    const original_event_data = { event_name: 'Lead', event_time: '=first_at', order_id: '=ref' };
    const sent = event(
      { original_event_data },
      { first_at: '2026-11-20 10:00:00', ref: null },
      { first_at: 'timestamp' },
    );
    expect(sent.original_event_data).toEqual({ event_name: 'Lead', event_time: 1_795_168_800 });
  });

  it('carry a lead id of 17 digits as text from the column to the event, number or not', () => {
    const lead = { user_data: { lead_id: '=lead' } };
    for (const [cell, kind] of [
      ['12345678901234567', 'text'],
      [12345678901234567n, 'integer'],
    ] as const) {
      const json = JSON.stringify(event(lead, { lead: cell }, { lead: kind }).user_data);
      expect(json).toBe('{"lead_id":"12345678901234567"}');
    }
  });
});

describe('the dedup key of an order', () => {
  const keyOf = (custom_data: Loose, cells: Record<string, Cell>): string => {
    const mapped = bindForTest(mappingFile({}, { custom_data })).map({ ...ROW, ...cells });
    return mapped.kind === 'event' ? mapped.dedupKey : mapped.kind;
  };
  const lines = { order_id: '=order_no', item_number: '=line' };

  it('tells the lines of an order apart where item_number is mapped', () => {
    const first = keyOf(lines, { order_no: 'A-1', line: '1' });
    expect(keyOf(lines, { order_no: 'A-1', line: '2' })).not.toBe(first);
    expect(keyOf(lines, { order_no: 'A-1', line: '1' })).toBe(first);
    const without = keyOf({ order_id: '=order_no' }, { order_no: 'A-1' });
    expect(keyOf(lines, { order_no: 'A-1', line: null })).toBe(without);
  });
});
