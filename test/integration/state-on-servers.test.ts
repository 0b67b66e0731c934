/** A project whose state is on a server, as users start it: what one process leaves there, the next one goes on from. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { goodOrder, goodOrders, makeProject, outcomes, runOf, type SyncProject } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

type Server = {
  readonly client: 'postgres' | 'mysql';
  readonly fresh: (name: string) => Promise<string>;
  readonly query: (url: string, ...statements: string[]) => Promise<Record<string, unknown>[]>;
  readonly table: (name: string) => string;
};

const SERVERS: readonly Server[] = [
  { client: 'postgres', fresh: freshPostgres, query: queryPostgres, table: (name) => `capi_sync.${name}` },
  { client: 'mysql', fresh: freshMysql, query: queryMysql, table: (name) => `capi_sync_${name}` },
];

type Opened = { readonly project: SyncProject; readonly farSide: FarSide; readonly url: string };

/** `faults`: of the far side. The URL with its password comes from .env, as a user would have it. */
const open = async ({ client, fresh }: Server, database: string, faults: readonly Fault[] = []): Promise<Opened> => {
  const url = await fresh(database);
  const farSide = await openFarSide();
  const project = makeProject({ baseUrl: farSide.url, concurrency: 1 });
  onTestFinished(async () => {
    project.remove();
    await farSide.close();
  });
  if (faults.length > 0) farSide.setFaults(faults);
  const config = join(project.dir, 'config.yaml');
  const state = `state: { client: ${client}, url: "\${STATE_DATABASE_URL}" }`;
  writeFileSync(config, readFileSync(config, 'utf8').replace(/^state:.*$/m, state));
  writeFileSync(join(project.dir, '.env'), `STATE_DATABASE_URL=${url}\n`);
  return { project, farSide, url };
};

const until = async (isSo: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  for (let n = 0; n < 400; n += 1) {
    if (await isSo()) return;
    await wait(50);
  }
  throw new Error(`waited in vain: ${what}`);
};

describe.each(SERVERS)('state on $client', (server) => {
  it('remembers what was sent, and shows it to the other commands', async () => {
    const { project, farSide, url } = await open(server, 'cli_state');
    project.insert([...goodOrders(2500), goodOrder(2501, { currency: null })]);
    const first = runOf(await project.cli(['run', '--json']));
    expect(first).toMatchObject({ status: 'completed_with_rejections', read: 2501, sent: 2500, rejected: 1 });
    const second = runOf(await project.cli(['run', '--json']));
    expect(second).toMatchObject({ sent: 0, requests: 0, error: null });
    expect(outcomes(second)).toBe(second.read);
    project.insert([goodOrder(2502)]);
    expect((await project.run()).run).toMatchObject({ sent: 1, status: 'succeeded' });
    expect(farSide.repeats()).toBe(0);
    expect((await project.deadLetters()).map(({ key }) => key)).toEqual([['2501']]);
    for (const command of ['status', 'runs']) {
      const exit = await project.cli([command, '--json']);
      expect(exit.code, exit.stdout + exit.stderr).toBe(0);
    }
    const ledger = await server.query(url, `SELECT count(*) AS n FROM ${server.table('ledger')}`);
    expect(Number(ledger[0]?.n)).toBe(2501);
  });

  it('gives a mapping to one process at a time; the one that was stopped and replaced writes nothing any more', async () => {
    const { project, farSide, url } = await open(server, 'cli_lease', [{ kind: 'slow', ms: 1500 }]);
    project.insert(goodOrders(6000));
    const old = project.startCli(['run', '--json']);
    await until(() => farSide.stats().requests >= 2, 'the first batches');
    expect((await project.cli(['run', '--json'])).code).toBe(75);

    old.kill('SIGSTOP');
    await server.query(url, `UPDATE ${server.table('lease')} SET expires_at = 0`);
    farSide.setFaults([]);
    const { exit, run } = await project.run();
    expect(exit.code, exit.stdout + exit.stderr).toBe(0);
    expect(run.in_doubt_resent).toBeGreaterThan(0);
    const dump = async () => ({
      checkpoint: await server.query(url, `SELECT * FROM ${server.table('checkpoint')}`),
      keys: await server.query(url, `SELECT count(*) AS n FROM ${server.table('ledger')}`),
      batches: await server.query(url, `SELECT count(*) AS n FROM ${server.table('batch')}`),
    });
    const before = await dump();

    old.kill('SIGCONT');
    const replaced = await old.ended;
    expect(replaced.code, replaced.stdout + replaced.stderr).not.toBe(0);
    expect(runOf(replaced).error?.code).toMatch(/^(?:lease-lost|state-unreachable)$/);
    expect(await dump()).toEqual(before);
    expect([...farSide.arrivals().values()].every(({ ids }) => ids.size === 1)).toBe(true);
    expect(farSide.arrivals().size).toBe(6000);
    expect(farSide.repeats()).toBeLessThanOrEqual(3000);
    expect((await project.run()).run.sent).toBe(0);
  });

  it('that is not there is said, without the password, and nothing is sent', async () => {
    const { project, farSide, url } = await open(server, 'cli_gone');
    project.insert(goodOrders(10));
    const nowhere = Object.assign(new URL(url), { port: '1', password: 'canary-of-state' }).toString();
    writeFileSync(join(project.dir, '.env'), `STATE_DATABASE_URL=${nowhere}\n`);
    const exit = await project.cli(['run', '--json']);
    expect(exit.code).toBe(3);
    expect(JSON.parse(exit.stdout)).toMatchObject({ error: { code: 'state-unreachable' } });
    expect(exit.stdout + exit.stderr).not.toContain('canary-of-state');
    expect(farSide.stats().requests).toBe(0);
  });
});
