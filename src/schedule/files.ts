/**
 * Notices when the files of a configuration change: by looking at them now and then, which also holds for network disks and for the links that
 * Kubernetes turns around. A change counts once it stands still for one look, so that no half-written file is read.
 */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from './clock.ts';

export type FilesWatch = {
  /**
   * Runs a reading of the files, which gives the files to look at from then on; their folders are looked at as well, for files that come and go.
   * What changes while they are read counts as a change afterwards. One reading at a time.
   */
  readonly reading: (read: () => Promise<readonly string[]>) => Promise<void>;
  readonly stop: () => void;
};

const EVERY_MS = 2_000;

const mark = async (path: string): Promise<string> => {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${path} ${mtimeMs} ${size} ${ino}`;
  } catch {
    return `${path} -`;
  }
};

/** @param onChange must not reject, and calls `reading` */
export const watchFiles = (clock: Clock, onChange: () => Promise<void>): FilesWatch => {
  let paths: readonly string[] = [];
  let inForce = '';
  let seen = '';
  let cancel: () => void = () => undefined;
  let isStopped = false;
  let turn: Promise<void> = Promise.resolve();

  const look = async (): Promise<string> => (await Promise.all(paths.map(mark))).join('\n');
  const again = (): void => {
    cancel();
    if (!isStopped) cancel = clock.after(EVERY_MS, () => void tick());
  };
  const tick = async (): Promise<void> => {
    const now = await look();
    const isNew = now !== inForce && now === seen;
    seen = now;
    if (isNew) await onChange();
    again();
  };
  const readOnce = async (read: () => Promise<readonly string[]>): Promise<void> => {
    const before = await look();
    const files = await read();
    const next = [...new Set([...files, ...files.map((file) => dirname(file))])].sort();
    const isSame = next.join('\n') === paths.join('\n');
    paths = next;
    inForce = isSame ? before : await look();
    seen = inForce;
    again();
  };

  return {
    reading: (read) => {
      turn = turn.then(() => readOnce(read)).catch(again);
      return turn;
    },
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
};
