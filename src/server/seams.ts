/**
 * What the parts of `capi-sync start` know of each other: the scheduler says what goes on (`ServiceView`, `EventFeed`) and takes orders
 * (`ServiceActions`); state is read beside it; the status page and its JSON (`page/page-routes.ts`) see nothing else.
 * How a mapping stands by state: `readHealth` (observe/mapping-health.ts). Nothing in here is a row or a secret. Times are epoch milliseconds, unlike those of state, which are epoch seconds.
 */
import type { Hono } from 'hono';
import type { Choice, Selection } from '../config/choose-mappings.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { TraceParent } from '../observe/traceparent.ts';
import type { LetterFilter, RunCounts, StateStore } from '../state/state-store.ts';
import type { RunError } from '../sync/run-error.ts';
import type { RunResult } from '../sync/run-mapping.ts';

/** Why a run is made: its time, a time that was missed, the end of another instance, a person, a person for dead letters. */
export type Trigger = 'schedule' | 'catch-up' | 'take-over' | 'request' | 'retry';

export type LiveRun = {
  readonly trigger: Trigger;
  readonly startedAt: number;
  /** Of this run so far; changes under the hands of whoever holds it. */
  readonly counts: Readonly<RunCounts> | undefined;
  /** Rows to read, where the source tells. */
  readonly totalRows: number | undefined;
};

/** One mapping, as this process sees it now. */
export type MappingView = {
  readonly name: string;
  /** The file as it is in force: source, filter, event, freshness limits. */
  readonly definition: ParsedMapping;
  readonly destination: { readonly name: string; readonly datasetId: string };
  /** Absent: runs only when asked. */
  readonly schedule: { readonly cron: string; readonly timezone: string; readonly jitterMs: number } | undefined;
  /** The next run by the schedule; undefined while paused and without a schedule. */
  readonly nextAt: number | undefined;
  readonly pausedSince: number | undefined;
  /** Waits for one of the `scheduler.concurrency` places. */
  readonly queued: Trigger | undefined;
  readonly running: LiveRun | undefined;
  /** Another instance runs it: until when its lease holds, unless renewed. */
  readonly elsewhereUntil: number | undefined;
  /** How the last run of this process ended; undefined: none did yet. What others did is in state. */
  readonly last:
    | { readonly endedAt: number; readonly status: RunResult['status']; readonly error: RunError | undefined }
    | undefined;
};

/** A reload that was refused: what was in force before stays so. */
export type ReloadProblem = {
  readonly at: number;
  /** `file:line:column code message`, at the most 20; texts of our own, secrets masked. */
  readonly problems: readonly string[];
  readonly count: number;
};

export type ConfigView = {
  /** 1 at the start; each reload that took effect adds one. */
  readonly generation: number;
  readonly loadedAt: number;
  readonly problem: ReloadProblem | undefined;
};

/** What this process knows live. Every call gives what holds now. */
export type ServiceView = {
  readonly version: string;
  readonly startedAt: number;
  /** Told to end: nothing new begins. */
  readonly stopping: () => boolean;
  readonly config: () => ConfigView;
  /** In the order of the files. */
  readonly mappings: () => readonly MappingView[];
  readonly mapping: (name: string) => MappingView | undefined;
};

export type ServiceEvent =
  /** At most four times a second for a mapping. */
  | { readonly type: 'progress'; readonly mapping: string }
  | { readonly type: 'run-started'; readonly mapping: string }
  | { readonly type: 'run-ended'; readonly mapping: string }
  /** Paused, resumed, queued, a new next time, run elsewhere. */
  | { readonly type: 'changed'; readonly mapping: string }
  /** A reload, taken or refused: mappings may have come and gone. */
  | { readonly type: 'config' }
  | { readonly type: 'stopping' };

export type EventFeed = {
  /** @returns ends the subscription. A listener must not throw and must not wait. */
  readonly subscribe: (listener: (event: ServiceEvent) => void) => () => void;
};

export type ActionResult =
  /** `done`: it is so now, and was also if it was so before. `queued`: it will run when a place is free. */
  | { readonly ok: true; readonly state: 'started' | 'queued' | 'running' | 'done' }
  | { readonly ok: false; readonly code: 'unknown-mapping' | 'stopping' | 'running' };

/** How a run that was asked for ended; `dropped`: it never began, because the process stops or the mapping is gone. */
export type RequestedEnd = {
  readonly status: RunResult['status'] | 'dropped';
  readonly counts?: Readonly<RunCounts> | undefined;
  readonly error: RunError | undefined;
};

/** One mapping of a request for runs. */
export type RequestedRun = {
  readonly mapping: string;
  readonly now: () => {
    readonly state: 'queued' | 'running' | 'ended' | 'paused';
    /** Of the state's run history, once the lease is won. */
    readonly runId: number | undefined;
    readonly end: RequestedEnd | undefined;
  };
  /** It is on record, or has ended without that. */
  readonly begun: Promise<void>;
  readonly ended: Promise<void>;
};

export type RequestedRuns = {
  readonly runs: readonly RequestedRun[];
  /** Selectors that fit no mapping. */
  readonly unmatched: Choice['unmatched'];
};

/**
 * Over HTTP, all by POST with `Authorization: Bearer <token>`: `/api/mappings/:name/run`, `/pause`, `/resume`, and `/dead-letters/retry` with one of
 * `{"keys": [["4711"]]}`, `{"code": "…"}` and `{"all": true}`. The answer is `{"state": "started"}` or `{"error": {code, message, hint}}`.
 */
export type ServiceActions = {
  readonly runNow: (mapping: string) => ActionResult;
  /** Kept in state: it outlasts this process and holds for all that share the state. What runs comes to its end. */
  readonly pause: (mapping: string) => Promise<ActionResult>;
  readonly resume: (mapping: string) => Promise<ActionResult>;
  /** A run of nothing but these rows. `running`: try again when the run has ended. */
  readonly retryLetters: (mapping: string, which: LetterFilter) => ActionResult;
  /**
   * Runs that begin after this call, so that they read all that is committed now: where a run is going on, another one follows it. A paused mapping does
   * not run. @throws FatalError `bad-selector`
   */
  readonly requestRuns: (selection: Selection, parent: TraceParent | undefined) => RequestedRuns | 'stopping';
};

/** What may be read of state while runs write: a connection (SQLite: a thread) of its own. */
export type StateReads = Pick<
  StateStore,
  | 'listRuns'
  | 'listCheckpoints'
  | 'readCheckpoint'
  | 'countDeadLetters'
  | 'listDeadLetters'
  | 'summariseDeadLetters'
  | 'countInDoubt'
  | 'listMappings'
  | 'recentRuns'
  | 'readRun'
  | 'listOpenEvents'
  | 'sumRuns'
  | 'listRunHours'
  | 'sumRunDetails'
>;

export type PageTools = {
  readonly view: ServiceView;
  readonly state: StateReads;
  readonly events: EventFeed;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether actions can be taken at all: a token is set. */
  readonly hasToken: () => boolean;
  /** Whether reading `/api/*` needs the token, too: the server is not on loopback. The page asks for it and sends `Authorization: Bearer`. */
  readonly readsNeedToken: boolean;
};

/**
 * `src/server/page/page-routes.ts` exports `pageRoutes: PageRoutes`: GET `/`, `/assets/*` and `/api/*` (also the stream of server-sent events,
 * `/api/events`). It is mounted at `/` behind the guard (`guard.ts`): Host, token, headers and limits are done when a request gets there, and
 * so is this CSP. `/` and `/assets/*` are served without a token, so that the page can ask for it: they must hold no data.
 */
export type PageRoutes = (tools: PageTools) => Hono;

/** No inline script and no inline style, also no `style=""`; what moves is set by way of the DOM. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
