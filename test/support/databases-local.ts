/** Private servers from local binaries: a temporary folder, a free loopback port, never as root, gone at the end. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, Server } from './databases.ts';
import { serverVersion } from './databases-fresh.ts';

const password = 'capi-test';

type Binaries = { readonly install: string; readonly serve: string };

/** The program that makes a data folder and the one that serves it; undefined when the engine is not installed. */
export function findBinaries(engine: Engine): Binaries | undefined {
  const pairs =
    engine === 'postgres'
      ? [['initdb', 'postgres']]
      : [
          ['mariadb-install-db', 'mariadbd'],
          ['mysqld', 'mysqld'],
        ];
  for (const [install, serve] of pairs) {
    const found = { install: findProgram(install!), serve: findProgram(serve!) };
    if (found.install !== undefined && found.serve !== undefined) return { install: found.install, serve: found.serve };
  }
  return undefined;
}

export function findProgram(name: string): string | undefined {
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
  ];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Tries three ports: another program may take a free one before the server does.
 * @param copyOf the url of a PostgreSQL server that the new one follows
 */
export async function startLocal(engine: Engine, copyOf?: string): Promise<Server> {
  const binaries = findBinaries(engine);
  if (binaries === undefined) throw new Error(`no ${engine} binaries`);
  const owner = process.getuid?.() === 0 ? accountOf(engine) : undefined;
  const folder = mkdtempSync(join(tmpdir(), `capi-sync-${engine}-`));
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const options: SpawnOptions = { cwd: folder, stdio: 'ignore', ...(owner ?? {}) };
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  // From here on, however this process ends, the program that runs now ends too and the folder goes.
  let running: ChildProcess | undefined;
  const forget = atExit(() => {
    running?.kill('SIGKILL');
    remove();
  });
  try {
    running = copyOf === undefined ? makeData(engine, binaries, folder, owner) : copyData(copyOf, folder, owner);
    await succeeded(running);
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      const child = spawn(binaries.serve, serveArguments(engine, folder, port), options);
      running = child;
      const stop = async (): Promise<void> => {
        await stopProcess(child, engine === 'postgres' ? 'SIGINT' : 'SIGTERM');
        forget();
        remove();
      };
      const url = `${engine}://capi:${password}@127.0.0.1:${port}/${engine === 'postgres' ? 'postgres' : 'mysql'}`;
      try {
        return { url, version: await whenReady(engine, url, child), stop };
      } catch (error) {
        await stopProcess(child, 'SIGKILL');
        if (attempt === 3) throw error;
      }
    }
  } catch (error) {
    const log = logOf(folder);
    forget();
    remove();
    throw new Error(`the private ${engine} server did not start: ${(error as Error).message}${log}`);
  }
}

function makeData(
  engine: Engine,
  binaries: Binaries,
  folder: string,
  owner: { uid: number; gid: number } | undefined,
): ChildProcess {
  const data = join(folder, 'data');
  const secret = join(folder, 'secret');
  writeFileSync(secret, engine === 'postgres' ? password : grants(), { mode: 0o600 });
  if (owner !== undefined) chownSync(secret, owner.uid, owner.gid);
  const isMariadb = binaries.install.endsWith('mariadb-install-db');
  const args =
    engine === 'postgres'
      ? ['-D', data, '-U', 'capi', '-A', 'scram-sha-256', `--pwfile=${secret}`, '-E', 'UTF8', '--locale=C', '--no-sync']
      : isMariadb
        ? ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
        : ['--no-defaults', `--datadir=${data}`, '--initialize-insecure'];
  return spawn(binaries.install, args, { cwd: folder, stdio: 'ignore', timeout: 60_000, ...(owner ?? {}) });
}

/** A base backup that goes on with what the other server streams. */
function copyData(url: string, folder: string, owner: { uid: number; gid: number } | undefined): ChildProcess {
  const backup = findProgram('pg_basebackup');
  if (backup === undefined) throw new Error('no pg_basebackup');
  const args = ['-D', join(folder, 'data'), '-d', url, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
  return spawn(backup, args, { cwd: folder, stdio: 'ignore', timeout: 60_000, ...(owner ?? {}) });
}

function succeeded(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`making its data folder failed (${code})`)),
    );
  });
}

/** Run by the server at its start; one statement a line. */
function grants(): string {
  return ['127.0.0.1', 'localhost']
    .flatMap((host) => [
      `CREATE USER IF NOT EXISTS capi@'${host}' IDENTIFIED BY '${password}';`,
      `GRANT ALL PRIVILEGES ON *.* TO capi@'${host}' WITH GRANT OPTION;`,
    ])
    .join('\n');
}

function serveArguments(engine: Engine, folder: string, port: number): string[] {
  const data = join(folder, 'data');
  if (engine === 'postgres') {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'synchronous_commit=off',
      'full_page_writes=off',
      'max_connections=200',
      'max_prepared_transactions=10',
      'logging_collector=on',
      `log_directory=${folder}`,
      'log_filename=server.log',
    ];
    return ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  }
  return [
    '--no-defaults',
    `--datadir=${data}`,
    // Its own: a server that starts removes the temporary tables of another from the folder they share.
    `--tmpdir=${folder}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 'server.sock')}`,
    `--pid-file=${join(folder, 'server.pid')}`,
    `--log-error=${join(folder, 'server.log')}`,
    `--init-file=${join(folder, 'secret')}`,
    '--skip-log-bin',
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--innodb-flush-log-at-trx-commit=0',
    '--max-connections=200',
  ];
}

/** The version once the server answers; fails when it exits or after 30 seconds. */
async function whenReady(engine: Engine, url: string, child: ChildProcess): Promise<string> {
  let last: unknown;
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended by itself');
    try {
      return await serverVersion(engine, url);
    } catch (error) {
      last = error;
      await sleep(100);
    }
  }
  throw new Error(`no answer in 30 s (${last instanceof Error ? last.message : ''})`);
}

async function stopProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

/** Runs `end` however this process ends, short of SIGKILL. Gives back what undoes it. */
function atExit(end: () => void): () => void {
  // Exiting runs the `exit` handlers of every server, this one included.
  const interrupted = (): void => process.exit(130);
  process.once('exit', end);
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  return () => {
    process.off('exit', end);
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  };
}

/** The engine's own account, or nobody: both refuse to run as root. */
function accountOf(engine: Engine): { uid: number; gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = [engine, 'nobody'].map((name) => accounts.find((fields) => fields[0] === name)).find(Boolean);
  if (account === undefined) throw new Error('no account to run the server as');
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function logOf(folder: string): string {
  const file = join(folder, 'server.log');
  if (!existsSync(file)) return '';
  return `\n${readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')}`;
}
