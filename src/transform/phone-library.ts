import { createRequire } from 'node:module';
import type { CountryCode, MetadataJson } from 'libphonenumber-js/core';

/**
 * The one door to libphonenumber-js, opened at the first phone number: its code and its 157 KB of metadata take some 40 ms to load.
 */
type Library = typeof import('libphonenumber-js/core');

/** A numbering plan as the library holds it; its type declarations leave most of these out. An absent text may be 0. */
export type LibraryPlan = {
  callingCode(): string;
  IDDPrefix(): string;
  nationalNumberPattern(): string;
  possibleLengths(): readonly number[];
  nationalPrefixForParsing(): string | 0 | undefined;
  nationalPrefixTransformRule(): string | 0 | undefined;
};

export type PhoneLibrary = {
  /** Calling code and national number together, digits only; undefined where it is no number or has a length its country does not have. */
  parse(number: string, country: string | undefined): string | undefined;
  /** The number of digits that begin with their calling code, if it is a mobile one of a range known to be in use. */
  mobile(digits: string): string | undefined;
  /** By country, upper-case. */
  plan(country: string): LibraryPlan | undefined;
  /** Countries that share a calling code, the main one first; undefined where none has it. */
  countriesOf(callingCode: string): readonly string[] | undefined;
};

const load = (): PhoneLibrary => {
  const require = createRequire(import.meta.url);
  const library = require('libphonenumber-js/core') as Library;
  const json = require('libphonenumber-js/max/metadata') as MetadataJson;
  return {
    parse(number, country) {
      const options = { extract: false, ...(country === undefined ? {} : { defaultCountry: country as CountryCode }) };
      const parsed = library.parsePhoneNumberFromString(number, options, json);
      return parsed?.isPossible() === true ? parsed.number.slice(1) : undefined;
    },
    mobile(digits) {
      const parsed = library.parsePhoneNumberFromString(`+${digits}`, json);
      return parsed?.getType() === 'MOBILE' ? parsed.number.slice(1) : undefined;
    },
    plan(country) {
      if (!Object.hasOwn(json.countries, country)) return undefined;
      const metadata = new library.Metadata(json);
      metadata.selectNumberingPlan(country as CountryCode);
      return metadata.numberingPlan as unknown as LibraryPlan;
    },
    countriesOf(callingCode) {
      const codes: Readonly<Record<string, readonly string[] | undefined>> = json.country_calling_codes;
      const countries = codes[callingCode];
      return countries?.every((country) => country.length === 2) === true ? countries : undefined;
    },
  };
};

let loaded: PhoneLibrary | undefined;
export const phoneLibrary = (): PhoneLibrary => {
  loaded ??= load();
  return loaded;
};
