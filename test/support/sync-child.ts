/** Starts sync-child-process.ts and talks with it: a real process to kill, stop and go on with. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'rolldown';
import { loadAll } from '../../src/cli/load.ts';
import type { MappingFile } from '../../src/config/mapping-schema.ts';
import type { RetryPolicy } from '../../src/load/retry.ts';
import type { StatePlace } from '../../src/state/open-state.ts';
import type { RunCounts } from '../../src/state/state-store.ts';
import { DATASET, TOKEN } from './sync-project.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');

export type ChildJob = {
  readonly mapping: MappingFile;
  /** As in config.yaml, `connector` included. */
  readonly connection: Readonly<Record<string, unknown>>;
  readonly baseDir: string;
  readonly state: StatePlace;
  readonly baseUrl: string;
  readonly datasetId: string;
  readonly token: string;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly sizes: { readonly page: number; readonly batch: number };
  /** How much this process's clock is ahead. */
  readonly clockMs?: number;
};

/** What came of a run. */
export type ChildRun = {
  readonly status: string;
  readonly counts?: RunCounts;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
};
export type ChildAnswer = 'ready' | ChildRun;

export type SyncChild = {
  readonly pid: number;
  /** Modules are loaded: a run begins at once. */
  readonly ready: Promise<void>;
  /** One run; undefined when the process ended before it did. */
  readonly run: () => Promise<ChildRun | undefined>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Ends it in peace, after its run. */
  readonly end: () => Promise<void>;
  readonly ended: Promise<void>;
};

/** The parts of a job that the files of a project say. */
export const jobOf = async (
  { dir, baseUrl }: { readonly dir: string; readonly baseUrl: string },
  rest: Pick<ChildJob, 'state'> & Partial<ChildJob>,
): Promise<ChildJob> => {
  process.env.META_ACCESS_TOKEN ??= TOKEN;
  const { project, mappings, diagnostics } = await loadAll(join(dir, 'config.yaml'));
  const [mapping] = mappings;
  if (!project || !mapping) throw new Error(`the project of the test does not load: ${JSON.stringify(diagnostics)}`);
  return {
    mapping: mapping.file,
    connection: project.config.connections.shop as ChildJob['connection'],
    baseDir: dir,
    baseUrl,
    datasetId: DATASET,
    token: TOKEN,
    concurrency: 4,
    timeoutMs: 120_000,
    retry: { firstMs: 5, ceilingMs: 40, attempts: 6, elapsedMs: 20_000 },
    sizes: { page: 100, batch: 50 },
    ...rest,
  };
};

/** Databases' drivers stay where they are; all else becomes one file, which loads in a third of the time. */
const OUTSIDE =
  /^(?:better-sqlite3|knex|pg|mysql2|pino|prom-client|node-cron|@?hono|i18n-iso-countries|libphonenumber-js)(?:\/|$)/;

/** Bundles the child's program once a test process, below node_modules, where it finds the drivers. */
const program = async (): Promise<string> => {
  const dir = join(ROOT, `node_modules/.cache/capi-sync-child-${process.pid}`);
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  await build({
    input: { child: join(import.meta.dirname, 'sync-child-process.ts') },
    platform: 'node',
    external: (id) => OUTSIDE.test(id),
    output: { dir, format: 'esm' },
    logLevel: 'silent',
  });
  return join(dir, 'child.js');
};
let bundled: Promise<string> | undefined;

export const startSyncChild = async (job: ChildJob, env: Readonly<Record<string, string>> = {}): Promise<SyncChild> => {
  bundled ??= program();
  const file = await bundled;
  const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
  const child = spawn(NODE, [file, JSON.stringify(job)], {
    env: { PATH, HOME, TMPDIR, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const next = (): Promise<ChildAnswer | undefined> =>
    new Promise((done) => {
      child.once('message', (answer) => done(answer as ChildAnswer));
      void ended.then(() => done(undefined));
    });
  const ready = next().then(() => undefined);
  return {
    pid: child.pid ?? 0,
    ready,
    run: async () => {
      await ready;
      const answer = next();
      if (child.connected) child.send('run', () => undefined);
      return (await answer) as ChildRun | undefined;
    },
    kill: (signal) => void child.kill(signal),
    end: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
    ended,
  };
};
