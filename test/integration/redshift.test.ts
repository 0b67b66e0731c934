/** Redshift as a user meets it: a project made from its URL, checked, and told what is wrong with a login. On the stand-in of test/support/redshift.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { type Redshift, startRedshift } from '../support/redshift.ts';

let server: Redshift;
let dir: string;
const env = { META_ACCESS_TOKEN: 'EAAtokenOfNobody', META_DATASET_ID: '1234567890' };

beforeAll(async () => {
  await ensureBuilt();
  dir = mkdtempSync(join(tmpdir(), 'capi-sync-redshift-'));
  server = await startRedshift('redshift_project');
  await server.execute(
    'CREATE TABLE orders (id bigint NOT NULL, email varchar(320), total numeric(12, 2), currency char(3), paid_at timestamptz, updated_at timestamptz NOT NULL, PRIMARY KEY (id)) SORTKEY (updated_at)',
    "INSERT INTO orders SELECT n, 'buyer' || n || '@example.com', 10 + n, 'EUR', now() - interval '3 hours', now() - interval '2 hours' FROM generate_series(1, 20) AS n",
  );
}, 300_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

it('gives a project by its URL, which validates, previews, and whose sort key `check` finds good', async () => {
  const made = await runCli(['init', '--from', server.url], { cwd: dir });
  expect([made.stderr, made.code]).toEqual(['', 0]);
  const config = readFileSync(join(dir, 'config.yaml'), 'utf8');
  expect(config).toContain('connector: redshift');
  expect(config).not.toContain(new URL(server.url).password);
  expect((await runCli(['validate'], { cwd: dir, env })).code).toBe(0);
  const preview = await runCli(['preview', 'orders-purchase', '--json'], { cwd: dir, env });
  expect(preview.stderr).toBe('');
  expect(preview.stdout).toContain('"Purchase"');
  const { stdout } = await runCli(['check', '--json'], { cwd: dir, env });
  const [{ findings }] = JSON.parse(stdout).mappings as [{ findings: { code: string; level: string; text: string }[] }];
  const of = (code: string): unknown => findings.find((finding) => finding.code === code);
  expect(of('connection')).toMatchObject({ level: 'ok', text: expect.stringContaining('Redshift 1.0.77467') });
  expect(of('cursor-layout')).toMatchObject({ level: 'ok', text: expect.stringContaining('sort key (updated_at)') });
  expect(of('costs')).toMatchObject({ level: 'ok' });
});

it('says who refused a login and what to look at, with the exit code of a source, and repeats no password', async () => {
  const file = join(dir, '.env');
  writeFileSync(file, readFileSync(file, 'utf8').replace(new URL(server.url).password, 'hunter2-s3cret'));
  const { code, stdout, stderr } = await runCli(['run'], { cwd: dir, env });
  expect(code).toBe(4);
  expect(stdout + stderr).toMatch(/refused user or password/);
  expect(stdout + stderr).toMatch(/temporary credentials of IAM/);
  expect(stdout + stderr).not.toContain('hunter2');
});
