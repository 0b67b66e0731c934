/** Every `capi-sync` command line of the documentation, in blocks and in sentences, run by a shell in a project that has what they name. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { blocksOf, MARKDOWN_FILES, readText } from '../unit/docs/markdown-files.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Line of a shell → the files that show it. Blocks marked `replay` are replayed, with what they print, by tests of their own. */
const commandsOf = (): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  const add = (line: string, file: string): void => {
    const command = line.replace(/\s+#\s.*$/, '').trim();
    found.set(command, [...(found.get(command) ?? []), file]);
  };
  for (const file of MARKDOWN_FILES.filter((name) => name !== 'CHANGELOG.md')) {
    for (const { info, text } of blocksOf(file)) {
      if (!/^(console|sh|bash)\b/.test(info) || info.includes('replay')) continue;
      const lines = text.replaceAll('\\\n', ' ').split('\n');
      const typed = info.startsWith('console')
        ? lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2))
        : lines;
      for (const line of typed) if (/^([A-Z_]+=\S+ )*(npx )?capi-sync\b/.test(line)) add(line, file);
    }
    const prose = readText(file).replace(/^```[\s\S]*?^```$/gm, '');
    for (const [, line = ''] of prose.matchAll(/`((?:npx )?capi-sync [^`]+)`/g))
      if (!line.endsWith('...')) add(line.replaceAll(/\s+/g, ' '), file);
  }
  return found;
};

const commands = commandsOf();

/** They end when they are told to: what is waited for first, on stdout or stderr. */
const ENDLESS: readonly (readonly [RegExp, RegExp])[] = [
  [/\bstart\b/, /\bready\b/],
  [/\bsandbox\b(?!.*--help)/, /listens/],
  [/ --watch\b/, /\S/],
];

/** Other endings than 0 that are right here: each says why. */
const ALSO: readonly (readonly [RegExp, readonly number[]])[] = [
  [/\bcheck\b/, [1, 5]], // the sandbox knows no dataset
  [/\b(run|retry)\b/, [0, 1]], // some rows are meant to be rejected
  [/\bvalidate --strict\b/, [0, 3]], // warnings of the shipped example
];

const DATABASE = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, order_no TEXT, status TEXT, is_test BOOLEAN, marketing_opt_in BOOLEAN, email TEXT, total TEXT,
  currency TEXT, paid_at DATETIME, updated_at DATETIME NOT NULL);
CREATE INDEX orders_capi ON orders (updated_at, id);
CREATE TABLE sales (shop TEXT NOT NULL, id INTEGER NOT NULL, email TEXT, total TEXT, sold_at DATETIME, updated_at DATETIME NOT NULL, PRIMARY KEY (shop, id));
CREATE INDEX sales_capi ON sales (updated_at, shop, id);
INSERT INTO orders SELECT column1, 'A-' || column1, 'paid', 0, 1, 'person' || column1 || '@example.com', '19.90', column2,
  datetime('now', '-1 hour'), datetime('now', '-1 hour') FROM (VALUES (1, 'USD'), (2, NULL), (4711, 'EUR'));
INSERT INTO sales VALUES ('berlin', 17, 'ada@example.com', '5.00', datetime('now', '-1 hour'), datetime('now', '-1 hour'));
`;

const orders = (name: string): string => `version: 1
name: ${name}
source: { connection: shop, table: orders, primary_key: id, timezone: UTC, cursor: { column: updated_at, lag: 0s } }
filter: =status == "paid" && is_test != true
event:
  event_name: Purchase
  event_time: =paid_at
  action_source: physical_store
  user_data: { em: =email }
  custom_data: { value: =total, currency: =currency, order_id: '=${JSON.stringify(`${name}-`)} + order_no' }
`;

const SALES = `version: 1
name: sales
source: { connection: shop, table: sales, primary_key: [shop, id], timezone: UTC, cursor: { column: updated_at, lag: 0s } }
event:
  event_name: Purchase
  event_time: =sold_at
  action_source: physical_store
  user_data: { em: =email }
  custom_data: { value: =total, currency: EUR }
dedup: { key: event_id }
`;

const configOf = (url: string, database: string): string => `version: 1
connections:
  shop: { connector: sqlite, filename: ${database} }
destinations:
  main: { dataset_id: "1234567890123456", access_token: "\${META_ACCESS_TOKEN}", base_url: "${url}" }
server: { listen: 127.0.0.1:0 }
mappings: [mappings/*.yaml]
`;

let [folder, bin] = ['', ''];
let sandbox: Sandbox;

beforeAll(async () => {
  await ensureBuilt();
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), 'capi-sync-docs-'));
  bin = mkdtempSync(join(tmpdir(), 'capi-sync-docs-bin-'));
  for (const name of ['capi-sync', 'npx']) {
    const rest = name === 'npx' ? '"${@:2}"' : '"$@"';
    writeFileSync(
      join(bin, name),
      `#!/bin/bash\nexec "${ROOT}/node_modules/.bin/node" "${ROOT}/bin/capi-sync.js" ${rest}\n`,
    );
    chmodSync(join(bin, name), 0o755);
  }
  const shop = new Database(join(folder, 'shop.db'));
  shop.exec(DATABASE);
  shop.close();
  for (const name of ['mappings', 'schemas', 'prod']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'config.yaml'), configOf(sandbox.url, 'shop.db'));
  for (const name of ['orders', 'shop-purchases', 'shop-orders'])
    writeFileSync(join(folder, `mappings/${name}.yaml`), orders(name));
  writeFileSync(join(folder, 'mappings/sales.yaml'), SALES);
  cpSync(join(folder, 'mappings'), join(folder, 'prod/mappings'), { recursive: true });
  writeFileSync(join(folder, 'prod/config.yaml'), configOf(sandbox.url, '../shop.db'));
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder });
  git('init', '-q');
  git('add', 'config.yaml', 'mappings');
  git('commit', '-q', '-m', 'as deployed');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  const first = await shell('capi-sync run');
  expect(first.code, first.err).toBe(1);
}, 180_000);
afterAll(async () => {
  await sandbox.close();
  for (const dir of [folder, bin]) rmSync(dir, { recursive: true, force: true });
});

type Ended = { readonly out: string; readonly err: string; readonly code: number | null };

/** `until`: SIGTERM as soon as it has printed that. */
const shell = (command: string, until?: RegExp): Promise<Ended> =>
  new Promise((done, failed) => {
    const child = spawn('bash', ['-c', until ? `exec ${command}` : command], {
      cwd: folder,
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        HOME: folder,
        NO_COLOR: '1',
        META_ACCESS_TOKEN: 'docs-test-token',
        CAPI_SYNC_TOKEN: 'docs-test-token-of-the-server',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    const look = (): void => {
      if (!child.killed && until?.test(out + err)) child.kill('SIGTERM');
    };
    child.stdout.on('data', (part) => {
      out += part;
      look();
    });
    child.stderr.on('data', (part) => {
      err += part;
      look();
    });
    child.once('error', failed).once('close', (code) => done({ out, err, code }));
  });

describe('a command of the documentation', () => {
  it('is found at all', () => {
    expect(commands.size).toBeGreaterThan(40);
  });

  it.each([...commands])('%s', { timeout: 60_000 }, async (command, files) => {
    const here = files.join(', ');
    const typed = command
      .replaceAll('<mapping>', 'orders')
      .replace(/\b(dead-letters (?:retry|drop)|checkpoint (?:reset|adopt)|in-doubt (?:resend|confirm))$/, '$1 orders')
      .replace(/\bsandbox$/, 'sandbox --port 0') // another may be listening
      .replace(/\bpreview$/, 'preview orders')
      .replace(/\bschema$/, 'schema config')
      .replace(/\bdead-letters (?:retry|drop) \S+$/, '$& --all')
      .replace(/\b(?:checkpoint (?:reset|adopt)|dead-letters drop) .+$/, '$& --yes')
      .replace(/^.*\bcheckpoint adopt\b/, 'capi-sync run orders; $&'); // there is one;
    const until = ENDLESS.find(([matches]) => matches.test(typed))?.[1];
    const { out, err, code } = await shell(typed, until);
    const allowed = until ? [0, 143] : [0, ...(ALSO.find(([matches]) => matches.test(typed))?.[1] ?? [])];
    expect(allowed, `${typed} (${here}): ${code}\n${out}${err}`).toContain(code);
    expect(out + err).not.toMatch(/^\s+at .+:\d+:\d+/m);
    if (!typed.includes('>')) expect(out + err).not.toBe('');
  });
});
