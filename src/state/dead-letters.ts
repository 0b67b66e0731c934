/** Dead letters: rows that could not be sent, by source row. Identities, codes and counts; never a payload. */
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { guard } from './leases.ts';
import type { DeadLetter, Due, Fence, LetterFilter, StateStore, StoredDeadLetter } from './state-store.ts';

export const writeDeadLetters = async (tx: Knex.Transaction, fence: Fence, due: Due, now: number): Promise<void> => {
  if (due.cleared.length > 0) {
    await tx('dead_letter')
      .where({ stream_id: fence.streamId })
      .where(dialectOf(tx).isOneOf(tx, 'row_key', due.cleared))
      .delete();
  }
  // A row that was read twice is one row here, with its last reason: PostgreSQL does not take the same key twice in a statement.
  const letters = new Map<string, { letter: DeadLetter; times: number }>();
  for (const letter of due.deadLetters) {
    const rowKey = JSON.stringify(letter.rowKey);
    letters.set(rowKey, { letter, times: (letters.get(rowKey)?.times ?? 0) + 1 });
  }
  const rows = [...letters];
  const incoming = (column: string): Knex.Raw => dialectOf(tx).incoming(tx, column);
  for (let at = 0; at < rows.length; at += 50) {
    await tx('dead_letter')
      .insert(
        rows.slice(at, at + 50).map(([rowKey, { letter, times }]) => ({
          stream_id: fence.streamId,
          row_key: rowKey,
          fingerprint: letter.fingerprint,
          origin: letter.origin,
          code: letter.code,
          field: letter.field ?? null,
          meta_code: letter.metaCode ?? null,
          meta_subcode: letter.metaSubcode ?? null,
          times,
          first_at: now,
          last_at: now,
          run_id: due.runId,
        })),
      )
      .onConflict(['stream_id', 'row_key'])
      .merge({
        fingerprint: incoming('fingerprint'),
        origin: incoming('origin'),
        code: incoming('code'),
        field: incoming('field'),
        meta_code: incoming('meta_code'),
        meta_subcode: incoming('meta_subcode'),
        times: tx.raw('?? + ?', ['dead_letter.times', incoming('times')]),
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

type Methods = Pick<
  StateStore,
  | 'findDeadLetters'
  | 'countDeadLetters'
  | 'listDeadLetters'
  | 'summariseDeadLetters'
  | 'deadLetterKeys'
  | 'deleteDeadLetters'
  | 'closeRetried'
>;

/** Keys of one statement. */
const KEYS_PER_STATEMENT = 500;

const thatMatch =
  ({ code, triedBefore, firstBefore }: LetterFilter) =>
  (query: Knex.QueryBuilder): void => {
    if (code !== undefined) {
      query.where((any) => {
        any.where('code', code);
        if (/^\d{1,9}$/.test(code)) any.orWhere('meta_code', Number(code)).orWhere('meta_subcode', Number(code));
      });
    }
    if (triedBefore !== undefined) query.where('last_at', '<', triedBefore);
    if (firstBefore !== undefined) query.where('first_at', '<', firstBefore);
  };

const stored = (rowKeys: readonly (readonly string[])[]): string[] => rowKeys.map((key) => JSON.stringify(key));

/** For as few keys as a person names. */
const withKeys =
  ({ rowKeys }: LetterFilter) =>
  (query: Knex.QueryBuilder): void => {
    if (rowKeys) query.whereIn('row_key', stored(rowKeys));
  };

/** Row keys as stored, in pieces that a statement can hold. */
const piecesOf = (rowKeys: readonly (readonly string[])[]): string[][] => {
  const texts = stored(rowKeys);
  return Array.from({ length: Math.ceil(texts.length / KEYS_PER_STATEMENT) }, (_, n) =>
    texts.slice(n * KEYS_PER_STATEMENT, (n + 1) * KEYS_PER_STATEMENT),
  );
};

export const deadLetterStore = (db: Knex): Methods => {
  const ofMapping = (mapping: string | undefined, which: LetterFilter = {}) =>
    db('dead_letter')
      .join('stream', 'stream.id', 'dead_letter.stream_id')
      .modify((query) => (mapping === undefined ? query : query.where('stream.name', mapping)))
      .modify(withKeys(which))
      .modify(thatMatch(which));
  return {
    findDeadLetters: async (fence, rowKeys) => {
      const rows: { row_key: string; fingerprint: string }[] = await db('dead_letter')
        .where({ stream_id: fence.streamId })
        .where(dialectOf(db).isOneOf(db, 'row_key', rowKeys))
        .select('row_key', 'fingerprint');
      return new Map(rows.map((row) => [row.row_key, row.fingerprint]));
    },
    countDeadLetters: async (mapping, which) => {
      const row = await ofMapping(mapping, which).count({ n: '*' }).first();
      return Number(row?.n ?? 0);
    },
    listDeadLetters: async (mapping, limit, which) => {
      const rows: StoredRow[] = await ofMapping(mapping, which)
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
    summariseDeadLetters: async (mapping, which) => {
      const rows = await ofMapping(mapping, which)
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
    deadLetterKeys: async (fence, which, limit) => {
      const rows: { row_key: string }[] = await db('dead_letter')
        .where({ stream_id: fence.streamId })
        .modify(withKeys(which))
        .modify(thatMatch(which))
        .orderBy('last_at')
        .orderBy('row_key')
        .limit(limit)
        .select('row_key');
      return rows.map((row) => JSON.parse(row.row_key) as string[]);
    },
    deleteDeadLetters: (fence, which) =>
      db.transaction(async (tx) => {
        await guard(tx, fence);
        const meant = (): Knex.QueryBuilder =>
          tx('dead_letter').where({ stream_id: fence.streamId }).modify(thatMatch(which));
        let deleted = 0;
        if (which.rowKeys === undefined) deleted = await meant().delete();
        else for (const texts of piecesOf(which.rowKeys)) deleted += await meant().whereIn('row_key', texts).delete();
        return deleted;
      }),
    closeRetried: (fence, { runId, asked, found }, now) =>
      db.transaction(async (tx) => {
        await guard(tx, fence);
        const notRefused = tx('dead_letter').where({ stream_id: fence.streamId }).whereNot('run_id', runId);
        for (const texts of piecesOf(found)) await notRefused.clone().whereIn('row_key', texts).delete();
        for (const texts of piecesOf(asked))
          await notRefused.clone().whereIn('row_key', texts).update({ last_at: now, run_id: runId });
      }),
  };
};
