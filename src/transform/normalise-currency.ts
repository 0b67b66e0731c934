import { currencyStatus } from '../meta/currencies.ts';
import { DROP, type Drop } from './drop.ts';

/** custom_data.currency: an ISO 4217 code in upper case. A withdrawn one is passed on, for the event rules to name it. */
export const normaliseCurrency = (text: string): string | Drop => {
  const code = text.trim().toUpperCase();
  if (code === '') return DROP.empty;
  return currencyStatus(code) === 'unknown' ? DROP['unknown-currency'] : code;
};
