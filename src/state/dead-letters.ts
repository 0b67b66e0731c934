/** Dead letters: rows that could not be sent, by source row. Identities, codes and counts; never a payload. */
import type { Knex } from 'knex';
import type { Due, Fence, StateStore, StoredDeadLetter } from './state-store.ts';

export const writeDeadLetters = async (tx: Knex.Transaction, fence: Fence, due: Due, now: number): Promise<void> => {
  if (due.cleared.length > 0) {
    await tx.raw('DELETE FROM dead_letter WHERE stream_id = ? AND row_key IN (SELECT value FROM json_each(?))', [
      fence.streamId,
      JSON.stringify(due.cleared),
    ]);
  }
  for (let at = 0; at < due.deadLetters.length; at += 50) {
    await tx('dead_letter')
      .insert(
        due.deadLetters.slice(at, at + 50).map((letter) => ({
          stream_id: fence.streamId,
          row_key: JSON.stringify(letter.rowKey),
          fingerprint: letter.fingerprint,
          origin: letter.origin,
          code: letter.code,
          field: letter.field ?? null,
          meta_code: letter.metaCode ?? null,
          meta_subcode: letter.metaSubcode ?? null,
          times: 1,
          first_at: now,
          last_at: now,
          run_id: due.runId,
        })),
      )
      .onConflict(['stream_id', 'row_key'])
      .merge({
        fingerprint: tx.raw('excluded.fingerprint'),
        origin: tx.raw('excluded.origin'),
        code: tx.raw('excluded.code'),
        field: tx.raw('excluded.field'),
        meta_code: tx.raw('excluded.meta_code'),
        meta_subcode: tx.raw('excluded.meta_subcode'),
        times: tx.raw('dead_letter.times + 1'),
        last_at: now,
        run_id: due.runId,
      });
  }
};

type StoredRow = {
  name: string;
  row_key: string;
  fingerprint: string;
  origin: 'local' | 'meta';
  code: string;
  field: string | null;
  meta_code: number | null;
  meta_subcode: number | null;
  times: number;
  first_at: number;
  last_at: number;
};

type Methods = Pick<StateStore, 'findDeadLetters' | 'countDeadLetters' | 'listDeadLetters' | 'summariseDeadLetters'>;

export const deadLetterStore = (db: Knex): Methods => {
  const ofMapping = (mapping: string | undefined) =>
    db('dead_letter')
      .join('stream', 'stream.id', 'dead_letter.stream_id')
      .modify((query) => (mapping === undefined ? query : query.where('stream.name', mapping)));
  return {
    findDeadLetters: async (fence, rowKeys) => {
      const rows: { row_key: string; fingerprint: string }[] = await db.raw(
        'SELECT row_key, fingerprint FROM dead_letter WHERE stream_id = ? AND row_key IN (SELECT value FROM json_each(?))',
        [fence.streamId, JSON.stringify(rowKeys)],
      );
      return new Map(rows.map((row) => [row.row_key, row.fingerprint]));
    },
    countDeadLetters: async (mapping) => {
      const row = await ofMapping(mapping).count({ n: '*' }).first();
      return Number(row?.n ?? 0);
    },
    listDeadLetters: async (mapping, limit) => {
      const rows: StoredRow[] = await ofMapping(mapping)
        .orderBy('last_at', 'desc')
        .orderBy('row_key')
        .limit(limit)
        .select('dead_letter.*', 'stream.name');
      return rows.map(
        (row: StoredRow): StoredDeadLetter => ({
          mapping: row.name,
          rowKey: JSON.parse(row.row_key),
          fingerprint: row.fingerprint,
          origin: row.origin,
          code: row.code,
          field: row.field ?? undefined,
          metaCode: row.meta_code ?? undefined,
          metaSubcode: row.meta_subcode ?? undefined,
          times: row.times,
          firstAt: row.first_at,
          lastAt: row.last_at,
        }),
      );
    },
    summariseDeadLetters: async (mapping) => {
      const rows = await ofMapping(mapping)
        .groupBy('stream.name', 'code', 'field')
        .orderBy('rows', 'desc')
        .select('stream.name', 'code', 'field')
        .count({ rows: '*' });
      return rows.map((row) => ({
        mapping: String(row.name),
        code: String(row.code),
        field: row.field === null ? undefined : String(row.field),
        rows: Number(row.rows),
      }));
    },
  };
};
