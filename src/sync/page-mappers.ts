/**
 * Who maps the next page. The first page is the caller's own: most runs read no more than that, and a thread costs more to start than
 * such a run takes. As soon as there is a second page threads are opened, and take over once they are up.
 */
import type { ReadRange } from '../../connectors/connector.ts';
import type { ThreadMapper } from './open-map-threads.ts';
import type { PageMapper, PageTask } from './page-mapper.ts';

export type PageMappers = {
  readonly map: (range: ReadRange) => PageTask;
  /** Pages that should be under way at once. */
  readonly width: () => number;
  readonly close: () => Promise<void>;
};

/** @param openThreads called at most once */
export const pageMappers = (local: PageMapper, openThreads: () => readonly ThreadMapper[]): PageMappers => {
  let threads: readonly ThreadMapper[] | undefined;
  let begun = 0;
  const ready = (): readonly ThreadMapper[] => (threads ?? []).filter((thread) => thread.isReady());
  const pick = (): PageMapper =>
    ready().reduce<ThreadMapper | undefined>(
      (best, thread) => (best && best.openTasks() <= thread.openTasks() ? best : thread),
      undefined,
    ) ?? local;
  return {
    map: (range) => {
      begun += 1;
      if (begun > 1) threads ??= openThreads();
      return pick().map(range);
    },
    width: () => ready().length + 1,
    close: async () => {
      await Promise.all([local, ...(threads ?? [])].map((mapper) => mapper.close()));
    },
  };
};
