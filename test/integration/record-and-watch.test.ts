// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
/** `test --record` over a real table, and `test --watch` as a process that Ctrl-C ends. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { test as testCommand } from '../../src/cli/commands/test.ts';
import { ensureBuilt, startCli } from '../support/built-cli.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';
import { runCommand } from '../support/run-command.ts';

const MAPPING = `version: 1
name: orders
# what is read
source: { connection: shop, table: orders, primary_key: [brand, id], timezone: UTC, cursor: { column: updated_at } }
event:
  event_name: Purchase
  event_time: =updated_at # the day counts
  action_source: system_generated
  user_data: { em: =email, ph: =phone, external_id: =account }
  custom_data: { value: =total, currency: eur, order_id: =order_no }
defaults: { country: de }
`;
const STATEMENTS = [
  `CREATE TABLE orders (brand VARCHAR(20), id INT, email VARCHAR(80), phone VARCHAR(40), account CHAR(36), total DECIMAL(10,2), order_no VARCHAR(20), updated_at TIMESTAMP, PRIMARY KEY (brand, id))`,
  `INSERT INTO orders VALUES ('nord', 7, 'Wilma.Zandberg@kontor.test', '030 7612345', '6f9619ff-8b86-d011-b42d-00c04fc964ff', 20.00, 'RG-815', CURRENT_TIMESTAMP)`,
];
const TRACES = ['zandberg', 'wilma', 'kontor', '7612345', '6f9619ff', 'rg-815'];

const folders: string[] = [];
const project = (connection: string, url = ''): string => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-record-'));
  folders.push(dir);
  mkdirSync(join(dir, 'mappings'));
  writeFileSync(join(dir, '.env'), `META_ACCESS_TOKEN=a-token\nSHOP_URL=${url}\n`);
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1\nconnections: { shop: ${connection} }\ndestinations: { main: { dataset_id: "1234567890", access_token: "\${META_ACCESS_TOKEN}" } }\n`,
  );
  writeFileSync(join(dir, 'mappings/orders.yaml'), MAPPING);
  return dir;
};
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

const SERVERS: Readonly<Record<string, () => Promise<readonly [connection: string, url: string]>>> = {
  postgres: async () => {
    const url = await freshPostgres('record');
    await queryPostgres(url, ...STATEMENTS);
    return ['{ connector: postgres, url: "${SHOP_URL}" }', url] as const;
  },
  mysql: async () => {
    const url = await freshMysql('record');
    await queryMysql(url, ...STATEMENTS);
    return ['{ connector: mysql, url: "${SHOP_URL}" }', url] as const;
  },
};

describe.each(Object.entries(SERVERS))('test --record on %s', (_, connection) => {
  let dir: string;
  const command = (...key: string[]) =>
    runCommand(join(dir, 'config.yaml'), (context) => testCommand(context, ['orders'], { record: key }));

  beforeAll(async () => {
    inject('postgresUrl');
    dir = project(...(await connection()));
  });

  it('writes a test that passes, with nothing of the person in it, and leaves the file as it was otherwise', async () => {
    const { exit, out, err } = await command('nord', '7');
    expect([exit, out]).toEqual([0, expect.stringContaining('1 test: all passed')]);
    const written = readFileSync(join(dir, 'mappings/orders.yaml'), 'utf8');
    expect(written.startsWith(MAPPING)).toBe(true);
    expect(written).toMatch(/total: 20,/);
    for (const trace of TRACES) expect(`${written}${out}${err}`.toLowerCase()).not.toContain(trace);
  });

  it('adds a second one under another name', async () => {
    const { out } = await command('nord', '7');
    expect(out).toContain('2 tests: all passed');
    expect(out).toMatch(/\(2\)$/m);
  });

  it('says that there is no such row, and how many columns a key has', async () => {
    await expect(command('nord', '8')).rejects.toMatchObject({ code: 'row-not-found' });
    await expect(command('7')).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('test --watch', () => {
  beforeAll(ensureBuilt, 180_000);

  it('runs again when a file changes, also after one that does not load, and ends by Ctrl-C', {
    timeout: 60_000,
  }, async () => {
    const dir = project('{ connector: sqlite, filename: none.db }');
    const file = join(dir, 'mappings/orders.yaml');
    const row = 'row: { brand: n, id: 7, email: ada@example.com, total: 5, updated_at: 2026-11-20T10:00:00Z }';
    const withTest = (value: number): string =>
      `${MAPPING}tests:\n  - name: it\n    ${row}\n    event: { custom_data: { value: ${value} } }\n`;
    writeFileSync(file, withTest(6));
    const watching = startCli(['test', '--watch'], { cwd: dir });
    const seen = { stdout: '', stderr: '' };
    watching.onOutput((text, stream) => {
      seen[stream] += text;
    });
    const until = async (pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> => {
      for (let look = 0; look < 300 && !pattern.test(seen[stream]); look += 1) await wait(100);
      expect(seen[stream]).toMatch(pattern);
    };
    await until(/1 test: 0 passed, 1 failed/);
    await until(/waiting for a change/, 'stderr');
    writeFileSync(file, withTest(5).replace('event_name', 'evnt_name'));
    await until(/unknown key "evnt_name"/, 'stderr');
    writeFileSync(file, withTest(5));
    await until(/1 test: all passed/);
    watching.kill('SIGINT');
    const { code, signal } = await watching.ended;
    expect([code, signal]).toEqual([0, null]);
  });
});
