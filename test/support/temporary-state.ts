import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openState } from '../../src/state/open-state.ts';
import type { Fence, StateStore } from '../../src/state/state-store.ts';

export const temporaryFolder = (): { readonly folder: string; readonly remove: () => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'capi-sync-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

export type TemporaryState = {
  readonly state: StateStore;
  readonly filename: string;
  readonly remove: () => Promise<void>;
};

/** A real state database in a folder of its own. */
export const temporaryState = async (): Promise<TemporaryState> => {
  const { folder, remove } = temporaryFolder();
  const filename = join(folder, 'state.db');
  const state = await openState(filename);
  return {
    state,
    filename,
    remove: async () => {
      await state.close();
      remove();
    },
  };
};

export const leaseOf = async (state: StateStore, mapping = 'leads', owner = 'test#0#me'): Promise<Fence> => {
  const lease = await state.acquireLease(mapping, owner, 90);
  if ('heldBy' in lease) throw new Error(`the lease is held by ${lease.heldBy}`);
  return lease.fence;
};

/** The same store, with `before` called ahead of each call: to record it, or to throw instead of it. */
export const watched = (
  state: StateStore,
  before: (method: keyof StateStore, args: readonly unknown[]) => void,
  after: (method: keyof StateStore) => void = () => undefined,
): StateStore =>
  Object.fromEntries(
    (Object.entries(state) as [keyof StateStore, (...args: unknown[]) => Promise<unknown>][]).map(([method, call]) => [
      method,
      async (...args: unknown[]) => {
        before(method, args);
        const result = await call(...args);
        after(method);
        return result;
      },
    ]),
  ) as unknown as StateStore;
