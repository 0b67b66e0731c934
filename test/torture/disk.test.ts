/**
 * A disk that is full, that cannot be written, and that fails to write or to flush: sending stops with a code and a cure, nothing counts as
 * arrived that did not arrive, and with a sound disk the next run goes on. Needs root for the mounts and gcc for the failing calls, and says so.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sqliteStateBed } from '../contract/state-beds.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { jobOf, startSyncChild } from '../support/sync-child.ts';
import { goodOrders, makeProject, runOf } from '../support/sync-project.ts';
import { openAccount } from './account.ts';

const LONG = process.env.TORTURE === 'long';

beforeAll(ensureBuilt, 180_000);

const run = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;

/** A small file system of its own; undefined where this user may not mount. */
const mountSmall = (size: string): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'capi-sync-disk-'));
  const isMounted = run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  onTestFinished(() => {
    if (isMounted) run('umount', folder);
    rmSync(folder, { recursive: true, force: true });
  });
  return isMounted ? folder : undefined;
};
const NO_MOUNT = 'mounting a small file system needs root';

const openShop = async (folder: string, rows: number) => {
  const farSide = await openFarSide({ keepEvents: 0 });
  const project = makeProject({ baseUrl: farSide.url });
  onTestFinished(async () => {
    await farSide.close();
    project.remove();
  });
  const config = join(project.dir, 'config.yaml');
  const text = readFileSync(config, 'utf8').replace(/^state:.*$/m, `state: { filename: ${join(folder, 'state.db')} }`);
  writeFileSync(config, text);
  project.insert(goodOrders(rows));
  return { farSide, project };
};

describe('a disk', () => {
  it('that fills up in mid-run stops the sending with state-full and exit 3; with space again the next run goes on', {
    timeout: 900_000,
  }, async ({ skip }) => {
    const folder = mountSmall('2m') ?? skip(NO_MOUNT);
    const { farSide, project } = await openShop(folder, 12_000);
    const bed = { ...sqliteStateBed(), place: () => join(folder, 'state.db'), rows: async () => [] };
    const account = openAccount(bed, farSide, project);
    // The state and its journal are made, with room for a few batches.
    expect((await project.cli(['run', '--json', '--limit', '1'])).code).toBe(0);
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(join(folder, 'filler'), Buffer.alloc(bavail * bsize - 300_000));
    const exit = await project.cli(['run', '--json']);
    expect(exit.code, exit.stdout + exit.stderr).toBe(3);
    const full = runOf(exit);
    expect(full).toMatchObject({
      status: 'failed',
      error: { code: 'state-full', hint: expect.stringContaining('free some space') },
    });
    expect(full.sent).toBeLessThan(12_000);
    const { requests } = farSide.stats();
    expect(requests).toBeGreaterThan(0);
    await account.death();
    // Still full: nothing goes out that cannot be written down.
    expect((await project.cli(['run', '--json'])).code).toBe(3);
    expect(farSide.stats().requests).toBe(requests);
    rmSync(join(folder, 'filler'));
    expect(run('mount', '-o', 'remount,size=40m', folder)).toBe(true);
    const mended = runOf(await project.cli(['run', '--json']));
    expect(mended).toMatchObject({ status: 'succeeded', error: null });
    await account.settle(new Set());
    expect(runOf(await project.cli(['run', '--json']))).toMatchObject({ sent: 0, requests: 0 });
    await account.close(new Set());
  });

  it('that is read-only is refused before anything is sent: state-unwritable, exit 3', { timeout: 900_000 }, async ({
    skip,
  }) => {
    const folder = mountSmall('4m') ?? skip(NO_MOUNT);
    const { farSide, project } = await openShop(folder, 100);
    expect(run('mount', '-o', 'remount,ro', folder)).toBe(true);
    const first = await project.cli(['run', '--json']);
    expect(first.code, first.stdout + first.stderr).toBe(3);
    expect(JSON.parse(first.stdout)).toMatchObject({ error: { code: 'state-unwritable', hint: expect.any(String) } });
    expect(farSide.stats().requests).toBe(0);
    run('mount', '-o', 'remount,rw', folder);
    expect(runOf(await project.cli(['run', '--json']))).toMatchObject({ status: 'succeeded', sent: 100 });
    run('mount', '-o', 'remount,ro', folder);
    const later = await project.cli(['run', '--json']);
    expect(later.code).toBe(3);
    expect(later.stdout).toContain('state-unwritable');
  });

  it.for([
    ['fsync', '-wal'],
    ['pwrite', '-wal'],
  ] as const)(
    'that fails a call stops the sending with state-io, acknowledges nothing falsely, and goes on later: %s',
    { timeout: 1_800_000 },
    async ([call, file], { skip }) => {
      const folder = mkdtempSync(join(tmpdir(), 'capi-sync-io-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const shim = join(folder, 'failing-disk.so');
      if (!run('gcc', '-shared', '-fPIC', '-o', shim, join(import.meta.dirname, 'failing-disk.c'), '-ldl'))
        skip('the failing calls are made by gcc, which is not here');
      const { farSide, project } = await openShop(folder, 2000);
      const bed = sqliteStateBed();
      await bed.setUp();
      onTestFinished(bed.tearDown);
      const account = openAccount(bed, farSide, project);
      const job = await jobOf({ dir: project.dir, baseUrl: farSide.url }, { state: bed.place(), timeoutMs: 120_000 });
      const points = LONG ? Array.from({ length: 60 }, (_, n) => n + 1) : [2, 7, 16, 31];
      let failures = 0;
      for (const at of points) {
        const env = { LD_PRELOAD: shim, FAIL_CALL: call, FAIL_FILE: file, FAIL_AT: String(at) };
        const child = await startSyncChild(job, env);
        const result = await child.run();
        await child.end();
        if (result?.error) {
          failures += 1;
          expect(result.error.code, `at ${at}`).toBe('state-io');
        }
        await account.death();
        project.insert(goodOrders(100, 2000 + at * 100));
      }
      expect(failures).toBeGreaterThan(1);
      const child = await startSyncChild(job);
      expect(await child.run()).toMatchObject({ status: 'succeeded' });
      await account.settle(new Set());
      expect(await child.run()).toMatchObject({ status: 'succeeded', counts: { sent: 0, requests: 0 } });
      await child.end();
      await account.close(new Set());
      console.log(
        `${call}: ${failures} of ${points.length} runs failed, ${account.inDoubt()} in doubt, ${farSide.repeats()} repeats`,
      );
    },
  );
});
