/** An engine value or a column's text, turned into the JSON type that Meta's parameter has. Null drops the key; FAILED rejects the row. */
import type { JsonType } from '../meta/parameters.ts';
import type { Value } from './cell-values.ts';
import { FAILED } from './expression.ts';
import { valueText } from './template.ts';

/** What may stand in an event. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Typed = Json | typeof FAILED;

const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

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

type Table = Readonly<Record<string, { readonly type: JsonType }>>;

/** The conversion to a parameter's type. `table` describes the keys of an object, or of a list's objects. */
export const typed = (type: JsonType, table?: Table): ((value: Value) => Typed) => {
  const keys = (key: string): ((value: Value) => Typed) =>
    table && Object.hasOwn(table, key) ? typed((table[key] as { type: JsonType }).type) : asJson;
  switch (type) {
    case 'string':
      return asText;
    case 'number':
      return asNumber;
    case 'integer':
      return asInteger;
    case 'boolean':
      return asBoolean;
    case 'string-list':
      return (value) => asList(value, asText);
    case 'integer-list':
      return (value) => asList(value, asInteger);
    case 'object':
      return (value) => asMap(value, keys);
    case 'object-list':
      return (value) => asList(value, (item) => asMap(item, keys));
  }
};
