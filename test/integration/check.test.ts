/** `check` on real databases: what it finds, what it says to paste, and that pasting it mends the finding. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';

type Finding = { code: string; level: string; text: string; cure: string | null; paste: string | null };
const TOKEN = 'EAAtokenOfTheCheck';
let sandbox: Sandbox;
const folders: string[] = [];

const project = (connection: string, mapping: Record<string, string> = {}): string => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-check-'));
  folders.push(dir);
  mkdirSync(join(dir, 'mappings'));
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1\nconnections: { shop: ${connection} }\ndestinations: { main: { dataset_id: "1234567890", access_token: "\${TOKEN}", base_url: "${sandbox.url}" } }\n`,
  );
  writeFileSync(
    join(dir, 'mappings/orders.yaml'),
    `version: 1
name: orders
source:
  connection: shop
  ${mapping.relation ?? 'table: orders'}
  primary_key: ${mapping.key ?? 'id'}
  timezone: UTC
  cursor: { column: updated_at, on_null: ${mapping.onNull ?? 'error'} }
event:
  event_name: Purchase
  event_time: =updated_at
  action_source: system_generated
  user_data: { em: ${mapping.em ?? '=email'} }
  custom_data: { value: =total, currency: EUR, order_id: =order_no }
`,
  );
  return dir;
};

const check = async (
  dir: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; all: Finding[]; of: (code: string) => Finding | undefined }> => {
  const { code, stdout, stderr } = await runCli(['check', '--json'], { cwd: dir, env: { TOKEN, ...env } });
  if (!stdout.startsWith('{"ok"')) throw new Error(`${stdout}${stderr}`);
  const all = JSON.parse(stdout).mappings[0].findings as Finding[];
  return { code, all, of: (name) => all.find((each) => each.code === name) };
};

const ROWS = `INSERT INTO orders VALUES (1, 'a@example.com', 10.00, 'A-1', '2026-11-20 10:00:00'), (2, 'b@example.com', 11.00, 'A-2', '2026-11-20 11:00:00')`;

beforeAll(async () => {
  await ensureBuilt();
  inject('postgresUrl');
  sandbox = await startSandbox({ token: TOKEN });
}, 180_000);
afterAll(async () => {
  await sandbox.close();
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

describe('check on PostgreSQL', () => {
  let url: string;
  let reader: string;
  const run = (...statements: string[]) => queryPostgres(url, ...statements);
  beforeAll(async () => {
    url = await freshPostgres('checked');
    await run(
      'CREATE TABLE orders (id integer NOT NULL, email text, total numeric(10,2), order_no text, updated_at timestamptz)',
      ROWS,
      'DROP ROLE IF EXISTS check_reader',
      "CREATE ROLE check_reader LOGIN PASSWORD 'reads'",
      'GRANT SELECT, UPDATE ON orders TO check_reader',
    );
    const parts = new URL(url);
    parts.username = 'check_reader';
    parts.password = 'reads';
    reader = parts.toString();
  });

  it('finds what is amiss for a reader, and what it prints mends it', async () => {
    const dir = project('{ connector: postgres, url: "${SHOP_URL}" }');
    const before = await check(dir, { SHOP_URL: reader });
    expect(before.code).toBe(0);
    expect(before.of('connection')).toMatchObject({
      level: 'ok',
      text: expect.stringMatching(/^PostgreSQL \d.* as check_reader$/),
    });
    expect(before.of('columns')?.text).toContain('total decimal');
    expect(before.of('clock')?.level).toBe('ok');
    expect(before.of('dataset')?.level).toBe('ok');
    expect(before.of('next-run')?.text).toMatch(/rows? from 7d on/);
    const warned = ['privileges', 'primary-key', 'cursor-index', 'open-transactions'];
    for (const code of warned) expect([code, before.of(code)?.level]).toEqual([code, 'warning']);
    expect(before.of('privileges')?.paste).toBe('REVOKE UPDATE ON "public"."orders" FROM "check_reader";');
    for (const code of warned) await run(before.of(code)?.paste ?? '');
    const after = await check(dir, { SHOP_URL: reader });
    for (const code of warned) expect([code, after.of(code)?.level]).toEqual([code, 'ok']);
    expect(after.all.every(({ level }) => level === 'ok')).toBe(true);
  });

  it('sees rows of the future, NULLs that are skipped, and an administrator', async () => {
    await run(
      "INSERT INTO orders VALUES (3, 'c@example.com', 1, 'A-3', now() + interval '3 hours'), (4, 'd@example.com', 1, 'A-4', NULL)",
    );
    const strict = await check(project('{ connector: postgres, url: "${SHOP_URL}" }'), { SHOP_URL: url });
    expect([strict.code, strict.of('cursor-null')?.level]).toEqual([1, 'problem']);
    const lenient = await check(project('{ connector: postgres, url: "${SHOP_URL}" }', { onNull: 'skip' }), {
      SHOP_URL: url,
    });
    expect(lenient.code).toBe(0);
    expect(lenient.of('cursor-nulls')?.text).toContain('one row without "updated_at"');
    expect(lenient.of('cursor-future')?.level).toBe('warning');
    expect(lenient.of('privileges')?.paste).toMatch(/^CREATE ROLE capi_reader/);
  });

  it('tells a source that is not reached, a login that is refused and a token that is not known by exit codes', async () => {
    const dir = project('{ connector: postgres, url: "${SHOP_URL}" }', { onNull: 'skip' });
    const gone = await check(dir, { SHOP_URL: 'postgres://nobody:geheim@127.0.0.1:1/none' });
    expect([gone.code, gone.of('source-unreachable')?.level, gone.of('dataset')?.level]).toEqual([4, 'problem', 'ok']);
    expect(JSON.stringify(gone.all)).not.toContain('geheim');
    const refused = await check(dir, { SHOP_URL: url, TOKEN: 'EAAanother' });
    expect([refused.code, refused.of('dataset')?.level]).toEqual([5, 'problem']);
    expect(JSON.stringify(refused.all)).not.toContain('EAAanother');
  });
});

describe('check on MySQL or MariaDB', () => {
  it('finds what is amiss for a reader, and what it prints mends it', async () => {
    const url = await freshMysql('checked');
    const run = (...statements: string[]) => queryMysql(url, ...statements);
    await run(
      'CREATE TABLE orders (id INT NOT NULL, email VARCHAR(80), total DECIMAL(10,2), order_no VARCHAR(20), updated_at DATETIME NOT NULL)',
      ROWS,
      "DROP USER IF EXISTS 'check_reader'@'%'",
      "CREATE USER 'check_reader'@'%' IDENTIFIED BY 'reads'",
      "GRANT SELECT, DELETE ON checked.* TO 'check_reader'@'%'",
    );
    const parts = new URL(url);
    parts.username = 'check_reader';
    parts.password = 'reads';
    const dir = project('{ connector: mysql, url: "${SHOP_URL}" }');
    const env = { SHOP_URL: parts.toString() };
    const before = await check(dir, env);
    expect(before.code).toBe(0);
    expect(before.of('connection')?.text).toMatch(/^(MariaDB|MySQL) \d.* as check_reader@%$/);
    const warned = ['privileges', 'primary-key', 'cursor-index', 'open-transactions'];
    for (const code of warned) expect([code, before.of(code)?.level]).toEqual([code, 'warning']);
    expect(before.of('privileges')?.paste).toBe("REVOKE DELETE ON `checked`.* FROM 'check_reader'@'%';");
    for (const code of warned) await run(before.of(code)?.paste ?? '');
    const after = await check(dir, env);
    for (const code of warned) expect([code, after.of(code)?.level]).toEqual([code, 'ok']);
  });
});

describe('check on SQLite', () => {
  const shop = (dir: string, ...statements: string[]): void => {
    const db = new Database(join(dir, 'shop.db'));
    for (const statement of statements) db.exec(statement);
    db.close();
  };
  const TABLE = 'CREATE TABLE orders (id INTEGER, email TEXT, total TEXT, order_no TEXT, updated_at TEXT NOT NULL)';

  it('calls a key that repeats a problem, and a column that is not there', async () => {
    const dir = project('{ connector: sqlite, filename: shop.db }');
    shop(dir, TABLE, ROWS, "INSERT INTO orders VALUES (2, 'x@example.com', 1, 'A-3', '2026-11-20 12:00:00')");
    const repeated = await check(dir);
    expect([repeated.code, repeated.of('primary-key')?.level]).toEqual([1, 'problem']);
    const other = project('{ connector: sqlite, filename: shop.db }', { em: '=emial' });
    shop(other, TABLE, ROWS);
    const unknown = await check(other);
    expect([unknown.code, unknown.of('unknown-column')?.text]).toEqual([1, expect.stringContaining('emial')]);
    expect(unknown.of('next-run')).toBeUndefined();
  });

  it('fits 80 columns, but for what is to be pasted, and shows no value of a row', async () => {
    const dir = project('{ connector: sqlite, filename: shop.db }', {
      relation: 'query: SELECT id, email, total, order_no, updated_at FROM orders',
    });
    shop(dir, TABLE, ROWS);
    const { stdout, code } = await runCli(['check'], { cwd: dir, env: { TOKEN } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^orders$/m);
    expect(stdout).toContain('no problems, ');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain('example.com');
    expect(sandbox.stats().requests).toBe(0);
  });
});
