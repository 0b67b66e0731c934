/** Keys of rows: the id of an object; of a history, that with the property and the time of the change. */
import { compareIds } from './compare-ids.ts';

/** Where a row stands among those of one cursor. `ms` is 0 where the row is the object. */
export type RowKey = { readonly id: string; readonly ms: number };

export function changeId(id: string, property: string, ms: number): string {
  return `${id}-${property}-${ms}`;
}

/** Undefined for a text that can be no key of this table. */
export function parseKey(text: string, history: string | undefined): RowKey | undefined {
  const [, id, property, ms] = /^([1-9]\d{0,18})(?:-(\w+)-(\d{1,14}))?$/.exec(text) ?? [];
  return id === undefined || property !== history ? undefined : { id, ms: Number(ms ?? 0) };
}

export function compareKeys(a: RowKey, b: RowKey): number {
  return compareIds(a.id, b.id) || a.ms - b.ms;
}
