/**
 * The StateStore in a thread of its own: a flush to the disk blocks whoever asks for it, and the sync has rows to map meanwhile.
 * Same interface, same errors, same order of writes.
 */
import { Worker } from 'node:worker_threads';
import { EXIT, FatalError } from '../errors.ts';
import {
  joinKeys,
  KEYS_ARGUMENT,
  type PlainError,
  type StateAnswer,
  type StateMethod,
  type StateOpen,
  type StateReady,
} from './state-messages.ts';
import type { StateStore } from './state-store.ts';

/** The thread runs the file beside this one: TypeScript in a checkout, JavaScript in dist/. */
const THREAD = new URL(`./state-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

const toError = ({ code, message, hint, exitCode }: PlainError): FatalError =>
  new FatalError(code, message, { hint, exitCode });
const gone = (): FatalError =>
  new FatalError('state-failed', 'the state database thread ended', {
    hint: 'sending stopped; run again, nothing is lost',
    exitCode: EXIT.config,
  });

type Open = {
  readonly done: (value: unknown) => void;
  readonly failed: (error: Error) => void;
  readonly method: StateMethod;
};

/** A thread that loads its modules, which takes as long as a small sync: started first, it is ready when the files are read. */
export type StateThread = {
  /** The absolute path of an SQLite file. @throws like `openState` */
  readonly open: (filename: string) => Promise<StateStore>;
  /** For whoever finds out that there is nothing to open. */
  readonly discard: () => void;
};

/** Keeps no process alive until it is to open something. */
export const startStateThread = (): StateThread => {
  const thread = new Worker(THREAD, { resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 } });
  const ready = new Promise<StateReady>((resolve, reject) =>
    thread.once('message', resolve).once('error', () => reject(gone())),
  );
  ready.catch(() => undefined); // told to whoever opens
  thread.unref();
  return {
    open: (filename) => {
      thread.ref();
      thread.postMessage({ open: filename } satisfies StateOpen);
      return storeOf(thread, ready);
    },
    discard: () => void thread.terminate(),
  };
};

const storeOf = async (thread: Worker, opened: Promise<StateReady>): Promise<StateStore> => {
  const ready = await opened;
  if ('failed' in ready) {
    await thread.terminate();
    throw toError(ready.failed);
  }
  const open = new Map<number, Open>();
  let next = 0;
  let isGone = false;

  thread.on('message', ({ id, value, error }: StateAnswer) => {
    const call = open.get(id);
    open.delete(id);
    if (error) call?.failed(toError(error));
    else call?.done(value);
  });
  const end = (): void => {
    isGone = true;
    for (const { failed } of open.values()) failed(gone());
    open.clear();
  };
  thread.on('error', end).on('exit', end);

  const call = (method: StateMethod, args: readonly unknown[]): Promise<unknown> =>
    new Promise((done, failed) => {
      if (isGone) return failed(gone());
      const id = next++;
      open.set(id, { done, failed, method });
      const index = KEYS_ARGUMENT[method];
      thread.postMessage({
        id,
        method,
        args: index === undefined ? args : args.map((arg, n) => (n === index ? joinKeys(arg as string[]) : arg)),
      });
    });

  return Object.fromEntries(
    ready.ready.map((method) => [method, (...args: unknown[]) => call(method, args)]),
  ) as unknown as StateStore;
};
