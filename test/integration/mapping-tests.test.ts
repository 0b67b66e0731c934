/** `test` by the built program: no database, no network, a difference that says what to mend. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt, runCli } from '../support/built-cli.ts';

const project = (tests: string): string => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-tests-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'mappings'));
  // A source and a destination that nobody could reach.
  writeFileSync(
    join(dir, 'config.yaml'),
    'version: 1\nconnections: { shop: { connector: postgres, url: "postgres://127.0.0.1:1/none" } }\ndestinations: { main: { dataset_id: "1234567890", access_token: "${TOKEN}", base_url: "http://127.0.0.1:1" } }\n',
  );
  writeFileSync(
    join(dir, 'mappings/orders.yaml'),
    `version: 1
name: orders
source: { connection: shop, table: orders, primary_key: id, timezone: UTC, cursor: { column: updated_at } }
filter: =status == "paid"
consent: { require: =opt_in }
event:
  event_name: Purchase
  event_time: =paid_at
  action_source: system_generated
  user_data: { em: =email }
  custom_data: { value: =total, currency: =currency, order_id: =order_no }
tests:
${tests}`,
  );
  return dir;
};
const ROW =
  'id: 7, status: paid, opt_in: true, email: " Ada@Example.com ", currency: usd, order_no: A-7, paid_at: 2020-02-03T10:00:00Z';

describe('capi-sync test', () => {
  beforeAll(ensureBuilt, 180_000);

  it('passes events however old, and each way of not being sent', async () => {
    const dir = project(`  - name: sent
    row: { ${ROW}, total: "19.90" }
    event: { event_name: Purchase, event_time: 2020-02-03T10:00:00Z, user_data: { em: ada@example.com }, custom_data: { value: 19.9 } }
  - { name: open, row: { id: 8, status: open }, skipped: filter }
  - { name: no consent, row: { id: 8, status: paid }, skipped: consent }
  - { name: no value, row: { ${ROW} }, rejected: value-missing }
`);
    const { code, stdout, stderr } = await runCli(['test'], { cwd: dir, env: { TOKEN: 'EAAtoken' } });
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toContain('4 tests: all passed');
  });

  it('shows a difference field by field, within 80 columns, and exits 1', async () => {
    const dir = project(`  - name: wrong in three places
    row: { ${ROW}, total: "19.90", emial: x }
    event: { event_name: Purchase, user_data: { em: [Ada@example.com] }, custom_data: { value: 20, order_id: A-8 } }
  - { name: not skipped, row: { ${ROW}, total: 1 }, skipped: filter }
`);
    const { code, stdout } = await runCli(['test', 'orders'], { cwd: dir, env: { TOKEN: 'EAAtoken' } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/event\.custom_data\.value\n +expected +20\n +actual +19\.9$/m);
    expect(stdout).toMatch(/hint +the normal form of "Ada@example.com" is "ada@example.com"/);
    expect(stdout).toMatch(/outcome\n +expected +skipped: filter\n +actual +an event/);
    expect(stdout).toContain('the mapping does not read: emial');
    expect(stdout).toContain('2 tests: 0 passed, 2 failed');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    const json = JSON.parse((await runCli(['test', '--json'], { cwd: dir, env: { TOKEN: 'EAAtoken' } })).stdout);
    expect(json).toMatchObject({ passed: 0, failed: 2 });
    expect(json.tests[0].differences.map((each: { path: string }) => each.path)).toEqual([
      'event.user_data.em',
      'event.custom_data.value',
      'event.custom_data.order_id',
    ]);
  });
});
