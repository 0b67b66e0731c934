/**
 * The lease says who may run a mapping; its epoch fences every write. Time is the database's own clock.
 * A lease of a process that is known to be gone (same machine, same process namespace) is free at once: a crash does not cost a TTL.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Knex } from 'knex';
import { fenced } from '../errors.ts';
import { dialectOf } from './dialect.ts';
import type { Fence, StateStore } from './state-store.ts';

/** Where process ids mean the same: machines may share a name, and all begin with the same namespace, but no two starts of a machine share an id. */
const namespace = (): string => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()}/${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
};

/** A name for this process: machine and its start, process namespace, pid and a random part. */
export const processOwner = (): string => `${namespace()}#${process.pid}#${randomUUID().slice(0, 8)}`;

/** Whether an owner's process certainly no longer runs. False when that cannot be known from here. */
export const ownerIsGone = (owner: string, me: string, isShared = false): boolean => {
  const [place, pid] = owner.split('#');
  const [myPlace, myPid] = me.split('#');
  if (place !== myPlace || pid === undefined) return false;
  // Only a machine's name: on a server that other machines use, that proves nothing.
  if (isShared && !place?.includes('/')) return false;
  if (pid === myPid) return owner !== me;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};

const ofFence = (fence: Fence) => ({ stream_id: fence.streamId, epoch: fence.epoch, owner: fence.owner });

/**
 * Refuses the transaction of an owner that was replaced. It comes first and locks the lease until the transaction ends: nobody takes the mapping
 * over in between, and transactions of one mapping follow one another, so that none waits for another one in a circle.
 */
export const guard = async (tx: Knex.Transaction, fence: Fence): Promise<void> => {
  if (!(await dialectOf(tx).lock(tx('lease').where(ofFence(fence))))) throw fenced(fence.mapping);
};

/** The mapping's row in `stream` and `lease`. Made outside of the transaction that wins the lease: on MySQL two that insert and then lock would block each other. */
export const streamOf = async (db: Knex, mapping: string): Promise<number> => {
  const find = (): Promise<{ id: number } | undefined> =>
    db('stream').join('lease', 'lease.stream_id', 'stream.id').where({ name: mapping }).first('stream.id');
  const known = await find();
  if (known) return known.id;
  await db('stream').insert({ name: mapping }).onConflict('name').ignore();
  const { id } = await db('stream').where({ name: mapping }).first('id');
  await db('lease').insert({ stream_id: id }).onConflict('stream_id').ignore();
  return id;
};

type LeaseMethods = Pick<StateStore, 'acquireLease' | 'leaseIsWanted' | 'renewLease' | 'releaseLease'>;

/** Seconds for which a wish for the lease holds, unless it is repeated: whoever wished may be gone. */
const WISH_SECONDS = 15;

export const leaseStore = (db: Knex): LeaseMethods => ({
  acquireLease: async (mapping, owner, ttlSeconds, givesWay = false) => {
    const { client, now, lock } = dialectOf(db);
    const streamId = await streamOf(db, mapping);
    return db.transaction(async (tx) => {
      const lease = () => tx('lease').where({ stream_id: streamId });
      // Locked first and read then: whoever had to wait sees what the other left, and asks the clock after the waiting.
      await lock(lease());
      const held = await lease().first(
        'owner',
        'epoch',
        'gives_way',
        tx.raw(`expires_at > ${now} AS live`),
        tx.raw(`wanted_until > ${now} AS wanted`),
      );
      const isFree =
        held.owner === null ||
        !held.live ||
        held.owner === owner ||
        ownerIsGone(held.owner, owner, client !== 'sqlite');
      if (!isFree) {
        const yields = !givesWay && Boolean(held.gives_way);
        if (yields) await lease().update({ wanted_until: tx.raw(`${now} + ?`, [WISH_SECONDS]) });
        return { heldBy: String(held.owner), ...(yields && { givesWay: true }) };
      }
      if (givesWay && held.wanted) return { heldBy: String(held.owner ?? '') };
      const epoch = Number(held.epoch) + 1;
      await lease().update({
        owner,
        epoch,
        expires_at: tx.raw(`${now} + ?`, [ttlSeconds]),
        gives_way: givesWay,
        wanted_until: 0,
      });
      return { fence: { streamId, mapping, owner, epoch } };
    });
  },

  leaseIsWanted: async (fence) => {
    const { now } = dialectOf(db);
    const row = await db('lease')
      .where(ofFence(fence))
      .first(db.raw(`wanted_until > ${now} AS wanted`));
    return Boolean(row?.wanted);
  },

  renewLease: async (fence, ttlSeconds) => {
    const held = await db('lease')
      .where(ofFence(fence))
      .update({ expires_at: db.raw(`${dialectOf(db).now} + ?`, [ttlSeconds]) });
    if (held === 0) throw fenced(fence.mapping);
  },

  releaseLease: async (fence) => {
    await db('lease').where(ofFence(fence)).update({ owner: null, expires_at: 0 });
  },
});
