/** One run of one mapping: lease → plan → pipeline → run record. Whatever happens, the lease is given back and the run has an end. */
import type { Source } from '../../connectors/connector.ts';
import { parseDuration } from '../config/duration.ts';
import { keyFilter } from '../dedup/key-filter.ts';
import { trackDedup } from '../dedup/track-dedup.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { type ReadPart, readParts } from '../extract/read-stream.ts';
import { type Gate, openGate } from '../load/gate.ts';
import { openLoader } from '../load/load-events.ts';
import type { PostEvents } from '../load/post-events.ts';
import type { RetryPolicy } from '../load/retry.ts';
import { NO_BREAKER, systemicBreaker } from '../load/systemic-breaker.ts';
import { bindMapping } from '../mapping/bind-mapping.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { consentText } from '../mapping/consent-text.ts';
import { fingerprint } from '../mapping/identity.ts';
import type { EventRow } from '../mapping/mapped-row.ts';
import { addMatchKeys } from '../mapping/match-key-counts.ts';
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import { MAX_BATCH } from '../meta/parameters.ts';
import { coverageOf } from '../quality/coverage.ts';
import type { Checkpoint, Fence, LetterFilter, RunCounts, RunStatus, StateStore } from '../state/state-store.ts';
import { type Backlog, type Forecast, trackBacklog } from './forecast.ts';
import { keepLease, LEASE_SECONDS } from './keep-lease.ts';
import type { PageMapping } from './map-pages.ts';
import type { ThreadMapper } from './open-map-threads.ts';
import { localMapper, type MapTools } from './page-mapper.ts';
import { pageMappers } from './page-mappers.ts';
import { runStream } from './pipeline.ts';
import { planStream, type StreamPlan } from './plan-stream.ts';
import { progressReporter } from './report-progress.ts';
import { giveSecondChances, type KeyedRead, type LetterRetry, retryLetters } from './retry-letters.ts';
import { held, interruption, type RunError, toRunError } from './run-error.ts';
import { trackSettlement } from './settlement.ts';

/** The ledger keeps keys at least this long: no event older than 62 days is accepted, so none can be counted twice after it. */
const RETENTION_DAYS = 63;

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
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A clean stop: what is under way ends, nothing new begins. */
  readonly stop: AbortSignal;
  /** A forced stop: requests are cut; their batches are in doubt. */
  readonly abort: AbortSignal;
  readonly limit?: number | undefined;
  /** Mappers in threads of their own, for a run of more than one page; left out, all is mapped in this thread. */
  readonly openMapThreads?: ((plan: StreamPlan) => readonly ThreadMapper[]) | undefined;
  /** Rows a page and events a request, where not as many as can be: simulations take few. */
  readonly sizes?: { readonly page: number; readonly batch: number } | undefined;
  /** Nothing but the rows of these dead letters: `dead-letters retry`. */
  readonly deadLetters?: LetterFilter | undefined;
  readonly onProgress: (progress: Progress) => void;
};

export type Progress = {
  readonly mapping: string;
  readonly counts: Readonly<RunCounts>;
  readonly totalRows: number | undefined;
};

export type RunResult = {
  readonly mapping: string;
  readonly status: Exclude<RunStatus, 'running'>;
  readonly counts: RunCounts;
  readonly matchKeys: MatchKeyCounts;
  readonly checkpoint: Checkpoint | undefined;
  /** Rows that will grow too old before this backlog drains; absent where none will. */
  readonly forecast?: Forecast | undefined;
  readonly durationMs: number;
  readonly error: RunError | undefined;
  readonly exitCode: ExitCode;
};

const noCounts = (): RunCounts => ({
  read: 0,
  sent: 0,
  duplicate: 0,
  filtered: 0,
  withoutConsent: 0,
  rejected: 0,
  expired: 0,
  batches: 0,
  requests: 0,
  retries: 0,
  inDoubtResent: 0,
});

/** Never throws for a failed run: the failure is the result. Throws only when state cannot even say so. */
export const runMapping = async (mapping: ParsedMapping, tools: RunTools): Promise<RunResult> => {
  const started = tools.now();
  const counts = noCounts();
  const matchKeys: MatchKeyCounts = { present: {}, dropped: {}, together: [] };
  const base = { mapping: mapping.name, counts, matchKeys };
  const backlog = trackBacklog(tools.now);
  const lease = await tools.state.acquireLease(mapping.name, tools.owner, LEASE_SECONDS);
  if ('heldBy' in lease) {
    const error = {
      code: 'busy',
      message: `another instance runs "${mapping.name}"`,
      hint: 'it keeps the lease while it works; try again later',
    };
    return {
      ...base,
      status: 'skipped_busy',
      checkpoint: undefined,
      durationMs: tools.now() - started,
      error,
      exitCode: EXIT.busy,
    };
  }
  const { fence } = lease;
  const renewal = keepLease(tools.state, fence);
  try {
    const runId = await tools.state.startRun(fence, Math.floor(started / 1000), consentText(mapping.file));
    let failure: unknown;
    try {
      await syncOnce(
        mapping,
        { ...tools, stop: AbortSignal.any([tools.stop, renewal.lost]) },
        { fence, runId, counts, matchKeys, backlog },
      );
      // A lease that could not be renewed stopped the reading: that is no success, even if no write was refused.
      if (renewal.lost.aborted) throw renewal.lost.reason;
    } catch (error) {
      failure = error;
    }
    const error = failure === undefined ? interruption(tools.stop) : toRunError(failure);
    const status = error ? 'failed' : counts.rejected > 0 ? 'completed_with_rejections' : 'succeeded';
    await tools.state.finishRun(fence, runId, {
      status,
      endedAt: Math.floor(tools.now() / 1000),
      counts,
      matchKeys: coverageOf(matchKeys),
      errorCode: error?.code,
      errorMessage: error?.message,
    });
    const checkpoint = await tools.state.readCheckpoint(mapping.name);
    return {
      ...base,
      status,
      checkpoint,
      forecast: backlog.forecast(counts.read),
      durationMs: tools.now() - started,
      error,
      exitCode: error?.exitCode ?? (counts.rejected > 0 ? EXIT.incomplete : EXIT.ok),
    };
  } catch (failure) {
    const error = toRunError(failure);
    return {
      ...base,
      status: 'failed',
      checkpoint: undefined,
      durationMs: tools.now() - started,
      error,
      exitCode: error.exitCode,
    };
  } finally {
    renewal.end();
    await tools.state.releaseLease(fence).catch(() => undefined);
  }
};

type Run = {
  readonly fence: Fence;
  readonly runId: number;
  readonly counts: RunCounts;
  readonly matchKeys: MatchKeyCounts;
  readonly backlog: Backlog;
};

const syncOnce = async (
  mapping: ParsedMapping,
  tools: RunTools,
  { fence, runId, counts, matchKeys, backlog }: Run,
): Promise<void> => {
  const { source, state } = tools;
  const checkpoint = tools.deadLetters ? undefined : await state.readCheckpoint(mapping.name);
  const plan = await planStream(mapping, source, checkpoint, {
    limit: tools.limit,
    pageSize: tools.sizes?.page,
  });
  const pageCounts: MatchKeyCounts = { present: {}, dropped: {}, together: [] };
  const nowSeconds = (): number => Math.floor(tools.now() / 1000);
  const mapRow = bindMapping(mapping, {
    columns: plan.columns,
    datasetId: tools.datasetId,
    now: nowSeconds,
    counts: pageCounts,
  });
  addMatchKeys(matchKeys, pageCounts);
  const open = await state.openBatches(fence);
  const holds = mapping.file.on_unknown === 'hold';
  const filter = (await state.ledgerIsEmpty(fence)) ? keyFilter() : undefined;
  const dedup = trackDedup(open.acked, holds ? open.inDoubt : [], filter?.add);
  const settlement = trackSettlement();
  let breaker = systemicBreaker(mapping.name);
  const fingerprintOf = (event: EventRow): string => fingerprint(event.bytes);
  const loader = openLoader({
    fence,
    runId,
    state,
    dedup,
    settlement,
    counts,
    batchSize: tools.sizes?.batch ?? MAX_BATCH,
    concurrency: tools.concurrency,
    fingerprint: plan.fingerprint,
    inDoubt: new Set(holds ? [] : open.inDoubt),
    fingerprintOf,
    delivery: {
      ...tools,
      gate: tools.gate ?? openGate({ ...tools, patienceMs: tools.retry.elapsedMs }),
      breaker: {
        refused: (subcode) => breaker.refused(subcode),
        accepted: (events) => breaker.accepted(events),
        splitRequest: () => breaker.splitRequest(),
        isCalm: () => breaker.isCalm(),
      },
      count: counts,
    },
  });
  // Rows refused before are few or none; as long as there is none, no page need ask.
  const hasLetters = (await state.countDeadLetters(mapping.name)) > 0;
  const findDeadLetters = async (rowKeys: () => string[]): Promise<ReadonlyMap<string, string>> =>
    hasLetters || counts.rejected > 0 ? state.findDeadLetters(fence, rowKeys()) : new Map();
  const report = await progressReporter(mapping.name, plan, tools, counts, backlog);
  const windowDays = dedupWindowDays(mapping);
  const send = (
    parts: readonly ReadPart[],
    from: MapTools['source'],
    letters: PageMapping['findDeadLetters'],
    openThreads: () => readonly ThreadMapper[] = () => [],
  ): Promise<{ complete: boolean }> => {
    const { stream } = plan.read;
    const map = mapRow as (row: readonly unknown[]) => ReturnType<typeof mapRow>;
    const mappers = pageMappers(localMapper({ source: from, stream, mapRow: map, counts: pageCounts }), openThreads);
    return runStream(
      {
        parts,
        mappers,
        matchKeys,
        findSeen: async (owner, keys, sinceDay) => {
          const asked = filter ? filter.known(keys) : keys;
          return asked.length === 0 ? new Set() : state.findSeen(owner, asked, sinceDay);
        },
        findDeadLetters: letters,
        fence,
        seenSinceDay: () => Math.floor(nowSeconds() / 86_400) - windowDays,
        dedup,
        settlement,
        loader,
        counts,
        limit: tools.limit,
        fingerprintOf,
        onPage: report,
      },
      tools.stop,
    )
      .then((end) => {
        if (counts.held) throw held(counts.held, mapping.name);
        return end;
      })
      .finally(mappers.close);
  };
  const retry: LetterRetry = {
    mapping,
    plan,
    source,
    state,
    fence,
    runId,
    nowSeconds,
    // As if each row had changed: none is passed over because it was refused before.
    send: (read: KeyedRead) =>
      send(read.parts, read.source, async (keys) => new Map(keys().map((rowKey) => [rowKey, '']))),
  };
  if (tools.deadLetters) {
    counts.retried = (await retryLetters(retry, tools.deadLetters)).asked;
    return report();
  }
  const { complete } = await send(
    readParts(plan.read),
    source,
    findDeadLetters,
    () => tools.openMapThreads?.(plan) ?? [],
  );
  report();
  if (!complete) return;
  // Also when nothing is in doubt any more: what a later epoch acknowledged may still stand as sent by an older one.
  // What is held stays until a person says what became of it, also where its row was not read.
  if (!holds || open.inDoubt.length === 0) await state.closeInDoubt(fence);
  await state.pruneLedger(fence, Math.floor(nowSeconds() / 86_400) - Math.max(windowDays, RETENTION_DAYS) - 1);
  if (!hasLetters && counts.rejected === 0) return;
  // Refused before, so it says nothing about the mapping if they are refused again.
  breaker = NO_BREAKER;
  await giveSecondChances(retry);
};

/** Whole days, rounded up: the ledger knows no smaller unit. */
export const dedupWindowDays = (mapping: ParsedMapping): number => {
  const { window } = mapping.file.dedup;
  return window === 'forever' ? 1_000_000 : Math.ceil(parseDuration(window) / 86_400);
};
