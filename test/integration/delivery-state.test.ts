/** What becomes of a run whose state fails to take a write: sending stops, and what was settled but not written is not forgotten. */
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { FatalError } from '../../src/errors.ts';
import type { RetryPolicy } from '../../src/load/retry.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { foretell } from '../support/oracle.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { goodOrder, goodOrders, makeProject, outcomes } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const RETRY: RetryPolicy = { firstMs: 10, ceilingMs: 50, attempts: 3, elapsedMs: 5000 };
const PAGE = 5000;
const full = (): Promise<never> => Promise.reject(new FatalError('state-full', 'the disk is full', { exitCode: 3 }));

const open = async (rows: Parameters<ReturnType<typeof makeProject>['insert']>[0]) => {
  const farSide = await openFarSide();
  const project = makeProject({ baseUrl: farSide.url });
  onTestFinished(async () => {
    project.remove();
    await farSide.close();
  });
  project.insert(rows);
  return { farSide, project };
};

describe('a state that fails to take a write', () => {
  it('of what is about to be sent stops the sending: nothing goes out that is not written down', async () => {
    const { farSide, project } = await open(goodOrders(3000));
    const failed = await runInProcess(project, RETRY, (state) => ({ ...state, planBatch: full }));
    expect(failed).toMatchObject({
      status: 'failed',
      exitCode: 3,
      error: { code: 'state-full' },
      counts: { read: 0, sent: 0, requests: 0 },
    });
    expect(farSide.stats().requests).toBe(0);
    expect((await project.run()).run).toMatchObject({ status: 'succeeded', sent: 3000 });
  });

  it('of an acknowledgement leaves the batch in doubt: it is sent again, and counted', async () => {
    const { farSide, project } = await open(goodOrders(3000));
    let acks = 0;
    const failed = await runInProcess(project, RETRY, (state) => ({
      ...state,
      ackBatch: (...given) => (++acks === 2 ? full() : state.ackBatch(...given)),
    }));
    expect(failed).toMatchObject({ status: 'failed', exitCode: 3, counts: { sent: 2000, read: 2000 } });
    expect((await project.run()).run).toMatchObject({ status: 'succeeded', sent: 1000, in_doubt_resent: 1000 });
    expect(farSide.repeats()).toBe(1000);
    expect([...farSide.arrivals().keys()].sort()).toEqual([...foretell(project.rows()).mustArrive].sort());
  });

  it('does not forget the dead letters that the write carried, when later writes go through', async () => {
    // Page 1 holds one batch, which the far side answers late. The dead letters of page 2 ride with the first batch of page 3, which fails.
    const denied = (id: number) => goodOrder(id, { consent: 'denied' });
    const bad = [PAGE + 1, PAGE + 2, PAGE + 3];
    const rows = goodOrders(2 * PAGE + 1000).map((row) => {
      if (bad.includes(row.id)) return goodOrder(row.id, { currency: null });
      return row.id > 1000 && row.id <= 2 * PAGE ? denied(row.id) : row;
    });
    const { farSide, project } = await open(rows);
    farSide.setFaults([{ kind: 'slow', ms: 2000, times: 1 }]);
    let failures = 0;
    const fragile = (state: StateStore): StateStore => ({
      ...state,
      ackBatch: (...given) => {
        if (given[2].deadLetters.length === 0 || failures > 0) return state.ackBatch(...given);
        failures += 1;
        return full();
      },
    });
    const first = await runInProcess(project, RETRY, fragile);
    expect(first).toMatchObject({ status: 'failed', error: { code: 'state-full' } });
    expect(outcomes(first.counts)).toBe(first.counts.read);
    expect(failures, 'the write with the dead letters failed').toBe(1);
    await project.run();
    expect((await project.deadLetters()).map(({ key }) => key[0]).sort()).toEqual(bad.map(String));
  });
});
