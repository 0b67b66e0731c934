/** `run` and its neighbours as a user starts them: exit codes, documents, and what each leaves behind. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CliResult, ensureBuilt } from '../support/built-cli.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { startSandboxProcess } from '../support/sandbox-process.ts';
import {
  goodOrder,
  goodOrders,
  makeProject,
  type OrderRow,
  outcomes,
  runOf,
  type SyncProject,
  TOKEN,
} from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const open = async (rows: readonly OrderRow[]): Promise<{ project: SyncProject; farSide: FarSide }> => {
  const farSide = await openFarSide();
  const project = makeProject({ baseUrl: farSide.url });
  onTestFinished(async () => {
    project.remove();
    await farSide.close();
  });
  project.insert(rows);
  return { project, farSide };
};

const shown = ({ stdout, stderr }: CliResult): string => stdout + stderr;
const errorOf = ({ stdout }: CliResult): { code: string; message: string } =>
  (JSON.parse(stdout) as { error: { code: string; message: string } }).error;

describe('run', () => {
  it('prints a table for people and nothing on stderr, and says where to look when rows were rejected', async () => {
    const { project } = await open([...goodOrders(30), goodOrder(31, { currency: null })]);
    const exit = await project.cli(['run']);
    expect(exit.code).toBe(1);
    expect(exit.stdout).toMatch(/mapping +status +read +sent/);
    expect(exit.stdout).toMatch(/orders +rejections +31 +30 +0 +0 +1 +0/);
    expect(exit.stdout).toContain('capi-sync dead-letters list orders');
    expect(exit.stderr).toBe('');
    expect(shown(exit)).not.toContain('\u001b[');
  });

  it('prints one JSON document with --json, wherever the flag stands', async () => {
    const { project } = await open(goodOrders(30));
    const first = await project.cli(['--json', 'run']);
    const run = runOf(first);
    expect(run).toMatchObject({ mapping: 'orders', status: 'succeeded', read: 30, sent: 30, error: null });
    expect(run.checkpoint?.key).toEqual(['30']);
    expect(Object.keys(run).sort()).toEqual(
      [
        'batches',
        'checkpoint',
        'duplicate',
        'duration_ms',
        'error',
        'expired',
        'filtered',
        'filtered_by',
        'forecast',
        'horizon',
        'in_doubt_resent',
        'mapping',
        'match_keys',
        'read',
        'rejected',
        'requests',
        'retries',
        'sent',
        'status',
      ].sort(),
    );
    expect(runOf(await project.cli(['run', '--json'])).sent).toBe(0);
  });

  it('continues where --limit stopped it, and loses nothing', async () => {
    const { project, farSide } = await open(goodOrders(250));
    const sent: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const exit = await project.cli(['run', '--json', '--limit', '100']);
      const run = runOf(exit);
      expect(outcomes(run)).toBe(run.read);
      expect(exit.code).toBe(0);
      sent.push(run.sent);
    }
    expect(sent).toEqual([100, 100, 50, 0]);
    expect(farSide.arrivals().size).toBe(250);
    expect(farSide.repeats()).toBe(0);
  });

  it('with --dry-run sends nothing and leaves no state, like preview', async () => {
    const { project, farSide } = await open(goodOrders(50));
    for (const args of [
      ['run', '--dry-run'],
      ['run', '--dry-run', '--json'],
      ['preview', 'orders'],
      ['preview', 'orders', '--json', '--limit', '5'],
    ]) {
      const exit = await project.cli(args);
      expect(exit.code, shown(exit)).toBe(0);
    }
    expect(farSide.stats().requests).toBe(0);
    expect(existsSync(project.stateFile)).toBe(false);
  });

  it('runs the next mapping though one fails, and its exit code tells of the failure', async () => {
    const { project, farSide } = await open(goodOrders(20));
    writeFileSync(join(project.dir, 'mappings/absent.yaml'), MAPPING_OF_NO_TABLE);
    const exit = await project.cli(['run', 'absent', 'orders', '--json']);
    const { runs } = JSON.parse(exit.stdout) as {
      runs: { mapping: string; status: string; error: { code: string } | null }[];
    };
    expect(runs.map(({ mapping, status }) => `${mapping} ${status}`)).toEqual(['absent failed', 'orders succeeded']);
    expect(exit.code).toBe(3);
    expect(farSide.arrivals().size).toBe(20);
  });

  it('names a mapping that is not there: exit 2', async () => {
    const { project } = await open([]);
    const exit = await project.cli(['run', 'ordres', '--json']);
    expect(exit.code).toBe(2);
    expect(errorOf(exit)).toMatchObject({ code: 'unknown-mapping' });
  });

  it('says that the source is no database: exit 4, and no stack trace', async () => {
    const { project } = await open([]);
    writeFileSync(
      join(project.dir, 'shop.db'),
      'this is no database, it is a text of some length that SQLite will not take',
    );
    const exit = await project.cli(['run', '--json']);
    expect(exit.code).toBe(4);
    expect(runOf(exit)).toMatchObject({ status: 'failed', read: 0 });
    expect(shown(exit)).not.toMatch(/\n\s+at |node_modules/);
  });

  it('does not start on a state that is no database: exit 3, and sends nothing', async () => {
    const { project, farSide } = await open(goodOrders(10));
    expect((await project.run()).exit.code).toBe(0);
    writeFileSync(project.stateFile, 'x'.repeat(8192));
    const exit = await project.cli(['run', '--json']);
    expect(exit.code).toBe(3);
    expect(errorOf(exit).code).toBe('state-corrupt');
    expect(farSide.stats().requests).toBe(1);
  });
});

const MAPPING_OF_NO_TABLE = `version: 1
name: absent
source: { connection: shop, table: no_such_table, primary_key: id, timezone: UTC, cursor: { column: updated_at } }
event:
  event_name: Lead
  event_time: =updated_at
  action_source: system_generated
  user_data: { em: =email }
`;

describe('sandbox', () => {
  it('is a far side in a process of its own, with faults from the command line, and ends when asked', async () => {
    const sandbox = await startSandboxProcess({ token: TOKEN, faults: ['throttle:times=1'] });
    onTestFinished(async () => void (await sandbox.stop()));
    const project = makeProject({ baseUrl: sandbox.url });
    onTestFinished(project.remove);
    project.insert(goodOrders(40));
    expect((await project.run()).run).toMatchObject({ status: 'succeeded', sent: 40, requests: 2, retries: 1 });
    expect((await sandbox.deliveries()).size).toBe(40);
    await sandbox.setFaults(['expire-token']);
    project.insert([goodOrder(41)]);
    expect((await project.run()).exit.code).toBe(5);
    expect((await sandbox.stats()).refusedRequests).toMatchObject({ '190/463': 1 });
    const exit = await sandbox.stop();
    expect(exit.code).toBe(0);
  });

  it('says which fault it does not know: exit 2', async () => {
    const { project } = await open([]);
    const exit = await project.cli(['sandbox', '--port', '0', '--fault', 'earthquake']);
    expect(exit.code).toBe(2);
    expect(exit.stderr).toContain('unknown fault "earthquake"');
  });
});
