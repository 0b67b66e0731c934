/** The right to run a mapping, for as long as it runs. */
import type { Fence, StateStore } from '../state/state-store.ts';

/** Seconds a lease lives; renewed at a third. Twice the longest request, so that a slow answer never costs it. */
export const LEASE_SECONDS = 90;

/** Renews the lease until `end`; `lost` aborts when another instance took it. */
export const keepLease = (state: StateStore, fence: Fence): { lost: AbortSignal; end: () => void } => {
  const lost = new AbortController();
  const timer = setInterval(
    () => void state.renewLease(fence, LEASE_SECONDS).catch((error: unknown) => lost.abort(error)),
    (LEASE_SECONDS * 1000) / 3,
  );
  return { lost: lost.signal, end: () => clearInterval(timer) };
};
