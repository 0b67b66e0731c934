/** What state remembers of one row: was its event acknowledged, is it under way, was it rejected. Reads only, without a lease. */
import type { Knex } from 'knex';
import { unpackKeys } from './pack-keys.ts';
import type { StateStore, StoredDeadLetter } from './state-store.ts';

export type RowHistory = {
  /** Days since 1970, of the acknowledgement by Meta; undefined: none is known. */
  readonly acknowledgedDay: number | undefined;
  /** Days since 1970, of a sending without an answer so far: under way, or in doubt. */
  readonly openDay: number | undefined;
  readonly deadLetter:
    | Pick<StoredDeadLetter, 'code' | 'field' | 'origin' | 'fingerprint' | 'lastAt' | 'times'>
    | undefined;
};

type LetterRow = {
  code: string;
  field: string | null;
  origin: 'local' | 'meta';
  fingerprint: string;
  last_at: number;
  times: number;
};

export const rowHistoryStore = (db: Knex): Pick<StateStore, 'findRowHistory'> => ({
  findRowHistory: async (mapping, dedupKey, rowKey) => {
    const stream: { id: number } | undefined = await db('stream').where({ name: mapping }).first('id');
    if (!stream) return { acknowledgedDay: undefined, openDay: undefined, deadLetter: undefined };
    const ofStream = { stream_id: stream.id };
    const letter: LetterRow | undefined = await db('dead_letter')
      .where({ ...ofStream, row_key: JSON.stringify(rowKey) })
      .first('code', 'field', 'origin', 'fingerprint', 'last_at', 'times');
    const days = dedupKey === undefined ? {} : await daysOf(db, stream.id, dedupKey);
    return {
      acknowledgedDay: days.acknowledged,
      openDay: days.open,
      deadLetter: letter && {
        code: letter.code,
        field: letter.field ?? undefined,
        origin: letter.origin,
        fingerprint: letter.fingerprint,
        lastAt: letter.last_at,
        times: letter.times,
      },
    };
  },
});

type Days = { acknowledged?: number | undefined; open?: number | undefined };

/** The ledger, and the few batches that are not folded into it yet. */
const daysOf = async (db: Knex, streamId: number, dedupKey: string): Promise<Days> => {
  const inLedger: { day: number } | undefined = await db('ledger')
    .where({ stream_id: streamId, k: Buffer.from(dedupKey, 'hex') })
    .first('day');
  const batches: { state: string; day: number; keys: Uint8Array }[] = await db('batch')
    .join('batch_key', 'batch_key.batch_id', 'batch.id')
    .where({ stream_id: streamId })
    .select('batch.state', 'batch.day', 'batch_key.keys');
  const holding = batches.filter(({ keys }) => unpackKeys(keys).includes(dedupKey));
  const latest = (state: string): number | undefined =>
    holding
      .filter((batch) => batch.state === state)
      .reduce<number | undefined>((day, batch) => Math.max(day ?? 0, batch.day), undefined);
  const acked = latest('ACKED');
  const acknowledged = acked === undefined ? inLedger?.day : Math.max(acked, inLedger?.day ?? 0);
  return { acknowledged, open: latest('SENT') };
};
