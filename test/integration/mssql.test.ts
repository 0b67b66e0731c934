/** The program as users have it on SQL Server's stand-in: a project made from the database, checked, run against the sandbox, and what it says when it cannot. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { DATASET, TOKEN } from '../support/sync-project.ts';
import { executeDdl } from '../support/tds-ddl.ts';
import { DATABASE, PASSWORD, type SqlServer, startSqlServer, USER } from '../support/tds-engine.ts';

let server: SqlServer;
let farSide: FarSide;
let dir: string;

const urlWith = (password: string, database = DATABASE): string =>
  `mssql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/${database}`;
const env = { META_ACCESS_TOKEN: TOKEN };
const cli = (...args: string[]) => runCli(args, { cwd: dir, env });
const file = (name: string): string => readFileSync(join(dir, name), 'utf8');

const TABLE = `CREATE TABLE dbo.orders (
  id bigint NOT NULL PRIMARY KEY,
  order_no nvarchar(40) NOT NULL,
  email nvarchar(320),
  total decimal(12, 2) NOT NULL,
  currency char(3) NOT NULL,
  paid_at datetime2(7) NOT NULL,
  updated_at datetime2(7) NOT NULL,
  row_version rowversion NOT NULL
)`;

const insert = (from: number, to: number): Promise<void> => {
  const rows = Array.from({ length: to - from + 1 }, (_, at) => from + at).map(
    (id) =>
      `(${id}, N'A-${id}', N'buyer${id}@example.com', ${10 + (id % 90)}.50, N'EUR', DATEADD(hour, -2, SYSUTCDATETIME()), SYSUTCDATETIME())`,
  );
  return executeDdl(server, [
    `INSERT INTO dbo.orders (id, order_no, email, total, currency, paid_at, updated_at) VALUES ${rows.join(', ')}`,
  ]);
};

type Run = {
  read: number;
  sent: number;
  duplicate: number;
  checkpoint: { cursor: string; key: string[] };
  error: unknown;
};
const run = async (): Promise<Run> => {
  const { stdout, stderr, code } = await cli('run', '--json');
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return (JSON.parse(stdout) as { runs: Run[] }).runs[0]!;
};

beforeAll(async () => {
  await ensureBuilt();
  server = await startSqlServer();
  farSide = await openFarSide();
  dir = mkdtempSync(join(tmpdir(), 'capi-sync-mssql-'));
  await executeDdl(server, [TABLE]);
  await insert(1, 60);
}, 240_000);
afterAll(async () => {
  await farSide.close();
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

it('init makes a project of it: the rowversion as cursor, the password in .env alone', async () => {
  const { code, stderr } = await cli('init', '--from', urlWith(PASSWORD));
  expect([stderr, code]).toEqual(['', 0]);
  const mapping = file('mappings/orders-purchase.yaml');
  expect(mapping).toContain(
    'column: row_version # grows with every insert and update; it has no index: add one on (row_version, id)',
  );
  expect(mapping).toMatch(/em: =email/);
  expect(file('config.yaml')).toContain('connector: mssql');
  expect(file('config.yaml')).not.toContain(encodeURIComponent(PASSWORD));
  expect(file('.env')).toContain(urlWith(PASSWORD));
});

describe('check', () => {
  it('names the index to make, a login that may write, and the right that is missing', async () => {
    server.rights.grants = ['SELECT', 'UPDATE'];
    server.rights.seesServer = false;
    const { stdout } = await cli('check', '--json');
    server.rights.grants = ['SELECT'];
    server.rights.seesServer = true;
    expect(stdout).toContain('CREATE INDEX capi_sync_cursor ON [dbo].[orders] ([row_version], [id]);');
    expect(stdout).toContain(`DENY UPDATE ON [dbo].[orders] TO [${USER}];`);
    expect(stdout).toContain(`GRANT VIEW SERVER PERFORMANCE STATE TO [${USER}];`);
  });
});

it('run sends each order once: all, then none, then the new and not the changed', async () => {
  const config = file('config.yaml')
    .replace(/dataset_id: .*/, `dataset_id: "${DATASET}"`)
    .replace(/(\n\s+)(access_token: .*)/, `$1$2$1base_url: ${farSide.url}`);
  writeFileSync(join(dir, 'config.yaml'), config);
  const first = await run();
  expect(first).toMatchObject({ read: 60, sent: 60, duplicate: 0, error: null });
  expect(first.checkpoint.key).toEqual(['60']);
  expect(await run()).toMatchObject({ sent: 0, checkpoint: first.checkpoint });
  await executeDdl(server, ['UPDATE dbo.orders SET total = 99.99 WHERE id = 7']);
  await insert(61, 65);
  const third = await run();
  expect(third).toMatchObject({ sent: 5, error: null });
  expect(BigInt(third.checkpoint.cursor)).toBe(BigInt(first.checkpoint.cursor) + 6n);
  const arrivals = [...farSide.arrivals().values()];
  expect(arrivals).toHaveLength(65);
  expect(arrivals.every(({ ids, times }) => ids.size === 1 && times === 1)).toBe(true);
}, 240_000);

describe('what cannot be read', () => {
  const inEnv = async <T>(url: string, work: () => Promise<T>): Promise<T> => {
    const kept = file('.env');
    writeFileSync(join(dir, '.env'), kept.replace(/mssql:\S+/, url));
    try {
      return await work();
    } finally {
      writeFileSync(join(dir, '.env'), kept);
    }
  };

  it.each([
    ['a wrong password', () => urlWith('wr0ng-password'), 'error 18456', 'check user and password'],
    ['a database that is not there', () => urlWith(PASSWORD, 'nowhere'), 'error 4060', 'CREATE USER'],
  ])('by %s ends with exit code 4 and the cure, without the password', async (_, url, reason, cure) => {
    const { code, stdout, stderr } = await inEnv(url(), () => cli('run'));
    expect(code).toBe(4);
    expect(`${stdout}${stderr}`).toContain(reason);
    expect(`${stdout}${stderr}`).toContain(cure);
    expect(`${stdout}${stderr}`).not.toContain('wr0ng-password');
  });

  it('for want of the client says in one line what to install', async () => {
    const hook = `import { registerHooks } from 'node:module';
registerHooks({ resolve: (name, context, next) => {
  if (name === 'tedious') throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
  return next(name, context);
} });`;
    writeFileSync(join(dir, 'without-tedious.mjs'), hook);
    const { stdout, stderr, code } = await runCli(['check'], {
      cwd: dir,
      env: { ...env, NODE_OPTIONS: `--import=${join(dir, 'without-tedious.mjs')}` },
    });
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toContain('the driver "tedious" is not installed');
    expect(`${stdout}${stderr}`).toContain('npm i tedious@20');
  });
});

it('run reads many pages, from the second on in threads with connections of their own, and each row once', async () => {
  await server.insertMany('orders', 20_000, {
    id: '100000 + n',
    order_no: "'B-' || n",
    email: "'many' || n || '@example.com'",
    total: '12.50',
    currency: "'EUR'",
    paid_at: `TIMESTAMP_NS '${new Date(Date.now() - 3_600_000).toISOString().slice(0, 19).replace('T', ' ')}'`,
    updated_at: `TIMESTAMP_NS '${new Date().toISOString().slice(0, 19).replace('T', ' ')}'`,
  });
  const before = server.logins.length;
  const many = await run();
  expect(many).toMatchObject({ sent: 20_000, error: null });
  expect(server.logins.length - before).toBeGreaterThan(1);
  const arrivals = [...farSide.arrivals().values()];
  expect(arrivals).toHaveLength(20_065);
  expect(arrivals.every(({ ids, times }) => ids.size === 1 && times === 1)).toBe(true);
}, 240_000);
