/** What would help match quality most, one line each: columns that are there and not mapped, and keys that lose values. Never a promise of gain. */
import type { UserDataKey } from '../meta/parameters.ts';
import { DROP_REASONS, type DropReason } from '../transform/drop.ts';
import type { MatchCoverage } from './coverage.ts';
import { weightOf } from './match-quality.ts';
import { typicalKey } from './typical-columns.ts';

/** A key that loses a smaller part of its values is left in peace. */
const WORTH_A_WORD = 0.05;
const MOST = 4;

export type AdviceSubject = {
  readonly coverage: MatchCoverage;
  /** The keys of user_data that the mapping has. */
  readonly mapped: readonly string[];
  /** Every column of the source, mapped or not. */
  readonly columns: readonly string[];
};

type Line = { readonly text: string; readonly worth: number };

/** @returns at most four lines, the most helpful first; empty when there is nothing to say */
export const adviseMatchKeys = (subject: AdviceSubject): string[] =>
  [...unmappedColumns(subject), ...lostValues(subject), ...broadEvents(subject)]
    .sort((a, b) => b.worth - a.worth)
    .slice(0, MOST)
    .map(({ text }) => text);

/** How many rows fill such a column is not known: it is not read. So it counts with its whole weight. */
const unmappedColumns = ({ mapped, columns }: AdviceSubject): Line[] => {
  const byKey = new Map<UserDataKey, string>();
  for (const column of columns) {
    const key = typicalKey(column);
    if (key !== undefined && !mapped.includes(key) && !byKey.has(key)) byKey.set(key, column);
  }
  return [...byKey].map(([key, column]) => ({
    text: `column "${column}" is not mapped: ${written(key, column)}`,
    worth: weightOf(key),
  }));
};

const written = (key: UserDataKey, column: string): string => {
  const source = /^[A-Za-z_]\w*$/.test(column) ? `=${column}` : `'=row[${JSON.stringify(column)}]'`;
  return key === 'fbc' && /fbclid/i.test(column)
    ? `fbc: { fbclid: ${source}, at: =<time of the click> }`
    : `${key}: ${source}`;
};

const lostValues = ({ coverage, mapped }: AdviceSubject): Line[] =>
  mapped.flatMap((key) => {
    const reasons = Object.entries(coverage.dropped[key] ?? {}).sort(([, a], [, b]) => b - a);
    const lost = reasons.reduce((sum, [, n]) => sum + n, 0);
    const share = lost / Math.max(1, lost + (coverage.present[key] ?? 0));
    const [reason] = reasons[0] ?? [];
    if (reason === undefined || share < WORTH_A_WORD) return [];
    const cure = Object.hasOwn(DROP_REASONS, reason) ? DROP_REASONS[reason as DropReason].cure : undefined;
    if (cure === undefined || cure === 'none needed') return [];
    return [
      { text: `${key} loses ${percent(share)} of its values (${reason}): ${cure}`, worth: weightOf(key) * share },
    ];
  });

const broadEvents = ({ coverage: { events, broadOnly } }: AdviceSubject): Line[] => {
  const share = broadOnly / Math.max(1, events);
  if (share < WORTH_A_WORD) return [];
  const text = `${percent(share)} of the events have no key that points to one person: em, ph, external_id or fbc would`;
  return [{ text, worth: 3 * share }];
};

/** Whole percents: `<1%` and `>99%` where rounding would say none or all. */
export const percent = (share: number): string => {
  if (share > 0 && share < 0.01) return '<1%';
  if (share < 1 && share > 0.99) return '>99%';
  return `${Math.round(share * 100)}%`;
};
