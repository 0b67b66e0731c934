/**
 * SIGKILL of the program as users start it, at random points, again and again, until a run gets to its end. Then: nothing lost, nothing foreign,
 * and repeats only of what was in flight when a process died. `CRASH_SEED` repeats a run of this file; TORTURE=long kills over 100 times.
 * A few kills: the command line, its threads and its batches of 1,000. The many are in test/torture/kills.test.ts.
 */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { ensureBuilt, type RunningCli } from '../support/built-cli.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { foretell } from '../support/oracle.ts';
import {
  goodOrders,
  makeProject,
  type OrderRow,
  outcomes,
  type RunJson,
  runOf,
  type SyncProject,
} from '../support/sync-project.ts';
import { bigShop, seeded, singleOrders, whole } from './big-shop.ts';
import { lookIntoState } from './dead-state.ts';

const LONG = process.env.TORTURE === 'long';
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
const random = seeded(SEED);
const HOUR = 3_600_000;
const ROWS = LONG ? 30_000 : 15_000;
const CONCURRENCY = 4;
const MAX_BATCH = 1000;
const total = { kills: 0, rounds: 0, repeats: 0, inFlight: 0, ms: 0 };

beforeAll(async () => {
  await ensureBuilt();
  console.log(`CRASH_SEED=${SEED}`);
}, 180_000);
afterAll(() => console.log(`crash: ${JSON.stringify(total)}`));

/** Kills the process after so many milliseconds, unless it ends first. */
const killAfter = async (running: RunningCli, ms: number) => {
  const timer = setTimeout(() => running.kill('SIGKILL'), ms);
  const exit = await running.ended;
  clearTimeout(timer);
  return exit;
};

type Round = {
  readonly faults?: readonly Fault[];
  /** Called after each kill: the world goes on. */
  readonly meanwhile?: (project: SyncProject, rows: readonly OrderRow[]) => void;
  readonly killBetween: readonly [from: number, to: number];
};

/** Runs that ended by themselves, and what was in flight whenever one did not. */
type Story = { readonly ended: RunJson[]; kills: number; readonly inFlight: Map<number, number> };

const killUntilDone = async (
  project: SyncProject,
  { meanwhile, killBetween: [from, to] }: Round,
  rows: readonly OrderRow[],
): Promise<Story> => {
  const story: Story = { ended: [], kills: 0, inFlight: new Map() };
  for (;;) {
    // A machine that is too slow to get anywhere in this time is given more of it.
    const longest = to * (1 + Math.max(0, story.kills - 8) / 6);
    const exit = await killAfter(project.startCli(['run', '--json']), whole(random, from, longest));
    if (exit.signal === 'SIGKILL') {
      story.kills += 1;
      const { inFlight, integrity } = lookIntoState(project.stateFile);
      expect(integrity).toBe('ok');
      for (const [id, events] of inFlight) story.inFlight.set(id, events);
      meanwhile?.(project, rows);
      continue;
    }
    const run = runOf(exit);
    expect(outcomes(run), `of run ${JSON.stringify(run)}`).toBe(run.read);
    story.ended.push(run);
    if (run.status !== 'failed') return story;
    expect(run.error?.code).toMatch(/^destination-(unavailable|bad-response)$/);
  }
};

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, each) => all + each, 0);

/** Stored, but spoilt on the way back: each may be sent once more, whole. */
const spoilt = (farSide: FarSide): number => {
  const { requestsByOutcome } = farSide.stats();
  return sum(['fault:reset-after', 'fault:timeout', 'fault:garbage'].map((outcome) => requestsByOutcome[outcome] ?? 0));
};

const expectAllArrivedOnce = (farSide: FarSide, mustArrive: ReadonlySet<string>): void => {
  const arrivals = farSide.arrivals();
  const lost = [...mustArrive].filter((order) => !arrivals.has(order));
  const foreign = [...arrivals.keys()].filter((order) => !mustArrive.has(order));
  const countedTwice = [...arrivals].filter(([, { ids }]) => ids.size > 1).map(([order]) => order);
  const changed = farSide.changed();
  const some = {
    lost: lost.slice(0, 5),
    foreign: foreign.slice(0, 5),
    countedTwice: countedTwice.slice(0, 5),
    changed: changed.slice(0, 5),
  };
  expect([lost.length, foreign.length, countedTwice.length, changed.length], JSON.stringify(some)).toEqual([
    0, 0, 0, 0,
  ]);
};

const playRound = async (round: Round): Promise<number> => {
  const started = Date.now();
  const farSide = await openFarSide({ keepEvents: 0, random });
  const project = makeProject({ baseUrl: farSide.url, concurrency: CONCURRENCY, timeout: round.faults ? '2s' : '30s' });
  try {
    const base = bigShop(random, { count: ROWS, from: 1, oldest: started - 120 * HOUR, newest: started - HOUR });
    project.insert(base);
    const refused = singleOrders(base, 5);
    const refusals = refused.map((order_id): Fault => ({ kind: 'refuse', order_id }));
    farSide.setFaults([...refusals, ...(round.faults ?? [])]);

    const story = await killUntilDone(project, round, base);

    const oracle = foretell(project.rows(), new Set(refused));
    expectAllArrivedOnce(farSide, oracle.mustArrive);
    const repeats = farSide.repeats();
    const inFlight = sum(story.inFlight.values());
    expect(inFlight).toBeLessThanOrEqual(story.kills * CONCURRENCY * MAX_BATCH);
    expect(repeats).toBeLessThanOrEqual(inFlight + spoilt(farSide) * MAX_BATCH);
    if (!round.faults) {
      const reported = sum(story.ended.map((run) => run.in_doubt_resent));
      expect(repeats).toBeLessThanOrEqual(reported + story.kills * CONCURRENCY * MAX_BATCH);
      expect(story.ended).toHaveLength(1);
    }
    const letters = await project.deadLetters();
    expect(new Set(letters.filter(({ origin }) => origin === 'local').map(({ key }) => key.join()))).toEqual(
      oracle.badRows,
    );
    expect(letters.filter(({ origin }) => origin === 'meta').map(({ meta_code }) => meta_code)).toEqual([
      100, 100, 100, 100, 100,
    ]);

    farSide.setFaults(refusals);
    const last = await project.run();
    expect(last.run).toMatchObject({
      status: 'succeeded',
      sent: 0,
      requests: 0,
      rejected: 0,
      in_doubt_resent: 0,
      error: null,
    });
    expect(last.exit.code).toBe(0);
    for (const counts of lookIntoState(project.stateFile).runs) expect(outcomes(counts)).toBe(counts.read);

    total.kills += story.kills;
    total.rounds += 1;
    total.repeats += repeats;
    total.inFlight += inFlight;
    total.ms += Date.now() - started;
    console.log(
      `${story.kills} kills, ${repeats} repeats of ${inFlight} in flight, ${spoilt(farSide)} spoilt answers, ${farSide.stats().requests} requests, ${Date.now() - started} ms`,
    );
    return story.kills;
  } finally {
    await farSide.close();
    project.remove();
  }
};

const playUntil = async (kills: number, rounds: number, round: Round): Promise<void> => {
  let done = 0;
  for (let n = 0; n < rounds || done < kills; n += 1) done += await playRound(round);
};

describe('a process that is killed again and again', () => {
  it('loses nothing, and repeats only what was in flight', async () => {
    await playUntil(LONG ? 60 : 5, LONG ? 4 : 1, { killBetween: [50, 900] });
  });

  it('nor when every seventh answer is spoilt', async () => {
    const faults: readonly Fault[] = [
      { kind: 'status', code: 500, rate: 0.04 },
      { kind: 'reset-after', rate: 0.04 },
      { kind: 'timeout', stored: true, rate: 0.03 },
      { kind: 'garbage', stored: true, rate: 0.04 },
    ];
    await playUntil(LONG ? 40 : 4, 1, { faults, killBetween: [200, 1500] });
  });

  it.runIf(LONG)('nor when new rows arrive between the kills', async () => {
    let next = ROWS + 1;
    const meanwhile = (project: SyncProject, base: readonly OrderRow[]): void => {
      // Some of them commit late: behind rows that may have been read already, within the lookback.
      const now = Date.now();
      project.insert(bigShop(random, { count: 300, from: next, oldest: now - 300_000, newest: now - 1000 }, base));
      next += 300;
    };
    await playUntil(40, 1, { meanwhile, killBetween: [50, 900] });
  });

  it('even while it makes its state for the first time', async () => {
    const farSide = await openFarSide({ keepEvents: 0 });
    const project = makeProject({ baseUrl: farSide.url });
    try {
      project.insert(goodOrders(50));
      const delays: number[] = [];
      for (let n = 0; n < (LONG ? 60 : 4); n += 1) {
        project.dropState();
        const running = project.startCli(['run', '--json']);
        let ended = false;
        void running.ended.then(() => {
          ended = true;
        });
        while (!ended && !existsSync(project.stateFile)) await wait(1);
        const delay = whole(random, 0, 40);
        await killAfter(running, delay);
        delays.push(delay);
        total.kills += 1;
        const { exit, run } = await project.run();
        expect(run, `after a kill ${delay} ms into the state: ${exit.stdout}${exit.stderr}`).toMatchObject({
          status: 'succeeded',
          read: 50,
          error: null,
        });
      }
      expectAllArrivedOnce(farSide, foretell(project.rows()).mustArrive);
      console.log(`killed at ${delays.join(', ')} ms into the state`);
    } finally {
      await farSide.close();
      project.remove();
    }
  });
});
