/**
 * A pass over a table without a cursor: all rows are read and compared with what is remembered of them; new and changed ones go the way of
 * every row. What a row is remembered by is written when it has its outcome, in the transactions and the order of a checkpoint.
 */
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { type ComparedPage, readSnapshot, readSnapshotKeys } from '../snapshot/read-snapshot.ts';
import type { Due } from '../state/state-store.ts';
import { ledgerStartDay } from './dedup-window.ts';
import type { Backlog } from './forecast.ts';
import { type OpenRun, openSender } from './open-sender.ts';
import { FIRST_PASS, planSnapshot } from './plan-snapshot.ts';
import { giveSecondChances, type KeyedRead, type LetterRetry, retryLetters } from './retry-letters.ts';
import type { RunTools } from './run-tools.ts';
import { snapshotReading } from './snapshot-reading.ts';

/** Days after which a row that is no longer there is forgotten: no event is accepted that is older. */
const ROWS_KEPT = 70;

/** @returns whether the whole table was read */
export const syncSnapshot = async (
  mapping: ParsedMapping,
  tools: RunTools,
  run: OpenRun & { readonly backlog: Backlog },
): Promise<boolean> => {
  const { source, state, limit } = tools;
  const { fence, runId, counts } = run;
  const nowSeconds = (): number => Math.floor(tools.now() / 1000);
  const settle = (due: Partial<Due>): Promise<void> =>
    state.settle(fence, { runId, deadLetters: [], cleared: [], checkpoint: undefined, ...due }, nowSeconds());

  const checkpoint = tools.deadLetters ? undefined : await state.readCheckpoint(mapping.name);
  const plan = await planSnapshot(mapping, source, {
    secret: tools.stateSecret ?? '',
    checkpoint,
    now: tools.now(),
    pageSize: tools.sizes?.page,
  });
  const { read, fingerprint } = plan;
  const snapshot = plan.open((keys) => state.findRowHashes(mapping.name, keys));
  const pages = readSnapshot(snapshot, read.pageSize, tools.stop);
  const report = (): void => tools.onProgress({ mapping: mapping.name, counts, totalRows: undefined });
  counts.unchanged = 0;
  const onCompared = async ({ unchanged, stale }: ComparedPage): Promise<void> => {
    counts.unchanged = (counts.unchanged ?? 0) + unchanged;
    if (stale.length > 0) await settle({ rowHashes: stale });
  };
  const reading = snapshotReading(pages, { columns: read.columns, limit, stop: tools.stop, onCompared });
  const sender = await openSender(mapping, plan, tools, run, report, reading.rowHashesUpTo);
  const retry: LetterRetry = {
    mapping,
    plan,
    source: {
      ...source,
      readKeys: async (_stream, _columns, keys) => (await readSnapshotKeys(snapshot, keys)).map(({ row }) => row),
    },
    state,
    fence,
    runId,
    nowSeconds,
    send: (keyed: KeyedRead) =>
      sender.send({
        ...keyed,
        findDeadLetters: async (keys) => new Map(keys().map((rowKey) => [rowKey, ''])),
      }),
  };
  if (tools.deadLetters) {
    counts.retried = (await retryLetters(retry, tools.deadLetters)).asked;
    report();
    return true;
  }
  // From here on rows are remembered, and of what: by another secret or another table they would mean nothing.
  if (!checkpoint) await settle({ checkpoint: { cursor: FIRST_PASS, key: [], fingerprint } });
  if (plan.pass === 'remember') {
    for await (const page of pages) {
      await onCompared({ ...page, unchanged: page.unchanged + page.rows.length });
      await settle({ rowHashes: page.hashes });
      report();
    }
    if (tools.stop.aborted) return false;
  } else {
    await sender.send(reading);
    report();
    if (!reading.isWhole()) return false;
  }
  await settle({ checkpoint: { cursor: plan.sourceNow, key: [], fingerprint } });
  await state.forgetRowHashes(fence, snapshot.day - ROWS_KEPT);
  if (!sender.isHolding) await state.closeInDoubt(fence);
  await state.pruneLedger(fence, ledgerStartDay(mapping, nowSeconds()));
  if (!sender.hasLetters()) return true;
  sender.expectRefusals();
  await giveSecondChances(retry);
  return true;
};
