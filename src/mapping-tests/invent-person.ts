/** People that do not exist, for the rows of recorded tests. Names, places and numbers are those of the demo's countries. */
import { COUNTRIES, type Country } from '../demo/countries.ts';
import type { Random } from '../demo/random.ts';

export type Person = {
  readonly country: Country;
  readonly first: string;
  readonly last: string;
  readonly city: string;
  readonly state: string;
  readonly postcode: string;
  readonly email: string;
  /** `+49 30 23125 123`, and as it is dialled in its country. */
  readonly phone: { readonly international: string; readonly national: string };
};

/** @param code ISO 3166-1 alpha-2 in either case; of a country without a list of names the first one's people are taken */
export const inventPerson = (random: Random, code: string | undefined): Person => {
  const country = COUNTRIES.find((each) => each.code === code?.toUpperCase()) ?? (COUNTRIES[0] as Country);
  const first = nameOf(random.pick(random.chance(0.5) ? country.women : country.men));
  const last = nameOf(random.pick(country.families));
  const [city = '', state = '', postcode = ''] = random.pick(country.cities);
  const digits = random.fill(country.phone.groups);
  return {
    country,
    first: first.written,
    last: last.written,
    city,
    state,
    postcode: random.fill(postcode),
    email: `${first.address}.${last.address}${random.between(10, 99)}@example.com`,
    phone: {
      international: `+${country.phone.cc} ${digits}`,
      national: `${country.phone.trunk}${digits}`,
    },
  };
};

/** `Novák/Nováková`, `東=azuma`, `van_den_Berg`: how it is written, and how it stands in an address. */
const nameOf = (entry: string): { written: string; address: string } => {
  const [forms = '', given] = entry.split('=');
  const written = (forms.split('/')[0] ?? '').replaceAll('_', ' ');
  const ascii = written
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z]/g, '');
  return { written, address: given ?? (ascii === '' ? 'someone' : ascii) };
};

/** Letters become letters of the same case and digits digits; all else stays, so that the shape does. */
export const scramble = (random: Random, text: string): string =>
  text.replace(/\p{Lu}|\p{L}|\p{Nd}/gu, (sign) => {
    if (/\p{Nd}/u.test(sign)) return String(random.between(1, 9));
    const letter = String.fromCharCode(97 + random.between(0, 25));
    return /\p{Lu}/u.test(sign) ? letter.toUpperCase() : letter;
  });

/** The same of hexadecimal digits, as in UUIDs and hashes. */
export const scrambleHex = (random: Random, text: string): string =>
  text.replace(/[0-9a-f]/gi, (sign) => {
    const digit = random.between(1, 15).toString(16);
    return /[A-F]/.test(sign) ? digit.toUpperCase() : digit;
  });
