/** ClickHouse as a user meets it: a project made from its URL, checked, and told what is wrong with a login. On its own engine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { driver } from '../../connectors/clickhouse/session.ts';
import { loadDriver } from '../../connectors/load-driver.ts';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { type Clickhouse, startClickhouse } from '../support/clickhouse.ts';

const PASSWORD = 'reader%20of%20this%20test';
let server: Clickhouse;
let dir: string;

beforeAll(async () => {
  await ensureBuilt();
  dir = mkdtempSync(join(tmpdir(), 'capi-sync-clickhouse-'));
  server = await startClickhouse({ reader: { password: decodeURIComponent(PASSWORD) } });
  await server.query(
    'CREATE DATABASE shop',
    'CREATE TABLE shop.orders (order_no String, email String, total Decimal(18, 2), currency String, paid_at DateTime64(3), updated_at DateTime64(6)) ENGINE = ReplacingMergeTree(updated_at) ORDER BY order_no',
    "INSERT INTO shop.orders SELECT concat('A-', toString(number)), concat('buyer', toString(number), '@example.com'), 10 + number, 'EUR', now64(3) - INTERVAL 3 HOUR, now64(6) - INTERVAL 2 HOUR FROM numbers(20)",
  );
}, 300_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

it('gives a project by its URL, which validates, previews, and is told by `check` of versions of rows', async () => {
  const url = `clickhouse://reader:${PASSWORD}@127.0.0.1:${server.port}/shop`;
  const made = await runCli(['init', '--from', url], { cwd: dir });
  expect([made.stderr, made.code]).toEqual(['', 0]);
  const config = readFileSync(join(dir, 'config.yaml'), 'utf8');
  expect(config).toContain('connector: clickhouse');
  expect(config).not.toContain(PASSWORD);
  const env = { META_ACCESS_TOKEN: 'EAAtokenOfNobody', META_DATASET_ID: '1234567890' };
  expect((await runCli(['validate'], { cwd: dir, env })).code).toBe(0);
  const preview = await runCli(['preview', 'orders-purchase', '--json'], { cwd: dir, env });
  expect(preview.stderr).toBe('');
  expect(preview.stdout).toContain('"Purchase"');
  const { stdout } = await runCli(['check', '--json'], { cwd: dir, env });
  const [{ findings }] = JSON.parse(stdout).mappings as [{ findings: { code: string; level: string; text: string }[] }];
  expect(findings.find(({ code }) => code === 'connection')?.text).toMatch(/^ClickHouse 26\./);
  expect(findings.find(({ code }) => code === 'cursor-layout')).toMatchObject({
    level: 'warning',
    text: expect.stringContaining('ReplacingMergeTree'),
  });
  expect(findings.filter(({ level }) => level === 'problem').map(({ code }) => code)).not.toContain('columns');
});

it('says who refused a login and what to look at, with the exit code of a source, and repeats no password', async () => {
  const env = readFileSync(join(dir, '.env'), 'utf8');
  writeFileSync(join(dir, '.env'), env.replace(PASSWORD, 'hunter2-s3cret'));
  const { code, stdout, stderr } = await runCli(['run'], {
    cwd: dir,
    env: { META_ACCESS_TOKEN: 'EAAtokenOfNobody', META_DATASET_ID: '1234567890' },
  });
  expect(code).toBe(4);
  expect(stdout + stderr).toMatch(/refused user or password/);
  expect(stdout + stderr).toMatch(/check user and password/);
  expect(stdout + stderr).not.toContain('hunter2');
});

it('names the client that is missing in one line', async () => {
  const missing = loadDriver(driver.name, { ...driver, load: () => Promise.reject(new Error('Cannot find package')) });
  await expect(missing).rejects.toMatchObject({
    code: 'source-driver-missing',
    hint: 'npm i @clickhouse/client@^1.23.1',
  });
});
