/**
 * The account of a story with deaths, kept from the state that each process left and from what the far side saw: nothing lost, nothing foreign,
 * nothing taken for arrived that did not arrive, and each repeat one that was in doubt when a process died.
 */
import { expect } from 'vitest';
import type { StateBed } from '../contract/state-beds.ts';
import type { FarSide } from '../support/far-side.ts';
import { foretell, ledgerKeyOf } from '../support/oracle.ts';
import { DATASET, outcomes, type SyncProject } from '../support/sync-project.ts';
import { lookAt, type StateLook } from './state-look.ts';

const keyOf = (order: string): string => ledgerKeyOf(DATASET, order);

export type Account = {
  /** To be called when a process died, or ended with something in doubt. */
  readonly death: () => Promise<StateLook>;
  /** Events that were in doubt, over all deaths. */
  readonly inDoubt: () => number;
  /**
   * After the last run. @param spoilt events that the far side stored without saying so
   * @param exact everything that was sent before a death was stored before the next: repeats are known to the event
   */
  readonly settle: (refused: ReadonlySet<string>, options?: { spoilt?: number; exact?: boolean }) => Promise<void>;
  /** After a run that had nothing to do: the ledger holds what arrived, no more and no less. */
  readonly close: (refused: ReadonlySet<string>) => Promise<void>;
};

export const openAccount = (bed: StateBed, farSide: FarSide, project: SyncProject): Account => {
  /** How often each key was in doubt at a death; and how often it had come anew when it was. */
  const doubts = new Map<string, number>();
  const unanswered = new Map<string, number>();
  const stored = new Map<string, number>();
  let total = 0;
  return {
    inDoubt: () => total,
    death: async () => {
      const look = await lookAt(bed);
      const arrivals = new Map([...farSide.arrivals()].map(([order, { times }]) => [keyOf(order), times]));
      expect(
        [...look.acknowledged].filter((key) => !arrivals.has(key)),
        'acknowledged, and never arrived',
      ).toEqual([]);
      total += look.inDoubt.size;
      for (const key of look.inDoubt) {
        doubts.set(key, (doubts.get(key) ?? 0) + 1);
        const times = arrivals.get(key) ?? 0;
        if (times > (stored.get(key) ?? 0)) unanswered.set(key, (unanswered.get(key) ?? 0) + 1);
      }
      for (const [key, times] of arrivals) stored.set(key, times);
      return look;
    },
    settle: async (refused, { spoilt = 0, exact = false } = {}) => {
      const { mustArrive, badRows } = foretell(project.rows(), refused);
      const arrivals = farSide.arrivals();
      expect(
        [...mustArrive].filter((order) => !arrivals.has(order)),
        'lost',
      ).toEqual([]);
      expect(
        [...arrivals.keys()].filter((order) => !mustArrive.has(order)),
        'foreign',
      ).toEqual([]);
      expect(
        [...arrivals].filter(([, { ids }]) => ids.size > 1),
        'sent under two ids',
      ).toEqual([]);
      expect(farSide.changed(), 'repeated with other contents').toEqual([]);
      const repeats = [...arrivals].map(([order, { times }]) => ({ order, times: times - 1, key: keyOf(order) }));
      const surplus = repeats.filter(({ key, times }) => times > (doubts.get(key) ?? 0));
      if (spoilt === 0) expect(surplus, 'repeats that no death explains').toEqual([]);
      expect(farSide.repeats()).toBeLessThanOrEqual(total + spoilt);
      if (exact) expect(repeats.filter(({ key, times }) => times !== (unanswered.get(key) ?? 0))).toEqual([]);
      const letters = await bed.rows('dead_letter');
      const rowsOf = (wanted: string): string[] =>
        letters.filter(({ origin }) => origin === wanted).map(({ row_key: key }) => String(JSON.parse(String(key))[0]));
      expect(new Set(rowsOf('local'))).toEqual(badRows);
      expect(rowsOf('meta')).toHaveLength(refused.size);
    },
    close: async (refused) => {
      const { mustArrive } = foretell(project.rows(), refused);
      const { acknowledged, inDoubt, runs } = await lookAt(bed);
      expect([...acknowledged].sort()).toEqual([...mustArrive].map(keyOf).sort());
      expect([...inDoubt]).toEqual([]);
      for (const counts of runs) expect(outcomes(counts)).toBe(counts.read);
    },
  };
};
