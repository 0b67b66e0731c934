/** The thread of `open-state-thread.ts`: opens the database it is told and answers calls in the order they come. */
import { parentPort, workerData } from 'node:worker_threads';
import { EXIT, FatalError } from '../errors.ts';
import { openState } from './open-state.ts';
import {
  KEYS_ARGUMENT,
  type PlainError,
  type StateAnswer,
  type StateCall,
  type StateMethod,
  splitKeys,
} from './state-messages.ts';

const plain = (error: unknown): PlainError =>
  error instanceof FatalError
    ? { code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode }
    : {
        code: 'state-failed',
        message: 'the state database failed',
        hint: 'sending stopped; run again',
        exitCode: EXIT.config,
      };

const port = parentPort;
if (port) {
  try {
    const state = await openState((workerData as { filename: string }).filename);
    port.postMessage({ ready: Object.keys(state) });
    port.on('message', async ({ id, method, args }: StateCall) => {
      try {
        const value: unknown = await (state[method] as (...given: unknown[]) => Promise<unknown>)(
          ...unpack(method, args),
        );
        const answer: StateAnswer = { id, value };
        port.postMessage(answer);
        if (method === 'close') port.close();
      } catch (error) {
        port.postMessage({ id, error: plain(error) } satisfies StateAnswer);
      }
    });
  } catch (error) {
    port.postMessage({ failed: plain(error) });
  }
}

function unpack(method: StateMethod, args: readonly unknown[]): readonly unknown[] {
  const index = KEYS_ARGUMENT[method];
  return index === undefined ? args : args.map((arg, n) => (n === index ? splitKeys(arg as string) : arg));
}
