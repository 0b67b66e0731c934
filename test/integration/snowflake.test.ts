/** Snowflake as a user has it: the built program, a project, the local sandbox; the vendor's client against a stand-in of its protocol. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliOptions, type CliResult, ensureBuilt, runCli } from '../support/built-cli.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { ACCOUNT, PASSWORD, type StandIn, startSnowflake, USER } from '../support/snowflake-stand-in.ts';
import { DATASET, runOf, TOKEN } from '../support/sync-project.ts';

let standIn: StandIn;
let farSide: FarSide;
let dir: string;
let home: string;

beforeAll(ensureBuilt, 180_000);
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'capi-sync-home-'));
  dir = mkdtempSync(join(tmpdir(), 'capi-sync-snowflake-'));
  standIn = await startSnowflake({ inlineRows: 100, chunkRows: 1000 });
  farSide = await openFarSide();
  await standIn.engine.createTable(
    'ORDERS',
    {
      ORDER_ID: 'NUMBER(38,0) NOT NULL',
      UPDATED_AT: 'TIMESTAMP_TZ(9) NOT NULL',
      ORDER_NO: 'VARCHAR NOT NULL',
      EMAIL: 'VARCHAR',
      TOTAL: 'NUMBER(12,2)',
      CURRENCY: 'VARCHAR',
      ITEMS: 'VARIANT',
    },
    { primaryKey: ['ORDER_ID'] },
  );
  mkdirSync(join(dir, 'mappings'));
  writeFileSync(join(dir, 'key.p8'), standIn.privateKey, { mode: 0o600 });
  project();
});
afterEach(async () => {
  await farSide.close();
  await standIn.close();
  for (const folder of [dir, home]) rmSync(folder, { recursive: true, force: true });
});

const project = (signIn = 'private_key: ${file:key.p8}'): void => {
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1
state: { filename: state.db }
connections:
  warehouse:
    connector: snowflake
    account: ${ACCOUNT}
    user: ${USER}
    ${signIn}
    warehouse: CAPI_WH
    host: 127.0.0.1
    port: ${standIn.port}
destinations: { main: { dataset_id: "${DATASET}", access_token: "\${META_ACCESS_TOKEN}", base_url: "${farSide.url}" } }
mappings: [mappings/*.yaml]
`,
  );
  writeFileSync(
    join(dir, 'mappings/orders.yaml'),
    `version: 1
name: orders
source:
  connection: warehouse
  table: ORDERS
  primary_key: ORDER_ID
  cursor: { column: UPDATED_AT, start: 3d, lag: 0s, lookback: 10m }
event:
  event_name: Purchase
  event_time: =UPDATED_AT
  action_source: system_generated
  user_data: { em: =EMAIL }
  custom_data:
    value: =TOTAL
    currency: =CURRENCY
    order_id: =ORDER_NO
    contents: '=ITEMS.map(i, {"id": i.sku, "quantity": i.qty})'
dedup: { key: order_id, window: 28d }
`,
  );
};

const cli = (args: readonly string[], more: CliOptions = {}): Promise<CliResult> =>
  runCli(args, { cwd: dir, ...more, env: { META_ACCESS_TOKEN: TOKEN, HOME: home, ...more.env } });

const insert = async (from: number, count: number): Promise<void> => {
  const start = Date.now() - 86_400_000;
  await standIn.engine.insert(
    'ORDERS',
    Array.from({ length: count }, (_, n) => [
      from + n,
      new Date(start + (from + n) * 10).toISOString(),
      `S-${from + n}`,
      `buyer${from + n}@example.com`,
      `${(n % 90) + 1}.90`,
      'EUR',
      '[{"sku": "TEA", "qty": 2}]',
    ]),
  );
};

describe('a sync', () => {
  it('sends every row once, nothing in a second run, and then what is new and not what only changed', async () => {
    await insert(1, 3000);
    const first = await cli(['run', '--json']);
    expect([first.stderr, first.code]).toEqual(['', 0]);
    expect(runOf(first)).toMatchObject({ status: 'succeeded', read: 3000, sent: 3000, rejected: 0 });
    expect(runOf(first).checkpoint?.cursor).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    const second = await cli(['run', '--json']);
    expect(runOf(second)).toMatchObject({ status: 'succeeded', sent: 0 });
    await insert(4001, 5);
    await standIn.engine.sql(
      `UPDATE "ORDERS" SET "TOTAL" = 1, "UPDATED_AT" = epoch_ns(now() - INTERVAL 1 MINUTE)::UBIGINT WHERE "ORDER_ID" <= 3`,
    );
    const third = await cli(['run', '--json']);
    expect(runOf(third)).toMatchObject({ status: 'succeeded', sent: 5, duplicate: expect.any(Number) });
    expect(runOf(third).duplicate).toBeGreaterThanOrEqual(3);
    expect(farSide.stats()).toMatchObject({ eventsUnique: 3005, duplicates: 0 });
    expect(farSide.events()[0]?.custom_data).toMatchObject({ contents: [{ id: 'TEA', quantity: 2 }] });
    // No log, no cache: only the program's own files.
    expect(readdirSync(dir).sort()).toEqual(expect.not.arrayContaining([expect.stringMatching(/snowflake|\.log$/)]));
    expect(readdirSync(home)).toEqual([]);
    expect([...standIn.requests.keys()].filter((path) => path.includes('telemetry'))).toEqual([]);
  });

  it('by one query a range, however many pages', async () => {
    await insert(1, 12_000);
    await cli(['run', '--json']);
    const ranges = standIn.statements.filter(({ sql, isDescribeOnly }) => !isDescribeOnly && / ORDER BY /.test(sql));
    expect(farSide.stats().eventsUnique).toBe(12_000);
    // The first page is read by the run itself, the rest by the threads that read and map.
    expect(ranges.length).toBeLessThanOrEqual(3);
  });
});

describe('a key that is not this user’s', () => {
  it('ends run and check with exit code 4 and the cure', async () => {
    writeFileSync(join(dir, 'key.p8'), standIn.otherKey);
    const run = await cli(['run', '--json']);
    expect(run.code).toBe(4);
    expect(runOf(run).error).toMatchObject({
      code: 'source-login-failed',
      message: expect.stringContaining('390144'),
      hint: expect.stringContaining('ALTER USER ... SET RSA_PUBLIC_KEY'),
    });
    const check = await cli(['check']);
    expect(check.code).toBe(4);
    expect(check.stdout.replaceAll(/\s+/g, ' ')).toContain('SET RSA_PUBLIC_KEY');
    expect(check.stdout + check.stderr + run.stdout).not.toMatch(/PRIVATE KEY-|MII[\w+/]{20}/);
  });
});

describe('the client that is not installed', () => {
  it('is named in one line, with what to type', async () => {
    const hide = `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => {
        if (name !== 'snowflake-sdk') return next(name, context);
        throw Object.assign(new Error("Cannot find package 'snowflake-sdk'"), { code: 'ERR_MODULE_NOT_FOUND' });
      } });`;
    const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(hide)}`;
    const run = await cli(['run', '--json'], { env: { NODE_OPTIONS } });
    expect(runOf(run).error).toMatchObject({
      code: 'source-driver-missing',
      message: 'the driver "snowflake-sdk" is not installed or cannot be loaded',
      hint: expect.stringContaining('npm i'),
    });
  });
});

describe('check', () => {
  it('tells connection, grants, key, layout and costs', async () => {
    await insert(1, 20);
    await standIn.engine.grant('ORDERS', USER, 'UPDATE');
    const { code, stdout } = await cli(['check', '--json']);
    const { mappings } = JSON.parse(stdout) as {
      mappings: [{ findings: { code: string; level: string; text: string; paste?: string }[] }];
    };
    const found = (name: string) => mappings[0].findings.filter((finding) => finding.code === name);
    expect(found('connection')[0]?.text).toBe('Snowflake 9.38.1 as CAPI_READER in role CAPI_READER');
    expect(found('privileges')[0]).toMatchObject({ level: 'warning', paste: expect.stringContaining('REVOKE UPDATE') });
    expect(found('primary-key')[0]).toMatchObject({ level: 'ok' });
    expect(found('cursor-layout')[0]).toMatchObject({ level: 'ok', text: expect.stringContaining('micro-partitions') });
    expect(found('costs').map(({ level }) => level)).toEqual(['ok', 'ok']);
    expect(found('next-run')[0]?.text).toContain('20 rows');
    expect(code).toBe(0);
  });
});

describe('init --from snowflake://', () => {
  it('writes a project that validates and previews events, with the password out of the files that are shared', async () => {
    await insert(1, 20);
    const made = join(dir, 'made');
    mkdirSync(made);
    const url = `snowflake://${USER}:${encodeURIComponent(PASSWORD)}@${ACCOUNT}/ANALYTICS/MARTS?warehouse=CAPI_WH&host=127.0.0.1&port=${standIn.port}`;
    const init = await cli(['init', '--from', url], { cwd: made });
    expect([init.stderr, init.code]).toEqual(['', 0]);
    const config = readFileSync(join(made, 'config.yaml'), 'utf8');
    expect(config).toContain('connector: snowflake');
    expect(config).toContain('password: ${ANALYTICS_PASSWORD}');
    const [file = ''] = readdirSync(join(made, 'mappings'));
    const mapping = readFileSync(join(made, 'mappings', file), 'utf8');
    expect(mapping).toMatch(/column: UPDATED_AT/);
    expect(mapping).toMatch(/em: =EMAIL/);
    for (const shared of [config, mapping, readFileSync(join(made, '.env.example'), 'utf8'), init.stdout])
      expect(shared).not.toContain(PASSWORD);
    const validated = await cli(['validate'], { cwd: made });
    expect(validated.code).toBe(0);
    const preview = await cli(['preview', file.replace('.yaml', ''), '--json', '--limit', '3'], { cwd: made });
    expect([preview.stderr, preview.code]).toEqual(['', 0]);
    expect(preview.stdout).toContain('Purchase');
  });
});
