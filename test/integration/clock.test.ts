/** A clock that is wrong by hours: ours, beside the source's. What is old and what is to be read must not depend on it unseen. */
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { FatalError } from '../../src/errors.ts';
import { openState } from '../../src/state/open-state.ts';
import { MAX_SKEW, refuseSkew } from '../../src/sync/refuse-skew.ts';
import { postgresStateBed, type StateBed, sqliteStateBed } from '../contract/state-beds.ts';
import { openFarSide } from '../support/far-side.ts';
import { type ChildRun, jobOf, type SyncChild, startSyncChild } from '../support/sync-child.ts';
import { goodOrder, makeProject, sqlTime } from '../support/sync-project.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const children: SyncChild[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const open = async (bed: StateBed) => {
  await bed.setUp();
  const farSide = await openFarSide();
  const project = makeProject({ baseUrl: farSide.url });
  onTestFinished(async () => {
    await farSide.close();
    await bed.tearDown();
    project.remove();
  });
  // A second order is nearly as old as may be, a third has waited for the default lag.
  const old = sqlTime(Date.now() - 6.9 * 24 * HOUR);
  project.insert([
    goodOrder(1),
    goodOrder(2, { paid_at: old }),
    goodOrder(3, { paid_at: sqlTime(Date.now() - MINUTE) }),
  ]);
  const job = await jobOf({ dir: project.dir, baseUrl: farSide.url }, { state: bed.place() });
  const start = async (clockMs: number): Promise<SyncChild> => {
    const child = await startSyncChild({ ...job, clockMs });
    children.push(child);
    return child;
  };
  const runAt = async (clockMs: number): Promise<ChildRun | undefined> => (await start(clockMs)).run();
  return { farSide, start, runAt };
};

describe('a clock that is wrong', () => {
  it.each([
    ['9 hours ahead of', 9 * HOUR],
    ['9 hours behind', -9 * HOUR],
  ])('%s the source stops the run before a row is read: none expires, none is rejected', async (said, clockMs) => {
    const { farSide, runAt } = await open(sqliteStateBed());
    expect(await runAt(clockMs)).toMatchObject({
      status: 'failed',
      counts: { read: 0, expired: 0, rejected: 0 },
      error: { code: 'clock-skew', message: `the clock here is ${said} the source's` },
    });
    expect(farSide.stats().requests).toBe(0);
    expect(await runAt(0)).toMatchObject({ status: 'succeeded', counts: { sent: 3, expired: 0 } });
  });

  it('by less than the margins spoils nothing', async () => {
    for (const clockMs of [9 * MINUTE, -100_000]) {
      const { runAt } = await open(sqliteStateBed());
      expect(await runAt(clockMs)).toMatchObject({ status: 'succeeded', counts: { sent: 3, expired: 0, rejected: 0 } });
    }
  });

  it.each([
    ['a file', sqliteStateBed()],
    ['a server', postgresStateBed('clock_state')],
  ])('takes no lease that is held: the clock of the state decides, state in %s', async (_, bed) => {
    const { runAt } = await open(bed);
    const state = await openState(bed.place());
    try {
      const lease = await state.acquireLease('orders', 'elsewhere/1#1#abc', 60);
      expect(lease).toHaveProperty('fence');
      for (const clockMs of [9 * HOUR, -9 * HOUR])
        expect(await runAt(clockMs)).toMatchObject({ status: 'skipped_busy', error: { code: 'busy' } });
    } finally {
      await state.close();
    }
  });

  it('is told with its size, its side and a cure, and ends as a mistake of the set-up', () => {
    const at = Date.parse('2026-11-24T12:00:00Z');
    expect(() => refuseSkew('2026-11-24T12:01:59Z', at, MAX_SKEW)).not.toThrow();
    expect(() => refuseSkew('2026-11-24T12:30:00Z', at, MAX_SKEW)).toThrow('the clock here is 30 minutes behind');
    expect(() => refuseSkew('2026-11-21T12:00:00Z', at, MAX_SKEW)).toThrow('the clock here is 3 days ahead of');
    try {
      refuseSkew('2026-11-21T12:00:00Z', at, MAX_SKEW);
    } catch (error) {
      expect(error).toBeInstanceOf(FatalError);
      expect(error).toMatchObject({ exitCode: 3, hint: expect.stringContaining('NTP') });
    }
  });
});
