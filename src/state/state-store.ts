/**
 * What the sync needs to remember, as one interface. Every write of a run carries its fence: a store that knows a newer
 * epoch refuses it with `lease-lost`. Times are epoch seconds; keys are 32 lower-case hex characters (16 bytes).
 */
import type { Position } from '../../connectors/connector.ts';
import type { MatchCoverage } from '../quality/coverage.ts';
import type { EventAges } from '../quality/event-ages.ts';
import type { AlertNote, AlertVerdict } from './alerts.ts';
import type { KnownMapping, OpenEvents } from './overview.ts';
import type { RowHistory } from './row-history.ts';
import type { HorizonFacts } from './run-horizon.ts';
import type { RunDetails, RunHour, RunTotals } from './run-hours.ts';
import type { NewSlice, Slice } from './slices.ts';

export type { HorizonFacts } from './run-horizon.ts';

/** The right to write for one mapping, won with the lease. */
export type Fence = {
  readonly streamId: number;
  readonly mapping: string;
  readonly owner: string;
  readonly epoch: number;
  /** The slice that is worked on; left out: the mapping's own reading, whose checkpoint no other slice moves. */
  readonly slice?: string | undefined;
};

/** How far a mapping is. `fingerprint` covers source, cursor, key and filter: a checkpoint means nothing for another one. */
export type Checkpoint = Position & { readonly fingerprint: string };

/** What a snapshot remembers of one row. */
export type RowHash = {
  /** 32 hex characters: keyed hash of the primary key. */
  readonly key: string;
  /** 32 hex characters: keyed hash of the cells that the mapping reads. */
  readonly hash: string;
  /** Counts the states in which the row was read, from 1. */
  readonly version: number;
  /** Days since 1970, about when the row was last there. */
  readonly day: number;
};

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
  /** Of a snapshot: rows that were as remembered. Not among `read`. */
  unchanged?: number | undefined;
  /** Rows of which an earlier run does not know whether they arrived, and which `on_unknown: hold` keeps back. Not among `read`. */
  held?: number | undefined;
  /** Of `dead-letters retry` only: the rows that were asked for. Those that the source has no more are not among `read`. */
  retried?: number | undefined;
  /** Rows left behind that will be too old for Meta before their turn comes, as estimated at the end of the run. Not among `read`. */
  expiring?: number | undefined;
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
  /** How old the events were that Meta acknowledged. */
  readonly eventAges?: EventAges | undefined;
  /** The mapping's conditions of consent, as they were. */
  readonly consent?: string | undefined;
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
  readonly errorHint?: string | undefined;
  /** The slice it worked on; absent: the mapping's own reading. */
  readonly slice?: string | undefined;
  /** Where its reading ended; absent where it did not get so far. */
  readonly horizon?: HorizonFacts | undefined;
};

/** What a crashed or stopped run left behind. */
export type OpenBatches = {
  /** Keys acknowledged but not yet in the ledger. */
  readonly acked: readonly string[];
  /** Keys sent by an older epoch without a known outcome: sent again, and counted. */
  readonly inDoubt: readonly string[];
};

export type StateStore = {
  /**
   * Wins the lease, or tells who holds it. Expiry is by the database's clock. One that gives way yields to those that do not: when they ask and
   * it holds the lease, it learns so by `leaseIsWanted`; until they have had it, or for 15 seconds, it does not get it again.
   */
  acquireLease(
    mapping: string,
    owner: string,
    ttlSeconds: number,
    givesWay?: boolean,
  ): Promise<{ fence: Fence } | { heldBy: string; givesWay?: boolean }>;
  leaseIsWanted(fence: Fence): Promise<boolean>;
  renewLease(fence: Fence, ttlSeconds: number): Promise<void>;
  releaseLease(fence: Fence): Promise<void>;

  /** @param slice left out: the mapping's own */
  readCheckpoint(mapping: string, slice?: string): Promise<Checkpoint | undefined>;
  /** The next run begins at `cursor.start` again, and a snapshot remembers no row; the ledger stays. */
  deleteCheckpoint(fence: Fence): Promise<void>;

  /** Slices in the order in which they were asked for. */
  listSlices(mapping: string | undefined): Promise<Slice[]>;
  addSlices(fence: Fence, slices: readonly NewSlice[], now: number): Promise<void>;
  /** The fence's slice was read to its end. It is remembered as finished, or forgotten where rows may still appear in it. */
  finishSlice(fence: Fence, now: number): Promise<void>;
  /** The fence's slice was read to its end, and where it stands is the mapping's checkpoint from now on. */
  promoteSlice(fence: Fence, now: number): Promise<void>;
  /** @param names left out: all of the mapping. @returns how many there were */
  dropSlices(fence: Fence, names?: readonly string[]): Promise<number>;

  /** @param consent the mapping's conditions of consent, to be kept with the run */
  startRun(fence: Fence, startedAt: number, consent?: string): Promise<number>;
  finishRun(fence: Fence, runId: number, end: Omit<RunRecord, 'id' | 'mapping' | 'startedAt' | 'slice'>): Promise<void>;
  listRuns(mapping: string | undefined, limit: number): Promise<RunRecord[]>;
  /** Without match keys and ages. */
  readRun(id: number): Promise<RunRecord | undefined>;

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

  /** What is remembered of the rows with these keys. Reads only, without a lease. */
  findRowHashes(mapping: string, keys: readonly string[]): Promise<Map<string, RowHash>>;
  /** Forgets rows that were last there before this day. */
  forgetRowHashes(fence: Fence, beforeDay: number): Promise<void>;

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
  /** Every mapping that ever had a lease, by name. */
  listMappings(): Promise<KnownMapping[]>;
  /** The last runs of each mapping, or of one: newest first, without match keys and ages. */
  recentRuns(perMapping: number, mapping?: string): Promise<RunRecord[]>;
  /** What was sent and is not acknowledged, of the mappings that have such events. */
  listOpenEvents(): Promise<OpenEvents[]>;
  /** What the runs did that ended in this hour (whole hours since 1970) or later: by mapping. */
  sumRuns(sinceHour: number): Promise<({ readonly mapping: string } & RunTotals)[]>;
  /** The same by hour, of one mapping or of all; hours without a run are left out. */
  listRunHours(mapping: string | undefined, sinceHour: number): Promise<RunHour[]>;
  sumRunDetails(mapping: string, sinceHour: number): Promise<RunDetails>;
  /** What is known of one row: its dedup key where it has one, and its primary key's texts. */
  findRowHistory(mapping: string, dedupKey: string | undefined, rowKey: readonly string[]): Promise<RowHistory>;
  /** A paused mapping runs only when asked, in every process. @param since undefined: it goes on */
  setPaused(mapping: string, since: number | undefined): Promise<void>;
  listPaused(): Promise<{ mapping: string; since: number }[]>;
  /** Who holds a mapping, by the database's clock; 0 seconds or less: lapsed. @param me the asking process, which knows of those beside it whether they are gone */
  readLease(mapping: string, me: string): Promise<{ owner: string; secondsLeft: number } | undefined>;
  /** Writes what changed of a channel's alerts for a mapping. */
  noteAlerts(mapping: string, channel: string, verdicts: readonly AlertVerdict[], now: number): Promise<void>;
  /** What the channel is to be told and nobody else is telling; ours for so many seconds. */
  claimAlerts(channel: string, seconds: number): Promise<AlertNote[]>;
  settleAlerts(channel: string, told: readonly AlertNote[]): Promise<void>;
  /** What holds now. */
  listAlerts(): Promise<AlertNote[]>;
  close(): Promise<void>;
};

/** What a transaction writes beside its main purpose. */
export type Due = {
  readonly runId: number;
  readonly deadLetters: readonly DeadLetter[];
  /** Rows that were sent after all: their dead letters go. */
  readonly cleared: readonly string[];
  readonly checkpoint: Checkpoint | undefined;
  /** Rows of a snapshot that have their outcome. */
  readonly rowHashes?: readonly RowHash[] | undefined;
};
