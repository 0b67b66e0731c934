/** What a run of a mapping takes, tells and gives. */
import type { Source } from '../../connectors/connector.ts';
import type { ExitCode } from '../errors.ts';
import type { Gate } from '../load/gate.ts';
import type { PostEvents } from '../load/post-events.ts';
import type { RetryPolicy } from '../load/retry.ts';
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import type { EventAges } from '../quality/event-ages.ts';
import type { SliceRange } from '../state/slices.ts';
import type { Checkpoint, HorizonFacts, LetterFilter, RunCounts, RunStatus, StateStore } from '../state/state-store.ts';
import type { Forecast } from './forecast.ts';
import type { ThreadMapper } from './open-map-threads.ts';
import type { PageTask } from './page-mapper.ts';
import type { StreamPlan } from './plan-stream.ts';
import type { MaxSkew } from './refuse-skew.ts';
import type { RunError } from './run-error.ts';
import type { RangeRequest } from './slice-bounds.ts';

export type RunTools = {
  readonly source: Source;
  readonly state: StateStore;
  readonly post: PostEvents;
  readonly datasetId: string;
  readonly concurrency: number;
  /** The way to the destination, shared with other mappings; left out, this run has one of its own. */
  readonly gate?: Gate | undefined;
  readonly owner: string;
  readonly retry: RetryPolicy;
  readonly now: () => number;
  /** A source whose clock differs by more seconds stops the run; left out, clocks are not compared. */
  readonly maxSkew?: MaxSkew | undefined;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A clean stop: what is under way ends, nothing new begins. */
  readonly stop: AbortSignal;
  /** No more is read, and what was read goes its way; left out: the same as `stop`. */
  readonly endReading?: AbortSignal | undefined;
  /** A forced stop: requests are cut; their batches are in doubt. */
  readonly abort: AbortSignal;
  readonly limit?: number | undefined;
  /** `state.secret`: the key of what snapshots remember of rows. */
  readonly stateSecret?: string | undefined;
  /** Mappers in threads of their own, for a run of more than one page; left out, all is mapped in this thread. */
  readonly openMapThreads?: ((plan: StreamPlan) => readonly ThreadMapper[]) | undefined;
  /** Rows a page and events a request, where not as many as can be: simulations take few. */
  readonly sizes?: { readonly page: number; readonly batch: number } | undefined;
  /** Nothing but the rows of these dead letters: `dead-letters retry`. */
  readonly deadLetters?: LetterFilter | undefined;
  /** Not what is new: a range of the cursor, or everything again. */
  readonly backfill?: RangeRequest | 'full' | undefined;
  readonly onProgress: (progress: Progress) => void;
  /** Sees each page as it is asked for: traces. */
  readonly watchPage?: ((task: PageTask) => void) | undefined;
};

export type Progress = {
  readonly mapping: string;
  readonly counts: Readonly<RunCounts>;
  readonly totalRows: number | undefined;
  /** Which of how many slices, from 1. */
  readonly slice?: { readonly at: number; readonly of: number } | undefined;
};

export type RunResult = {
  readonly mapping: string;
  readonly status: Exclude<RunStatus, 'running'>;
  readonly counts: RunCounts;
  readonly matchKeys: MatchKeyCounts;
  /** Events by their age when they were acknowledged. */
  readonly eventAges?: EventAges | undefined;
  readonly checkpoint: Checkpoint | undefined;
  /** Rows that will grow too old before this backlog drains; absent where none will. */
  readonly forecast?: Forecast | undefined;
  /** Where the reading ended, and what it waits for; absent where the run did not get so far. */
  readonly horizon?: HorizonFacts | undefined;
  readonly backfill?: BackfillResult | undefined;
  readonly durationMs: number;
  readonly error: RunError | undefined;
  readonly exitCode: ExitCode;
};

export type BackfillResult = {
  /** Undefined for everything again. */
  readonly range: SliceRange | undefined;
  /** What was worked on, in order. */
  readonly slices: readonly (SliceRange & { readonly counts: RunCounts; readonly isFinished: boolean })[];
  /** Slices of the range that an earlier run finished. */
  readonly finishedBefore: number;
  /** Slices that are still to be read. */
  readonly left: number;
  /** Slices that were forgotten, because the source, key, cursor or filter changed. */
  readonly outdated: number;
};
