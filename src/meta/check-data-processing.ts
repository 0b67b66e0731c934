import type { MetaEvent } from './event.ts';
import { LDU_COUNTRIES, LDU_STATES } from './limits.ts';
import type { EventRejection } from './rejection-codes.ts';

const countries: ReadonlySet<unknown> = new Set(LDU_COUNTRIES);
const states: ReadonlySet<unknown> = new Set([0, ...Object.values(LDU_STATES)]);

const COUNTRY = 'data_processing_options_country';
const STATE = 'data_processing_options_state';

/**
 * Limited Data Use (data-processing-options, read 2026-09-12): LDU names a country; it names a state too where Meta has no address to
 * geolocate. Codes are checked even without LDU, because an unknown one is refused all the same.
 */
export const checkDataProcessing = (event: MetaEvent): EventRejection | undefined => {
  const options: unknown = event.data_processing_options;
  const country: unknown = event.data_processing_options_country;
  const state: unknown = event.data_processing_options_state;
  if (country !== undefined && !countries.has(country)) return { code: 'ldu-country-unknown', field: COUNTRY };
  if (state !== undefined && !states.has(state)) return { code: 'ldu-state-unknown', field: STATE };
  if (options === undefined) return undefined;
  if (!Array.isArray(options) || options.length > 1 || options.some((option) => option !== 'LDU'))
    return { code: 'ldu-option-unknown', field: 'data_processing_options' };
  if (options.length === 0) return undefined;
  if (country === undefined) return { code: 'ldu-country-missing', field: COUNTRY };
  return state === undefined && event.user_data.client_ip_address === undefined
    ? { code: 'ldu-state-missing', field: STATE }
    : undefined;
};
