/** The program as users have it: built, started as a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '../..');
/** The runtime that the project pins, whatever runs the tests. */
const NODE = join(ROOT, 'node_modules/.bin/node');
const BIN = join(ROOT, 'bin/capi-sync.js');
const BUILT = join(ROOT, 'dist/start.js');
const LOCK = join(tmpdir(), `capi-sync-build-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}.lock`);
const BUILD_PATIENCE_MS = 120_000;

/** Newest change below a path: files, and folders, whose time changes when a file goes. */
const newest = (path: string): number => {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
};

const isStale = (): boolean => {
  if (!existsSync(BUILT)) return true;
  const sources = ['src', 'connectors', 'scripts', 'package.json'].map((name) => newest(join(ROOT, name)));
  return Math.max(...sources) > statSync(BUILT).mtimeMs;
};

/** True when this process now holds the lock. The lock of a process that is gone does not count. */
const takeLock = (): boolean => {
  try {
    const file = openSync(LOCK, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    try {
      const holder = Number(readFileSync(LOCK, 'utf8'));
      if (holder > 0) process.kill(holder, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') rmSync(LOCK, { force: true });
    }
    return false;
  }
};

/** Builds when dist/ is older than the sources; two test files never build at once. To be called once, before the first `runCli`. */
export const ensureBuilt = async (): Promise<void> => {
  const until = Date.now() + BUILD_PATIENCE_MS;
  while (isStale()) {
    if (!takeLock()) {
      if (Date.now() > until) throw new Error(`another process holds ${LOCK}`);
      await wait(200);
      continue;
    }
    try {
      if (!isStale()) return;
      const built = spawnSync('npm', ['run', '-s', 'build'], { cwd: ROOT, encoding: 'utf8' });
      if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
    } finally {
      rmSync(LOCK, { force: true });
    }
  }
};

export type CliResult = {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type CliOptions = {
  readonly cwd?: string;
  /** Added to a small environment: PATH, HOME, TMPDIR, NO_COLOR. Nothing of the developer's own gets in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Aborted: the process is killed (SIGKILL). */
  readonly signal?: AbortSignal;
};

export type RunningCli = {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** The first whole line of stdout, once it is there. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<CliResult>;
  /** Told of every part of what it prints, as it comes. */
  readonly onOutput: (tell: (text: string, stream: 'stdout' | 'stderr') => void) => void;
};

/** Starts `capi-sync` with these arguments. */
export const startCli = (args: readonly string[], { cwd, env, signal }: CliOptions = {}): RunningCli => {
  const { PATH = '', HOME = '', TMPDIR = tmpdir() } = process.env;
  const child = spawn(NODE, [BIN, ...args], {
    cwd,
    env: { PATH, HOME, TMPDIR, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const firstLine = new Promise<string>((said) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const end = stdout.indexOf('\n');
      if (end !== -1) said(stdout.slice(0, end));
    });
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const kill = (name: NodeJS.Signals): void => void child.kill(name);
  signal?.addEventListener('abort', () => kill('SIGKILL'), { once: true });
  const ended = new Promise<CliResult>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, endedBy) => done({ code, signal: endedBy, stdout, stderr }));
  });
  const onOutput: RunningCli['onOutput'] = (tell) => {
    child.stdout.on('data', (text: string) => tell(text, 'stdout'));
    child.stderr.on('data', (text: string) => tell(text, 'stderr'));
  };
  return { pid: child.pid ?? 0, kill, firstLine, ended, onOutput };
};

/** Runs `capi-sync` to its end. Never throws for an exit code. */
export const runCli = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
  startCli(args, options).ended;
