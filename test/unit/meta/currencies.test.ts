import { describe, expect, it } from 'vitest';
import { activeCurrencies, currencyStatus, WITHDRAWN_CURRENCIES } from '../../../src/meta/currencies.ts';

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
