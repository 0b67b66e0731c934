/** Match-key coverage: which share of the events carries each key, and what was dropped for which reason. Counts only. */
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import { count, type Terminal, table } from './terminal.ts';

/** @param events how many rows were mapped as far as their match keys */
export const showMatchKeys = (
  { present, dropped }: MatchKeyCounts,
  events: number,
  { paint }: Pick<Terminal, 'paint'>,
): string => {
  const total = Math.max(events, ...Object.values(present), 1);
  const keys = [...new Set([...Object.keys(present), ...Object.keys(dropped)])].sort(
    (a, b) => (present[b] ?? 0) - (present[a] ?? 0),
  );
  const rows = keys.map((key) => {
    const share = (present[key] ?? 0) / total;
    const reasons = Object.entries(dropped[key] ?? {}).map(([reason, n]) => `${count(n)} ${reason}`);
    return [
      key,
      '#'.repeat(Math.round(share * 20)).padEnd(20, '.'),
      `${(share * 100).toFixed(1)}%`,
      reasons.join(', '),
    ];
  });
  return table(['match key', 'coverage', '', 'dropped'], rows, paint);
};
