/**
 * Transform and look-up of each page: its events, what the ledger knows of them, and which rows have a dead letter.
 * Works one page ahead of its consumer, so that the processor is busy while batches are on their way.
 */
import type { Position, Source } from '../../connectors/connector.ts';
import { readAhead } from '../extract/read-ahead.ts';
import { type ReadPlan, readStream } from '../extract/read-stream.ts';
import type { MappedRow } from '../mapping/mapped-row.ts';
import type { Fence, StateStore } from '../state/state-store.ts';
import { blockPool, textPacker } from './pack-texts.ts';
import { type MappedPage, transformPage } from './transform-page.ts';

export type PageMapping = {
  readonly source: Source;
  readonly read: ReadPlan;
  readonly mapRow: (row: readonly unknown[]) => MappedRow;
  readonly state: Pick<StateStore, 'findSeen' | 'findDeadLetters'>;
  readonly fence: Fence;
  /** Days since 1970: acknowledgements before this day are outside the dedup window. */
  readonly seenSinceDay: () => number;
  /** Called before the ledger is asked. */
  readonly beforeLookup: () => void;
  /** Rows to read at the most, the lookback window aside. */
  readonly limit: number | undefined;
  /** The limit was reached: there may be more to read. */
  readonly onLimit: () => void;
};

export type LookedUpPage = {
  readonly rows: number;
  /** Where the checkpoint may go when all is settled up to here; undefined: it does not move. */
  readonly end: Position | undefined;
  /** To be called when every row has its outcome: the events' bytes are not read afterwards. */
  readonly release: () => void;
  /** False for the lookback window, whose rows were read before. */
  readonly isNew: boolean;
  readonly mapped: MappedPage;
  readonly seen: ReadonlySet<string>;
  /** Row key as JSON → fingerprint of its dead letter. */
  readonly letters: ReadonlyMap<string, string>;
};

export const mapPages = (p: PageMapping, stop: AbortSignal): AsyncGenerator<LookedUpPage> =>
  readAhead(lookUpPages(p, stop), stop);

async function* lookUpPages(p: PageMapping, stop: AbortSignal): AsyncGenerator<LookedUpPage> {
  const blocks = blockPool();
  let left = p.limit ?? Number.POSITIVE_INFINITY;
  for await (const page of readStream(p.source, p.read, stop)) {
    const rows = page.moves && page.rows.length > left ? page.rows.slice(0, left) : page.rows;
    if (page.moves) left -= rows.length;
    // A page that was cut short does not move the checkpoint: what was left out of it must be read again.
    const end = page.moves && rows.length === page.rows.length ? page.end : undefined;
    const packer = textPacker(blocks);
    const mapped = transformPage(rows, p.mapRow, packer);
    p.beforeLookup();
    const keys = mapped.events.map((event) => event.dedupKey);
    const [seen, letters] = await Promise.all([
      p.state.findSeen(p.fence, keys, p.seenSinceDay()),
      p.state.findDeadLetters(p.fence, mapped.rowKeys()),
    ]);
    yield { rows: rows.length, end, release: packer.release, isNew: page.moves, mapped, seen, letters };
    if (left <= 0) return p.onLimit();
  }
}
