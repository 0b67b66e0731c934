/**
 * A warehouse model that a dbt run replaces: the table is built anew under another name, and takes the place of the old one. What that does to cursor,
 * checkpoint and ledger, on a real PostgreSQL, in the statements that dbt uses (docs/after-dbt.md).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Source } from '../../connectors/connector.ts';
import { openDestination, openSource } from '../../src/app.ts';
import { loadAll } from '../../src/cli/load.ts';
import { DEFAULT_RETRY, sleep } from '../../src/load/retry.ts';
import { processOwner } from '../../src/state/leases.ts';
import { openState } from '../../src/state/open-state.ts';
import { type RunResult, runMapping } from '../../src/sync/run-mapping.ts';
import { freshPostgres, queryPostgres } from '../support/databases-fresh.ts';
import { openFarSide } from '../support/far-side.ts';
import { DATASET, TOKEN } from '../support/sync-project.ts';

type Cursor = 'updated_at' | 'built_at';

/** What `dbt run` does for a model that is materialised as a table. `rows` is the model's SELECT over the raw table. */
const swap = (rows: string): string[] => [
  `CREATE TABLE analytics.orders__dbt_tmp AS (${rows})`,
  'CREATE INDEX ON analytics.orders__dbt_tmp (updated_at, id)',
  'CREATE INDEX ON analytics.orders__dbt_tmp (built_at, id)',
  'ALTER TABLE IF EXISTS analytics.orders RENAME TO orders__dbt_backup',
  'ALTER TABLE analytics.orders__dbt_tmp RENAME TO orders',
  'DROP TABLE IF EXISTS analytics.orders__dbt_backup CASCADE',
];
const MODEL = 'SELECT id, order_no, email, total, updated_at, now() AS built_at FROM raw.orders';
const BUILD = ['BEGIN', ...swap(MODEL), 'COMMIT'];

const mappingText = (cursor: Cursor): string => `version: 1
name: orders
source:
  connection: warehouse
  table: analytics.orders
  primary_key: id
  cursor: { column: ${cursor}, start: beginning, lag: 0s, lookback: 1s }
event:
  event_name: Purchase
  event_time: =updated_at
  action_source: system_generated
  user_data: { em: =email }
  custom_data: { value: =total, currency: EUR, order_id: =order_no }
`;

const bed = async (cursor: Cursor) => {
  const url = await freshPostgres(`replaced_${cursor}`);
  const dbt = new pg.Client({ connectionString: url });
  await dbt.connect();
  const farSide = await openFarSide();
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-replaced-'));
  onTestFinished(async () => {
    await dbt.end();
    await farSide.close();
    rmSync(dir, { recursive: true, force: true });
  });
  mkdirSync(join(dir, 'mappings'));
  writeFileSync(join(dir, 'mappings/orders.yaml'), mappingText(cursor));
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1
connections: { warehouse: { connector: postgres, url: "\${WAREHOUSE_URL}" } }
destinations: { main: { dataset_id: "${DATASET}", access_token: "\${META_ACCESS_TOKEN}", base_url: "${farSide.url}" } }
`,
  );
  writeFileSync(join(dir, '.env'), `WAREHOUSE_URL=${url}\nMETA_ACCESS_TOKEN=${TOKEN}\n`);
  await queryPostgres(
    url,
    'CREATE SCHEMA raw',
    'CREATE SCHEMA analytics',
    'CREATE TABLE raw.orders (id int PRIMARY KEY, order_no text, email text, total numeric, updated_at timestamptz NOT NULL)',
  );

  /** Orders that the loader of the warehouse brings, each a second newer than the one before; `ago` in seconds of the first. */
  const load = async (from: number, to: number, ago: number): Promise<void> => {
    await queryPostgres(
      url,
      `INSERT INTO raw.orders SELECT n, 'A-' || n, 'buyer' || n || '@example.com', n, now() - make_interval(secs => ${ago} - (n - ${from}))
       FROM generate_series(${from}, ${to}) n`,
    );
  };
  /** With a client of its own, as dbt has one. */
  const build = async (statements: readonly string[] = BUILD): Promise<void> => {
    for (const statement of statements) await dbt.query(statement);
  };

  /** @param afterPage is called between two pages of the reading, with how many were read */
  const run = async (afterPage: (pages: number) => Promise<void> = async () => undefined): Promise<RunResult> => {
    const { project, mappings } = await loadAll(join(dir, 'config.yaml'));
    const [mapping] = mappings;
    if (!project || !mapping) throw new Error('the project of the test does not load');
    const { main } = project.config.destinations;
    const [source, post] = [await openSource(project, mapping), openDestination(main!)];
    const state = await openState(join(dir, 'state.db'));
    const watched: Source = {
      ...source,
      readPages: async function* (stream, range, signal) {
        for await (const page of source.readPages(stream, range, signal)) {
          pages += 1;
          await afterPage(pages);
          yield page;
        }
      },
    };
    let pages = 0;
    try {
      return await runMapping(mapping, {
        source: watched,
        state,
        post,
        datasetId: DATASET,
        concurrency: 2,
        owner: processOwner(),
        retry: DEFAULT_RETRY,
        now: Date.now,
        random: Math.random,
        sleep,
        stop: new AbortController().signal,
        abort: new AbortController().signal,
        sizes: { page: 50, batch: 20 },
        onProgress: () => undefined,
      });
    } finally {
      await post.close();
      await source.close();
      await state.close();
    }
  };
  /** The clock of the database has gone by what was built: the reading stays a second behind what might still be open. */
  const passTheHorizon = (): Promise<void> => wait(1_300);
  const arrived = (): { orders: number; most: number } => {
    const all = [...farSide.arrivals().values()];
    return { orders: all.length, most: Math.max(0, ...all.map(({ times, ids }) => Math.max(times, ids.size))) };
  };
  return { url, dbt, load, build, run, passTheHorizon, arrived };
};

const outcome = ({ status, counts: { read, sent, duplicate } }: RunResult) => ({ status, read, sent, duplicate });

describe('a model that is replaced between two runs', () => {
  it('with the time of its rows as cursor: only what is newer is read, nothing is sent twice', async () => {
    const { load, build, run, arrived } = await bed('updated_at');
    await load(1, 250, 7_200);
    await build();
    expect(outcome(await run())).toEqual({ status: 'succeeded', read: 250, sent: 250, duplicate: 0 });
    await build();
    // The row at the checkpoint and the second before it are read again, by `lookback`.
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', sent: 0 });
    await load(251, 270, 3_600);
    await build();
    const third = outcome(await run());
    expect(third).toMatchObject({ status: 'succeeded', sent: 20 });
    expect(third.read).toBeLessThan(25);
    expect(arrived()).toEqual({ orders: 270, most: 1 });
  });

  it('with the time of the build as cursor: all of it is read again, the ledger drops what was sent, a late row is found', async () => {
    const { load, build, run, passTheHorizon, arrived } = await bed('built_at');
    await load(1, 250, 7_200);
    await build();
    await passTheHorizon();
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', read: 250, sent: 250 });
    // Of another loader that came late: older than all that was sent.
    await load(251, 270, 86_400);
    await build();
    await passTheHorizon();
    expect(outcome(await run())).toEqual({ status: 'succeeded', read: 270, sent: 20, duplicate: 250 });
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', sent: 0 });
    expect(arrived()).toEqual({ orders: 270, most: 1 });
  });

  it('with the time of its rows as cursor: a row that comes with an older time than the checkpoint is not seen, beyond lookback', async () => {
    const { load, build, run, arrived } = await bed('updated_at');
    await load(1, 50, 7_200);
    await build();
    await run();
    await load(51, 60, 86_400);
    await build();
    // This is the limit that the docs name, and why they advise the time of the build.
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', sent: 0 });
    expect(arrived().orders).toBe(50);
  });

  it('by a build that is not committed while a run reads: the run sees the old table, the next one all of the new', async () => {
    const { load, build, run, passTheHorizon, dbt, arrived } = await bed('built_at');
    await load(1, 120, 7_200);
    await build();
    await passTheHorizon();
    await run();
    await load(121, 140, 3_600);
    await dbt.query('BEGIN');
    // Its time is that of BEGIN; the table is there only at the end.
    await dbt.query(`CREATE TABLE analytics.orders__dbt_tmp AS (${MODEL})`);
    await passTheHorizon();
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', sent: 0 });
    await build([...swap(MODEL).slice(1), 'COMMIT']);
    await passTheHorizon();
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', read: 140, sent: 20, duplicate: 120 });
    expect(arrived()).toEqual({ orders: 140, most: 1 });
  });
});

describe('a model that is replaced while a run reads it', () => {
  it('with the time of its rows as cursor: the run goes on in the new table where it was', async () => {
    const { load, build, run, arrived } = await bed('updated_at');
    await load(1, 250, 7_200);
    await build();
    // The new one has its columns in another order, and one more.
    const other = 'SELECT now() AS built_at, updated_at, total, email, order_no, id, 1 AS version FROM raw.orders';
    const first = await run(async (pages) => {
      if (pages !== 2) return;
      await load(251, 270, 3_600);
      await build(['BEGIN', ...swap(other), 'COMMIT']);
    });
    expect(outcome(first)).toEqual({ status: 'succeeded', read: 270, sent: 270, duplicate: 0 });
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', sent: 0 });
    expect(arrived()).toEqual({ orders: 270, most: 1 });
  });

  it('with the time of the build as cursor: the run ends with what it has, the next one sends the rest', async () => {
    const { load, build, run, passTheHorizon, arrived } = await bed('built_at');
    await load(1, 250, 7_200);
    await build();
    await passTheHorizon();
    const first = await run(async (pages) => {
      if (pages !== 2) return;
      await load(251, 270, 3_600);
      await build();
    });
    expect(first.status).toBe('succeeded');
    // All rows are of a later time now: none of them is in the range of this run.
    expect(first.counts.read).toBeLessThan(250);
    expect(first.counts.sent).toBe(first.counts.read);
    await passTheHorizon();
    const second = await run();
    expect(outcome(second)).toMatchObject({ status: 'succeeded', read: 270, sent: 270 - first.counts.sent });
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', sent: 0 });
    expect(arrived()).toEqual({ orders: 270, most: 1 });
  });

  it('by a drop and a later build: the run fails and says so, what it sent stays sent, the next run sends the rest', async () => {
    const { load, build, run, arrived } = await bed('updated_at');
    await load(1, 250, 7_200);
    await build();
    const cut = await run(async (pages) => {
      if (pages === 2) await build(['DROP TABLE analytics.orders']);
    });
    expect(cut).toMatchObject({ status: 'failed', exitCode: 3, error: { code: 'unknown-table' } });
    const { sent } = cut.counts;
    expect([cut.counts.read, arrived()]).toEqual([sent, { orders: sent, most: 1 }]);
    const gone = await run();
    expect(gone).toMatchObject({ status: 'failed', exitCode: 3, error: { code: 'unknown-table' } });
    await build(['BEGIN', ...swap(MODEL), 'COMMIT']);
    expect(outcome(await run())).toMatchObject({ status: 'succeeded', sent: 250 - sent });
    expect(arrived()).toEqual({ orders: 250, most: 1 });
  });
});
