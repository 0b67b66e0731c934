/** What each command gets, and what it gives back: an exit code. Errors are thrown and shown in one place (main). */
import type { ExitCode } from '../errors.ts';
import type { Terminal } from './terminal.ts';

export type CommandContext = {
  readonly configFile: string;
  readonly json: boolean;
  readonly terminal: Terminal;
  /** First signal: end what is under way. Second: cut it. */
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
};

export type Command<Args extends readonly unknown[]> = (context: CommandContext, ...args: Args) => Promise<ExitCode>;
