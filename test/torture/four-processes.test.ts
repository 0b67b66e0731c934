/**
 * Four processes that all want to run one mapping, again and again, while its table grows: one at a time does, and nothing is sent twice.
 * 10 seconds; TORTURE=long: 60, on each state.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openState } from '../../src/state/open-state.ts';
import { mysqlStateBed, postgresStateBed, sqliteStateBed } from '../contract/state-beds.ts';
import { openFarSide } from '../support/far-side.ts';
import { type ChildRun, jobOf, startSyncChild } from '../support/sync-child.ts';
import { goodOrder, makeProject, sqlTime } from '../support/sync-project.ts';
import { openAccount } from './account.ts';

const SECONDS = process.env.TORTURE === 'long' ? 60 : 10;
const PROCESSES = 4;

describe.concurrent('four processes on one mapping', () => {
  it.each([
    { name: 'sqlite', bed: sqliteStateBed() },
    { name: 'postgres', bed: postgresStateBed('four_processes') },
    { name: 'mysql', bed: mysqlStateBed('four_processes') },
  ])('send each event once, state on $name', { timeout: 600_000 }, async ({ name, bed }) => {
    const farSide = await openFarSide({ keepEvents: 0 });
    const project = makeProject({ baseUrl: farSide.url });
    const account = openAccount(bed, farSide, project);
    await bed.setUp();
    await (await openState(bed.place())).close();
    const job = await jobOf({ dir: project.dir, baseUrl: farSide.url }, { state: bed.place() });
    const children = await Promise.all(Array.from({ length: PROCESSES }, () => startSyncChild(job)));
    try {
      await Promise.all(children.map(({ ready }) => ready));
      const until = Date.now() + SECONDS * 1000;
      let rows = 0;
      const grow = async (): Promise<void> => {
        while (Date.now() < until) {
          const at = sqlTime(Date.now());
          project.insert(Array.from({ length: 40 }, () => goodOrder(++rows, { paid_at: at, updated_at: at })));
          await wait(60);
        }
      };
      const runs: (ChildRun & { child: number })[] = [];
      const work = async (n: number): Promise<void> => {
        while (Date.now() < until) {
          const run = await children[n]?.run();
          if (!run) throw new Error('a process ended');
          runs.push({ ...run, child: n });
          if (run.status === 'skipped_busy') await wait(Math.random() * 15);
        }
      };
      await Promise.all([grow(), ...children.map((_, n) => work(n))]);
      // Times are in whole seconds here, and a second is read once it is over.
      await wait(1100);
      const last = await children[0]?.run();
      if (last) runs.push({ ...last, child: 0 });
      const ran = runs.filter(({ status }) => status !== 'skipped_busy');
      for (const run of ran) expect(run, JSON.stringify(run)).toMatchObject({ status: 'succeeded' });
      expect(farSide.repeats()).toBe(0);
      expect(ran.reduce((all, { counts }) => all + (counts?.sent ?? 0), 0)).toBe(rows);
      expect(ran.reduce((all, { counts }) => all + (counts?.inDoubtResent ?? 0), 0)).toBe(0);
      // The test has its point only if they got in each other's way, and took turns.
      expect(runs.length - ran.length).toBeGreaterThan(0);
      expect(new Set(ran.map(({ child }) => child)).size).toBeGreaterThan(1);
      await Promise.all(children.map(({ end }) => end()));
      await account.settle(new Set());
      await account.close(new Set());
      console.log(
        `${name}: ${ran.length} runs by ${PROCESSES} processes, ${runs.length - ran.length} busy, ${rows} rows, 0 repeats`,
      );
    } finally {
      for (const { kill } of children) kill('SIGKILL');
      await farSide.close();
      await bed.tearDown();
      project.remove();
    }
  });
});
