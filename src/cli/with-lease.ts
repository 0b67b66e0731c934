/** A change of state by hand: under the lease of the mapping, so that no run is at work meanwhile. */
import { EXIT, FatalError } from '../errors.ts';
import { processOwner } from '../state/leases.ts';
import type { Fence, StateStore } from '../state/state-store.ts';

const SECONDS = 60;

/** @throws FatalError `busy` */
export const withLease = async <T>(
  state: StateStore,
  mapping: string,
  work: (fence: Fence) => Promise<T>,
): Promise<T> => {
  const lease = await state.acquireLease(mapping, processOwner(), SECONDS);
  if ('heldBy' in lease)
    throw new FatalError('busy', `another instance runs "${mapping}"`, {
      hint: 'try again when it is done',
      exitCode: EXIT.busy,
    });
  try {
    return await work(lease.fence);
  } finally {
    await state.releaseLease(lease.fence);
  }
};
