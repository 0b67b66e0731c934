/**
 * Each named moment at which a process can die, three times, on a state in a file and on a server. One shop per state goes through all of them, so
 * that each death leaves its traces to the next run. Repeats are known to the event.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { openState } from '../../src/state/open-state.ts';
import { postgresStateBed, type StateBed, sqliteStateBed } from '../contract/state-beds.ts';
import { openFarSide } from '../support/far-side.ts';
import { jobOf, type SyncChild, startSyncChild } from '../support/sync-child.ts';
import { goodOrder, makeProject, type OrderRow, sqlTime } from '../support/sync-project.ts';
import { openAccount } from './account.ts';
import { CRASH_POINTS, type CrashPoint } from './crash-points.ts';
import { standAt } from './stand.ts';
import { openTap } from './tap.ts';

const TIMES = 3;
const BATCH = 20;
const ROWS = 60;
const HOUR = 3_600_000;
const told: string[] = [];

afterAll(() => console.log(told.join('\n')));

const openBench = async (bed: StateBed) => {
  await bed.setUp();
  await (await openState(bed.place())).close();
  const farSide = await openFarSide({ keepEvents: 0 });
  const tap = await openTap(farSide.url);
  const project = makeProject({ baseUrl: tap.url });
  const account = openAccount(bed, farSide, project);
  // One request at a time: what a death leaves is known.
  const job = await jobOf(
    { dir: project.dir, baseUrl: tap.url },
    { state: bed.place(), concurrency: 1, timeoutMs: 60_000, sizes: { page: 30, batch: BATCH } },
  );
  const refused: string[] = [];
  let step = 0;
  let next: SyncChild = await startSyncChild(job);

  /** New rows, past the lookback of those before. */
  const addRows = (needs: CrashPoint['needs']): void => {
    step += 1;
    const at = sqlTime(Date.now() - 120 * HOUR + step * 20 * 60_000);
    const first = step * ROWS;
    const rows = Array.from(
      { length: ROWS },
      (_, n): OrderRow => goodOrder(first + n, { paid_at: at, updated_at: at }),
    );
    if (needs === 'bad') rows[7] = { ...(rows[7] as OrderRow), currency: null };
    if (needs === 'refused') refused.push(rows[7]?.order_no ?? '');
    project.insert(rows);
    farSide.setFaults(refused.map((order_id): Fault => ({ kind: 'refuse', order_id })));
  };
  const dieAt = async (at: CrashPoint['at']): Promise<void> => {
    const child = next;
    next = await startSyncChild(job);
    await child.ready;
    if ('moment' in at) {
      const reached = tap.stopAt(at.moment, at.nth);
      const run = child.run();
      expect(await Promise.race([reached.then(() => 'there'), run])).toBe('there');
      child.kill('SIGKILL');
      await child.ended;
      tap.open();
      return;
    }
    const stand = await standAt(bed, at);
    try {
      const run = child.run();
      await stand.reached(run);
      child.kill('SIGKILL');
      await child.ended;
    } finally {
      await stand.clear();
    }
  };
  return {
    farSide,
    account,
    addRows,
    dieAt,
    refused: () => new Set(refused),
    run: () => next.run(),
    close: async () => {
      next.kill('SIGKILL');
      await tap.close();
      await farSide.close();
      await bed.tearDown();
      project.remove();
    },
  };
};

const NO_ANSWER: CrashPoint['at'] = { moment: 'answer', nth: 1 };

describe.concurrent.each([
  { state: 'sqlite', bed: sqliteStateBed() },
  { state: 'postgres', bed: postgresStateBed('crash_points') },
])('a process that dies at a named moment, state on $state', ({ state, bed }) => {
  it('three times at each: nothing lost, and repeated only what had arrived and was in doubt', async () => {
    const started = Date.now();
    const bench = await openBench(bed);
    try {
      for (const point of CRASH_POINTS) {
        for (let n = 0; n < TIMES; n += 1) {
          bench.addRows(point.needs);
          if (point.afterDoubt) {
            await bench.dieAt(NO_ANSWER);
            await bench.account.death();
          }
          await bench.dieAt(point.at);
          const { inDoubt } = await bench.account.death();
          const said = `${point.name}, ${n + 1}`;
          if (point.leavesDoubt !== undefined) expect(inDoubt.size > 0, `${said}: in doubt`).toBe(point.leavesDoubt);
          // A refused event stands in its batch, without an outcome, until a whole run has ended.
          expect(inDoubt.size, said).toBeLessThanOrEqual(BATCH + bench.refused().size);
        }
      }
      const last = await bench.run();
      expect(last?.status).toMatch(/^(?:succeeded|completed_with_rejections)$/);
      await bench.account.settle(bench.refused(), { exact: true });
      const clean = await bench.run();
      expect(clean).toMatchObject({ status: 'succeeded', counts: { sent: 0, requests: 0, inDoubtResent: 0 } });
      await bench.account.close(bench.refused());
      told.push(
        `${state}: ${CRASH_POINTS.length} points, ${TIMES} times each, ${bench.account.inDoubt()} in doubt, ${bench.farSide.repeats()} repeats, ${Date.now() - started} ms`,
      );
    } finally {
      await bench.close();
    }
  }, 900_000);
});
