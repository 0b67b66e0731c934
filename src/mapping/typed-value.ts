/** An engine value or a column's text, turned into the JSON type that Meta's parameter has. Null drops the key; FAILED rejects the row. */
import { NESTED_TABLES, type Parameter } from '../meta/parameters.ts';
import { DECIMAL } from './amounts.ts';
import type { Value } from './cell-values.ts';
import { FAILED } from './expression.ts';
import { parseInstant } from './instants.ts';
import { valueText } from './template.ts';

/** What may stand in an event. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Typed = Json | typeof FAILED;

const asNumber = (value: Value): number | null | typeof FAILED => {
  if (value === null || value === '') return null;
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (!isNumber && !(typeof value === 'string' && DECIMAL.test(value))) return FAILED;
  const number = Number(value);
  return Number.isFinite(number) ? number : FAILED;
};

const asInteger = (value: Value): number | null | typeof FAILED => {
  const number = asNumber(value);
  return number === null || number === FAILED || Number.isSafeInteger(number) ? number : FAILED;
};

const asBoolean = (value: Value): boolean | null | typeof FAILED => {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'object') return FAILED;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === 't' || text === '1') return true;
  return text === 'false' || text === 'f' || text === '0' ? false : FAILED;
};

const asText = (value: Value): string | null | typeof FAILED => {
  const text = valueText(value);
  return text === '' ? null : text;
};

const asList = (value: Value, item: (value: Value) => Typed): Typed => {
  if (value === null) return null;
  const list = (Array.isArray(value) ? value : [value]).map(item);
  if (list.includes(FAILED)) return FAILED;
  const present = (list as Json[]).filter((entry) => entry !== null);
  return present.length === 0 ? null : present;
};

/** Deeper JSON is no data of an event, and would overflow the stack of whatever walks it. */
const MAX_DEPTH = 64;

const jsonAt =
  (depth: number) =>
  (value: Value): Typed => {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : FAILED;
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    if (value instanceof Date) return valueText(value);
    if (value instanceof Uint8Array || depth > MAX_DEPTH) return FAILED;
    const inner = jsonAt(depth + 1);
    return Array.isArray(value) ? asList(value, inner) : asMap(value as { readonly [key: string]: Value }, () => inner);
  };

/** Any JSON: integers beyond 2^53 become text, timestamps ISO text, nulls of maps and lists fall away. */
export const asJson = jsonAt(0);

/** @param typeOf the conversion of each key */
export const asMap = (value: Value, typeOf: (key: string) => (value: Value) => Typed): Typed => {
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Date || value instanceof Uint8Array)
    return FAILED;
  const result: Record<string, Json> = {};
  for (const [key, item] of value instanceof Map ? value.entries() : Object.entries(value)) {
    const typed = typeOf(key)(item as Value);
    // Such a key would set the prototype instead of an entry, and be lost without a word.
    if (typed === FAILED || key === '__proto__') return FAILED;
    if (typed !== null) result[key] = typed;
  }
  return Object.keys(result).length === 0 ? null : result;
};

const asFlag = (value: Value): 0 | 1 | null | typeof FAILED => {
  const flag = value === '' ? null : asBoolean(value);
  return typeof flag === 'boolean' ? (flag ? 1 : 0) : flag;
};

/** Whole Unix seconds of a timestamp or a text; a number is Unix seconds already, always. */
const asUnixTime =
  (timezone: string | undefined) =>
  (value: Value): number | null | typeof FAILED => {
    if (value === null || value === '') return null;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? FAILED : Math.floor(value.getTime() / 1000);
    const seconds = asNumber(value);
    if (seconds !== FAILED) return seconds === null ? null : Math.floor(seconds);
    const instant = typeof value === 'string' ? parseInstant(value, timezone) : undefined;
    return instant === undefined ? FAILED : Math.floor(instant / 1000);
  };

/** A list whose places mean something: what is unknown stays, as an empty text. */
const asPlaces = (value: Value): Typed => {
  if (value === null) return null;
  const places = (Array.isArray(value) ? value : [value]).map((entry: Value) => asText(entry));
  return places.includes(FAILED) ? FAILED : places.map((entry) => entry as string | null).map((entry) => entry ?? '');
};

/** What the conversion must know of a parameter's row. */
export type Shape = Pick<Parameter, 'type' | 'length' | 'keepsEmpty'>;
type Convert = (value: Value) => Typed;

const ANY: Convert = asJson;

/**
 * The conversion to a parameter's type.
 * @param key of the parameter, by which the table of its inner keys is found
 * @param timezone IANA zone of times that carry none
 */
export const typed = (shape: Shape, key = '', timezone?: string): Convert => {
  const table = NESTED_TABLES[key] ?? {};
  const inner = new Map(Object.entries(table).map(([name, row]) => [name, typed(row, name, timezone)]));
  const innerOf = (name: string): Convert => inner.get(name) ?? ANY;
  switch (shape.type) {
    case 'string':
      return asText;
    case 'number':
      return asNumber;
    case 'integer':
      return asInteger;
    case 'boolean':
      return asBoolean;
    case 'flag':
      return asFlag;
    case 'unix-time':
      return asUnixTime(timezone);
    case 'string-list':
      if (shape.length !== undefined) return asPlaces;
      return (value) => (shape.keepsEmpty && Array.isArray(value) && value.length === 0 ? [] : asList(value, asText));
    case 'number-list':
      return (value) => asList(value, asNumber);
    case 'object':
      return (value) => asMap(value, innerOf);
    case 'object-list':
      return (value) => asList(value, (item) => asMap(item, innerOf));
  }
};
