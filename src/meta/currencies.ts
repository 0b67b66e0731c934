/**
 * ISO 4217 as it stands on 2026-11-23. A table of our own, because `Intl.supportedValuesOf('currency')` follows the ICU of the runtime:
 * Node 24 lacks VED and still lists HRK. Precious metals, bond units and test codes are no currency of a sale and are left out.
 */
const ACTIVE = new Set(
  (
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP ' +
    'CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK ' +
    'JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN ' +
    'MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS ' +
    'SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF ' +
    'YER ZAR ZMW ZWG'
  ).split(' '),
);

/** Withdrawn codes that databases still hold, with what took their place. */
export const WITHDRAWN_CURRENCIES = {
  ANG: 'XCG',
  BGN: 'EUR',
  BYR: 'BYN',
  CUC: 'CUP',
  EEK: 'EUR',
  GHC: 'GHS',
  HRK: 'EUR',
  LTL: 'EUR',
  LVL: 'EUR',
  MRO: 'MRU',
  SKK: 'EUR',
  SLL: 'SLE',
  STD: 'STN',
  TRL: 'TRY',
  VEF: 'VES',
  ZMK: 'ZMW',
  ZWL: 'ZWG',
} as const satisfies Record<string, string>;

const withdrawn: ReadonlySet<string> = new Set(Object.keys(WITHDRAWN_CURRENCIES));

/** Whether a code is one of today's currencies. Meta takes `usd` as well as `USD` (seen on v26.0, 2026-09-05); any other form is unknown. */
export const currencyStatus = (code: string): 'active' | 'withdrawn' | 'unknown' => {
  if (ACTIVE.has(code)) return 'active';
  const upper = code.toUpperCase();
  if (upper !== code && code !== code.toLowerCase()) return 'unknown';
  if (ACTIVE.has(upper)) return 'active';
  return withdrawn.has(upper) ? 'withdrawn' : 'unknown';
};

/** Digits of the minor unit where they are not two (ISO 4217, list of 2026-11-23). */
const MINOR_DIGITS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF BYR'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
]);

/**
 * Decimals of a currency: 2 for EUR, 0 for JPY, 3 for KWD. Undefined for what is no currency; withdrawn ones are known, so that their amounts
 * are refused for the currency. Blanks around it and its case do not matter.
 */
export const minorDigits = (code: string): number | undefined => {
  const upper = code.trim().toUpperCase();
  return currencyStatus(upper) === 'unknown' ? undefined : (MINOR_DIGITS.get(upper) ?? 2);
};

/** All active codes, in order. */
export const activeCurrencies = (): string[] => [...ACTIVE];
