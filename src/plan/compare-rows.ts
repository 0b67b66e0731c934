/** What two versions of a mapping make of the same rows: counts, and one masked example for each key that differs. */
import type { MappedRow } from '../mapping/mapped-row.ts';
import { shownValue } from './shown-value.ts';

export type KeyChange = {
  /** `custom_data.value` */
  readonly path: string;
  readonly rows: number;
  /** Of one row, masked. */
  readonly before: string;
  readonly after: string;
};

export type RowComparison = {
  readonly rows: number;
  /** Rows whose event is the same to the byte, or that are no event in both, for the same reason. */
  readonly same: number;
  /** Rows that are an event in both, with other bytes. */
  readonly changed: number;
  /** Among them: another event_id; another dedup key. */
  readonly newIds: number;
  readonly newKeys: number;
  /** `an event` → `filtered: filter`, with the number of rows. */
  readonly outcomes: readonly { readonly before: string; readonly after: string; readonly rows: number }[];
  readonly keys: readonly KeyChange[];
  /** Dedup keys of the rows that both make an event of. */
  readonly dedupKeys: readonly {
    readonly rowKey: readonly string[];
    readonly before: string;
    readonly after: string;
  }[];
};

type Pair = readonly [before: MappedRow | undefined, after: MappedRow];
type Loose = Readonly<Record<string, unknown>>;

/** @param pairs what became of each row; undefined: the earlier mapping does not read it */
export const compareRows = (pairs: readonly Pair[]): RowComparison => {
  const outcomes = new Map<string, { before: string; after: string; rows: number }>();
  const keys = new Map<string, { path: string; rows: number; before: string; after: string }>();
  const dedupKeys: RowComparison['dedupKeys'][number][] = [];
  const counts = { same: 0, changed: 0, newIds: 0, newKeys: 0 };
  for (const [before, after] of pairs) {
    const [was, is] = [outcomeOf(before), outcomeOf(after)];
    if (was !== is) {
      const name = `${was} ${is}`;
      const known = outcomes.get(name) ?? { before: was, after: is, rows: 0 };
      outcomes.set(name, { ...known, rows: known.rows + 1 });
      continue;
    }
    if (before?.kind !== 'event' || after.kind !== 'event' || before.json === after.json) {
      counts.same += 1;
    } else {
      counts.changed += 1;
      for (const { path, from, to } of differences(JSON.parse(before.json), JSON.parse(after.json))) {
        if (path === 'event_id') counts.newIds += 1;
        const known = keys.get(path) ?? { path, rows: 0, before: shownValue(path, from), after: shownValue(path, to) };
        keys.set(path, { ...known, rows: known.rows + 1 });
      }
    }
    if (before?.kind !== 'event' || after.kind !== 'event') continue;
    if (before.dedupKey !== after.dedupKey) counts.newKeys += 1;
    dedupKeys.push({ rowKey: after.rowKey, before: before.dedupKey, after: after.dedupKey });
  }
  return { rows: pairs.length, ...counts, outcomes: [...outcomes.values()], keys: [...keys.values()], dedupKeys };
};

const outcomeOf = (mapped: MappedRow | undefined): string => {
  if (mapped === undefined) return 'not read';
  if (mapped.kind === 'event') return 'an event';
  if (mapped.kind === 'expired') return 'expired';
  if (mapped.kind === 'filtered') return `filtered: ${mapped.reason}`;
  return `rejected: ${mapped.code}${mapped.field === undefined ? '' : ` (${mapped.field})`}`;
};

/** Keys of the event, of user_data and of custom_data; what is below them is one value. */
const differences = (before: Loose, after: Loose): { path: string; from: unknown; to: unknown }[] => {
  const flat = (event: Loose): Map<string, unknown> =>
    new Map(
      Object.entries(event).flatMap(([key, value]) =>
        key === 'user_data' || key === 'custom_data'
          ? Object.entries(value as Loose).map(([inner, each]): [string, unknown] => [`${key}.${inner}`, each])
          : [[key, value] as [string, unknown]],
      ),
    );
  const [old, now] = [flat(before), flat(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path) => {
    const [from, to] = [old.get(path), now.get(path)];
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
  });
};
