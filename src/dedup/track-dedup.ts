/**
 * Keeps an event from being sent twice. Three memories: keys under way (held, not dropped: if that row is rejected its sibling is sent),
 * keys acknowledged in this run, and the ledger. Read before the send, written after the answer.
 */
import type { EventRow } from '../mapping/mapped-row.ts';
import type { OpenPage } from '../sync/settlement.ts';

/** An event on its way, with the page that waits for it and the repeats that wait on it. */
export type Pending = { readonly event: EventRow; readonly page: OpenPage; siblings: Pending[] };

export type Dedup = {
  /** Whether to send it: `new` now, `duplicate` never, `held` it waits on the same key under way, `parked` a person must decide. */
  readonly offer: (pending: Pending, seen: ReadonlySet<string>) => 'new' | 'duplicate' | 'held' | 'parked';
  /** To be called before asking the ledger: forgets what was in it already when it was asked the last time. */
  readonly beforeLookup: () => void;
  /** Acknowledged: returns the repeats that were held, duplicates now. */
  readonly accepted: (pending: Pending) => Pending[];
  /** Rejected or expired: returns the next one to try, which inherits the rest. */
  readonly refused: (pending: Pending) => Pending | undefined;
  /** To be called when the ledger is about to take in what is acknowledged; what it returns is to be called when it has. */
  readonly beginFold: () => () => void;
};

/** Acknowledged in this run, or by an earlier process, and perhaps not yet in the ledger. */
const ACKNOWLEDGED = Symbol('acknowledged');
/** Sent by an earlier process with an unknown outcome, and not to be sent again on our own account. */
const PARKED = Symbol('parked');

/**
 * @param acked keys acknowledged by an earlier process but not yet in the ledger
 * @param parked keys in doubt that are not to be sent again (`on_unknown: hold`)
 * @param onFolded told which keys went into the ledger, before any of them is forgotten here
 */
export const trackDedup = (
  acked: readonly string[],
  parked: readonly string[] = [],
  onFolded: (keys: readonly string[]) => void = () => undefined,
): Dedup => {
  const known = new Map<string, Pending | typeof ACKNOWLEDGED | typeof PARKED>();
  for (const key of parked) known.set(key, PARKED);
  for (const key of acked) known.set(key, ACKNOWLEDGED);
  /** Acknowledged since the last fold began. */
  let recent: string[] = [...acked];
  // Keys in the ledger by now: those that a look-up still under way cannot have seen there, and those that it has.
  let justFolded: readonly string[] = [];
  let inLedger: readonly string[] = [];
  return {
    offer: (pending, seen) => {
      const key = pending.event.dedupKey;
      const first = known.get(key);
      if (first === ACKNOWLEDGED || (first === undefined && seen.has(key))) return 'duplicate';
      if (first === PARKED) return seen.has(key) ? 'duplicate' : 'parked';
      if (first) {
        first.siblings.push(pending);
        return 'held';
      }
      known.set(key, pending);
      return 'new';
    },
    beforeLookup: () => {
      for (const key of inLedger) known.delete(key);
      inLedger = justFolded;
      justFolded = [];
    },
    accepted: (pending) => {
      const key = pending.event.dedupKey;
      known.set(key, ACKNOWLEDGED);
      recent.push(key);
      return pending.siblings;
    },
    refused: (pending) => {
      const key = pending.event.dedupKey;
      const [next, ...rest] = pending.siblings;
      if (!next) {
        known.delete(key);
        return undefined;
      }
      next.siblings = rest;
      known.set(key, next);
      return next;
    },
    beginFold: () => {
      const folding = recent;
      recent = [];
      return () => {
        onFolded(folding);
        justFolded = justFolded.length === 0 ? folding : [...justFolded, ...folding];
      };
    },
  };
};
