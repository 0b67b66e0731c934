/** A project made from a database that nobody prepared: it validates, its test passes, and its preview gives events. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { type ChinookBed, chinookBeds } from '../support/chinook.ts';

const folders: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-init-'));
  folders.push(dir);
  return dir;
};
const read = (dir: string, file: string): string => readFileSync(join(dir, file), 'utf8');
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

beforeAll(ensureBuilt, 180_000);
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

describe.each(Object.keys(chinookBeds))('init --from Chinook on %s', (engine) => {
  let dir: string;
  let bed: ChinookBed;
  let from: string;

  beforeAll(async () => {
    inject('postgresUrl');
    dir = folder();
    bed = await chinookBeds[engine]!(dir, Date.now());
    from = bed.url === '' ? 'chinook.sqlite' : bed.url;
  });

  it('finds the invoices, joins their buyers, and keeps the password out of the files that are shared', async () => {
    const { code, stdout, stderr } = await runCli(['init', '--from', from], { cwd: dir });
    expect([stderr, code]).toEqual(['', 0]);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    const mapping = read(dir, 'mappings/invoice-purchase.yaml');
    expect(mapping).toMatch(/query: \| # guessed/);
    expect(mapping).toMatch(/cursor:\n {4}column: updated_?at #/i);
    expect(mapping).toMatch(/^ {4}em: =email$/im);
    expect(mapping).toMatch(/^ {4}currency: USD # guessed/m);
    expect(read(dir, '.gitignore')).toBe('.env\n.capi-sync/\n');
    if (bed.url !== '') {
      const { password, pathname } = new URL(bed.url);
      expect(read(dir, '.env')).toContain(`${pathname.slice(1).toUpperCase()}_URL=${bed.url}`);
      for (const file of ['config.yaml', '.env.example', 'mappings/invoice-purchase.yaml']) {
        expect(read(dir, file)).not.toContain(bed.url);
        if (password !== '') expect(read(dir, file)).not.toContain(password);
      }
      expect(statSync(join(dir, '.env')).mode & 0o077).toBe(0);
    }
  });

  it('writes a project that validates without a warning, whose test passes and whose preview gives events', async () => {
    const validated = await runCli(['validate', '--strict'], { cwd: dir });
    expect([validated.stdout, validated.code]).toEqual(['no problems in config and 1 mapping\n', 0]);
    const tested = await runCli(['test', '--json'], { cwd: dir });
    expect(JSON.parse(tested.stdout)).toMatchObject({ passed: 1, failed: 0 });
    const { stdout, stderr } = await runCli(['preview', 'invoice-purchase', '--json'], { cwd: dir });
    expect(stderr).toBe('');
    const preview = JSON.parse(stdout);
    expect(preview.outcomes).toEqual({ 'would be sent': 10 });
    expect(Object.keys(preview.events[0].user_data)).toEqual(expect.arrayContaining(['em', 'fn', 'ln', 'country']));
    expect(preview.events[0]).toMatchObject({ event_name: 'Purchase', custom_data: { currency: 'USD' } });
  });

  it('overwrites nothing unasked, and takes another table', async () => {
    const before = read(dir, 'config.yaml');
    const again = await runCli(['init', '--from', from], { cwd: dir });
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('file-exists')]);
    expect(read(dir, 'config.yaml')).toBe(before);
    const table = engine === 'postgres' ? 'customer' : 'Customer';
    const other = await runCli(['init', '--from', from, '--force', '--table', table, '--json'], { cwd: dir });
    // No column says when it happened, but there is a number that grows.
    expect(JSON.parse(other.stdout)).toMatchObject({ mapping: 'customer-complete-registration', table });
    const wrong = await runCli(['init', '--from', from, '--force', '--table', 'Invoces', '--json'], { cwd: dir });
    expect([wrong.code, JSON.parse(wrong.stdout).error.code]).toEqual([2, 'unknown-table']);
    expect(JSON.parse(wrong.stdout).error.hint).toMatch(/invoice/i);
  });
});

describe('init', () => {
  it('without a database writes an example that validates and tests cleanly', async () => {
    const dir = folder();
    const made = await runCli(['init', '--dir', 'shop'], { cwd: dir });
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(widest(made.stdout)).toBeLessThanOrEqual(80);
    const cwd = join(dir, 'shop');
    writeFileSync(join(cwd, '.env'), read(cwd, '.env.example'));
    expect((await runCli(['validate', '--strict'], { cwd })).stdout).toBe('no problems in config and 1 mapping\n');
    expect(JSON.parse((await runCli(['test', '--json'], { cwd })).stdout)).toMatchObject({ passed: 2, failed: 0 });
  });

  it('adds to .env and .gitignore what is missing, and leaves the rest as it was', async () => {
    const dir = folder();
    writeFileSync(join(dir, '.env'), 'META_DATASET_ID=777777\nOTHER=1');
    writeFileSync(join(dir, '.gitignore'), 'node_modules\n.env\n');
    const db = new Database(join(dir, 'crm.db'));
    db.exec(
      `CREATE TABLE "web leads" (id INTEGER PRIMARY KEY, "E-Mail" TEXT, phone TEXT, created_at TEXT NOT NULL, "type" TEXT);
       INSERT INTO "web leads" ("E-Mail", created_at) VALUES ('a@example.com', datetime('now', '-1 hour'))`,
    );
    db.close();
    const made = await runCli(['init', '--from', 'crm.db', '--yes'], { cwd: dir });
    expect([made.stderr, made.code]).toEqual(['', 0]);
    expect(read(dir, '.env')).toBe('META_DATASET_ID=777777\nOTHER=1\nMETA_ACCESS_TOKEN=put-your-token-here\n');
    expect(read(dir, '.gitignore')).toBe('node_modules\n.env\n.capi-sync/\n');
    const { stdout, stderr } = await runCli(['preview', 'web-leads-lead', '--json'], { cwd: dir });
    expect([stderr, JSON.parse(stdout).outcomes]).toEqual(['', { 'would be sent': 1 }]);
    expect((await runCli(['test'], { cwd: dir })).code).toBe(0);
  });

  it('says what is wrong with a URL without showing it, and that a server does not answer', async () => {
    const dir = folder();
    const bad = await runCli(['init', '--from', 'oracle://user:geheim@host/db'], { cwd: dir });
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('bad-source-url')]);
    expect(bad.stderr).not.toContain('geheim');
    const gone = await runCli(['init', '--from', 'postgres://user:geheim@127.0.0.1:1/db', '--json'], { cwd: dir });
    expect([gone.code, JSON.parse(gone.stdout).error.code]).toEqual([4, 'source-unreachable']);
    expect(gone.stdout + gone.stderr).not.toContain('geheim');
  });
});
