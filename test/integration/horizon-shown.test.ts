/** What a user sees of the end of the reading: a transaction that stays open, and what its rows become when it is waited for no longer. */
import mysql2 from 'mysql2/promise';
import pg from 'pg';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { horizonJson, horizonLines } from '../../src/cli/show-horizon.ts';
import { runJson, showRuns } from '../../src/cli/show-runs.ts';
import { type Bed, mysqlBed, postgresBed } from '../contract/source-beds.ts';
import { bedProject } from '../support/bed-project.ts';

type Writer = { readonly query: (sql: string) => Promise<unknown>; readonly end: () => Promise<void> };
const plain = { paint: (_: unknown, text: string): string => text };

const ENGINES: Record<string, { bed: Bed; open: (url: string) => Promise<Writer>; column: string; sleep: string }> = {
  postgres: {
    bed: postgresBed('horizon_shown'),
    open: async (url) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return client;
    },
    column: 'timestamptz NOT NULL DEFAULT now()',
    sleep: 'SELECT pg_sleep(3.5)',
  },
  mysql: {
    bed: mysqlBed('horizon_shown'),
    open: (url) => mysql2.createConnection({ uri: url }) as Promise<Writer>,
    column: 'TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)',
    sleep: 'SELECT SLEEP(4.5)',
  },
};

describe.each(Object.keys(ENGINES))('an open transaction of %s', (name) => {
  const { bed, open, column, sleep } = ENGINES[name] as (typeof ENGINES)[string];
  const paid = Math.floor(Date.now() / 1000) - 3600;
  const insert = (id: number): string => `INSERT INTO orders (id, paid) VALUES (${id}, ${paid})`;

  beforeAll(async () => {
    await bed.setUp();
    await bed.execute(`CREATE TABLE orders (id int PRIMARY KEY, paid bigint NOT NULL, at ${column})`);
  });

  it('is waited for, shown, and after max_stall left to the lookback, which finds its row', async () => {
    const writer = await open(String(bed.options().url));
    onTestFinished(() => writer.end());
    const cursor = (maxStall: string): string =>
      `table: orders, cursor: { column: at, start: beginning, lag: 0s, lookback: 1m, max_stall: ${maxStall} }`;
    const patient = await bedProject(bed, cursor('15m'));
    const hasty = await bedProject(bed, cursor('1s'));
    await writer.query('BEGIN');
    await writer.query(insert(1));
    await bed.execute(insert(2));
    await writer.query(sleep);

    const waits = await patient.run();
    expect(waits).toMatchObject({ status: 'succeeded', counts: { read: 0 }, horizon: { guard: 'transactions' } });
    expect(waits.horizon).toMatchObject({ isStalled: false, maxStall: 900, future: 0 });
    expect(waits.horizon?.openFor).toBeGreaterThan(2);

    const goesOn = await hasty.run();
    expect(goesOn.horizon).toMatchObject({ isStalled: true, maxStall: 1 });
    expect(goesOn.counts).toMatchObject({ read: 1, sent: 1 });
    expect(showRuns([goesOn], plain)).toMatch(
      /orders: a transaction has been open for \d+s, longer than cursor.max_stall \(1s\): the reading went on/,
    );
    expect(runJson(goesOn)).toMatchObject({ horizon: { guard: 'transactions', stalled: true, max_stall_seconds: 1 } });
    // It is kept with the run, for `status` and `runs`.
    const [kept] = await hasty.withState((state) => state.listRuns('orders', 1));
    expect(kept?.horizon).toEqual(goesOn.horizon);

    await writer.query('COMMIT');
    // MySQL tells what was a tenth of a second ago.
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const project of [patient, hasty]) {
      await project.run();
      expect(project.arrived()).toEqual([1, 2]);
      expect(project.farSide.repeats()).toBe(0);
    }
  });
});

describe('of a horizon', () => {
  const facts = { before: '2026-11-24 03:00:00', now: '2026-11-24T03:00:00Z', maxStall: 900 };

  it('nothing is said that nobody need know', () => {
    expect(horizonLines('orders', { ...facts, guard: 'lag', future: 0 })).toEqual([]);
    expect(horizonLines('orders', { ...facts, guard: 'transactions', openFor: 59, isStalled: false })).toEqual([]);
    expect(horizonLines('orders', { ...facts, guard: 'lag', behind: 3 })).toEqual([]);
  });

  it('a long wait, a replica that is behind and rows of the future are said', () => {
    expect(
      horizonLines('orders', {
        ...facts,
        guard: 'transactions',
        openFor: 300,
        isStalled: false,
        behind: 90,
        future: 1,
      }),
    ).toEqual([
      'orders: the reading stays behind a transaction that has been open for 5m 0s, up to cursor.max_stall (15m 0s)',
      'orders: the source is a replica, 1m 30s behind, and the reading with it',
      'orders: one row lies in the future by the cursor, to be read when that time has come',
    ]);
    expect(horizonLines('orders', { ...facts, future: 1000 })[0]).toContain('1,000 or more rows lie in the future');
  });

  it('the document has every fact, null where there is none', () => {
    expect(horizonJson(facts)).toEqual({
      before: '2026-11-24 03:00:00',
      guard: null,
      open_for_seconds: null,
      stalled: false,
      max_stall_seconds: 900,
      future_rows: null,
      behind_seconds: null,
    });
  });
});
