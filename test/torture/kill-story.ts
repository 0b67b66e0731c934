/**
 * One story of kills: a process syncs a shop that keeps growing, and is killed at a random moment of its run, again and again; at last one run
 * ends by itself. What has to hold is in account.ts.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { openState } from '../../src/state/open-state.ts';
import type { StateBed } from '../contract/state-beds.ts';
import { bigShop, seeded, singleOrders, whole } from '../crash/big-shop.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { type ChildRun, jobOf, type SyncChild, startSyncChild } from '../support/sync-child.ts';
import { makeProject, outcomes } from '../support/sync-project.ts';
import { openAccount } from './account.ts';

const HOUR = 3_600_000;
const FIRST_ROWS = 1500;
const MORE_ROWS = 250;
const BATCH = 50;
const CONCURRENCY = 4;
/** The far side answers after 0 to so many milliseconds, so that something is always under way. */
const SLOWEST_MS = 40;

export type Story = {
  readonly bed: StateBed;
  readonly kills: number;
  readonly seed: number;
  /** Beside the far side's slowness. */
  readonly faults?: readonly Fault[];
};

export type Told = {
  kills: number;
  runs: number;
  repeats: number;
  inDoubt: number;
  rows: number;
  requests: number;
  ms: number;
};

/** 15 %: an error, a cut connection, half an answer and a page of HTML, three of them after the events were stored. */
export const FAULTS: readonly Fault[] = [
  { kind: 'status', code: 500, rate: 0.05 },
  { kind: 'reset-after', rate: 0.05 },
  { kind: 'truncate', stored: true, rate: 0.01 },
  { kind: 'garbage', stored: true, rate: 0.04 },
];

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, each) => all + each, 0);
const spoilt = (farSide: FarSide): number => {
  const { requestsByOutcome } = farSide.stats();
  return sum(['reset-after', 'truncate', 'garbage'].map((kind) => requestsByOutcome[`fault:${kind}`] ?? 0));
};

export const tell = async ({ bed, kills, seed, faults = [] }: Story): Promise<Told> => {
  const started = Date.now();
  const random = seeded(seed);
  const farSide = await openFarSide({ keepEvents: 0, random });
  const project = makeProject({ baseUrl: farSide.url });
  const account = openAccount(bed, farSide, project);
  await bed.setUp();
  // The tables are there: every kill falls into a run.
  await (await openState(bed.place())).close();
  const told: Told = { kills: 0, runs: 0, repeats: 0, inDoubt: 0, rows: FIRST_ROWS, requests: 0, ms: 0 };
  let next: SyncChild | undefined;
  const ended: (ChildRun & { doubtBefore: number })[] = [];
  try {
    const base = bigShop(random, { count: FIRST_ROWS, from: 1, oldest: started - 120 * HOUR, newest: started - HOUR });
    project.insert(base);
    const refused = singleOrders(base, 3);
    const refusals = refused.map((order_id): Fault => ({ kind: 'refuse', order_id }));
    const slow: Fault[] = [10, 20, SLOWEST_MS].map((ms) => ({ kind: 'slow', ms, rate: 0.33 }));
    farSide.setFaults([...refusals, ...faults, ...slow]);
    const job = await jobOf(
      { dir: project.dir, baseUrl: farSide.url },
      {
        state: bed.place(),
        concurrency: CONCURRENCY,
        // Never in a test: then repeats are of deaths and of the faults that are asked for.
        timeoutMs: 120_000,
        sizes: { page: 120, batch: BATCH },
      },
    );
    const grow = (): void => {
      const now = Date.now();
      const range = { count: MORE_ROWS, from: told.rows + 1, oldest: now - 300_000, newest: now - 1000 };
      project.insert(bigShop(random, range, base));
      told.rows += MORE_ROWS;
    };

    // As long as runs take on this machine at this moment: some end before their kill, some die before they sent anything.
    let longest = 400;
    let doubtBefore = 0;
    let known = 0;
    next = await startSyncChild(job);
    while (told.kills < kills) {
      const child: SyncChild = next;
      next = await startSyncChild(job);
      await child.ready;
      const run = child.run();
      await wait(whole(random, 0, longest));
      child.kill('SIGKILL');
      const result = await run;
      await child.ended;
      const { inDoubt, acknowledged } = await account.death();
      expect(inDoubt.size).toBeLessThanOrEqual(doubtBefore + 2 * CONCURRENCY * BATCH);
      if (result) {
        ended.push({ ...result, doubtBefore });
        longest = Math.max(20, longest * 0.8);
      } else {
        told.kills += 1;
        if (inDoubt.size === doubtBefore && acknowledged.size === known) longest = Math.min(longest * 1.15, 5000);
      }
      doubtBefore = inDoubt.size;
      known = acknowledged.size;
      grow();
    }
    for (let tries = 0; ; tries += 1) {
      const last = await next.run();
      if (last === undefined) throw new Error('a process ended that nobody killed');
      ended.push({ ...last, doubtBefore });
      if (last.status !== 'failed') break;
      expect(tries, JSON.stringify(last)).toBeLessThan(30);
      doubtBefore = (await account.death()).inDoubt.size;
    }
    for (const { status, counts, error, doubtBefore: before } of ended) {
      if (status === 'failed') expect(error?.code).toMatch(/^destination-(unavailable|bad-response)$/);
      if (!counts) throw new Error(`a run without counts: ${error?.code}`);
      expect(outcomes(counts)).toBe(counts.read);
      if (status === 'failed' || faults.length > 0) continue;
      expect(counts.inDoubtResent).toBeLessThanOrEqual(before);
      // What the far side refused, and an earlier run recorded, is not sent again.
      expect(counts.inDoubtResent).toBeGreaterThanOrEqual(before - refused.length);
    }

    await account.settle(new Set(refused), { spoilt: spoilt(farSide) * BATCH });

    farSide.setFaults(refusals);
    const clean = await next.run();
    expect(clean).toMatchObject({
      status: 'succeeded',
      counts: { sent: 0, requests: 0, rejected: 0, inDoubtResent: 0 },
    });
    await next.end();
    await account.close(new Set(refused));

    told.inDoubt = account.inDoubt();
    told.runs = ended.length;
    told.repeats = farSide.repeats();
    told.requests = farSide.stats().requests;
    told.ms = Date.now() - started;
    return told;
  } finally {
    next?.kill('SIGKILL');
    await farSide.close();
    await bed.tearDown();
    project.remove();
  }
};
