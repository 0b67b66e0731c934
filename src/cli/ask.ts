/** Questions on a terminal, one line each. */
import { createInterface } from 'node:readline/promises';
import { EXIT, FatalError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

export type Asker = {
  readonly ask: (question: string, otherwise: string) => Promise<string>;
  readonly close: () => void;
};

/** @returns undefined where there is nobody to ask. @param stop Ctrl-C: nothing is done */
export const openAsker = (terminal: Terminal, stop: AbortSignal): Asker | undefined => {
  if (!process.stdin.isTTY || !terminal.isInteractive) return undefined;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const cancel = new AbortController();
  const end = (): void => cancel.abort();
  // Ctrl-C comes to the reader, Ctrl-D closes it, a signal comes to the process.
  reader.once('SIGINT', end).once('close', end);
  stop.addEventListener('abort', end, { once: true });
  return {
    ask: async (question, otherwise) => {
      try {
        return (await reader.question(`${question} [${otherwise}] `, { signal: cancel.signal })).trim();
      } catch (error) {
        throw new FatalError('cancelled', 'nothing was written', { cause: error, exitCode: EXIT.interrupted });
      }
    },
    close: () => {
      stop.removeEventListener('abort', end);
      reader.close();
    },
  };
};
