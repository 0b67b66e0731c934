/** A command in the test's own process, as main would call it: what it prints and its exit code. */
import type { CommandContext } from '../../src/cli/command.ts';
import { openTerminal } from '../../src/cli/terminal.ts';
import type { ExitCode } from '../../src/errors.ts';

export type CommandResult = { readonly exit: ExitCode; readonly out: string; readonly err: string };

export const runCommand = async (
  configFile: string,
  work: (context: CommandContext) => Promise<ExitCode>,
  { json = false, stop = new AbortController().signal }: { json?: boolean; stop?: AbortSignal } = {},
): Promise<CommandResult> => {
  let [out, err] = ['', ''];
  const terminal = openTerminal(
    { write: (text) => (out += text) },
    { write: (text) => (err += text) },
    { NO_COLOR: '1' },
  );
  const exit = await work({ configFile, json, terminal, stop, abort: new AbortController().signal });
  return { exit, out, err };
};
