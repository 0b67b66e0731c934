/** Slices: ranges of the cursor with a checkpoint of their own, and which of them are finished. */
import type { Knex } from 'knex';
import { guard } from './leases.ts';
import type { Checkpoint, Fence, StateStore } from './state-store.ts';

/** A range of the cursor, in the words of the command that asked for it: instants in ISO 8601 UTC, or numbers. Half open. */
export type SliceRange = { readonly from: string; readonly before: string };

export type NewSlice = SliceRange & {
  readonly name: string;
  readonly fingerprint: string;
  /** Finished, it is remembered: no row can appear in it any more. */
  readonly isKept: boolean;
};

export type Slice = NewSlice & {
  readonly mapping: string;
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
  readonly checkpoint: Checkpoint | undefined;
};

type Stored = {
  name: string;
  slice: string;
  range_from: string;
  range_before: string;
  fingerprint: string;
  is_kept: boolean | number;
  created_at: number;
  finished_at: number | null;
  cursor: string | null;
  key: string | null;
  made_with: string | null;
};

type Methods = Pick<StateStore, 'listSlices' | 'addSlices' | 'finishSlice' | 'promoteSlice' | 'dropSlices'>;

const ofSlice = ({ streamId, slice = '' }: Fence) => ({ stream_id: streamId, slice });

export const sliceStore = (db: Knex): Methods => ({
  listSlices: async (mapping) => {
    const rows: Stored[] = await db('read_slice')
      .join('stream', 'stream.id', 'read_slice.stream_id')
      .leftJoin('checkpoint', (on) =>
        on.on('checkpoint.stream_id', 'read_slice.stream_id').andOn('checkpoint.slice', 'read_slice.slice'),
      )
      .modify((query) => (mapping === undefined ? query : query.where('stream.name', mapping)))
      .orderBy(['stream.name', 'read_slice.created_at', 'read_slice.range_from', 'read_slice.slice'])
      .select('stream.name', 'read_slice.*', 'checkpoint.cursor', 'checkpoint.key')
      .select({ made_with: 'checkpoint.fingerprint' });
    return rows.map((row) => ({
      mapping: row.name,
      name: row.slice,
      from: row.range_from,
      before: row.range_before,
      fingerprint: row.fingerprint,
      isKept: Boolean(row.is_kept),
      createdAt: row.created_at,
      finishedAt: row.finished_at ?? undefined,
      checkpoint:
        row.cursor === null || row.key === null
          ? undefined
          : { cursor: row.cursor, key: JSON.parse(row.key), fingerprint: row.made_with ?? '' },
    }));
  },

  addSlices: (fence, slices, now) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      for (const slice of slices) {
        await tx('read_slice')
          .insert({
            stream_id: fence.streamId,
            slice: slice.name,
            range_from: slice.from,
            range_before: slice.before,
            fingerprint: slice.fingerprint,
            is_kept: slice.isKept,
            created_at: now,
            finished_at: null,
          })
          .onConflict(['stream_id', 'slice'])
          .merge();
      }
    }),

  finishSlice: (fence, now) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      // Where it stands says nothing any more: all of it is done, and the next command begins its own.
      await tx('checkpoint').where(ofSlice(fence)).delete();
      await tx('read_slice').where(ofSlice(fence)).where({ is_kept: true }).update({ finished_at: now });
      await tx('read_slice').where(ofSlice(fence)).where({ is_kept: false }).delete();
    }),

  promoteSlice: (fence, now) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      const own = await tx('checkpoint').where(ofSlice(fence)).first('cursor', 'key', 'fingerprint');
      if (own) {
        await tx('checkpoint')
          .insert({ ...own, stream_id: fence.streamId, slice: '', epoch: fence.epoch, updated_at: now })
          .onConflict(['stream_id', 'slice'])
          .merge();
      }
      await tx('checkpoint').where(ofSlice(fence)).delete();
      await tx('read_slice').where(ofSlice(fence)).delete();
    }),

  dropSlices: (fence, names) =>
    db.transaction(async (tx) => {
      await guard(tx, fence);
      const these = (query: Knex.QueryBuilder): void => {
        query.where({ stream_id: fence.streamId });
        if (names === undefined) query.whereNot('slice', '');
        else query.whereIn('slice', [...names]);
      };
      await tx('checkpoint').modify(these).delete();
      const dropped: number = await tx('read_slice').modify(these).delete();
      return dropped;
    }),
});
