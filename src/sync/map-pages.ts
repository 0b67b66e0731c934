/**
 * Read, transform and look-up of each page: its events, what the ledger knows of them, and which rows have a dead letter.
 * Works ahead of its consumer, so that the processor is busy while batches are on their way.
 */
import type { Position, ReadRange } from '../../connectors/connector.ts';
import { readAhead } from '../extract/read-ahead.ts';
import type { ReadPart } from '../extract/read-stream.ts';
import { addMatchKeys } from '../mapping/match-key-counts.ts';
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import type { Fence, StateStore } from '../state/state-store.ts';
import type { PageMapped, PageTask } from './page-mapper.ts';
import type { PageMappers } from './page-mappers.ts';
import { type MappedPage, unpackPage } from './transform-page.ts';

export type PageMapping = {
  /** What is read, in this order. Taken one after another, each when the one before it is read. */
  readonly parts: Iterable<ReadPart>;
  readonly mappers: PageMappers;
  /** What was sent and dropped by key: the pages' counts are added. */
  readonly matchKeys: MatchKeyCounts;
  readonly findSeen: StateStore['findSeen'];
  /** Row keys as JSON → fingerprints of their dead letters. */
  readonly findDeadLetters: (rowKeys: () => string[]) => Promise<ReadonlyMap<string, string>>;
  readonly fence: Fence;
  /** Days since 1970: acknowledgements before this day are outside the dedup window. */
  readonly seenSinceDay: () => number;
  /** Called before the ledger is asked. */
  readonly beforeLookup: () => void;
  /** Rows to read at the most, the lookback window aside. */
  readonly limit: number | undefined;
  /** The limit was reached: there may be more to read. */
  readonly onLimit: () => void;
  /** Sees each page as it is asked for. */
  readonly watchPage?: ((task: PageTask) => void) | undefined;
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
  for (const part of p.parts) {
    for await (const { rows, end, page, counts, release } of mapPart(part, p, stop)) {
      addMatchKeys(p.matchKeys, counts);
      const mapped = unpackPage(page);
      p.beforeLookup();
      const keys = mapped.events.map((event) => event.dedupKey);
      const [seen, letters] = await Promise.all([
        p.findSeen(p.fence, keys, p.seenSinceDay()),
        p.findDeadLetters(mapped.rowKeys),
      ]);
      yield { rows, end: part.moves ? end : undefined, release, isNew: part.moves, mapped, seen, letters };
    }
  }
}

type Released = PageMapped & { readonly release: () => void };

/** The pages of one part, in their order. The next page is asked for as soon as the end of the one before it is known. */
async function* mapPart(
  { range, moves }: ReadPart,
  { mappers, limit, onLimit, watchPage }: PageMapping,
  stop: AbortSignal,
): AsyncGenerator<Released> {
  const open: PageTask[] = [];
  let left = moves && limit !== undefined ? limit : Number.POSITIVE_INFINITY;
  let rest: ReadRange | undefined = { ...range, pageSize: Math.min(range.pageSize, left) };
  try {
    for (;;) {
      while (rest && open.length < mappers.width() && !stop.aborted) {
        const task = mappers.map(rest);
        watchPage?.(task);
        open.push(task);
        const read = await task.read;
        left -= read?.rows ?? 0;
        rest = read && read.rows === rest.pageSize && left > 0 ? rangeAfter(rest, read.end, left) : undefined;
        if (rest) mappers.expectMore();
      }
      const next = open.shift();
      const mapped = await next?.mapped;
      if (!next || !mapped || stop.aborted) break;
      yield { ...mapped, release: () => next.giveBack(mapped.page.texts.blocks) };
    }
    if (left <= 0) onLimit();
  } finally {
    await Promise.allSettled(open.map((task) => task.mapped));
  }
}

const rangeAfter = ({ from: _from, ...others }: ReadRange, end: Position, left: number): ReadRange => ({
  ...others,
  after: end,
  pageSize: Math.min(others.pageSize, left),
});
