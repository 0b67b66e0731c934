/**
 * Invented people as a CRM holds them: for each match key of Meta the truth and a messy text of it. The same seed gives the same people.
 * A share of values is junk (its truth: nothing may be sent), a share is missing.
 */
import { COUNTRIES } from './people-countries.mjs';
import {
  junk,
  writeBirthday,
  writeCity,
  writeCountry,
  writeEmail,
  writeGender,
  writeName,
  writePhone,
  writePostcode,
  writeState,
} from './people-writing.mjs';

const JUNK_SHARE = 0.04;
const MISSING_SHARE = 0.06;

/** What people and programs write where they know nothing. */
const NOTHING = ['n/a', 'N/A', '-', '?', 'null', 'unknown', 'NULL', '--', 'none', '.'];
const JUNK = {
  em: [...NOTHING, 'none@', 'jane doe@example.com', 'no email', '@example.com', 'a@b', 'test@@example.com'],
  ph: [...NOTHING, '0000000000', '123', '0', 'call me', '99999999999999999999', '+', '555'],
  fn: [...NOTHING, '???', '123', '***'],
  ln: [...NOTHING, '???', '123', '***'],
  db: [...NOTHING, '0000-00-00', '31.02.1990', '99/99/9999', '1990', '2091-05-06', '1802-01-01'],
  ge: [...NOTHING, 'x', 'diverse', 'nonbinary', 'prefer not to say', '9', 'other'],
  ct: [...NOTHING, '???', '12345', '***'],
  st: [...NOTHING, '???', '***'],
  zp: [...NOTHING, '00000', '0', 'xxxxx'],
  country: [...NOTHING, 'Xanadu', 'Other', 'XX', 'ZZZ', '99'],
};

/** A mulberry32 generator, 32 bits of state. */
const seeded = (seed) => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low, high) => low + Math.floor(next() * (high - low + 1));
  const pick = (of) => of[between(0, of.length - 1)];
  return { next, between, pick, chance: (share) => next() < share };
};

/** `#` becomes a digit, `@` a capital letter, `[67]` or `[2-9]` one of these. */
const fill = (random, pattern) =>
  pattern
    .replaceAll(/\[(\d)-(\d)\]/g, (_, low, high) => String(random.between(Number(low), Number(high))))
    .replaceAll(/\[(\d+)\]/g, (_, of) => random.pick([...of]))
    .replaceAll('#', () => String(random.between(0, 9)))
    .replaceAll('@', () => random.pick([...'ABCDEFGHJKLMNPRSTUWXYZ']));

const MAILS = ['gmail.com', 'example.com', 'web.example.de', 'mail.example.co.uk', 'outlook.com', 'orange.example.fr'];

/** Letters a to z of a name, for an address; people whose names have none are called by a number. */
const ascii = (text) =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '');

const emailOf = (random, first, last) => {
  const number = random.between(1, 999);
  if (random.chance(0.004)) return `jürgen${number}@example.com`;
  if (random.chance(0.004)) return `kontakt${number}@münchen.example`;
  const local = [ascii(first), ascii(last)].filter(Boolean).join(random.pick(['.', '_', '', '-'])) || `user${number}`;
  return `${local}${random.chance(0.4) ? number : ''}${random.chance(0.05) ? '+shop' : ''}@${random.pick(MAILS)}`;
};

const makePerson = (random) => {
  const home = random.pick(COUNTRIES);
  const gender = random.chance(0.5) ? 'f' : 'm';
  const first = random.pick(home.first[gender]);
  const last = random.pick(home.last);
  const born = { year: random.between(1935, 2007), month: random.between(1, 12), day: random.between(1, 28) };
  const value = (key, write) => {
    if (random.chance(MISSING_SHARE)) return undefined;
    return random.chance(JUNK_SHARE) ? junk(random, JUNK[key]) : write();
  };
  const values = {
    em: value('em', () => writeEmail(random, emailOf(random, first, last))),
    ph: value('ph', () => writePhone(random, home, fill(random, random.pick(home.phones)))),
    fn: value('fn', () => writeName(random, first)),
    ln: value('ln', () => writeName(random, last)),
    db: value('db', () => writeBirthday(random, home, born)),
    ge: value('ge', () => writeGender(random, home, gender)),
    ct: value('ct', () => writeCity(random, random.pick(home.cities))),
    st: home.states && value('st', () => writeState(random, home, random.pick(Object.keys(home.states)))),
    zp: value('zp', () => writePostcode(random, home, fill(random, random.pick(home.postcodes)))),
    country: value('country', () => writeCountry(random, home)),
  };
  return { home: home.code, values: Object.fromEntries(Object.entries(values).filter(([, one]) => one !== undefined)) };
};

/** @returns people: {home: alpha-2, values: {[key]: {raw, truth: string[], form, declared?}}} */
export const makePeople = (count, seed) => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => makePerson(random));
};
