/** The commands on BigQuery, as a user types them: `init` by the machine's own credentials, `check` with the price, a key that is refused. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { type BigqueryStandIn, startBigquery } from '../support/bigquery-server.ts';
import { ensureBuilt, runCli } from '../support/built-cli.ts';

const TOKEN = 'EAAtokenOfTheCheck';
let standIn: BigqueryStandIn;
let sandbox: Sandbox;
let dir: string;

beforeAll(async () => {
  await ensureBuilt();
  [standIn, sandbox] = [await startBigquery(), await startSandbox({ token: TOKEN })];
  dir = mkdtempSync(join(tmpdir(), 'capi-sync-bigquery-'));
  await standIn.execute(
    'CREATE TABLE marts.customers (id INT64 NOT NULL, email STRING, updated_at TIMESTAMP, PRIMARY KEY (id) NOT ENFORCED)',
    'CREATE TABLE marts.orders (id INT64 NOT NULL, email STRING, phone STRING, total NUMERIC, currency STRING, created_at TIMESTAMP, updated_at TIMESTAMP NOT NULL, PRIMARY KEY (id) NOT ENFORCED) PARTITION BY DATE(updated_at) OPTIONS (require_partition_filter = true)',
  );
  await standIn.insert(
    "INSERT INTO orders SELECT i, 'buyer' || i || '@example.com', NULL, 10, 'EUR', now() - INTERVAL 3 HOUR, now() - INTERVAL 2 HOUR FROM range(20) AS r(i)",
  );
  writeFileSync(join(dir, 'token'), standIn.signIn.subjectToken);
  writeFileSync(join(dir, 'adc.json'), standIn.signIn.federation(standIn.url, join(dir, 'token')));
  writeFileSync(join(dir, 'good.json'), standIn.signIn.key(`${standIn.url}/token`));
  writeFileSync(join(dir, 'bad.json'), standIn.signIn.strangerKey(`${standIn.url}/token`));
}, 180_000);
afterAll(async () => {
  await sandbox.close();
  await standIn.close();
  rmSync(dir, { recursive: true, force: true });
});

const config = (key: string, more = ''): string => `version: 1
connections:
  warehouse:
    connector: bigquery
    project: ${standIn.project}
    dataset: marts
    location: europe-west1
    endpoint: ${standIn.url}
    credentials: \${file:${key}}${more}
destinations: { main: { dataset_id: "1234567890", access_token: "\${TOKEN}", base_url: "${sandbox.url}" } }
mappings: [orders.yaml]
`;
const MAPPING = `version: 1
name: orders
source: { connection: warehouse, table: orders, primary_key: id, cursor: { column: updated_at } }
event:
  event_name: Purchase
  event_time: =created_at
  action_source: system_generated
  user_data: { em: =email }
  custom_data: { value: =total, currency: =currency, order_id: =string(id) }
`;

it('init looks with the credentials of the machine, and writes a project whose table can be read', async () => {
  const from = `bigquery://${standIn.project}/marts?location=europe-west1&endpoint=${encodeURIComponent(standIn.url)}`;
  const env = { GOOGLE_APPLICATION_CREDENTIALS: join(dir, 'adc.json') };
  const made = await runCli(['init', '--from', from, '--yes', '--dir', 'made'], { cwd: dir, env });
  expect(made.stderr + made.stdout).not.toContain('deprecated');
  expect(made.code, made.stderr).toBe(0);
  const written = readFileSync(join(dir, 'made/config.yaml'), 'utf8');
  expect(written).toContain('connector: bigquery');
  expect(written).toContain(`project: "${standIn.project}"`);
  const [file] = readdirSync(join(dir, 'made/mappings'));
  const mapping = readFileSync(join(dir, 'made/mappings', file ?? ''), 'utf8');
  expect(mapping).toMatch(/table: orders[\s\S]*primary_key: id[\s\S]*column: updated_at/);
}, 60_000);

it('check tells the price of the next run before anything is read', async () => {
  writeFileSync(join(dir, 'config.yaml'), config('good.json'));
  writeFileSync(join(dir, 'orders.yaml'), MAPPING);
  const { code, stdout, stderr } = await runCli(['check', '--json'], { cwd: dir, env: { TOKEN } });
  expect(code, stderr + stdout).toBe(0);
  const findings = JSON.parse(stdout).mappings[0].findings as { code: string; level: string; text: string }[];
  expect(findings.find((each) => each.code === 'costs')).toMatchObject({
    level: 'ok',
    text: expect.stringMatching(
      /^the next run reads [\d,.]+ (?:bytes|KiB), .* USD at the on-demand list price \(.*read \d{4}-\d\d-\d\d\)$/,
    ),
  });
  expect(findings.find((each) => each.code === 'cursor-layout')).toMatchObject({ level: 'ok' });
  const run = await runCli(['run', '--json'], { cwd: dir, env: { TOKEN } });
  expect(JSON.parse(run.stdout).runs[0]).toMatchObject({ status: 'succeeded', sent: 20 });
  const again = await runCli(['run', '--json'], { cwd: dir, env: { TOKEN } });
  expect(JSON.parse(again.stdout).runs[0]).toMatchObject({ status: 'succeeded', sent: 0 });
}, 60_000);

it.each([
  ['bad.json', '', 4, 'source-login-failed', 'make a new key'],
  ['good.json', '\n    maximum_bytes_billed: 1MiB', 3, 'source-query-failed', 'raise maximum_bytes_billed'],
])(
  'a run with %s%s ends with its exit code and the cure',
  async (key, more, exit, error, hint) => {
    writeFileSync(join(dir, 'config.yaml'), config(key, more));
    const { code, stdout } = await runCli(['run', '--json', '--full'], { cwd: dir, env: { TOKEN } });
    expect(JSON.parse(stdout).runs[0].error).toMatchObject({ code: error, hint: expect.stringContaining(hint) });
    expect(code).toBe(exit);
    expect(stdout).not.toContain('PRIVATE KEY');
  },
  60_000,
);

it('a key that is written into the file is refused', async () => {
  writeFileSync(
    join(dir, 'config.yaml'),
    config('good.json').replace(/credentials: .*/, 'credentials: \'{"type":"x"}\''),
  );
  const { code, stdout, stderr } = await runCli(['validate'], { cwd: dir, env: { TOKEN } });
  expect(code).toBe(3);
  expect(stdout + stderr).toContain('literal-secret');
}, 60_000);
