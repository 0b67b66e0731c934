/** What is lost or read again is said before it happens, and a person agrees to it, or `--yes` does. */
import { createInterface } from 'node:readline/promises';
import { EXIT, FatalError } from '../errors.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './wrap.ts';

/** @throws FatalError `not-confirmed` */
export const confirm = async (terminal: Terminal, yes: boolean, consequences: readonly string[]): Promise<void> => {
  for (const text of consequences) for (const line of wrap(text, terminal.width)) terminal.err(line);
  if (yes) return;
  if (terminal.isInteractive && process.stdin.isTTY) {
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await prompt.question('go on? [y/N] ');
    prompt.close();
    if (/^y(es)?$/i.test(answer.trim())) return;
    throw notConfirmed(undefined);
  }
  throw notConfirmed('add --yes to do it');
};

const notConfirmed = (hint: string | undefined): FatalError =>
  new FatalError('not-confirmed', 'nothing was changed', { hint, exitCode: EXIT.usage });
