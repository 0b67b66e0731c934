/** The pages of a snapshot as the parts of a run's read, and the hashes of their rows until these have their outcome. */
import type { Page, Position, Source } from '../../connectors/connector.ts';
import type { ReadPart } from '../extract/read-stream.ts';
import type { ComparedPage } from '../snapshot/read-snapshot.ts';
import type { RowHash } from '../state/state-store.ts';

export type SnapshotReading = {
  readonly parts: Iterable<ReadPart>;
  /** One call per part, in their order. */
  readonly source: Pick<Source, 'readPages'>;
  /** Hashes of the rows of all pages up to this end that were not given before. */
  readonly rowHashesUpTo: (end: Position) => readonly RowHash[];
  /** Every row was read, and each new or changed one given. */
  readonly isWhole: () => boolean;
};

export type SnapshotReadingOptions = {
  readonly columns: readonly string[];
  /** New and changed rows wanted at the most. */
  readonly limit: number | undefined;
  readonly stop: AbortSignal;
  /** Called for each page that was compared. */
  readonly onCompared: (page: ComparedPage) => Promise<void>;
};

export const snapshotReading = (
  pages: AsyncGenerator<ComparedPage>,
  { columns, limit, stop, onCompared }: SnapshotReadingOptions,
): SnapshotReading => {
  let waiting: { readonly end: Position; readonly hashes: readonly RowHash[] }[] = [];
  let left = limit ?? Number.POSITIVE_INFINITY;
  let isRead = false;

  /** Pages on which nothing is new are passed over. */
  async function* nextPage(): AsyncGenerator<Page> {
    for (;;) {
      const { done, value: page } = await pages.next();
      if (done) {
        isRead = true;
        return;
      }
      await onCompared(page);
      if (page.rows.length === 0) continue;
      const rows = page.rows.slice(0, left);
      waiting.push({ end: page.end, hashes: page.hashes.slice(0, left) });
      left -= rows.length;
      yield { rows, end: page.end };
      return;
    }
  }

  return {
    parts: {
      *[Symbol.iterator]() {
        // A page of this size is never full, so that a part is asked for once.
        while (!isRead && left > 0) yield { range: { columns, pageSize: Number.POSITIVE_INFINITY }, moves: true };
      },
    },
    source: { readPages: nextPage },
    rowHashesUpTo: (end) => {
      const settled = waiting.findIndex((page) => page.end === end) + 1;
      const hashes = waiting.slice(0, settled).flatMap((page) => page.hashes);
      waiting = waiting.slice(settled);
      return hashes;
    },
    isWhole: () => isRead && !stop.aborted,
  };
};
