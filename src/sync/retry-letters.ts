/**
 * Rows with a dead letter, read again by their keys and sent on the way of every row: lease, batches, ledger. The checkpoint does not move,
 * because these rows lie behind it. A row that is sent, or turns out to be none to send, loses its dead letter; one that is refused keeps it.
 */
import type { Position, Source } from '../../connectors/connector.ts';
import { parseDuration } from '../config/duration.ts';
import type { ReadPart } from '../extract/read-stream.ts';
import { cellText } from '../mapping/cell-values.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Fence, LetterFilter, StateStore } from '../state/state-store.ts';
import type { StreamPlan } from './plan-stream.ts';

/** Rows that are read at a time. */
const ROWS_PER_PART = 1_000;
/** Rows of one run's second chances. Each that Meta refuses again costs a few requests: a full table of them must not hold up a run. */
const SECOND_CHANCES = 100;
/** The pages of such a part have no place in the reading order, and nothing asks for it. */
const NOWHERE: Position = { cursor: '', key: [] };

export type KeyedRead = {
  readonly parts: readonly ReadPart[];
  /** One call per part, in their order. */
  readonly source: Pick<Source, 'readPages'>;
  /** Primary keys of the rows that were there. */
  readonly found: () => readonly (readonly string[])[];
};

/** The rows with these keys as parts of a run's read. */
export const readByKeys = (
  source: Pick<Source, 'readKeys'>,
  { primaryKey }: Pick<ParsedMapping, 'primaryKey'>,
  columns: readonly string[],
  keys: readonly (readonly string[])[],
): KeyedRead => {
  const chunks = Array.from({ length: Math.ceil(keys.length / ROWS_PER_PART) }, (_, n) =>
    keys.slice(n * ROWS_PER_PART, (n + 1) * ROWS_PER_PART),
  );
  const keyIndexes = primaryKey.map((name) => columns.indexOf(name));
  const found: string[][] = [];
  let next = 0;
  return {
    // A page of this size is never full, so that a part is asked for once.
    parts: chunks.map(() => ({ range: { columns, pageSize: Number.POSITIVE_INFINITY }, moves: false })),
    found: () => found,
    source: {
      async *readPages(stream) {
        const rows = await source.readKeys(stream, columns, chunks[next++] ?? []);
        for (const row of rows) found.push(keyIndexes.map((index) => cellText(row[index] ?? null) ?? ''));
        if (rows.length > 0) yield { rows, end: NOWHERE };
      },
    },
  };
};

export type LetterRetry = {
  readonly mapping: ParsedMapping;
  readonly plan: StreamPlan;
  readonly source: Source;
  readonly state: StateStore;
  readonly fence: Fence;
  readonly runId: number;
  readonly nowSeconds: () => number;
  /** Sends a part of the read through the pipeline, to its end. */
  readonly send: (read: KeyedRead) => Promise<{ complete: boolean }>;
};

/** @returns how many rows were asked for, and whether all of them have their outcome */
export const retryLetters = async (
  { mapping, plan, source, state, fence, runId, nowSeconds, send }: LetterRetry,
  which: LetterFilter,
  limit: number = Number.MAX_SAFE_INTEGER,
): Promise<{ asked: number; complete: boolean }> => {
  const keys = await state.deadLetterKeys(fence, which, limit);
  if (keys.length === 0) return { asked: 0, complete: true };
  const read = readByKeys(source, mapping, plan.read.columns, keys);
  const { complete } = await send(read);
  if (complete) await state.closeRetried(fence, { runId, asked: keys, found: read.found() }, nowSeconds());
  return { asked: keys.length, complete };
};

/** At the end of a run: rows that were refused long enough ago are tried again, and dead letters that are too old go. */
export const giveSecondChances = async (retry: LetterRetry): Promise<void> => {
  const { mapping, state, fence, nowSeconds } = retry;
  const { retry_after: after, keep } = mapping.file.dead_letters;
  await state.deleteDeadLetters(fence, { firstBefore: nowSeconds() - parseDuration(keep) });
  if (after === 'never') return;
  await retryLetters(retry, { triedBefore: nowSeconds() - parseDuration(after) }, SECOND_CHANCES);
};
