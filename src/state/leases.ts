/**
 * The lease says who may run a mapping; its epoch fences every write. Time is the database's own clock.
 * A lease of a process that is known to be gone (same machine, same process namespace) is free at once: a crash does not cost a TTL.
 */

import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Knex } from 'knex';
import { fenced } from '../errors.ts';
import type { Fence, StateStore } from './state-store.ts';

const NOW = "(julianday('now') - 2440587.5) * 86400.0";

const namespace = (): string => {
  try {
    return `${hostname()}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
};

/** A name for this process: machine, process namespace, pid and a random part. */
export const processOwner = (): string => `${namespace()}#${process.pid}#${randomUUID().slice(0, 8)}`;

/** Whether an owner's process certainly no longer runs. False when that cannot be known from here. */
export const ownerIsGone = (owner: string, me: string): boolean => {
  const [place, pid] = owner.split('#');
  const [myPlace, myPid] = me.split('#');
  if (place !== myPlace || pid === undefined) return false;
  if (pid === myPid) return owner !== me;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};

/** Refuses the transaction of an owner that was replaced; also takes the write lock first, so that no reader upgrades to writer. */
export const guard = async (tx: Knex.Transaction, fence: Fence): Promise<void> => {
  const held = await tx('lease')
    .where({ stream_id: fence.streamId, epoch: fence.epoch, owner: fence.owner })
    .update({ epoch: fence.epoch });
  if (held === 0) throw fenced(fence.mapping);
};

type LeaseMethods = Pick<StateStore, 'acquireLease' | 'renewLease' | 'releaseLease'>;

export const leaseStore = (db: Knex): LeaseMethods => ({
  acquireLease: (mapping, owner, ttlSeconds) =>
    db.transaction(async (tx) => {
      await tx('stream').insert({ name: mapping }).onConflict('name').ignore();
      const { id: streamId } = await tx('stream').where({ name: mapping }).first('id');
      await tx('lease').insert({ stream_id: streamId }).onConflict('stream_id').ignore();
      const held = await tx('lease')
        .where({ stream_id: streamId })
        .first('owner', 'epoch', tx.raw(`expires_at > ${NOW} AS live`));
      if (held.owner !== null && held.live && held.owner !== owner && !ownerIsGone(held.owner, owner))
        return { heldBy: String(held.owner) };
      const epoch = Number(held.epoch) + 1;
      await tx('lease')
        .where({ stream_id: streamId })
        .update({ owner, epoch, expires_at: tx.raw(`${NOW} + ?`, [ttlSeconds]) });
      return { fence: { streamId, mapping, owner, epoch } };
    }),

  renewLease: async (fence, ttlSeconds) => {
    const held = await db('lease')
      .where({ stream_id: fence.streamId, epoch: fence.epoch, owner: fence.owner })
      .update({ expires_at: db.raw(`${NOW} + ?`, [ttlSeconds]) });
    if (held === 0) throw fenced(fence.mapping);
  },

  releaseLease: async (fence) => {
    await db('lease')
      .where({ stream_id: fence.streamId, epoch: fence.epoch, owner: fence.owner })
      .update({ owner: null, expires_at: 0 });
  },
});
