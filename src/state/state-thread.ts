/** The thread of `open-state-thread.ts`: opens the database it is told first and answers calls in the order they come. */
import { parentPort } from 'node:worker_threads';
import { EXIT, FatalError } from '../errors.ts';
import { openState } from './open-state.ts';
import {
  KEYS_ARGUMENT,
  type PlainError,
  type StateAnswer,
  type StateCall,
  type StateMethod,
  type StateOpen,
  type StateReady,
  splitKeys,
} from './state-messages.ts';
import type { StateStore } from './state-store.ts';

const plain = (error: unknown): PlainError =>
  error instanceof FatalError
    ? { code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode }
    : {
        code: 'state-failed',
        message: 'the state database failed',
        hint: 'sending stopped; run again',
        exitCode: EXIT.config,
      };

type Methods = Readonly<Record<StateMethod, (...args: readonly unknown[]) => Promise<unknown>>>;

const port = parentPort;
if (port) {
  let state: StateStore | undefined;

  const open = async (filename: string): Promise<void> => {
    try {
      state = await openState(filename);
      port.postMessage({ ready: Object.keys(state) as StateMethod[] } satisfies StateReady);
    } catch (error) {
      port.postMessage({ failed: plain(error) } satisfies StateReady);
      port.close();
    }
  };

  const answer = async ({ id, method, args }: StateCall): Promise<void> => {
    try {
      const value: unknown = await (state as unknown as Methods)[method](...unpack(method, args));
      port.postMessage({ id, value } satisfies StateAnswer);
      if (method === 'close') port.close();
    } catch (error) {
      port.postMessage({ id, error: plain(error) } satisfies StateAnswer);
    }
  };

  port.on('message', (message: StateOpen | StateCall) => ('open' in message ? open(message.open) : answer(message)));
}

function unpack(method: StateMethod, args: readonly unknown[]): readonly unknown[] {
  const index = KEYS_ARGUMENT[method];
  return index === undefined ? args : args.map((arg, n) => (n === index ? splitKeys(arg as string) : arg));
}
