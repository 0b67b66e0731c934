/**
 * The image, made without Docker: the steps of the Dockerfile, done in a clean folder that gets only what it copies. Then started as another user who may
 * write nowhere but in /config, asked for its health, and ended by its signal. What this cannot show is Debian's own part of the image.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { isSentToDocker, parseDockerfile, type Stage } from '../support/dockerfile.ts';

const ROOT = join(import.meta.dirname, '../..');
const docker = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8');
const isRoot = process.getuid?.() === 0;
/** As USER in the Dockerfile says; who is not root stays who they are. */
const asUser = isRoot ? { uid: 1000, gid: 1000 } : {};

const world = mkdtempSync(join(tmpdir(), 'capi-sync-image-'));
/** Where a path of a stage is. */
const at = (stage: string, path: string): string => join(world, stage, path);
const NODE = join(ROOT, 'node_modules/node/bin/node');

const copy = (
  stage: Stage,
  folder: string,
  from: string | undefined,
  sources: readonly string[],
  target: string,
): void => {
  for (const source of sources) {
    if (from === undefined && !isSentToDocker(ignore, source)) throw new Error(`.dockerignore keeps ${source} back`);
    const path = from === undefined ? join(ROOT, source) : at(from, source);
    const isFolder = lstatSync(path).isDirectory();
    const into = target.startsWith('/') ? at(stage.name, target) : join(folder, target);
    cpSync(path, isFolder || !target.endsWith('/') ? into : join(into, basename(source)), { recursive: true });
  }
};

const build = (stage: Stage): Record<string, string> => {
  const environment: Record<string, string> = {};
  let folder = at(stage.name, '/');
  mkdirSync(folder, { recursive: true });
  if (stage.base.startsWith('node:')) {
    mkdirSync(at(stage.name, '/usr/local/bin'), { recursive: true });
    cpSync(NODE, at(stage.name, '/usr/local/bin/node'));
  }
  for (const step of stage.steps) {
    if (step.do === 'workdir') {
      folder = at(stage.name, step.path);
      mkdirSync(folder, { recursive: true });
    } else if (step.do === 'copy') copy(stage, folder, step.from, step.sources, step.target);
    else if (step.do === 'env') environment[step.name] = step.value;
    else if (step.do === 'run') {
      // What the tests run with is what the lock file names: it need not be fetched once more.
      if (stage.name === 'build' && step.command.startsWith('npm ci')) {
        symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
        continue;
      }
      if (step.command.includes('/config')) {
        mkdirSync(at(stage.name, '/config'));
        if (isRoot) chownSync(at(stage.name, '/config'), 1000, 1000);
        continue;
      }
      const path = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
      const done = spawnSync('sh', ['-c', step.command], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, PATH: path },
      });
      if (done.status !== 0) throw new Error(`${step.command}: ${done.stdout}${done.stderr}`);
    }
  }
  return environment;
};

const bytesOf = (folder: string): number =>
  globSync('**/*', { cwd: folder }).reduce((sum, file) => {
    const stat = lstatSync(join(folder, file));
    return sum + (stat.isFile() ? stat.size : 0);
  }, 0);

/** debian:bookworm-slim as it is unpacked, amd64, in bytes: an estimate, rounded up. No registry of images can be asked here. */
const DEBIAN = 80_000_000;

let environment: Record<string, string>;
const final = (): Stage => docker.stages.at(-1) as Stage;
const inImage = (words: readonly string[]): string[] =>
  words.map((word) => (word === 'node' ? at('', '/usr/local/bin/node') : word.startsWith('/') ? at('', word) : word));
/** No PATH, no home, no place for temporary files: what the image does not have cannot be leant on. */
const start = (words: readonly string[], more: Record<string, string> = {}) => {
  const [program = '', ...args] = inImage(words);
  return spawn(program, args, {
    cwd: at('', '/config'),
    ...asUser,
    env: { ...environment, TMPDIR: '/nowhere', ...more },
  });
};
const run = async (
  words: readonly string[],
  more: Record<string, string> = {},
): Promise<{ code: number | null; text: string }> => {
  const child = start(words, more);
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  child.stderr.on('data', (data) => (text += data));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, text };
};

beforeAll(() => {
  chmodSync(world, 0o755);
  for (const stage of docker.stages) environment = build(stage);
  for (const path of globSync('**/*', { cwd: at('', '/app') })) {
    const file = join(at('', '/app'), path);
    if (!lstatSync(file).isSymbolicLink()) chmodSync(file, lstatSync(file).isDirectory() ? 0o555 : 0o444);
  }
  chmodSync(at('', '/app'), 0o555);
}, 300_000);
afterAll(() => {
  if (!isRoot) spawnSync('chmod', ['-R', 'u+w', world]);
  rmSync(world, { recursive: true, force: true });
});

describe('the image', () => {
  it('is under 250 MB', () => {
    const [node, app] = [bytesOf(at('', '/usr')), bytesOf(at('', '/app'))];
    const [modules, dist] = [bytesOf(at('', '/app/node_modules')), bytesOf(at('', '/app/dist'))];
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
    console.log(
      `image: Debian ${mb(DEBIAN)} + Node ${mb(node)} + app ${mb(app)} (modules ${mb(modules)}, dist ${mb(dist)}) = ${mb(DEBIAN + node + app)} MB`,
    );
    expect(DEBIAN + node + app).toBeLessThan(250_000_000);
  });

  it('holds no test, no source and no package that is for development only', () => {
    expect(globSync('**/*.{ts,map}', { cwd: at('', '/app') })).toEqual([]);
    const names = ['typescript', 'vitest', 'playwright-core', 'rolldown', 'preact', 'typebox'];
    expect(names.filter((name) => existsSync(at('', `/app/node_modules/${name}`)))).toEqual([]);
    expect(final().steps).toContainEqual({ do: 'user', user: '1000:1000' });
    expect([docker.stopSignal, docker.command]).toEqual(['SIGTERM', ['start']]);
  });

  it('can load every library that its code asks for', async () => {
    const { dependencies } = JSON.parse(readFileSync(at('', '/app/package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const there = Object.keys(dependencies).filter((name) => existsSync(at('', `/app/node_modules/${name}`)));
    expect(there).toEqual(expect.arrayContaining(['pg', 'mysql2', 'better-sqlite3', 'hono', 'pino', 'prom-client']));
    const script = `import { createRequire } from 'node:module'; const require = createRequire('${at('', '/app/bin/x.js')}');
for (const name of ${JSON.stringify(there)}) await import(require.resolve(name));`;
    writeFileSync(at('', '/config/load.mjs'), script);
    expect(await run(['node', '/config/load.mjs'])).toEqual({ code: 0, text: '' });
    rmSync(at('', '/config/load.mjs'));
  });

  it('syncs, serves the page, is healthy, and ends on SIGTERM; as another user, with a read-only file system', async () => {
    const sandbox = await startSandbox({ port: 0 });
    const probe = createServer();
    await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
    const { port } = probe.address() as AddressInfo;
    await new Promise((done) => probe.close(done));
    const config = at('', '/config');
    mkdirSync(join(config, 'mappings'));
    writeFileSync(
      join(config, 'config.yaml'),
      `version: 1\nconnections: { shop: { connector: sqlite, filename: shop.db } }\ndestinations: { main: { dataset_id: "1234567890123456", access_token: "\${TOKEN}", base_url: ${sandbox.url} } }\nserver: { listen: "127.0.0.1:${port}" }\n`,
    );
    writeFileSync(
      join(config, 'mappings/orders.yaml'),
      `version: 1\nname: orders\nsource: { connection: shop, table: orders, primary_key: id, timezone: UTC, cursor: { column: updated_at, lag: 0s } }\nevent: { event_name: Purchase, event_time: =paid_at, action_source: physical_store, user_data: { em: =email, ph: =phone, country: us }, custom_data: { value: =total, currency: EUR, order_id: =string(id) } }\n`,
    );
    const shop = new Database(join(config, 'shop.db'));
    shop.exec(
      `CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, phone TEXT, total TEXT, paid_at TEXT, updated_at TEXT);
       INSERT INTO orders SELECT value, 'b' || value || '@example.com', '+1 650 555 1212', '5', datetime('now', '-1 hour'), datetime('now', '-1 hour') FROM json_each('[1,2,3]')`,
    );
    shop.close();
    if (isRoot)
      for (const file of ['shop.db', 'config.yaml', 'mappings', '.']) chownSync(join(config, file), 1000, 1000);

    const synced = await run([...docker.entrypoint, 'run', '--json'], { TOKEN: 'EAAtestTokenOfTheLocalSandbox' });
    expect(synced).toMatchObject({ code: 0, text: expect.stringContaining('"sent":3') });

    const service = start([...docker.entrypoint, ...docker.command], { TOKEN: 'EAAtestTokenOfTheLocalSandbox' });
    let said = '';
    service.stderr.on('data', (data) => (said += data));
    const ended = new Promise<number | null>((done) => service.once('close', done));
    const url = `http://127.0.0.1:${port}`;
    const isHealthy = async (): Promise<boolean> =>
      (await run(docker.healthcheck, { HEALTH_URL: `${url}/livez` })).code === 0;
    for (let tries = 0; tries < 40 && !(await isHealthy()); tries += 1) await wait(100);
    expect(await isHealthy(), said).toBe(true);
    for (let tries = 0; tries < 100 && !(await fetch(`${url}/readyz`)).ok; tries += 1) await wait(50);
    expect(await (await fetch(url)).text()).toContain('/assets/page-');
    expect(await (await fetch(`${url}/api/overview`)).json()).toMatchObject({
      mappings: [{ name: 'orders', health: { level: 'ok' } }],
    });
    service.kill(docker.stopSignal as NodeJS.Signals);
    expect(await ended).toBe(0);
    expect(await isHealthy()).toBe(false);
    await sandbox.close();
  });
});
