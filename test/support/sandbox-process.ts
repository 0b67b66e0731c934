/** `capi-sync sandbox` as a process of its own, asked through its control paths. */
import type { SandboxStats } from '../../src/sandbox/start-sandbox.ts';
import { type CliResult, startCli } from './built-cli.ts';

export type SandboxProcess = {
  readonly url: string;
  readonly stats: () => Promise<SandboxStats>;
  /** `event_name + "\u0000" + event_id` to how often it was accepted. */
  readonly deliveries: () => Promise<ReadonlyMap<string, number>>;
  /** Faults as `--fault` takes them. */
  readonly setFaults: (faults: readonly string[]) => Promise<void>;
  /** Asks it to end (SIGTERM) and waits for that. */
  readonly stop: () => Promise<CliResult>;
};

const PATIENCE_MS = 10_000;

export const startSandboxProcess = async ({
  token,
  faults = [],
}: {
  readonly token: string;
  readonly faults?: readonly string[];
}): Promise<SandboxProcess> => {
  const running = startCli([
    '--json',
    'sandbox',
    '--port',
    '0',
    '--token',
    token,
    ...faults.flatMap((fault) => ['--fault', fault]),
  ]);
  const first = await Promise.race([
    running.firstLine,
    running.ended.then((exit) => `it ended: ${exit.stderr}`),
    new Promise<string>((done) => setTimeout(() => done('it said nothing'), PATIENCE_MS).unref()),
  ]);
  let url: string;
  try {
    url = (JSON.parse(first) as { url: string }).url;
  } catch {
    running.kill('SIGKILL');
    throw new Error(`the sandbox did not start: ${first}`);
  }
  const get = async <T>(path: string): Promise<T> => (await (await fetch(`${url}/_sandbox/${path}`)).json()) as T;
  return {
    url,
    stats: () => get('stats'),
    deliveries: async () => new Map(Object.entries(await get<Record<string, number>>('deliveries'))),
    setFaults: async (next) => {
      const answer = await fetch(`${url}/_sandbox/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(next),
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    stop: () => {
      running.kill('SIGTERM');
      return running.ended;
    },
  };
};
