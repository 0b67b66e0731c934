import { COUNTRIES, type Country } from './countries.ts';
import type { Random } from './random.ts';

/** A row of `customers`, as people fill in a form: nothing is normalised. Null: not given. */
export type Customer = {
  readonly id: number;
  /** The shop's own name for an account; null for a guest. */
  readonly account_no: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  /** `1990-05-17`; some in other forms of the same order. */
  readonly birthday: string | null;
  /** `f`, `m`, `Female`, `male` */
  readonly gender: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postcode: string | null;
  /** ISO 3166-1 alpha-2, in either case. */
  readonly country: string;
};

/** The letters that Unicode does not take apart into a base letter and a mark. */
const ASCII: Record<string, string> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ı: 'i', æ: 'ae', þ: 'th' };

const latin = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[ßøłđıæþ]/g, (letter) => ASCII[letter] ?? '')
    .replace(/[^a-z]/g, '');

/** `Novák/Nováková` or `東=azuma` -> how it is written and how it stands in an e-mail address. */
const readName = (entry: string, female: boolean): { written: string; address: string } => {
  const [forms = '', given] = entry.split('=');
  const [his = '', hers = his] = forms.split('/');
  const written = female ? hers : his;
  return { written, address: given ?? latin(written) };
};

const typedEmail = (random: Random, first: string, last: string, id: number): string => {
  const local = random.pick([`${first}.${last}`, `${first}${last}`, `${first}_${last}`, `${first}.${last}+shop`]);
  const plain = `${local}${id}@${random.pick(['example.com', 'example.org', 'example.net', 'mail.example.com'])}`;
  const habit = random.next();
  if (habit < 0.05) return ` ${plain}`;
  if (habit < 0.1) return `${plain} `;
  if (habit < 0.16) return plain.toUpperCase();
  if (habit < 0.24) return plain.charAt(0).toUpperCase() + plain.slice(1);
  return plain;
};

/** A telephone number in one of the ways people of that country type it: national, `+`, `00`, brackets, dots. */
const typedPhone = (random: Random, { phone }: Country): string => {
  const [area = '', ...rest] = random.fill(phone.groups).split(' ');
  const { cc, trunk } = phone;
  const ways = [
    [`${trunk}${area}`, ...rest].join(' '),
    [`${trunk}${area}`, ...rest].join('-'),
    [`${trunk}${area}`, ...rest].join('.'),
    `(${trunk}${area}) ${rest.join(' ')}`,
    `${trunk}${area}${rest.join('')}`,
    `+${cc} ${[area, ...rest].join(' ')}`,
    `+${cc}${area}${rest.join('')}`,
    trunk === '' ? `+${cc} (${area}) ${rest.join('-')}` : `+${cc} (${trunk})${[area, ...rest].join(' ')}`,
  ];
  if (phone.dials00) ways.push(`00${cc} ${[area, ...rest].join(' ')}`, `00${cc}${area}${rest.join('')}`);
  return random.pick(ways);
};

const typedBirthday = (random: Random): string => {
  const [year, month, day] = [random.between(1945, 2006), random.between(1, 12), random.between(1, 28)];
  const two = (part: number): string => String(part).padStart(2, '0');
  return [year, two(month), two(day)].join(random.pick(['-', '-', '-', '-', '/', '']));
};

/** A customer of the shop. Everybody has an e-mail address or a telephone number; most have both. */
export const makeCustomer = (random: Random, id: number): Customer => {
  // The square puts more people into the countries at the head of the list, as a shop that began there has them.
  const country = COUNTRIES[Math.floor(random.next() ** 1.6 * COUNTRIES.length)]!;
  const female = random.chance(0.55);
  const first = readName(random.pick(female ? country.women : country.men), female);
  const last = readName(random.pick(country.families), female);
  const [city, state, postcode] = random.pick(country.cities);
  const reachable = random.next();
  return {
    id,
    account_no: random.chance(0.8) ? `C-${10_000 + id}` : null,
    email: reachable < 0.96 ? typedEmail(random, first.address, last.address, id) : null,
    phone: reachable >= 0.22 ? typedPhone(random, country) : null,
    first_name: random.chance(0.04) ? first.written.toUpperCase() : first.written,
    last_name: random.chance(0.03) ? ` ${last.written} ` : last.written,
    birthday: random.chance(0.45) ? typedBirthday(random) : null,
    gender: random.chance(0.6) ? random.pick(female ? ['f', 'F', 'Female'] : ['m', 'M', 'male']) : null,
    city,
    state: state === '' ? null : state,
    postcode: postcode === '' ? null : random.fill(postcode),
    country: random.chance(0.05) ? country.code.toLowerCase() : country.code,
  };
};

/** Same person, but the e-mail address was mistyped; the telephone number is good, so the order can still be matched. */
export const withBrokenEmail = (random: Random, customer: Customer): Customer => {
  const country = countryOf(customer);
  const name = latin(customer.last_name ?? '') || 'kunde';
  const email = random.pick([
    `${name}.example.com`,
    `${name}@@example.com`,
    `${name}@`,
    '-',
    'none',
    `${name}@example..com`,
  ]);
  return { ...customer, email, phone: typedPhone(random, country) };
};

/** What a till writes down of somebody who walked in: a country and a form of address, which match nobody. */
export const asStranger = (customer: Customer): Customer => ({
  id: customer.id,
  account_no: null,
  email: null,
  phone: null,
  first_name: null,
  last_name: null,
  birthday: null,
  gender: 'f',
  city: null,
  state: null,
  postcode: null,
  country: customer.country,
});

export const countryOf = (customer: Customer): Country =>
  COUNTRIES.find(({ code }) => code === customer.country.toUpperCase())!;
