/**
 * What the sync needs to remember, as one interface. Every write of a run carries its fence: a store that knows a newer
 * epoch refuses it with `lease-lost`. Times are epoch seconds; keys are 32 lower-case hex characters (16 bytes).
 */
import type { Position } from '../../connectors/connector.ts';
import type { MatchCoverage } from '../quality/coverage.ts';
import type { RowHistory } from './row-history.ts';

/** The right to write for one mapping, won with the lease. */
export type Fence = {
  readonly streamId: number;
  readonly mapping: string;
  readonly owner: string;
  readonly epoch: number;
};

/** How far a mapping is. `fingerprint` covers source, cursor, key and filter: a checkpoint means nothing for another one. */
export type Checkpoint = Position & { readonly fingerprint: string };

/** A row that could not be sent: identities, a code, never a payload. */
export type DeadLetter = {
  readonly rowKey: readonly string[];
  /** 16 hex characters: of the row's cells (local) or of the event (meta). A changed row is eligible again. */
  readonly fingerprint: string;
  readonly origin: 'local' | 'meta';
  readonly code: string;
  readonly field?: string | undefined;
  readonly metaCode?: number | undefined;
  readonly metaSubcode?: number | undefined;
};

/** Which dead letters of a mapping are meant; all conditions must hold, none given: all of them. Times are epoch seconds. */
export type LetterFilter = {
  readonly rowKeys?: readonly (readonly string[])[];
  /** A code of ours; or, in digits, a code or subcode of Meta. */
  readonly code?: string;
  readonly triedBefore?: number;
  readonly firstBefore?: number;
};

export type RetriedRows = {
  readonly runId: number;
  readonly asked: readonly (readonly string[])[];
  readonly found: readonly (readonly string[])[];
};

export type StoredDeadLetter = DeadLetter & {
  readonly mapping: string;
  readonly times: number;
  readonly firstAt: number;
  readonly lastAt: number;
};

/** `read = sent + duplicate + filtered + rejected + expired`, always: rows that a failed run left without an outcome are not counted as read. */
export type RunCounts = {
  read: number;
  sent: number;
  duplicate: number;
  filtered: number;
  /** Of the filtered ones, those whom consent.require left out. */
  withoutConsent: number;
  rejected: number;
  expired: number;
  batches: number;
  requests: number;
  retries: number;
  inDoubtResent: number;
  /** Rows of which an earlier run does not know whether they arrived, and which `on_unknown: hold` keeps back. Not among `read`. */
  held?: number | undefined;
  /** Of `dead-letters retry` only: the rows that were asked for. Those that the source has no more are not among `read`. */
  retried?: number | undefined;
};

export type RunStatus = 'running' | 'succeeded' | 'completed_with_rejections' | 'failed' | 'skipped_busy';

export type RunRecord = {
  readonly id: number;
  readonly mapping: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly counts: RunCounts | undefined;
  /** Absent where the run has no end yet, or an older version recorded it. */
  readonly matchKeys?: MatchCoverage | undefined;
  /** The mapping's conditions of consent, as they were. */
  readonly consent?: string | undefined;
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
};

/** What a crashed or stopped run left behind. */
export type OpenBatches = {
  /** Keys acknowledged but not yet in the ledger. */
  readonly acked: readonly string[];
  /** Keys sent by an older epoch without a known outcome: sent again, and counted. */
  readonly inDoubt: readonly string[];
};

export type StateStore = {
  /** Wins the lease, or tells who holds it. Expiry is by the database's clock. */
  acquireLease(mapping: string, owner: string, ttlSeconds: number): Promise<{ fence: Fence } | { heldBy: string }>;
  renewLease(fence: Fence, ttlSeconds: number): Promise<void>;
  releaseLease(fence: Fence): Promise<void>;

  readCheckpoint(mapping: string): Promise<Checkpoint | undefined>;
  /** The next run begins at `cursor.start` again; the ledger stays. */
  deleteCheckpoint(fence: Fence): Promise<void>;

  /** @param consent the mapping's conditions of consent, to be kept with the run */
  startRun(fence: Fence, startedAt: number, consent?: string): Promise<number>;
  finishRun(fence: Fence, runId: number, end: Omit<RunRecord, 'id' | 'mapping' | 'startedAt'>): Promise<void>;
  listRuns(mapping: string | undefined, limit: number): Promise<RunRecord[]>;

  /** Which of these keys were acknowledged on or after `sinceDay` (days since 1970). */
  findSeen(fence: Fence, keys: readonly string[], sinceDay: number): Promise<Set<string>>;
  openBatches(fence: Fence): Promise<OpenBatches>;
  /** Before the POST: the batch and its keys, state SENT. Returns the batch's id. */
  planBatch(fence: Fence, runId: number, keys: readonly string[], now: number): Promise<number>;
  /** After a well-formed answer for the whole batch: ACKED, and with it whatever else is due, in one transaction. */
  ackBatch(fence: Fence, batchId: number, due: Due, now: number): Promise<void>;
  /** A part of a split batch was accepted: its keys become an acknowledged batch of their own. */
  ackPart(fence: Fence, runId: number, keys: readonly string[], due: Due, now: number): Promise<void>;
  /** The batch is done with: refused, split to the end, or certainly never delivered. */
  dropBatch(fence: Fence, batchId: number, due: Due, now: number): Promise<void>;
  /** Dead letters and checkpoint without a batch. */
  settle(fence: Fence, due: Due, now: number): Promise<void>;
  /** Whether the mapping's ledger holds no key at all: what a run puts there is then all that it can find there. */
  ledgerIsEmpty(fence: Fence): Promise<boolean>;
  /** Moves the keys of acknowledged batches, sorted, into the ledger. */
  foldAcked(fence: Fence): Promise<void>;
  /** A run that read its whole range has sent again whatever could be: older SENT batches are closed. */
  closeInDoubt(fence: Fence): Promise<void>;
  /** A person says that what older SENT batches held did arrive: they become ACKED. @returns how many events */
  confirmInDoubt(fence: Fence, now: number): Promise<number>;
  /** Forgets ledger keys older than `beforeDay`. */
  pruneLedger(fence: Fence, beforeDay: number): Promise<void>;

  /** Fingerprints of the known dead letters among these rows: row key (JSON) -> fingerprint. */
  findDeadLetters(fence: Fence, rowKeys: readonly string[]): Promise<Map<string, string>>;
  countDeadLetters(mapping: string, which?: LetterFilter): Promise<number>;
  /** Newest first. */
  listDeadLetters(mapping: string | undefined, limit: number, which?: LetterFilter): Promise<StoredDeadLetter[]>;
  summariseDeadLetters(
    mapping: string | undefined,
    which?: LetterFilter,
  ): Promise<{ mapping: string; code: string; field: string | undefined; rows: number }[]>;
  /** Primary keys of dead letters, those that have waited longest first. */
  deadLetterKeys(fence: Fence, which: LetterFilter, limit: number): Promise<string[][]>;
  /** @returns how many there were */
  deleteDeadLetters(fence: Fence, which: LetterFilter): Promise<number>;
  /** Rows were read again by their keys. What this run did not refuse again loses its dead letter; what was not found keeps it, as tried now. */
  closeRetried(fence: Fence, retried: RetriedRows, now: number): Promise<void>;

  /** Per mapping that ever ran: its checkpoint and when it last moved. */
  listCheckpoints(): Promise<{ mapping: string; checkpoint: Checkpoint; updatedAt: number }[]>;
  countInDoubt(mapping: string): Promise<number>;
  /** What is known of one row: its dedup key where it has one, and its primary key's texts. */
  findRowHistory(mapping: string, dedupKey: string | undefined, rowKey: readonly string[]): Promise<RowHistory>;
  close(): Promise<void>;
};

/** What a transaction writes beside its main purpose. */
export type Due = {
  readonly runId: number;
  readonly deadLetters: readonly DeadLetter[];
  /** Rows that were sent after all: their dead letters go. */
  readonly cleared: readonly string[];
  readonly checkpoint: Checkpoint | undefined;
};
