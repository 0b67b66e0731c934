/** What a test expects against what came out, field by field. Only what is expected is looked at. */
import { parseInstant } from '../mapping/instants.ts';
import { USER_DATA, type UserDataKey } from '../meta/parameters.ts';
import { isDrop } from '../transform/drop.ts';
import { hashNormal } from '../transform/hash-normal.ts';
import { normalisers } from '../transform/normalisers.ts';
import type { Origin } from './normal-forms.ts';

export type Difference = {
  /** `event.custom_data.value` */
  readonly path: string;
  /** Both as they are shown: JSON, or `nothing`. */
  readonly expected: string;
  readonly actual: string;
  readonly hint?: string;
};

type Loose = Readonly<Record<string, unknown>>;
export type Origins = (key: UserDataKey, hash: string) => Origin | undefined;

/** @param origin what stands behind a hash of the event, where the test's row tells */
export const compareEvent = (expected: Loose, actual: Loose, origin: Origins = () => undefined): Difference[] =>
  Object.entries(expected).flatMap(([key, value]) => {
    if (key === 'user_data') return compareUserData(value as Loose, (actual.user_data ?? {}) as Loose, origin);
    if (key === 'event_time') return compare('event.event_time', timeOf(value), actual.event_time);
    return compare(`event.${key}`, value, actual[key]);
  });

/** A time may be written as text; the event has Unix seconds. */
const timeOf = (value: unknown): unknown => {
  const at = typeof value === 'string' ? parseInstant(value, 'UTC') : undefined;
  return at === undefined ? value : Math.floor(at / 1000);
};

const isMap = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of maps a part is enough; a list has to be the whole list. An expected null means that the key is not there. */
const compare = (path: string, expected: unknown, actual: unknown): Difference[] => {
  if (expected === null || expected === undefined)
    return actual === undefined ? [] : [differs(path, undefined, actual)];
  if (isMap(expected) && isMap(actual))
    return Object.entries(expected).flatMap(([key, value]) => compare(`${path}.${key}`, value, actual[key]));
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length)
    return expected.flatMap((value, n) => compare(`${path}[${n}]`, value, actual[n]));
  return expected === actual ? [] : [differs(path, expected, actual)];
};

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const differs = (path: string, expected: unknown, actual: unknown): Difference => ({
  path,
  expected: shown(expected),
  actual: shown(actual),
});

const HASH = /^[0-9a-f]{64}$/;
const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map(String);

/** Values of a match key in any order: normal forms of the test, hashed where Meta wants hashes. */
const compareUserData = (expected: Loose, actual: Loose, origin: Origins): Difference[] =>
  Object.entries(expected).flatMap(([name, value]) => {
    const key = name as UserDataKey;
    const isHashed = USER_DATA[key].hashed;
    const sent = (text: string): string => (isHashed && !HASH.test(text) && text !== '' ? hashNormal(text) : text);
    const wanted = new Map(listOf(value).map((text) => [sent(text), text]));
    const got = listOf(actual[name]);
    if (wanted.size === got.length && got.every((each) => wanted.has(each))) return [];
    // Normal form and hash, where the test or a column of its row tells the normal form; the hash alone where neither does.
    const readable = (each: string): string => {
      if (!isHashed || !HASH.test(each)) return JSON.stringify(wanted.get(each) ?? each);
      const [hash, from] = [`sha256 ${each.slice(0, 12)}…`, origin(key, each)];
      const given = wanted.get(each);
      const normal = from?.normal ?? (given === undefined || HASH.test(given) ? undefined : given);
      const column = from?.column === undefined || given !== undefined ? '' : `, of the column ${from.column}`;
      return normal === undefined ? hash : `${JSON.stringify(normal)} (${hash}${column})`;
    };
    const all = (texts: readonly string[]): string => (texts.length === 0 ? 'nothing' : texts.map(readable).join(', '));
    const difference = { path: `event.user_data.${name}`, expected: all([...wanted.keys()]), actual: all(got) };
    const hint = normalFormHint(key, [...wanted.values()]);
    return [hint === undefined ? difference : { ...difference, hint }];
  });

/** `Ada@Example.com` in a test is no normal form, and never what was hashed. */
const normalFormHint = (key: UserDataKey, texts: readonly string[]): string | undefined => {
  for (const text of texts) {
    if (HASH.test(text)) continue;
    const normal = normalisers[key](text, {});
    if (!isDrop(normal) && normal !== text)
      return `the normal form of ${JSON.stringify(text)} is ${JSON.stringify(normal)}`;
  }
  return undefined;
};
