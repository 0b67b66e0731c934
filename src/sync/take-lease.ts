/** The right to run a mapping, taken. A run waits for one that gives way, such as a backfill, which stops at its next page; for no other. */
import type { Fence } from '../state/state-store.ts';
import { LEASE_SECONDS } from './keep-lease.ts';
import type { RunTools } from './run-tools.ts';

const POLL_MS = 250;
/** One that gives way does so within a few pages; a request that hangs may take its time-out. */
const PATIENCE_MS = 60_000;

export type Turn = { readonly fence: Fence } | { readonly busy: true };
type Tools = Pick<RunTools, 'state' | 'owner' | 'sleep' | 'stop'>;

export const takeLease = async (mapping: string, { state, owner, sleep, stop }: Tools): Promise<Turn> => {
  for (let waited = 0; ; waited += POLL_MS) {
    const lease = await state.acquireLease(mapping, owner, LEASE_SECONDS);
    if ('fence' in lease) return lease;
    if (!lease.givesWay || waited >= PATIENCE_MS || stop.aborted) return { busy: true };
    await sleep(POLL_MS, stop);
  }
};

/** For whoever gives way. @param waits until it is free, however long that takes: it had it before */
export const takeLeaseLast = async (
  mapping: string,
  { state, owner, sleep, stop }: Tools,
  waits: boolean,
): Promise<Turn> => {
  for (;;) {
    const lease = await state.acquireLease(mapping, owner, LEASE_SECONDS, true);
    if ('fence' in lease) return lease;
    if (!waits || stop.aborted) return { busy: true };
    await sleep(4 * POLL_MS, stop);
  }
};

/** Looks now and then whether another run wants the lease; `wanted` aborts when one does. */
export const watchTurn = (
  state: RunTools['state'],
  fence: Fence,
): { readonly wanted: AbortSignal; readonly end: () => void } => {
  const wanted = new AbortController();
  const timer = setInterval(() => {
    state.leaseIsWanted(fence).then(
      (isWanted) => isWanted && wanted.abort(),
      () => undefined, // a state that fails is seen by the next write
    );
  }, 2 * POLL_MS);
  return { wanted: wanted.signal, end: () => clearInterval(timer) };
};
