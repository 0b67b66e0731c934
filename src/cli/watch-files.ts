/** Does a work, and does it again whenever one of its files changes. Files are looked at, so that every editor and every file system is alike. */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_MS = 150;

export type Watch = {
  /** Asked again before each work: a change may name other files. Their folders are watched too, for files that come. */
  readonly files: () => Promise<readonly string[]>;
  readonly work: () => Promise<void>;
  /** Ends it after the work that is going on. */
  readonly stop: AbortSignal;
};

export const watchFiles = async ({ files, work, stop }: Watch): Promise<void> => {
  while (!stop.aborted) {
    const paths = await files();
    const before = await stateOf(paths);
    await work();
    await nextChange(paths, before, stop);
  }
};

/** Returns when the files are another state than before, and have been so for one look: an editor may write several. */
const nextChange = async (paths: readonly string[], before: string, stop: AbortSignal): Promise<void> => {
  let last = before;
  while (!stop.aborted) {
    await wait(LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
    const now = await stateOf(paths);
    if (now !== before && now === last) return;
    last = now;
  }
};

const stateOf = async (paths: readonly string[]): Promise<string> => {
  const all = [...new Set(paths.flatMap((path) => [resolve(path), dirname(resolve(path))]))];
  const facts = all.map(async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found ? `${found.mtimeMs} ${found.isDirectory() ? '' : found.size}` : 'gone';
  });
  return (await Promise.all(facts)).join('\n');
};
