/** What a test expects against what came out, field by field. Only what is expected is looked at. */
import { parseInstant } from '../mapping/instants.ts';
import { USER_DATA, type UserDataKey } from '../meta/parameters.ts';
import { isDrop } from '../transform/drop.ts';
import { hashNormal } from '../transform/hash-normal.ts';
import { normalisers } from '../transform/normalisers.ts';

export type Difference = {
  /** `event.custom_data.value` */
  readonly path: string;
  /** Both as they are shown: JSON, or `nothing`. */
  readonly expected: string;
  readonly actual: string;
  readonly hint?: string;
};

type Loose = Readonly<Record<string, unknown>>;

export const compareEvent = (expected: Loose, actual: Loose): Difference[] =>
  Object.entries(expected).flatMap(([key, value]) => {
    if (key === 'user_data') return compareUserData(value as Loose, (actual.user_data ?? {}) as Loose);
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
const compareUserData = (expected: Loose, actual: Loose): Difference[] =>
  Object.entries(expected).flatMap(([name, value]) => {
    const key = name as UserDataKey;
    const isHashed = USER_DATA[key].hashed;
    const sent = (text: string): string => (isHashed && !HASH.test(text) && text !== '' ? hashNormal(text) : text);
    const wanted = new Map(listOf(value).map((text) => [sent(text), text]));
    const got = listOf(actual[name]);
    if (wanted.size === got.length && got.every((each) => wanted.has(each))) return [];
    // A normal form that the test itself gave is shown; of any other value there is only the hash.
    const readable = (each: string): string =>
      JSON.stringify(wanted.get(each) ?? (HASH.test(each) && isHashed ? `sha256 ${each.slice(0, 12)}…` : each));
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
