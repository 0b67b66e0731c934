/** What all reads of one run share on their way to Meta: ledger, dead letters, settlement, batches. Each read is sent to its end before the next. */
import type { Source } from '../../connectors/connector.ts';
import { keyFilter } from '../dedup/key-filter.ts';
import { trackDedup } from '../dedup/track-dedup.ts';
import type { ReadPart } from '../extract/read-stream.ts';
import { openGate } from '../load/gate.ts';
import { type LoaderOptions, openLoader } from '../load/load-events.ts';
import { NO_BREAKER, systemicBreaker } from '../load/systemic-breaker.ts';
import { bindMapping } from '../mapping/bind-mapping.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { fingerprint } from '../mapping/identity.ts';
import type { EventRow } from '../mapping/mapped-row.ts';
import { addMatchKeys } from '../mapping/match-key-counts.ts';
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import { MAX_BATCH } from '../meta/parameters.ts';
import type { Fence, RunCounts } from '../state/state-store.ts';
import { dedupWindowDays } from './dedup-window.ts';
import type { PageMapping } from './map-pages.ts';
import type { ThreadMapper } from './open-map-threads.ts';
import { localMapper } from './page-mapper.ts';
import { pageMappers } from './page-mappers.ts';
import { runStream } from './pipeline.ts';
import type { StreamPlan } from './plan-stream.ts';
import { held } from './run-error.ts';
import type { RunTools } from './run-tools.ts';
import { trackSettlement } from './settlement.ts';

/** A run that has begun: what it may write with, and what it counts into. */
export type OpenRun = {
  readonly fence: Fence;
  readonly runId: number;
  readonly counts: RunCounts;
  readonly matchKeys: MatchKeyCounts;
  /** Events by their age when they were acknowledged (`countAge`); grows with the run. */
  readonly eventAges?: number[] | undefined;
};

export type Reading = {
  readonly parts: Iterable<ReadPart>;
  readonly source: Pick<Source, 'readPages'>;
  /** Which rows count as refused before; left out: those with a dead letter. */
  readonly findDeadLetters?: PageMapping['findDeadLetters'];
  readonly openThreads?: () => readonly ThreadMapper[];
};

export type Sender = {
  /** Sends what is read, to its end. @throws as `runStream`, and `in-doubt-held` */
  readonly send: (reading: Reading) => Promise<{ complete: boolean }>;
  /** What comes now was refused before: refused again, it says nothing about the mapping. */
  readonly expectRefusals: () => void;
  /** Whether rows have a dead letter, from before or from this run. */
  readonly hasLetters: () => boolean;
  /** `on_unknown: hold` keeps events back of which an earlier run does not know whether they arrived. */
  readonly isHolding: boolean;
};

export const openSender = async (
  mapping: ParsedMapping,
  plan: StreamPlan,
  tools: RunTools,
  { fence, runId, counts, matchKeys, eventAges }: OpenRun,
  onPage: (last?: EventRow) => void,
  rowHashesUpTo?: LoaderOptions['rowHashesUpTo'],
): Promise<Sender> => {
  const { state } = tools;
  const nowSeconds = (): number => Math.floor(tools.now() / 1000);
  const pageCounts: MatchKeyCounts = { present: {}, dropped: {}, together: [] };
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
    eventAges,
    batchSize: tools.sizes?.batch ?? MAX_BATCH,
    concurrency: tools.concurrency,
    fingerprint: plan.fingerprint,
    rowHashesUpTo,
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
  const hadLetters = (await state.countDeadLetters(mapping.name)) > 0;
  const hasLetters = (): boolean => hadLetters || counts.rejected > 0;
  const windowDays = dedupWindowDays(mapping);
  return {
    hasLetters,
    isHolding: holds && open.inDoubt.length > 0,
    expectRefusals: () => {
      breaker = NO_BREAKER;
    },
    send: async ({ parts, source, findDeadLetters, openThreads = () => [] }) => {
      const map = mapRow as (row: readonly unknown[]) => ReturnType<typeof mapRow>;
      const local = localMapper({ source, stream: plan.read.stream, mapRow: map, counts: pageCounts });
      const mappers = pageMappers(local, openThreads);
      const stop = tools.endReading ?? tools.stop;
      const giveUpQuery = (): void => void local.close().catch(() => undefined);
      stop.addEventListener('abort', giveUpQuery);
      try {
        const end = await runStream(
          {
            parts,
            mappers,
            matchKeys,
            findSeen: async (owner, keys, sinceDay) => {
              const asked = filter ? filter.known(keys) : keys;
              return asked.length === 0 ? new Set() : state.findSeen(owner, asked, sinceDay);
            },
            findDeadLetters:
              findDeadLetters ??
              (async (rowKeys) => (hasLetters() ? state.findDeadLetters(fence, rowKeys()) : new Map())),
            fence,
            seenSinceDay: () => Math.floor(nowSeconds() / 86_400) - windowDays,
            dedup,
            settlement,
            loader,
            counts,
            limit: tools.limit,
            fingerprintOf,
            onPage,
            watchPage: tools.watchPage,
          },
          stop,
        );
        if (counts.held) throw held(counts.held, mapping.name);
        return end;
      } finally {
        stop.removeEventListener('abort', giveUpQuery);
        await mappers.close();
      }
    },
  };
};
