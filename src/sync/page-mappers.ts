/**
 * Who maps the next page. Most runs read a few pages, their lookback included, and a thread costs more to start than such a run takes: the
 * caller maps them itself. When more were full, threads are opened, and take over once they are up.
 */
import type { ReadRange } from '../../connectors/connector.ts';
import type { ThreadMapper } from './open-map-threads.ts';
import type { PageMapper, PageTask } from './page-mapper.ts';

export type PageMappers = {
  readonly map: (range: ReadRange) => PageTask;
  /** A page was full: there may be many more. */
  readonly expectMore: () => void;
  /** Pages that should be under way at once. */
  readonly width: () => number;
  readonly close: () => Promise<void>;
};

/** Full pages after which threads are worth their start, which costs a run of two pages more than half of its time (docs/performance.md). */
export const FULL_PAGES = 4;

/** @param openThreads called at most once */
export const pageMappers = (local: PageMapper, openThreads: () => readonly ThreadMapper[]): PageMappers => {
  let threads: readonly ThreadMapper[] | undefined;
  let fullPages = 0;
  const ready = (): readonly ThreadMapper[] => (threads ?? []).filter((thread) => thread.isReady());
  const pick = (): PageMapper =>
    ready().reduce<ThreadMapper | undefined>(
      (best, thread) => (best && best.openTasks() <= thread.openTasks() ? best : thread),
      undefined,
    ) ?? local;
  return {
    map: (range) => pick().map(range),
    expectMore: () => {
      fullPages += 1;
      if (fullPages >= FULL_PAGES) threads ??= openThreads();
    },
    width: () => ready().length + 1,
    close: async () => {
      await Promise.all([local, ...(threads ?? [])].map((mapper) => mapper.close()));
    },
  };
};
