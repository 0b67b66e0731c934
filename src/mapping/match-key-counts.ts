/** Counts of match keys, page by page: taken from where they are counted, and added up where the run is. */
import type { MatchKeyCounts } from './user-data-fields.ts';

/** A copy of the counts, which begin anew. Every mapped key stays, at zero; whoever was bound to them goes on counting. */
export const takeMatchKeys = (counts: MatchKeyCounts): MatchKeyCounts => {
  const taken = structuredClone(counts);
  for (const key of Object.keys(counts.present)) counts.present[key] = 0;
  for (const key of Object.keys(counts.dropped)) delete counts.dropped[key];
  for (const combination of counts.together ?? []) combination.events = 0;
  return taken;
};

export const addMatchKeys = (to: MatchKeyCounts, more: MatchKeyCounts): void => {
  addNumbers(to.present, more.present);
  for (const [key, reasons] of Object.entries(more.dropped)) {
    to.dropped[key] ??= {};
    addNumbers(to.dropped[key], reasons);
  }
  for (const { keys, events } of more.together ?? []) {
    if (events === 0) continue;
    const same = to.together?.find((each) => each.keys.join() === keys.join());
    if (same) same.events += events;
    else to.together?.push({ keys, events });
  }
};

const addNumbers = (to: Record<string, number>, more: Readonly<Record<string, number>>): void => {
  for (const [key, number] of Object.entries(more)) to[key] = (to[key] ?? 0) + number;
};
