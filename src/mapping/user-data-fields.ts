/**
 * user_data of one mapping: for each key the values that feed it, normalised and hashed as Meta's key implies, as early as can be.
 * What cannot match is dropped and counted per key and reason; it never rejects the row by itself.
 */
import type { Row } from '../../connectors/connector.ts';
import { USER_DATA, type UserDataKey } from '../meta/parameters.ts';
import { boundedCache } from '../transform/bounded-cache.ts';
import { DROP, type Drop, isDrop } from '../transform/drop.ts';
import { hashNormal } from '../transform/hash-normal.ts';
import type { Normalise } from '../transform/normalise.ts';
import { buildFbc } from '../transform/normalise-click-id.ts';
import { normaliseAsciiCity } from '../transform/normalise-name.ts';
import { normalisers } from '../transform/normalisers.ts';
import { passHashed } from '../transform/pass-hashed.ts';
import { nameParts } from '../transform/split-name.ts';
import { FAILED } from './expression.ts';
import { parseInstant } from './instants.ts';
import type { KeyCombination } from './tally-keys.ts';
import {
  type Binding,
  bareIndex,
  bindText,
  bindValue,
  checkTemplate,
  expressionsOf,
  type Path,
  parseTemplate,
  type Template,
  type TemplateProblem,
  zoneOf,
} from './template.ts';

/** One value of a key, as the mapping file writes it. */
type Feed = {
  readonly value: Template;
  readonly hashed: boolean;
  readonly format: string | undefined;
  /** How the value is read, where not as its key is. */
  readonly form: 'full-name' | 'ascii' | undefined;
  readonly at: Template | undefined;
};
export type UserDataField = { readonly key: UserDataKey; readonly feeds: readonly Feed[] };

/** Counts of what reached an event and what did not; kept by key, and by reason. */
/** `present` holds every mapped key, also those that no row had. */
export type MatchKeyCounts = {
  readonly present: Record<string, number>;
  readonly dropped: Record<string, Record<string, number>>;
  /** Filled where it is given: which keys stood together in events. */
  readonly together?: KeyCombination[];
};

export const parseUserData = (userData: object, path: Path, problems: TemplateProblem[]): UserDataField[] =>
  Object.entries(userData).map(([key, written]) => {
    const here = [...path, key];
    const feeds = Array.isArray(written)
      ? written.map((item, n) => parseFeed(item, [...here, n], problems))
      : [parseFeed(written, here, problems)];
    return { key: key as UserDataKey, feeds };
  });

/** Under one of them stands the value itself. */
const MAIN_KEYS = ['value', 'fbclid', 'full_name'] as const;

const parseFeed = (written: unknown, path: Path, problems: TemplateProblem[]): Feed => {
  if (typeof written !== 'object' || written === null) {
    const value = parseTemplate(written, path, problems);
    return { value, hashed: false, format: undefined, form: undefined, at: undefined };
  }
  const parts = written as Readonly<Record<string, unknown>>;
  const main = MAIN_KEYS.find((key) => parts[key] !== undefined) ?? 'value';
  const { hashed, format, letters, at } = parts;
  return {
    value: parseTemplate(parts[main], [...path, main], problems),
    hashed: hashed === true,
    format: typeof format === 'string' ? format : undefined,
    form: main === 'full_name' ? 'full-name' : letters === 'ascii' ? 'ascii' : undefined,
    at: at === undefined ? undefined : parseTemplate(at, [...path, 'at'], problems),
  };
};

const templatesOf = (fields: readonly UserDataField[]): Template[] =>
  fields.flatMap((field) => field.feeds.flatMap((feed) => (feed.at ? [feed.value, feed.at] : [feed.value])));

export const userDataColumns = (fields: readonly UserDataField[]): string[] =>
  templatesOf(fields)
    .flatMap(expressionsOf)
    .flatMap(({ expression }) => expression.columns);

export const checkUserData = (
  fields: readonly UserDataField[],
  columns: Parameters<typeof checkTemplate>[1],
): TemplateProblem[] => templatesOf(fields).flatMap((template) => checkTemplate(template, columns));

type Result = {
  readonly userData: Record<string, string | string[] | undefined>;
  readonly country: string | undefined;
  readonly state: string | undefined;
};

/**
 * @param defaultCountry alpha-2, of rows that name none
 * @returns the user_data of a row with the normal forms of country and state, or the key whose expression failed
 */
export const bindUserData = (
  fields: readonly UserDataField[],
  binding: Binding,
  defaultCountry: string | undefined,
  counts: MatchKeyCounts,
): ((row: Row) => Result | { failed: string }) => {
  // The country goes first: phones, postcodes and states are read by it.
  const ordered = [...fields].sort((a, b) => Number(b.key === 'country') - Number(a.key === 'country'));
  const read: Read = { normal: undefined };
  const bound = ordered.map(({ key, feeds }) => ({
    key,
    feeds: feeds.map((feed) => ({
      text: bindText(feed.value, binding),
      convert: bindSending(key, feed, binding, read),
    })),
  }));
  for (const { key } of bound) counts.present[key] ??= 0;
  // A copy of an object with every key in its place is much cheaper than one that grows key by key; JSON leaves undefined out.
  const blank: Record<string, string | string[] | undefined> = Object.fromEntries(
    bound.map(({ key }) => [key, undefined]),
  );
  const base = defaultCountry?.toLowerCase();
  return (row) => {
    const userData = { ...blank };
    let country = base;
    let state: string | undefined;
    for (const { key, feeds } of bound) {
      let present: string | string[] | undefined;
      for (const { text, convert } of feeds) {
        const given = text(row);
        if (given === FAILED) return { failed: `user_data.${key}` };
        if (given === null || given === '') continue;
        const sent = convert(given, country, row);
        if (isDrop(sent)) {
          if (sent.drop !== 'empty') countDrop(counts, key, sent.drop);
          continue;
        }
        if (key === 'country') country = read.normal ?? country;
        else if (key === 'st') state = read.normal ?? state;
        present = present === undefined ? sent : withValue(present, sent);
      }
      if (present === undefined) continue;
      userData[key] = present;
      counts.present[key] = (counts.present[key] as number) + 1;
    }
    return { userData, country, state };
  };
};

/** One value as it is, several as a list, each once. */
const withValue = (present: string | string[], value: string): string | string[] => {
  if (present === value) return value;
  if (typeof present === 'string') return [present, value];
  return present.includes(value) ? present : [...present, value];
};

const countDrop = ({ dropped }: MatchKeyCounts, key: string, reason: string): void => {
  const byReason = dropped[key] ?? {};
  dropped[key] = byReason;
  byReason[reason] = (byReason[reason] ?? 0) + 1;
};

type Convert = (text: string, country: string | undefined, row: Row) => string | Drop;
/** What goes into the event, and the normal form it was made of where that is known. */
type Sent = { readonly value: string; readonly normal: string | undefined };
/** Of country and state the normal form is needed besides what is sent: it is left here, which costs no object a value. */
type Read = { normal: string | undefined };

/**
 * Keys whose values come again and again, whatever the country: a look-up is cheaper than normalising and hashing once more. Of last
 * names and postcodes it is not, there are too many (measured).
 */
const RECURRING: ReadonlySet<UserDataKey> = new Set(['ge', 'fn', 'ct']);
const REMEMBERED = 16_384;

/** The normal form of a value, or the hash that it is. */
const bindNormal = (key: UserDataKey, feed: Feed, binding: Binding): Convert => {
  if (feed.hashed) return passHashed;
  if (feed.at) {
    const at = bindEpochMs(feed.at, binding);
    return (fbclid, _country, row) => {
      const clicked = at(row);
      return clicked === undefined ? DROP['invalid-fbc-time'] : buildFbc(fbclid, clicked);
    };
  }
  const normalise = normaliserOf(key, feed);
  // One object for all rows: nothing keeps it.
  const context: { country: string | undefined; readonly dateFormat: string | undefined } = {
    country: undefined,
    dateFormat: feed.format,
  };
  return (text, country) => {
    context.country = country;
    return normalise(text, context);
  };
};

/** One value with its normal form, for who wants to see both. */
export const bindConversion = (
  key: UserDataKey,
  feed: Feed,
  binding: Binding,
): ((text: string, country: string | undefined, row: Row) => Sent | Drop) => {
  const normalOf = bindNormal(key, feed, binding);
  return (text, country, row) => {
    const normal = normalOf(text, country, row);
    if (isDrop(normal)) return normal;
    if (feed.hashed) return { value: normal, normal: undefined };
    return { value: USER_DATA[key].hashed ? hashNormal(normal) : normal, normal };
  };
};

/** The same for a million of them. */
const bindSending = (key: UserDataKey, feed: Feed, binding: Binding, read: Read): Convert => {
  if (key === 'country' || key === 'st') return rememberedByCountry(bindConversion(key, feed, binding), read);
  const normalOf = bindNormal(key, feed, binding);
  if (feed.hashed || !USER_DATA[key].hashed) return normalOf;
  const convert: Convert = (text, country, row) => {
    const normal = normalOf(text, country, row);
    return isDrop(normal) ? normal : hashNormal(normal);
  };
  return RECURRING.has(key) && feed.form !== 'full-name' ? remembered(convert) : convert;
};

const normaliserOf = (key: UserDataKey, { form }: Feed): Normalise => {
  if (form === 'ascii') return normaliseAsciiCity;
  return form === 'full-name' && (key === 'fn' || key === 'ln') ? nameParts[key] : normalisers[key];
};

const remembered = (convert: Convert): Convert => {
  const cache = boundedCache<string | Drop>(REMEMBERED);
  return (text, country, row) => cache.get(text) ?? cache.set(text, convert(text, country, row));
};

const rememberedByCountry = (convert: ReturnType<typeof bindConversion>, read: Read): Convert => {
  const byCountry = new Map<string | undefined, ReturnType<typeof boundedCache<Sent | Drop>>>();
  return (text, country, row) => {
    let cache = byCountry.get(country);
    if (!cache) {
      cache = boundedCache(REMEMBERED);
      byCountry.set(country, cache);
    }
    const sent = cache.get(text) ?? cache.set(text, convert(text, country, row));
    if ('drop' in sent) return sent;
    read.normal = sent.normal;
    return sent.value;
  };
};

/** Epoch milliseconds of a column or expression that holds a point in time; undefined when there is none. */
export const bindEpochMs = (template: Template, binding: Binding): ((row: Row) => number | undefined) => {
  if (bareIndex(template, binding) !== undefined) {
    const text = bindText(template, binding);
    const zone = zoneOf(template, binding);
    return (row) => {
      const value = text(row);
      return typeof value === 'string' ? epochMs(value, zone) : undefined;
    };
  }
  const evaluate = bindValue(template, binding);
  return (row) => {
    const value = evaluate(row);
    if (value === FAILED || value === null) return undefined;
    if (value instanceof Date) return value.getTime();
    return typeof value === 'object' ? undefined : epochMs(String(value), binding.timezone);
  };
};

/** A number is Unix seconds, always: what looks like milliseconds is rejected later by the event rules, not guessed. */
const epochMs = (text: string, timezone: string | undefined): number | undefined => {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.floor(Number(text)) * 1000;
  return parseInstant(text, timezone);
};
