/** `sandbox`: a local Conversions API, until Ctrl-C. */
import { EXIT, FatalError } from '../../errors.ts';
import { describeFaults, type Fault, parseFault } from '../../sandbox/faults.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import type { Command } from '../command.ts';
import { count } from '../terminal.ts';

export type SandboxCommandOptions = {
  readonly port: number;
  readonly token?: string;
  readonly fault: readonly string[];
};

export const sandboxHelp = (): string => `\nFaults (--fault, may be given several times):\n${describeFaults()}`;

const readFault = (text: string): Fault => {
  try {
    return parseFault(text);
  } catch (error) {
    throw new FatalError('bad-fault', (error as Error).message, {
      hint: 'see "capi-sync sandbox --help"',
      exitCode: EXIT.usage,
    });
  }
};

export const sandbox: Command<[options: SandboxCommandOptions]> = async ({ json, terminal, stop }, options) => {
  const faults = options.fault.map(readFault);
  const server = await startSandbox({
    port: options.port,
    faults,
    ...(options.token === undefined ? {} : { token: options.token }),
  }).catch((error: NodeJS.ErrnoException) => {
    throw new FatalError(
      'port-in-use',
      `the sandbox cannot listen on port ${options.port} (${error.code ?? error.name})`,
      { hint: 'choose another with --port', exitCode: EXIT.usage },
    );
  });
  if (json) terminal.out(JSON.stringify({ url: server.url }));
  else {
    terminal.out(`sandbox listens on ${server.url}`);
    terminal.out(`put it into the destination:  base_url: ${server.url}`);
    terminal.out(`what arrived is shown at      ${server.url}/`);
  }
  await new Promise<void>((resolve) =>
    stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve(), { once: true }),
  );
  const stats = server.stats();
  terminal.err(
    `${count(stats.requests)} requests, ${count(stats.eventsUnique)} events, ${count(stats.duplicates)} duplicates`,
  );
  await server.close();
  return EXIT.ok;
};
