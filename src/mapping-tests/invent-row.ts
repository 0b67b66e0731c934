/**
 * A row of the source with invented people in the place of its own: same columns, same shapes, nothing that points to anybody. What says what
 * happened is kept: amounts, times, yes and no, words such as a status.
 */
import type { Cell, Column, Row } from '../../connectors/connector.ts';
import type { Random } from '../demo/random.ts';
import { cellText } from '../mapping/cell-values.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { UserDataKey } from '../meta/parameters.ts';
import { isDrop } from '../transform/drop.ts';
import { hashNormal } from '../transform/hash-normal.ts';
import { normalisers } from '../transform/normalisers.ts';
import { columnRoles, type Role, writtenTexts } from './column-roles.ts';
import { inventPerson, type Person, scramble, scrambleHex } from './invent-person.ts';
import type { GivenRow } from './test-columns.ts';

export type InventedRow = {
  readonly row: GivenRow;
  /** Texts of the real row that must not be found anywhere in the test. */
  readonly secrets: readonly string[];
};

const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const NUMBER_KINDS: ReadonlySet<string> = new Set(['integer', 'decimal', 'float']);
const HEX = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,})$/i;
/** All in one case, as programs write them. A name of a person has a capital and small letters. */
const WORD = /^(?:[a-z][a-z0-9_-]{0,23}|[A-Z][A-Z0-9_-]{0,23})$/;
const TRIES = 40;

export const inventRow = (
  mapping: ParsedMapping,
  columns: readonly Column[],
  row: Row,
  random: Random,
): InventedRow => {
  const roleOf = columnRoles(mapping);
  const kept = writtenTexts(mapping);
  const texts = columns.map((_, n) => cellText(row[n] ?? null));
  const country = countryOf(mapping, columns, texts, roleOf);
  const person = inventPerson(random, country);
  const known = new Map<string, string>();
  const secrets: string[] = [];

  const invent = (text: string, role: Role | undefined): string => {
    if (kept.has(text) || text.trim() === '') return text;
    if (role === 'country' || role === 'ge') return text;
    if (role === 'listed' && /^[\p{L} _-]{1,40}$/u.test(text)) return text;
    if (role === 'word' && WORD.test(text)) return text;
    const name = `${role ?? ''} ${text.trim().toLowerCase()}`;
    const invented = known.get(name) ?? inventLike(text, role, person, country, random);
    known.set(name, invented);
    secrets.push(text.trim());
    return invented;
  };
  const within = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return TIME.test(value) ? value : invent(value, roleOf(key));
    if (Array.isArray(value)) return value.map((each) => within(each, key));
    if (typeof value !== 'object' || value === null)
      return isIdNumber(value, roleOf(key)) ? Number(invent(String(value), 'id')) : value;
    return Object.fromEntries(Object.entries(value).map(([inner, each]) => [inner, within(each, inner)]));
  };

  const entries = columns.flatMap(({ name, kind }, n): [string, unknown][] => {
    const [text, cell] = [texts[n], row[n] ?? null];
    if (text === null || text === undefined || cell instanceof Uint8Array) return [];
    const role = roleOf(name);
    if (kind === 'boolean') return [[name, /^(?:t|true|1|y|yes|on)$/i.test(text)]];
    if (kind === 'json') return [[name, within(parsed(text), name)]];
    if (role !== 'db' && (TIME.test(text) || kind === 'timestamp' || kind === 'timestamptz')) return [[name, text]];
    if (isNumber(kind, cell)) {
      if (!isIdNumber(text, role)) return [[name, Number(text)]];
      const invented = invent(text, role).replace(/\D/g, '') || '1';
      return [[name, Number.isSafeInteger(Number(invented)) ? Number(invented) : invented]];
    }
    return [[name, invent(text, role)]];
  });
  return { row: Object.fromEntries(entries), secrets };
};

const isNumber = (kind: string, cell: Cell): boolean =>
  NUMBER_KINDS.has(kind) || (kind === 'unknown' && (typeof cell === 'number' || typeof cell === 'bigint'));

/** An amount or a count is nobody's; a long number may be. */
const isIdNumber = (value: unknown, role: Role | undefined): boolean => {
  if (role === 'word' || role === 'listed' || !/^\d+$/.test(String(value))) return false;
  return role !== undefined || (String(value).length >= LONG_NUMBER && !isUnixTime(Number(value)));
};

const LONG_NUMBER = 7;
/** Seconds or milliseconds from 2001 to 2040. */
const isUnixTime = (value: number): boolean => [value, value / 1000].some((at) => at > 978e6 && at < 2.21e9);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const countryOf = (
  { file }: ParsedMapping,
  columns: readonly Column[],
  texts: readonly (string | null)[],
  roleOf: (column: string) => Role | undefined,
): string | undefined => {
  const at = columns.findIndex(({ name }) => roleOf(name) === 'country');
  const constant = file.event.user_data.country;
  const written =
    at >= 0 ? texts[at] : typeof constant === 'string' && !constant.startsWith('=') ? constant : undefined;
  const normal = written === null || written === undefined ? undefined : normalisers.country(written, {});
  return normal !== undefined && !isDrop(normal) ? normal : file.defaults?.country;
};

/** What was a match key stays one: until the normaliser takes the invented value as it took the real one, another is made. */
const inventLike = (
  text: string,
  role: Role | undefined,
  person: Person,
  country: string | undefined,
  random: Random,
): string => {
  if (role === 'hashed') return hashNormal(person.email);
  const make = (attempt: number): string => valueFor(role, text, person, random, attempt);
  if (role === undefined || role === 'id' || role === 'word' || role === 'listed' || role === 'full_name')
    return make(0);
  const normalise = normalisers[role as UserDataKey];
  const context = country === undefined ? {} : { country };
  const isUsed = (value: string): boolean => !isDrop(normalise(value, context));
  const wanted = isUsed(text);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const value = make(attempt);
    if (isUsed(value) === wanted && value.trim().toLowerCase() !== text.trim().toLowerCase()) return value;
  }
  return make(TRIES);
};

const valueFor = (role: Role | undefined, text: string, person: Person, random: Random, attempt: number): string => {
  const isGood = attempt < TRIES / 2;
  switch (role) {
    case 'em':
      return isGood && text.includes('@') ? likeCase(text, person.email) : scramble(random, text);
    case 'ph': {
      const { international, national } = person.phone;
      const whole = /^\s*(?:\+|00)/.test(text)
        ? international
        : attempt < TRIES / 4
          ? national
          : international.slice(1);
      return isGood ? (/^\+?\d+$/.test(text.trim()) ? whole.replace(/[^\d+]/g, '') : whole) : scramble(random, text);
    }
    case 'fn':
      return isGood ? likeCase(text, person.first) : scramble(random, text);
    case 'ln':
      return isGood ? likeCase(text, person.last) : scramble(random, text);
    case 'full_name':
      return likeCase(text, text.includes(',') ? `${person.last}, ${person.first}` : `${person.first} ${person.last}`);
    case 'ct':
      return isGood ? likeCase(text, person.city) : scramble(random, text);
    case 'st':
      return isGood && person.state !== '' ? likeCase(text, person.state) : scramble(random, text);
    case 'zp':
      return isGood && person.postcode !== '' ? person.postcode : scramble(random, text);
    case 'db':
      return text.replace(/\d+/g, (digits) =>
        digits.length === 4
          ? String(random.between(1950, 2000))
          : String(random.between(1, 12)).padStart(digits.length, '0'),
      );
    case 'client_ip_address':
      // Of the ranges for documentation, where the normaliser takes them.
      if (text.includes(':')) return `${attempt < 5 ? '2001:db8' : '2600:1f00'}::${random.between(1, 9999)}`;
      return `${attempt < 5 ? '203.0.113' : '8.8.8'}.${random.between(1, 250)}`;
    case 'client_user_agent':
      return 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0';
    case 'fbc':
    case 'fbp':
      // The time is part of the form.
      return text.replace(/[^.]+$/, (id) => scramble(random, id));
    default:
      return HEX.test(text) ? scrambleHex(random, text) : scramble(random, text);
  }
};

/** Capitals and blanks are habits of the data, which tests are about. */
const likeCase = (model: string, value: string): string => {
  const trimmed = model.trim();
  const cased = /\p{Ll}/u.test(trimmed)
    ? /\p{Lu}/u.test(trimmed)
      ? value
      : value.toLowerCase()
    : /\p{Lu}/u.test(trimmed)
      ? value.toUpperCase()
      : value;
  return model.replace(trimmed, () => cased);
};
