import { hasType } from './has-type.ts';
import { MILLISECONDS_FROM } from './limits.ts';
import type { Parameter } from './parameter.ts';
import type { EventRejection } from './rejection-codes.ts';

type Table = Readonly<Record<string, Parameter>>;
/** The tables of the objects inside, by key. */
type Nested = Readonly<Record<string, Table>>;

/** One key of a table, ready to be checked. */
type CheckedKey = {
  readonly key: string;
  readonly field: string;
  readonly type: Parameter['type'];
  readonly words: ReadonlySet<unknown> | undefined;
  readonly inner: CheckObject | undefined;
};

/** The first thing wrong with an object's own keys; keys that the table does not know may hold anything. */
export type CheckObject = (object: object) => EventRejection | undefined;

const checkValue = ({ field, type, words, inner }: CheckedKey, value: unknown): EventRejection | undefined => {
  if (!hasType(value, type)) return { code: 'wrong-type', field };
  if (words !== undefined && !words.has(value)) return { code: 'value-not-listed', field };
  if (type === 'unix-time' && (value as number) >= MILLISECONDS_FROM) return { code: 'event-time-milliseconds', field };
  return inner?.(value as object);
};

const keysOf = (table: Table, path: string, nested: Nested): CheckedKey[] =>
  Object.entries(table).map(([key, { type, values, strict }]) => {
    const field = path === '' ? key : `${path}.${key}`;
    const inside = nested[key];
    return {
      key,
      field,
      type,
      words: strict && values ? new Set(values) : undefined,
      inner: inside && checkerOf(inside, field, nested),
    };
  });

/**
 * The check of an object against its table: JSON types, closed lists of words, times in seconds, the tables inside.
 * `path` is where the object stands in an event. It looks at the keys that are there.
 */
export const checkerOf = (table: Table, path: string, nested: Nested = {}): CheckObject => {
  const keys = new Map(keysOf(table, path, nested).map((one) => [one.key, one]));
  return (object) => {
    for (const key in object) {
      const known = keys.get(key);
      const value: unknown = object[key as keyof typeof object];
      if (known === undefined || value === undefined) continue;
      const problem = checkValue(known, value);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
};

/** The same for an event and some of its keys: it goes through these few instead of all that the event holds. */
export const eventCheckerOf = (table: Table, nested: Nested): CheckObject => {
  const keys = keysOf(table, '', nested);
  return (event) => {
    for (const known of keys) {
      const value: unknown = event[known.key as keyof typeof event];
      if (value === undefined) continue;
      const problem = checkValue(known, value);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
};
