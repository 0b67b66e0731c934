/** Reads one page and maps its rows: the work that a sync does in its own thread for the first page, and in threads of their own for the rest. */
import type { Position, ReadRange, Source, Stream } from '../../connectors/connector.ts';
import type { MappedRow } from '../mapping/mapped-row.ts';
import { takeMatchKeys } from '../mapping/match-key-counts.ts';
import type { MatchKeyCounts } from '../mapping/user-data-fields.ts';
import { type Block, blockPool } from './pack-texts.ts';
import { pageTaker } from './take-pages.ts';
import { type PackedPage, transformPage } from './transform-page.ts';

/** What is known of a page as soon as it is read: the next one can be asked for while its rows are mapped. */
export type PageRead = { readonly rows: number; readonly end: Position };
/** `counts` are of this page alone. */
export type PageMapped = PageRead & { readonly page: PackedPage; readonly counts: MatchKeyCounts };

export type PageTask = {
  /** Both are undefined where the range holds no more rows. */
  readonly read: Promise<PageRead | undefined>;
  readonly mapped: Promise<PageMapped | undefined>;
  /** To be called when the page's events have their outcome: its blocks are filled anew. */
  readonly giveBack: (blocks: readonly Block[]) => void;
};

export type PageMapper = {
  /** The first page of the range. Tasks are worked on one after another. */
  readonly map: (range: ReadRange) => PageTask;
  readonly close: () => Promise<void>;
};

export type MapTools = {
  readonly source: Pick<Source, 'readPages' | 'streams'>;
  readonly stream: Stream;
  /** Bound to `counts`, to which it adds. */
  readonly mapRow: (row: readonly unknown[]) => MappedRow;
  readonly counts: MatchKeyCounts;
};

/** @returns a function of a range; `onRead` is called before the rows are mapped. Throws SourceError. */
export const mapPagesWith = (
  { source, stream, mapRow, counts }: MapTools,
  pool = blockPool(),
): {
  readonly map: (range: ReadRange, onRead: (read: PageRead | undefined) => void) => Promise<PageMapped | undefined>;
  readonly giveBack: (blocks: readonly Block[]) => void;
  readonly close: () => Promise<void>;
} => {
  const pages = pageTaker(source, stream);
  return {
    giveBack: pool.giveBack,
    close: pages.close,
    map: async (range, onRead) => {
      const taken = await pages.take(range);
      const read = taken && { rows: taken.rows.length, end: taken.end };
      onRead(read);
      // Who waits for the end of the reading hears of it before the rows are mapped.
      await undefined;
      return taken && read && { ...read, page: transformPage(taken.rows, mapRow, pool), counts: takeMatchKeys(counts) };
    },
  };
};

/** In the thread of the caller. */
export const localMapper = (tools: MapTools): PageMapper => {
  const { map, giveBack, close } = mapPagesWith(tools);
  return {
    close,
    map: (range) => {
      const read = Promise.withResolvers<PageRead | undefined>();
      const mapped = map(range, read.resolve);
      mapped.catch(read.reject);
      return quiet({ read: read.promise, mapped, giveBack });
    },
  };
};

/** A task whose failure is seen by whoever awaits it, and is no unhandled one until then. */
export const quiet = (task: PageTask): PageTask => {
  task.read.catch(() => undefined);
  task.mapped.catch(() => undefined);
  return task;
};
