import { describe, expect, it } from 'vitest';
import { activeCurrencies, currencyStatus, minorDigits, WITHDRAWN_CURRENCIES } from '../../../src/meta/currencies.ts';

describe('minorDigits', () => {
  it('are two, none or three, as ISO 4217 has them', () => {
    for (const [code, digits] of Object.entries({
      EUR: 2,
      usd: 2,
      JPY: 0,
      KRW: 0,
      CLP: 0,
      KWD: 3,
      TND: 3,
      MGA: 2,
      ' eur ': 2,
    }))
      expect([code, minorDigits(code)]).toEqual([code, digits]);
  });

  it('are not known of what is no currency, and known of a withdrawn one', () => {
    for (const code of ['', 'EURO', '€', 'XXX']) expect(minorDigits(code)).toBeUndefined();
    expect(minorDigits('HRK')).toBe(2);
  });

  it('agree with the runtime, but where money is shown without the decimals that it has', () => {
    // ICU follows usage in shops here (CLDR): coins out of use. ISO 4217 counts on.
    const outOfUse = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SOS SYP YER'.split(' ');
    const digits = (currency: string): number | undefined =>
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    expect(activeCurrencies().filter((code) => minorDigits(code) !== digits(code))).toEqual(outOfUse);
  });
});

describe('currencyStatus', () => {
  it("knows today's codes that older lists lack", () => {
    for (const code of ['SLE', 'VED', 'XCG', 'ZWG', 'USD', 'usd', 'EUR'])
      expect([code, currencyStatus(code)]).toEqual([code, 'active']);
  });

  it('tells withdrawn codes from unknown ones', () => {
    for (const code of ['HRK', 'hrk', 'BGN', 'ANG', 'ZWL', 'SLL'])
      expect([code, currencyStatus(code)]).toEqual([code, 'withdrawn']);
    for (const code of ['', 'XYZ', 'Usd', '€', 'US', 'EURO', 'XXX', 'toString', '__proto__'])
      expect([code, currencyStatus(code)]).toEqual([code, 'unknown']);
  });

  it('has every currency of the runtime, but withdrawn ones and units that nobody pays in', () => {
    const known = new Set([...activeCurrencies(), ...Object.keys(WITHDRAWN_CURRENCIES)]);
    const missing = Intl.supportedValuesOf('currency').filter((code) => !known.has(code));
    expect(missing.filter((code) => !['XDR', 'XSU'].includes(code))).toEqual([]);
  });

  it('names an active code in place of each withdrawn one', () => {
    for (const code of Object.values(WITHDRAWN_CURRENCIES)) expect(currencyStatus(code)).toBe('active');
    expect(new Set(activeCurrencies()).size).toBe(activeCurrencies().length);
  });
});
