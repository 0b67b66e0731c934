import { describe, expect, it } from 'vitest';
import { ConversionError, cellText, cellValue } from '../../../src/mapping/cell-values.ts';
import { FAILED } from '../../../src/mapping/expression.ts';
import { asJson, typed as convert } from '../../../src/mapping/typed-value.ts';
import type { JsonType } from '../../../src/meta/parameters.ts';

const typed = (type: JsonType) => convert({ type });
const fails = (kind: Parameters<typeof cellValue>[1], ...cells: Parameters<typeof cellValue>[0][]) => {
  for (const cell of cells) expect(() => cellValue(cell, kind, undefined)).toThrow(ConversionError);
};

describe('a cell', () => {
  it('is read by the kind of its column', () => {
    expect(cellValue('9007199254740993', 'integer', undefined)).toBe(9007199254740993n);
    expect(cellValue(-3n, 'integer', undefined)).toBe(-3n);
    expect(cellValue('2.50', 'integer', undefined)).toBe(2.5);
    expect(cellValue('2.50', 'decimal', undefined)).toBe(2.5);
    expect(cellValue(2n, 'float', undefined)).toBe(2);
    expect(cellValue('2026-01-01 00:00:00', 'timestamp', 'UTC')).toEqual(new Date(Date.UTC(2026, 0, 1)));
    expect(cellValue('2026-01-01', 'date', 'UTC')).toBe('2026-01-01');
    expect(cellValue('{"a":[1]}', 'json', undefined)).toEqual({ a: [1] });
    expect(cellValue(new Uint8Array([0, 255]), 'bytes', undefined)).toBe('00ff');
    expect(cellValue(1.5, 'unknown', undefined)).toBe(1.5);
    expect(cellValue('1.5', 'text', undefined)).toBe('1.5');
    for (const kind of ['integer', 'text', 'json', 'timestamp', 'unknown'] as const)
      expect(cellValue(null, kind, 'UTC')).toBe(null);
  });

  it.each(['t', 'true', 'TRUE', '1', 1n, 1, true, 'yes', 'on', 'y'])('of a boolean is true: %s', (cell) => {
    expect(cellValue(cell, 'boolean', undefined)).toBe(true);
  });

  it.each(['f', 'false', '0', 0n, 0, false, 'no', 'off', 'n', ''])('of a boolean is false: %s', (cell) => {
    expect(cellValue(cell, 'boolean', undefined)).toBe(false);
  });

  it('that does not fit its kind fails instead of becoming something else', () => {
    fails('integer', 'x', '', ' ', 'NaN', 'Infinity');
    fails('float', 'x', '', '1,5', Number.NaN, Number.POSITIVE_INFINITY);
    fails('boolean', 'maybe', '2');
    fails('json', '{', '');
    fails('timestamp', '2026-01-01 00:00:00', 'x', '');
    fails('timestamptz', 'infinity', '0000-00-00 00:00:00+00');
  });

  it('has a text, also when it is no text', () => {
    expect([cellText(null), cellText(''), cellText(12n), cellText(1.5), cellText(true)]).toEqual([
      null,
      '',
      '12',
      '1.5',
      'true',
    ]);
    expect(cellText(new Uint8Array([1, 171]).subarray(1))).toBe('ab');
  });
});

describe('typed', () => {
  it('gives numbers for numbers and decimal texts only', () => {
    const number = typed('number');
    expect([number(2n), number('1.5e1'), number(' -.5 '), number(''), number(null)]).toEqual([2, 15, -0.5, null, null]);
    for (const value of ['x', '0x10', '1e999', '1_000', true, [], {}, new Date(), Number.NaN])
      expect(number(value)).toBe(FAILED);
    const integer = typed('integer');
    expect([integer('3'), integer(3), integer('3.0'), integer(null)]).toEqual([3, 3, 3, null]);
    for (const value of ['3.5', 0.1, 2n ** 60n, 'x']) expect(integer(value)).toBe(FAILED);
  });

  it('gives booleans for what says so', () => {
    const boolean = typed('boolean');
    expect(['t', 'TRUE', 1n, true, 'f', 0, 'False', false, null].map(boolean)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      null,
    ]);
    for (const value of ['yes please', 2, {}, [true], { toString: 1 }]) expect(boolean(value)).toBe(FAILED);
  });

  it('gives texts for scalars, and nothing for empty ones', () => {
    const text = typed('string');
    expect([text('a'), text(12n), text(true), text(''), text(null)]).toEqual(['a', '12', 'true', null, null]);
    expect(text(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    for (const value of [[], {}, new Date(Number.NaN), new Uint8Array(1)]) expect(text(value)).toBe(FAILED);
  });

  it('takes one value for a list of one, and drops nulls and empty lists', () => {
    expect(typed('string-list')('a')).toEqual(['a']);
    expect(typed('string-list')([null, 'a', '', 1n])).toEqual(['a', '1']);
    expect(typed('string-list')([null])).toBe(null);
    expect(typed('number-list')(['1.5', 2n])).toEqual([1.5, 2]);
    expect(typed('number-list')(['1', 'x'])).toBe(FAILED);
    expect(typed('object-list')([{ a: 1 }, {}])).toEqual([{ a: 1 }]);
    expect(typed('object-list')(['a'])).toBe(FAILED);
    expect(typed('object')(['a'])).toBe(FAILED);
  });

  it('keeps the places of a list that has a length, and an empty list that says something', () => {
    const extinfo = convert({ type: 'string-list', length: 16 });
    expect(extinfo(['a2', null, '', 15n])).toEqual(['a2', '', '', '15']);
    expect(extinfo(['a2', {}])).toBe(FAILED);
    expect(extinfo(null)).toBe(null);
    const options = convert({ type: 'string-list', keepsEmpty: true });
    expect([options([]), options(['LDU']), options([null]), options(null)]).toEqual([[], ['LDU'], null, null]);
  });

  it('gives 0 and 1 for flags, whatever a database calls them', () => {
    const flag = typed('flag');
    expect([true, 1n, '1', 't', false, 0, 'false', '', null].map(flag)).toEqual([1, 1, 1, 1, 0, 0, 0, null, null]);
    for (const value of [2, 'yes please', {}, [1]]) expect(flag(value)).toBe(FAILED);
  });

  it('gives Unix seconds for timestamps and texts, and takes a number for seconds, always', () => {
    const time = convert({ type: 'unix-time' }, '', 'Europe/Berlin');
    expect(time(new Date('2026-11-20T10:00:00.900Z'))).toBe(1_795_168_800);
    expect(time('2026-11-20 11:00:00')).toBe(1_795_168_800);
    expect(time('2026-11-20T10:00:00Z')).toBe(1_795_168_800);
    expect([time(1_795_168_800n), time('1795168800'), time(1_795_168_800.9)]).toEqual(Array(3).fill(1_795_168_800));
    expect(time(1_795_168_800_000)).toBe(1_795_168_800_000);
    expect([time(null), time('')]).toEqual([null, null]);
    for (const value of ['soon', true, {}, new Date(Number.NaN)]) expect(time(value)).toBe(FAILED);
    expect(typed('unix-time')('2026-11-20 11:00:00')).toBe(FAILED);
  });

  it("types the keys that Meta's table of an object knows, and takes others as they are", () => {
    const items = convert({ type: 'object-list' }, 'contents');
    expect(items([{ id: 5n, quantity: '2', other: '3', constructor: 1, title: null }])).toEqual([
      { id: '5', quantity: 2, other: '3', constructor: 1 },
    ]);
    expect(items([{ id: 5n, quantity: 'x' }])).toBe(FAILED);
    const original = convert({ type: 'object' }, 'original_event_data');
    expect(original(new Map([['order_id', 7n]]) as never)).toEqual({ order_id: '7' });
    const attribution = convert({ type: 'object' }, 'attribution_data');
    expect(attribution({ attribution_setting: { inactivity_window_hours: '24' } })).toEqual({
      attribution_setting: { inactivity_window_hours: 24 },
    });
  });

  it('any JSON is exact or refused', () => {
    expect(asJson(2n ** 53n)).toBe('9007199254740992');
    expect(asJson(2n ** 53n - 1n)).toBe(9007199254740991);
    expect(asJson({ a: { b: null } })).toBe(null);
    expect(asJson([null, [1n]])).toEqual([[1]]);
    for (const value of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      new Uint8Array(2),
      JSON.parse('{"__proto__":1}'),
      new Date(Number.NaN),
    ])
      expect(asJson(value)).toBe(FAILED);
  });
});
