/**
 * The whole sync, on one screen: extract → transform → dedup → load → checkpoint.
 * A row never leaves this way, and each row that enters it gets exactly one outcome.
 */
import type { Source } from '../../connectors/connector.ts';
import type { Dedup } from '../dedup/filter-unseen.ts';
import { type ReadPlan, readStream } from '../extract/read-stream.ts';
import type { Loader } from '../load/load-events.ts';
import type { EventRow, MappedRow } from '../mapping/mapped-row.ts';
import type { Fence, RunCounts, StateStore } from '../state/state-store.ts';
import type { Settlement } from './settlement.ts';
import { transformPage } from './transform-page.ts';

export type Pipeline = {
  readonly source: Source;
  readonly read: ReadPlan;
  readonly mapRow: (row: readonly unknown[]) => MappedRow;
  readonly state: Pick<StateStore, 'findSeen' | 'findDeadLetters'>;
  readonly fence: Fence;
  /** Days since 1970: acknowledgements before this day are outside the dedup window. */
  readonly seenSinceDay: () => number;
  readonly dedup: Dedup;
  readonly settlement: Settlement;
  readonly loader: Loader;
  readonly counts: RunCounts;
  /** Rows to read at the most, the lookback window aside. */
  readonly limit: number | undefined;
  /** Where a row's dead letter is compared: 16 hex characters of the event. */
  readonly fingerprintOf: (event: EventRow) => string;
  readonly onPage: () => void;
};

/**
 * Runs until the range is read or `stop` aborts; then everything under way is brought to its outcome.
 * @returns whether the whole range was read
 * @throws SourceError, FatalError, RetryableError; counts and state are consistent whenever it throws
 */
export const runStream = async (p: Pipeline, stop: AbortSignal): Promise<{ complete: boolean }> => {
  let left = p.limit ?? Number.POSITIVE_INFINITY;
  try {
    for await (const page of readStream(p.source, p.read, stop)) {
      const rows = page.moves && page.rows.length > left ? page.rows.slice(0, left) : page.rows;
      if (page.moves) left -= rows.length;
      const whole = page.moves && rows.length === page.rows.length;
      const open = p.settlement.begin(rows.length, whole ? page.end : undefined);
      p.counts.read += rows.length;

      const mapped = transformPage(rows, p.mapRow);

      p.dedup.beforeLookup();
      const seen = await p.state.findSeen(
        p.fence,
        mapped.events.map((event) => event.dedupKey),
        p.seenSinceDay(),
      );
      const letters = await p.state.findDeadLetters(p.fence, mapped.rowKeys());

      const settle = (outcome: 'duplicate' | 'filtered' | 'rejected' | 'expired', count = 1): void => {
        p.counts[outcome] += count;
        p.settlement.resolve(open, count);
      };
      for (const event of mapped.events) {
        const rowKey = letters.size > 0 ? JSON.stringify(event.rowKey) : '';
        const known = letters.get(rowKey);
        if (known !== undefined && known === p.fingerprintOf(event)) {
          settle('duplicate'); // refused before and not changed since: its outcome stands
          continue;
        }
        if (known !== undefined) p.loader.expectCleared(rowKey);
        const pending = { event, page: open, siblings: [] };
        const verdict = p.dedup.offer(pending, seen);
        if (verdict === 'new') p.loader.add(pending);
        else if (verdict === 'duplicate') settle('duplicate');
      }
      for (const { rowKey, fingerprint, code, field } of mapped.rejected) {
        const isKnown = letters.get(JSON.stringify(rowKey)) === fingerprint;
        if (!isKnown) p.loader.addDeadLetter({ rowKey, fingerprint, code, field, origin: 'local' });
        settle(isKnown && !page.moves ? 'duplicate' : 'rejected');
      }
      settle('filtered', mapped.filtered);
      settle('expired', mapped.expired);

      await p.loader.flush();
      p.onPage();
      if (left <= 0) break;
    }
    await p.loader.drain();
  } catch (error) {
    await p.loader.halt();
    throw error;
  } finally {
    p.counts.read -= p.settlement.openRows(); // rows without an outcome will be read again
  }
  return { complete: !stop.aborted && left > 0 };
};
