/**
 * One transaction for all writes that wait at the same time. A commit costs a flush to the disk whatever it holds, and batches are planned and
 * acknowledged several at once. Each write still waits for the commit that holds it, and the order of writes is the order of the calls.
 */
import type { Knex } from 'knex';
import { guard } from './leases.ts';
import type { Fence } from './state-store.ts';

type Work<T> = (tx: Knex.Transaction) => Promise<T>;
type Waiting = {
  readonly fence: Fence;
  readonly work: Work<unknown>;
  readonly done: (value: unknown) => void;
  readonly failed: (error: unknown) => void;
};

export type Commit = <T>(fence: Fence, work: Work<T>) => Promise<T>;

const nameOf = ({ streamId, epoch, owner }: Fence): string => `${streamId} ${epoch} ${owner}`;

/** `hasFailed`: a write of this fence failed. What it was to record is missing, so the checkpoint must not pass it any more. */
export const groupCommits = (db: Knex): { readonly commit: Commit; readonly hasFailed: (fence: Fence) => boolean } => {
  const failed = new Set<string>();
  let waiting: Waiting[] = [];
  let isRunning = false;

  const write = (group: readonly Waiting[]): Promise<unknown[]> =>
    db.transaction(async (tx) => {
      const results: unknown[] = [];
      const guarded = new Set<string>();
      for (const { fence, work } of group) {
        if (!guarded.has(nameOf(fence))) await guard(tx, fence);
        guarded.add(nameOf(fence));
        results.push(await work(tx));
      }
      return results;
    });

  const settle = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const results = await write(group);
      for (const [n, { done }] of group.entries()) done(results[n]);
    } catch (error) {
      const [only] = group;
      if (only && group.length === 1) {
        failed.add(nameOf(only.fence));
        only.failed(error);
      }
      // One of them spoilt it for all: nothing was written, so each is tried on its own.
      else for (const each of group) await settle([each]);
    }
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await settle(group);
    }
    isRunning = false;
  };

  const commit: Commit = (fence, work) =>
    new Promise((resolve, reject) => {
      waiting.push({ fence, work, done: resolve as (value: unknown) => void, failed: reject });
      // Begun after the current turn, so that calls made together, and what follows from them at once, share a commit.
      if (!isRunning) {
        isRunning = true;
        setImmediate(() => void run());
      }
    });
  return { commit, hasFailed: (fence) => failed.has(nameOf(fence)) };
};
