/**
 * Watches mappings that another instance runs. One that ends its run gives the lease back, and nothing is to be done; one that is gone lets the lease
 * lapse, and then the mapping is run here. Asks once for each life of a lease.
 */
import type { Clock } from './clock.ts';

export type LeaseLook = {
  readonly owner: string;
  /** By the database's clock; 0 or less: lapsed. */
  readonly secondsLeft: number;
};

export type TakeOverTools = {
  readonly clock: Clock;
  readonly random: () => number;
  /** Undefined: nobody holds it. */
  readonly readLease: (mapping: string) => Promise<LeaseLook | undefined>;
  readonly onLapsed: (mapping: string) => void;
  readonly onChange: (mapping: string) => void;
};

export type TakeOver = {
  readonly watch: (mapping: string) => void;
  /** Epoch ms until which another instance's lease holds, unless renewed. */
  readonly until: (mapping: string) => number | undefined;
  readonly stop: () => void;
};

/** After the end of a lease, so that the clocks' last digits do not matter; and as much again at random, so that not all come at once. */
const AFTER_MS = 500;
const AGAIN_AFTER_ERROR_MS = 10_000;

export const openTakeOver = ({ clock, random, readLease, onLapsed, onChange }: TakeOverTools): TakeOver => {
  const watched = new Map<string, { until: number | undefined; cancel: () => void }>();
  let isStopped = false;

  const end = (mapping: string): void => {
    watched.delete(mapping);
    onChange(mapping);
  };
  const again = (mapping: string, ms: number): void => {
    const entry = watched.get(mapping);
    if (entry && !isStopped) entry.cancel = clock.after(ms, () => void look(mapping));
  };
  const look = async (mapping: string): Promise<void> => {
    let lease: LeaseLook | undefined;
    try {
      lease = await readLease(mapping);
    } catch {
      // State does not answer; whoever tries to run will say so.
      return again(mapping, AGAIN_AFTER_ERROR_MS);
    }
    const entry = watched.get(mapping);
    if (!entry || isStopped) return;
    if (!lease) return end(mapping);
    if (lease.secondsLeft <= 0) {
      end(mapping);
      return onLapsed(mapping);
    }
    const leftMs = lease.secondsLeft * 1000;
    entry.until = clock.now() + leftMs;
    onChange(mapping);
    again(mapping, leftMs + AFTER_MS * (1 + random()));
  };

  return {
    watch: (mapping) => {
      if (isStopped || watched.has(mapping)) return;
      watched.set(mapping, { until: undefined, cancel: () => undefined });
      void look(mapping);
    },
    until: (mapping) => watched.get(mapping)?.until,
    stop: () => {
      isStopped = true;
      for (const { cancel } of watched.values()) cancel();
      watched.clear();
    },
  };
};
