import { describe, expect, it } from 'vitest';
import { readAmount } from '../../../src/mapping/amounts.ts';
import { FAILED } from '../../../src/mapping/expression.ts';

const comma = (text: string) => readAmount(text, { decimal: 'comma', minor: false }, null);
const point = (text: string) => readAmount(text, { decimal: 'point', minor: false }, null);
const minor = (given: string | number | bigint, currency: string | null) =>
  readAmount(given, { decimal: undefined, minor: true }, currency);

describe('an amount', () => {
  it.each([
    ['12,50', 12.5],
    ['1.234,50', 1234.5],
    ['1.234.567,89', 1_234_567.89],
    ['1 234,5', 1234.5],
    ['1\u202f234\u00a0567,5', 1_234_567.5],
    ["1'234,50", 1234.5],
    ['-0,05', -0.05],
    ['+7', 7],
    [' 19,90 ', 19.9],
    ['1.234', 1234],
  ])('%j is read with a decimal comma', (text, amount) => expect(comma(text)).toBe(amount));

  it.each([
    ['12.50', 12.5],
    ['1,234.50', 1234.5],
    ['1,23,456.78', 123_456.78],
    ["1'234.50", 1234.5],
    ['1 234.5', 1234.5],
    ['1,234', 1234],
    ['1234567.891', 1_234_567.891],
  ])('%j is read with a decimal point', (text, amount) => expect(point(text)).toBe(amount));

  it('that is written otherwise than declared is refused, not bent', () => {
    for (const text of [
      '12.50',
      '1.23',
      '1,234.50',
      '1.2345',
      '1.234.56',
      '12,',
      ',5',
      '1,2,3',
      '€ 5',
      '5 EUR',
      'x',
      '1e3',
    ])
      expect([text, comma(text)]).toEqual([text, FAILED]);
    for (const text of ['12,50', '1.234,50', '1,2345', '12.', '.5', '1,23', '1.2.3', '1 23.4', "1'234,567.8", '--5'])
      expect([text, point(text)]).toEqual([text, FAILED]);
  });

  it('is nothing where the text is empty', () => {
    for (const empty of [null, '', '  '])
      expect(readAmount(empty, { decimal: 'comma', minor: false }, null)).toBe(null);
  });

  it('in minor units has the decimals of its currency', () => {
    expect(minor(1990n, 'EUR')).toBe(19.9);
    expect(minor('1990', ' usd ')).toBe(19.9);
    expect(minor(500, 'JPY')).toBe(500);
    expect(minor('12345', 'KWD')).toBe(12.345);
    expect(minor('12345', 'TND')).toBe(12.345);
    expect(minor('-1', 'EUR')).toBe(-0.01);
    expect(minor('1990.5', 'EUR')).toBe(19.905);
    expect(minor('2990', 'HRK')).toBe(29.9);
  });

  it('in minor units of no currency is refused', () => {
    for (const currency of [null, '', 'EURO', '€']) expect(minor(1990, currency)).toBe(FAILED);
  });

  it('is the double nearest to what is written, without the dust of a division', () => {
    for (let cents = 0; cents < 20_000; cents += 7)
      expect(minor(cents, 'EUR')).toBe(Number(`${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`));
    expect(minor('9007199254740993', 'EUR')).toBe(Number('90071992547409.93'));
    expect(minor(1e21, 'EUR')).toBe(1e19);
  });

  it('can be minor units in a written form', () => {
    expect(readAmount('1.990', { decimal: 'comma', minor: true }, 'EUR')).toBe(19.9);
  });
});
