/** The contract of the StateStore on all three databases, and what only servers can do wrong. */
import { tmpdir } from 'node:os';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openState, type StatePlace } from '../../src/state/open-state.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';
import { leaseOf } from '../support/temporary-state.ts';
import { mysqlStateBed, postgresStateBed, sqliteStateBed } from './state-beds.ts';
import { describeStateContract } from './state-contract.ts';
import { describeStateHistory } from './state-history-contract.ts';
import { describeServiceState } from './state-service-contract.ts';

describe.each([
  ['sqlite', sqliteStateBed()],
  ['postgres', postgresStateBed('state_contract')],
  ['mysql', mysqlStateBed('state_contract')],
])('state on %s', (_, bed) => {
  describe('now', () => describeStateContract(bed));
  describe('in the past', () => describeStateHistory(bed));
  describe('of the service', () => describeServiceState(bed));
});

const postgresPlace = (url: string, more = {}): StatePlace => ({
  client: 'postgres',
  url,
  schema: 'capi_sync',
  baseDir: tmpdir(),
  ...more,
});
const mysqlPlace = (url: string, more = {}): StatePlace => ({
  client: 'mysql',
  url,
  table_prefix: 'capi_sync_',
  baseDir: tmpdir(),
  ...more,
});
const changed = (url: string, change: Partial<Record<'port' | 'username' | 'password' | 'pathname', string>>): string =>
  Object.assign(new URL(url), change).toString();

describe.each([
  { name: 'postgres', fresh: freshPostgres, place: postgresPlace },
  { name: 'mysql', fresh: freshMysql, place: mysqlPlace },
])('the server ($name)', ({ fresh, place }) => {
  const SECRET = 'hunter2-canary';

  it.each([
    ['does not answer', { port: '1' }, 'state-unreachable'],
    ['refuses the password', { password: SECRET }, 'state-login-failed'],
    ['has no such database', { pathname: '/no_such_database' }, 'state-login-failed'],
  ])('that %s is an error in our words, without the password', async (_, change, code) => {
    const url = changed(await fresh('state_errors'), change);
    const error: unknown = await openState(place(url)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, exitCode: 3, hint: expect.any(String) });
    const { message, hint } = error as { message: string; hint: string };
    expect(inspect([message, hint])).not.toMatch(/hunter2|capi-test/);
  });

  it('is not reached by an url that cannot be read, and the url is not shown', async () => {
    const error: unknown = await openState(place(`no url ${SECRET}`)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'state-unreachable' });
    expect(inspect(error)).not.toContain(SECRET);
  });

  it('that asks for TLS it does not have is refused', async () => {
    const url = await fresh('state_errors');
    await expect(openState(place(url, { tls: 'verify' }))).rejects.toMatchObject({ code: 'state-tls' });
  });

  it('keeps the state apart from tables of the same names', async () => {
    const url = await fresh('state_apart');
    const query = url.startsWith('postgres') ? queryPostgres : queryMysql;
    await query(url, 'CREATE TABLE run (id INT)', 'CREATE TABLE batch (id INT)', 'INSERT INTO run VALUES (7)');
    const state = await openState(place(url));
    await state.startRun(await leaseOf(state), 1);
    await state.close();
    expect(await query(url, 'SELECT * FROM run')).toEqual([{ id: 7 }]);
  });

  it('that goes away in the middle is an error, and the store works again with the server', async () => {
    const url = await fresh('state_cut');
    const state = await openState(place(url));
    const fence = await leaseOf(state);
    const cut = url.startsWith('postgres')
      ? queryPostgres(
          url,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'state_cut' AND pid <> pg_backend_pid()",
        )
      : queryMysql(
          url,
          "SELECT id FROM information_schema.processlist WHERE db = 'state_cut' AND id <> CONNECTION_ID()",
        ).then(async (rows) => {
          for (const { id } of rows) await queryMysql(url, `KILL ${Number(id)}`);
        });
    await cut;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await state.renewLease(fence, 90).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'state-unreachable' });
    });
    await state.renewLease(fence, 90);
    await state.close();
  });
});

describe('a schema of postgres', () => {
  it('may be called like one of the tables', async () => {
    const place = postgresPlace(await freshPostgres('state_names'), { schema: 'run' });
    const state = await openState(place);
    await state.startRun(await leaseOf(state), 1);
    expect(await state.listRuns('leads', 1)).toHaveLength(1);
    await state.close();
  });
});

describe('a user of postgres that may not make the schema', () => {
  it('is told what to ask for, and works in a schema that was made for it', async () => {
    const url = await freshPostgres('state_rights');
    await queryPostgres(
      url,
      'DROP ROLE IF EXISTS state_user',
      "CREATE ROLE state_user LOGIN PASSWORD 'state-pass'",
      'REVOKE CREATE ON DATABASE state_rights FROM PUBLIC',
    );
    const asUser = changed(url, { username: 'state_user', password: 'state-pass' });
    await expect(openState(postgresPlace(asUser))).rejects.toMatchObject({
      code: 'state-permission',
      hint: expect.stringContaining('CREATE SCHEMA capi_sync'),
    });
    await queryPostgres(url, 'CREATE SCHEMA capi_sync AUTHORIZATION state_user');
    const state = await openState(postgresPlace(asUser));
    await leaseOf(state);
    await state.close();
  });
});

describe('tables of mysql, where every change commits', () => {
  it('that were cut off are made anew, and those that hold something are not touched', async () => {
    const url = await freshMysql('state_half');
    await (await openState(mysqlPlace(url))).close();
    await queryMysql(url, 'DELETE FROM capi_sync_schema_migration', 'DROP TABLE capi_sync_run');
    const state = await openState(mysqlPlace(url));
    await state.startRun(await leaseOf(state), 1);
    await state.close();
    await queryMysql(url, "DELETE FROM capi_sync_schema_migration WHERE name LIKE '0002%'");
    await (await openState(mysqlPlace(url))).close();
    await queryMysql(url, 'DELETE FROM capi_sync_schema_migration');
    await expect(openState(mysqlPlace(url))).rejects.toMatchObject({ code: 'state-corrupt' });
    expect(await queryMysql(url, 'SELECT count(*) AS n FROM capi_sync_run')).toEqual([{ n: 1 }]);
  });
});
