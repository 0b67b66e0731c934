/** Page mappers in threads of their own: reading, normalising and hashing is most of what a sync does, and rows do not wait for each other. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SourceError } from '../../connectors/connector.ts';
import type { MapAnswer, MapThreadData, ThreadError } from './map-thread-messages.ts';
import type { Block } from './pack-texts.ts';
import { type PageMapped, type PageMapper, type PageRead, quiet } from './page-mapper.ts';

/** Of one run: a thread a core, and no more than two; beyond that, the state and the network are what a sync waits for. */
export const mapThreads = Math.min(2, availableParallelism());

/** The thread runs the file beside this one: TypeScript in a checkout, JavaScript in dist/. */
const THREAD = new URL(`./map-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

const toError = (error: ThreadError): Error =>
  'code' in error
    ? new SourceError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint })
    : new Error(`a mapping thread failed (${error.name})`);

type Open = {
  readonly read: PromiseWithResolvers<PageRead | undefined>;
  readonly mapped: PromiseWithResolvers<PageMapped | undefined>;
};

/** A mapper that is of use once `isReady`: loading its modules takes a moment, and others can work meanwhile. */
export type ThreadMapper = PageMapper & { readonly isReady: () => boolean; readonly openTasks: () => number };

export const openMapThread = (data: MapThreadData): ThreadMapper => {
  // The young generation is what its speed costs in memory. The old one has no limit: a page of wide rows takes what it takes.
  const thread = new Worker(THREAD, { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: 8 } });
  const open = new Map<number, Open>();
  let next = 0;
  let isReady = false;
  let isGone = false;

  const settle = (id: number, with_: (task: Open) => void): void => {
    const task = open.get(id);
    if (task) with_(task);
  };
  thread.on('message', (answer: MapAnswer | 'started') => {
    if (answer === 'started') isReady = true;
    else if ('read' in answer) settle(answer.id, ({ read }) => read.resolve(answer.read));
    else {
      settle(answer.id, ({ read, mapped }) => {
        if ('error' in answer) {
          read.reject(toError(answer.error));
          mapped.reject(toError(answer.error));
        } else mapped.resolve(withBuffers(answer.mapped));
      });
      open.delete(answer.id);
    }
  });
  const end = (): void => {
    isGone = true;
    for (const { read, mapped } of open.values()) {
      read.reject(toError({ name: 'ended' }));
      mapped.reject(toError({ name: 'ended' }));
    }
    open.clear();
  };
  const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  thread.on('error', end).on('exit', end);

  const giveBack = (blocks: readonly Block[]): void => {
    if (!isGone)
      thread.postMessage(
        { giveBack: blocks },
        blocks.map(({ buffer }) => buffer),
      );
  };

  return {
    isReady: () => isReady && !isGone,
    openTasks: () => open.size,
    map: (range) => {
      const task: Open = { read: Promise.withResolvers(), mapped: Promise.withResolvers() };
      const id = next++;
      open.set(id, task);
      if (isGone) end();
      else thread.postMessage({ id, map: range });
      return quiet({ read: task.read.promise, mapped: task.mapped.promise, giveBack });
    },
    close: async () => {
      if (isGone) return;
      thread.postMessage({ close: true });
      await exited;
    },
  };
};

/** A Buffer arrives as a Uint8Array. */
const withBuffers = (mapped: PageMapped | undefined): PageMapped | undefined =>
  mapped && {
    ...mapped,
    page: {
      ...mapped.page,
      texts: { ...mapped.page.texts, blocks: mapped.page.texts.blocks.map(({ buffer }) => Buffer.from(buffer)) },
    },
  };
