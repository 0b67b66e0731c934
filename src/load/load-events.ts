/**
 * Loads events: fills batches, keeps several under way, and writes every outcome in the promised order:
 * batch SENT with its keys → POST → ACKED, with the dead letters and the checkpoint that are due (ARCHITECTURE.md, "Write order").
 */
import type { Position } from '../../connectors/connector.ts';
import type { Dedup, Pending } from '../dedup/track-dedup.ts';
import { FatalError } from '../errors.ts';
import type { EventRow } from '../mapping/mapped-row.ts';
import { countAge } from '../quality/event-ages.ts';
import type { Checkpoint, DeadLetter, Due, Fence, RowHash, RunCounts, StateStore } from '../state/state-store.ts';
import type { Settlement } from '../sync/settlement.ts';
import {
  type DeliveryResult,
  type DeliveryTools,
  deliverBatch,
  type Refusal,
  type UndeliveredError,
} from './deliver-batch.ts';

export type LoaderOptions = {
  readonly fence: Fence;
  readonly runId: number;
  readonly state: StateStore;
  readonly dedup: Dedup;
  readonly settlement: Settlement;
  readonly delivery: DeliveryTools;
  readonly counts: RunCounts;
  /** Events by their age when they were acknowledged; grows. */
  readonly eventAges?: number[] | undefined;
  /** Events a request, 1 to 1,000. */
  readonly batchSize: number;
  readonly concurrency: number;
  /** Belongs to each checkpoint that is written. */
  readonly fingerprint: string;
  /** Of a snapshot: what is to be remembered of the rows up to a position, instead of a checkpoint. Each is given once. */
  readonly rowHashesUpTo?: ((end: Position) => readonly RowHash[]) | undefined;
  /** Keys that an older epoch sent without a known outcome. */
  readonly inDoubt: ReadonlySet<string>;
  /** 16 hex characters for the event's bytes. */
  readonly fingerprintOf: (event: EventRow) => string;
};

export type Loader = {
  /** Queues an event. Call `flush` to let full batches go. */
  readonly add: (pending: Pending) => void;
  /** A row with a local rejection; written with the next transaction. */
  readonly addDeadLetter: (letter: DeadLetter) => void;
  /** If this row is sent, its dead letter goes. */
  readonly expectCleared: (rowKey: string) => void;
  /** Sends full batches; waits while the window is full. @throws what a batch under way threw */
  readonly flush: () => Promise<void>;
  /** Sends what is left and waits for every batch. @throws like flush, after all batches under way have ended */
  readonly drain: () => Promise<void>;
  /** Waits for the batches under way, sends nothing new, writes what is due. Never throws for a batch's failure. */
  readonly halt: () => Promise<void>;
};

/** Acked batches between two folds of their keys into the ledger: sorting large groups is what makes the ledger fast. */
const BATCHES_PER_FOLD = 50;
/** Dead letters that may wait for the next transaction. */
const LETTERS_PER_WRITE = 500;

const isSystemic = (failure: unknown): boolean =>
  failure instanceof FatalError && failure.code === 'systemic-rejection';

export const openLoader = (options: LoaderOptions): Loader => {
  const { fence, runId, state, dedup, settlement, delivery, counts, batchSize, concurrency } = options;
  // One request never mixes age windows: an event of last month, fine for physical_store, would refuse all others.
  const lanes = new Map<number, Pending[]>();
  const unfinished = new Set<number>();
  /** Rows that have a dead letter, written or about to be: sent after all, they lose it. */
  const wanted = new Set<string>();
  let letters: DeadLetter[] = [];
  let cleared: string[] = [];
  /** Refused by Meta, not yet recorded: their rows stay open until the breaker can be trusted not to trip over them. */
  let heldBack: { readonly pending: Pending; letter: DeadLetter | undefined }[] = [];
  /** Dead letters in writes that have not ended. */
  let carrying = 0;
  let nextBatch = 0;
  let ackedSinceFold = 0;
  /** Batches that hold a slot: planned or sent, not yet answered. */
  let running = 0;
  /** Batches whose outcome is not yet recorded. */
  let working = 0;
  let failure: unknown;
  let wake: () => void = () => undefined;

  const seconds = (): number => Math.floor(delivery.now() / 1000);

  /**
   * Writes what is due, with whatever the write is for. Dead letters under way hold the checkpoint back, and a write that fails
   * gives them back: the checkpoint never passes a row whose outcome is not written.
   */
  const writeDue = async (write: (due: Due) => Promise<void>): Promise<void> => {
    const position = carrying === 0 ? settlement.takePosition() : undefined;
    const rowHashes = position && options.rowHashesUpTo?.(position);
    const checkpoint: Checkpoint | undefined = options.rowHashesUpTo
      ? undefined
      : position && { cursor: position.cursor, key: position.key, fingerprint: options.fingerprint };
    const due: Due = { runId, deadLetters: letters, cleared, checkpoint, ...(rowHashes && { rowHashes }) };
    letters = [];
    cleared = [];
    const load = due.deadLetters.length + due.cleared.length;
    carrying += load;
    try {
      await write(due);
    } catch (error) {
      letters.unshift(...due.deadLetters);
      cleared.unshift(...due.cleared);
      throw error;
    } finally {
      carrying -= load;
    }
  };

  const settleDue = async (): Promise<void> => {
    await writeDue(async (due) => {
      if (due.checkpoint || due.rowHashes || due.deadLetters.length > 0 || due.cleared.length > 0)
        await state.settle(fence, due, seconds());
    });
  };

  const resolve = (pending: Pending, outcome: 'sent' | 'duplicate' | 'rejected' | 'expired'): void => {
    counts[outcome] += 1;
    settlement.resolve(pending.page);
  };

  const accept = (pending: Pending): void => {
    for (const sibling of dedup.accepted(pending)) resolve(sibling, 'duplicate');
    resolve(pending, 'sent');
    if (wanted.size === 0) return;
    const rowKey = JSON.stringify(pending.event.rowKey);
    if (!wanted.delete(rowKey)) return;
    letters = letters.filter((letter) => JSON.stringify(letter.rowKey) !== rowKey);
    for (const held of heldBack) if (JSON.stringify(held.pending.event.rowKey) === rowKey) held.letter = undefined;
    cleared.push(rowKey);
  };

  const addDeadLetter = (letter: DeadLetter): void => {
    letters.push(letter);
    wanted.add(JSON.stringify(letter.rowKey));
  };

  /** The held repeat of the same key, if there is one, is tried next. */
  const promoteSibling = (pending: Pending): void => {
    const next = dedup.refused(pending);
    if (next) add(next);
  };

  const holdBack = (refusal: Refusal, pending: Pending): void => {
    heldBack.push({ pending, letter: letterOf(refusal) });
    wanted.add(JSON.stringify(pending.event.rowKey));
    promoteSibling(pending);
  };

  /** Their letters go with the next write, and with them the checkpoint that passes their rows. */
  const recordHeldBack = (): void => {
    for (const { pending, letter } of heldBack) {
      if (letter) letters.push(letter);
      resolve(pending, 'rejected');
    }
    heldBack = [];
  };

  const letterOf = ({ event, code, subcode, reason }: Refusal): DeadLetter => ({
    rowKey: event.rowKey,
    fingerprint: options.fingerprintOf(event),
    origin: 'meta',
    code: code === undefined ? reason : 'refused-by-meta',
    metaCode: code,
    metaSubcode: subcode,
  });

  /** One batch, from the record of its sending to the record of its outcome. */
  const deliver = async (batch: readonly Pending[], freeSlot: () => void): Promise<void> => {
    const byEvent = new Map(batch.map((pending) => [pending.event, pending]));
    const keys = batch.map((pending) => pending.event.dedupKey);
    const batchId = await state.planBatch(fence, runId, keys, seconds());
    counts.batches += 1;
    if (options.inDoubt.size > 0) delivery.count.inDoubtResent += keys.filter((key) => options.inDoubt.has(key)).length;

    let closed = false;
    const onAccepted = async (part: readonly EventRow[], whole: boolean): Promise<void> => {
      closed = whole;
      if (whole) {
        const acked = writeDue((due) => state.ackBatch(fence, batchId, due, seconds()));
        // The next batch's record joins this commit, and its POST waits for it: no more than `concurrency` are ever unacknowledged.
        freeSlot();
        await acked;
      } else {
        const partKeys = part.map((event) => event.dedupKey);
        await writeDue((due) => state.ackPart(fence, runId, partKeys, due, seconds()));
      }
      const now = seconds();
      for (const event of part) {
        accept(byEvent.get(event) as Pending);
        if (options.eventAges) countAge(options.eventAges, now - event.eventTime);
      }
    };

    let result: DeliveryResult;
    try {
      result = await deliverBatch([...byEvent.keys()], { ...delivery, batch: { runId, batchId } }, onAccepted);
    } catch (error) {
      if ((error as UndeliveredError).maybeProcessed === false)
        await writeDue((due) => state.dropBatch(fence, batchId, due, seconds()));
      throw error;
    }
    if (!closed) {
      for (const refusal of result.refused) holdBack(refusal, byEvent.get(refusal.event) as Pending);
      await writeDue((due) => state.dropBatch(fence, batchId, due, seconds()));
      for (const event of result.expired) {
        promoteSibling(byEvent.get(event) as Pending);
        resolve(byEvent.get(event) as Pending, 'expired');
      }
    }
    if (heldBack.length > 0 && delivery.breaker.isCalm()) recordHeldBack();
    ackedSinceFold += 1;
    if (ackedSinceFold >= BATCHES_PER_FOLD) await fold();
  };

  const fold = async (): Promise<void> => {
    ackedSinceFold = 0;
    const folded = dedup.beginFold();
    await state.foldAcked(fence);
    folded();
  };

  const oldest = (): number => unfinished.values().next().value ?? nextBatch;
  const mayStart = (): boolean => running < concurrency && nextBatch - oldest() < 2 * concurrency;
  const changed = (): Promise<void> => new Promise((done) => (wake = done));

  const dispatch = async (batch: readonly Pending[]): Promise<void> => {
    while (!mayStart() && failure === undefined) await changed();
    if (failure !== undefined) throw failure;
    const number = nextBatch++;
    unfinished.add(number);
    running += 1;
    working += 1;
    let holdsSlot = true;
    const freeSlot = (): void => {
      if (holdsSlot) running -= 1;
      holdsSlot = false;
      wake();
    };
    deliver(batch, freeSlot)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        unfinished.delete(number);
        working -= 1;
        freeSlot();
      });
  };

  const add = (pending: Pending): void => {
    const lane = lanes.get(pending.event.maxAgeSeconds);
    if (lane) lane.push(pending);
    else lanes.set(pending.event.maxAgeSeconds, [pending]);
  };

  const send = async (smallest: number): Promise<void> => {
    for (const lane of lanes.values()) {
      while (lane.length >= smallest) await dispatch(lane.splice(0, batchSize));
    }
    if (failure !== undefined) throw failure;
  };

  const idle = async (): Promise<void> => {
    while (working > 0) await changed();
  };

  return {
    add,
    addDeadLetter,
    expectCleared: (rowKey) => void wanted.add(rowKey),
    flush: async () => {
      await send(batchSize);
      if (letters.length >= LETTERS_PER_WRITE || working === 0) await settleDue();
    },
    drain: async () => {
      try {
        // A rejected row frees its held sibling: go on until nothing is left.
        do {
          await send(1);
          await idle();
        } while (failure === undefined && [...lanes.values()].some((lane) => lane.length > 0));
      } finally {
        await idle();
      }
      if (failure !== undefined) throw failure;
      // Every batch has ended and the breaker did not trip.
      recordHeldBack();
      await fold();
      await settleDue();
    },
    halt: async () => {
      await idle();
      if (!isSystemic(failure)) recordHeldBack();
      await settleDue();
    },
  };
};
