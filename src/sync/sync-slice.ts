/** The sync of one slice: plan → read and send → what is due at its end. The lease is held and the run has begun. */
import { readParts } from '../extract/read-stream.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { HorizonFacts } from '../state/state-store.ts';
import { ledgerStartDay } from './dedup-window.ts';
import type { Backlog } from './forecast.ts';
import { horizonFacts } from './horizon-facts.ts';
import { type OpenRun, openSender } from './open-sender.ts';
import { type PlanOptions, planStream } from './plan-stream.ts';
import { refuseSkew } from './refuse-skew.ts';
import { progressReporter } from './report-progress.ts';
import { giveSecondChances, type KeyedRead, type LetterRetry, retryLetters } from './retry-letters.ts';
import type { RunTools } from './run-tools.ts';

export type SliceRun = OpenRun & {
  readonly backlog: Backlog;
  /** The part of the source that the fence's slice is; left out: from the mapping's checkpoint to the horizon. */
  readonly within?: PlanOptions['within'];
  /** Where the reading will end, as soon as it is known. */
  readonly onHorizon?: (horizon: HorizonFacts) => void;
};

/** @returns whether all of it was read */
export const syncSlice = async (mapping: ParsedMapping, tools: RunTools, run: SliceRun): Promise<boolean> => {
  const { source, state } = tools;
  const { fence, counts } = run;
  const checkpoint = tools.deadLetters ? undefined : await state.readCheckpoint(mapping.name, fence.slice);
  const plan = await planStream(mapping, source, checkpoint, {
    limit: tools.limit,
    pageSize: tools.sizes?.page,
    within: run.within,
  });
  if (tools.maxSkew !== undefined) refuseSkew(plan.sourceNow, tools.now(), tools.maxSkew);
  run.onHorizon?.(horizonFacts(plan.horizon, mapping));
  const report = await progressReporter(mapping.name, plan, tools, counts, run.backlog);
  const sender = await openSender(mapping, plan, tools, run, report);
  const nowSeconds = (): number => Math.floor(tools.now() / 1000);
  const retry: LetterRetry = {
    mapping,
    plan,
    source,
    state,
    fence,
    runId: run.runId,
    nowSeconds,
    send: (read: KeyedRead) =>
      sender.send({
        parts: read.parts,
        source: read.source,
        // As if each row had changed: none is passed over because it was refused before.
        findDeadLetters: async (keys) => new Map(keys().map((rowKey) => [rowKey, ''])),
      }),
  };
  if (tools.deadLetters) {
    counts.retried = (await retryLetters(retry, tools.deadLetters)).asked;
    report();
    return true;
  }
  const { complete } = await sender.send({
    parts: readParts(plan.read),
    source,
    // A thread reads by itself: what it would begin with is the query that is open here.
    openThreads: () => (source.streams ? [] : (tools.openMapThreads?.(plan) ?? [])),
  });
  report();
  if (!complete) return false;
  // Also when nothing is in doubt any more: what a later epoch acknowledged may still stand as sent by an older one.
  // What is held stays until a person says what became of it, also where its row was not read.
  if (!sender.isHolding) await state.closeInDoubt(fence);
  await state.pruneLedger(fence, ledgerStartDay(mapping, nowSeconds()));
  if (!sender.hasLetters() || fence.slice) return true;
  sender.expectRefusals();
  await giveSecondChances(retry);
  return true;
};
