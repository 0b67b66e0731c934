/**
 * The connections to the shop and to the state are cut while runs go on, and a state that is gone for a while. No loss, no false
 * acknowledgement, and all ends well once it lasts. 10 cuts an engine and 5 seconds; TORTURE=long: 50, and 60 seconds.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { openState } from '../../src/state/open-state.ts';
import { mysqlStateBed, postgresStateBed, type StateBed } from '../contract/state-beds.ts';
import { freshMysql, freshPostgres } from '../support/databases-fresh.ts';
import { openFarSide } from '../support/far-side.ts';
import { type ChildRun, jobOf, startSyncChild } from '../support/sync-child.ts';
import { goodOrder, makeProject, outcomes, sqlTime } from '../support/sync-project.ts';
import { openAccount } from './account.ts';
import { openGate, type WireGate } from './gate.ts';
import { copyRows, moveShop, type ServerEngine } from './server-shop.ts';

const LONG = process.env.TORTURE === 'long';
const CUTS = LONG ? 50 : 10;
const GONE_MS = LONG ? 60_000 : 5_000;
const CUT_CODES = /^(?:source-interrupted|source-unreachable|state-unreachable)$/;

const fresh = { postgres: freshPostgres, mysql: freshMysql };

/** The bed's database by way of a gate. */
const through = (bed: StateBed, gate: WireGate): StateBed => ({
  ...bed,
  place: () => {
    const place = bed.place();
    return typeof place === 'string' ? place : { ...place, url: gate.url };
  },
});
const urlOf = (bed: StateBed): string => String((bed.place() as { url: string }).url);

const open = async (engine: ServerEngine, name: string, { onTestFinished }: TestContext) => {
  const bed = engine === 'postgres' ? postgresStateBed(`${name}_state`) : mysqlStateBed(`${name}_state`);
  await bed.setUp();
  await (await openState(bed.place())).close();
  const shopUrl = await fresh[engine](`${name}_shop`);
  const gates = { state: await openGate(urlOf(bed)), shop: await openGate(shopUrl) };
  const farSide = await openFarSide({ keepEvents: 0, faults: [{ kind: 'slow', ms: 15 }] });
  const project = makeProject({ baseUrl: farSide.url });
  await moveShop(project, engine, gates.shop.url, shopUrl);
  let rows = 0;
  const addRows = async (count: number): Promise<void> => {
    // Older than any transaction that another test may hold open on this server: a run reads no further than the oldest of them.
    const at = sqlTime(Date.now() - 60_000);
    const added = Array.from({ length: count }, () => goodOrder(++rows, { paid_at: at, updated_at: at }));
    project.insert(added);
    await copyRows(engine, shopUrl, added);
  };
  const job = await jobOf(
    { dir: project.dir, baseUrl: farSide.url },
    { state: through(bed, gates.state).place(), timeoutMs: 120_000 },
  );
  const child = await startSyncChild(job);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gates.state.close();
    await gates.shop.close();
    await farSide.close();
    project.remove();
  });
  await child.ready;
  const account = openAccount(bed, farSide, project);
  const run = async (): Promise<ChildRun> => {
    const result = await child.run();
    if (!result) throw new Error('the process ended');
    if (result.counts && result.error === undefined) expect(outcomes(result.counts)).toBe(result.counts.read);
    return result;
  };
  /** A run that is in the midst of its sending: its sixth request has come. */
  const runInTheMidst = async (): Promise<{ readonly end: Promise<ChildRun> }> => {
    const end = run();
    let early: ChildRun | undefined;
    void end.then(
      (result) => (early = result),
      () => undefined,
    );
    while (farSide.stats().requests < 6) {
      if (early) throw new Error(`the run ended before its sixth request: ${JSON.stringify(early)}`);
      await wait(5);
    }
    return { end };
  };
  /** Runs until one ends well; gives the codes of those that did not. */
  const runUntilWell = async (): Promise<string[]> => {
    const codes: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      const { error } = await run();
      if (error === undefined) return codes;
      codes.push(error.code);
      await account.death();
    }
    throw new Error(`no run ended well: ${codes.join(', ')}`);
  };
  const finish = async (): Promise<void> => {
    await account.settle(new Set());
    expect(await run()).toMatchObject({ status: 'succeeded', counts: { sent: 0, requests: 0, inDoubtResent: 0 } });
    await child.end();
    await account.close(new Set());
  };
  return { gates, farSide, child, account, addRows, run, runInTheMidst, runUntilWell, finish };
};

describe.concurrent('connections that are cut while runs go on', () => {
  it.for(['postgres', 'mysql'] as const)(
    'lose nothing and acknowledge nothing falsely: %s',
    { timeout: 900_000 },
    async (engine, context) => {
      const bench = await open(engine, 'cuts', context);
      const failures: string[] = [];
      let cuts = 0;
      let isOver = false;
      const cutting = async (): Promise<void> => {
        while (cuts < CUTS) {
          await wait(20 + Math.random() * 250);
          const gate = cuts % 2 === 0 ? bench.gates.shop : bench.gates.state;
          if (gate.cut() > 0) cuts += 1;
        }
        isOver = true;
      };
      const running = async (): Promise<void> => {
        while (!isOver) {
          await bench.addRows(400);
          const { error } = await bench.run();
          if (error === undefined) continue;
          failures.push(error.code);
          expect(error.code).toMatch(CUT_CODES);
          await bench.account.death();
        }
      };
      await Promise.all([cutting(), running()]);
      // What was cut last may still be in a pool.
      for (const code of await bench.runUntilWell()) expect(code).toMatch(CUT_CODES);
      await bench.finish();
      expect(failures.length).toBeGreaterThan(0);
      console.log(
        `${engine}: ${cuts} cuts, ${failures.length} runs ended by them, ${bench.farSide.stats().eventsUnique} events, ${bench.farSide.repeats()} repeats`,
      );
    },
  );
});

describe.concurrent('a state that is gone for a while', () => {
  it.for(['postgres', 'mysql'] as const)(
    'stops the sending, says so, and nothing is lost: %s',
    { timeout: 900_000 },
    async (engine, context) => {
      const bench = await open(engine, 'gone', context);
      await bench.addRows(3000);
      const first = await bench.runInTheMidst();
      bench.gates.state.shut();
      const failed = await first.end;
      expect(failed).toMatchObject({ error: { code: 'state-unreachable' } });
      expect(failed.error?.message).toMatch(
        /^the state database does not answer \((?:PostgreSQL|MySQL) at 127\.0\.0\.1:\d+, /,
      );
      const { requests } = bench.farSide.stats();
      const until = Date.now() + GONE_MS;
      let tries = 0;
      while (Date.now() < until) {
        tries += 1;
        expect(await bench.run()).toMatchObject({ error: { code: 'state-unreachable' } });
        await wait(300);
      }
      expect(bench.farSide.stats().requests, 'sent without a state').toBe(requests);
      bench.gates.state.open();
      await bench.account.death();
      expect(await bench.runUntilWell()).toEqual([]);
      await bench.finish();
      expect(tries).toBeGreaterThan(1);
    },
  );

  it.for(['postgres', 'mysql'] as const)(
    'without a word (frozen) holds the sending back until it answers: %s',
    { timeout: 900_000 },
    async (engine, context) => {
      const bench = await open(engine, 'frozen', context);
      await bench.addRows(3000);
      const first = await bench.runInTheMidst();
      bench.gates.state.freeze();
      const { requests } = bench.farSide.stats();
      await wait(LONG ? 20_000 : 3000);
      // No more than what was written down before: twice the four at a time, of sixty.
      expect(bench.farSide.stats().requests, 'sent without a state').toBeLessThanOrEqual(requests + 8);
      bench.gates.state.open();
      expect(await first.end).toMatchObject({ status: 'succeeded', counts: { sent: 3000, inDoubtResent: 0 } });
      await bench.finish();
      expect(bench.farSide.repeats()).toBe(0);
    },
  );
});
