/**
 * The whole sync, on one screen: extract → transform → dedup → load → checkpoint.
 * A row never leaves this way, and each row that enters it gets exactly one outcome.
 */
import { filterUnseen, type UnseenTools } from '../dedup/filter-unseen.ts';
import type { Loader } from '../load/load-events.ts';
import type { EventRow } from '../mapping/mapped-row.ts';
import { mapPages, type PageMapping } from './map-pages.ts';

export type Pipeline = Omit<PageMapping, 'beforeLookup' | 'onLimit'> &
  UnseenTools & {
    readonly loader: Loader;
    /** Gets the last event of the page, if there is one. */
    readonly onPage: (last?: EventRow) => void;
  };

/**
 * Runs until the range is read or `stop` aborts; then everything under way is brought to its outcome.
 * @returns whether the whole range was read
 * @throws SourceError, FatalError, RetryableError; counts and state are consistent whenever it throws
 */
export const runStream = async (p: Pipeline, stop: AbortSignal): Promise<{ complete: boolean }> => {
  let isCut = false;
  try {
    const onLimit = (): void => {
      isCut = true;
    };
    const pages = mapPages({ ...p, beforeLookup: p.dedup.beforeLookup, onLimit }, stop);
    for await (const page of pages) {
      for (const pending of filterUnseen(page, p)) p.loader.add(pending);
      await p.loader.flush();
      p.onPage(page.mapped.events.at(-1));
    }
    await p.loader.drain();
  } catch (error) {
    await p.loader.halt();
    throw error;
  } finally {
    p.counts.read -= p.settlement.openRows(); // rows without an outcome will be read again
  }
  return { complete: !stop.aborted && !isCut };
};
