/** ClickHouse's own engine for tests, installed on first use, in a process of its own behind a stand-in of its HTTP interface. */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const ENGINE = join(import.meta.dirname, 'clickhouse-engine');
const ADMIN = 'admin';
const ADMIN_PASSWORD = 'admin of this test';

export type ClickhouseUser = { readonly password: string; readonly profile?: Readonly<Record<string, string>> };

export type Clickhouse = {
  readonly port: number;
  readonly pid: number;
  /** Runs statements as an administrator; gives the lines of the last. */
  readonly query: (...statements: string[]) => Promise<string[]>;
  /** The queries that were ended from outside, in this order, and how. */
  readonly ended: () => Promise<{ readonly id: string; readonly by: 'kill' | 'close' }[]>;
  readonly stop: () => Promise<void>;
};

export async function startClickhouse(users: Readonly<Record<string, ClickhouseUser>>): Promise<Clickhouse> {
  await installEngine();
  const folder = mkdtempSync(join(tmpdir(), 'capi-sync-clickhouse-'));
  const all = { ...users, [ADMIN]: { password: ADMIN_PASSWORD } };
  const withProfiles = Object.fromEntries(Object.entries(all).map(([name, user]) => [name, { profile: {}, ...user }]));
  const child = fork(
    join(import.meta.dirname, 'clickhouse-front.ts'),
    [join(folder, 'data'), ENGINE, JSON.stringify(withProfiles)],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error("ClickHouse's engine did not start");
    }),
  ])) as [{ port: number }];
  const base = `http://127.0.0.1:${message.port}`;
  return {
    port: message.port,
    pid: child.pid ?? 0,
    query: async (...statements) => {
      let lines: string[] = [];
      for (const body of statements) {
        const reply = await fetch(`${base}/`, {
          method: 'POST',
          body,
          headers: { Authorization: `Basic ${btoa(`${ADMIN}:${ADMIN_PASSWORD}`)}` },
        });
        const text = await reply.text();
        if (!reply.ok) throw new Error(`${text.slice(0, 500)}\nof: ${body.slice(0, 200)}`);
        lines = text.split('\n').filter((line) => line !== '');
      }
      return lines;
    },
    ended: async () => (await (await fetch(`${base}/front/ended`)).json()) as { id: string; by: 'kill' | 'close' }[],
    stop,
  };
}

const LOCK_MINUTES = 10;

/** By npm, without scripts, once; test files that run side by side wait for the one that does it. */
async function installEngine(): Promise<void> {
  const isThere = (): boolean => existsSync(join(ENGINE, 'node_modules/chdb/package.json'));
  const lock = join(ENGINE, '.installing');
  for (let waited = 0; !isThere() || existsSync(lock); waited += 1) {
    const mine = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (mine) {
      try {
        if (isThere()) return;
        const options = ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
        await promisify(execFile)('npm', options, { cwd: ENGINE, timeout: LOCK_MINUTES * 60_000 });
        return;
      } finally {
        await rm(lock, { recursive: true, force: true });
      }
    }
    if (waited > LOCK_MINUTES * 60 || isOlder(lock, LOCK_MINUTES)) await rm(lock, { recursive: true, force: true });
    await sleep(1000);
  }
}

function isOlder(path: string, minutes: number): boolean {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  return Date.now() - mtimeMs > minutes * 60_000;
}
