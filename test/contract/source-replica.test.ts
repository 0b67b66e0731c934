/**
 * A streaming replica of PostgreSQL, by a primary and a copy of its own: the writers are elsewhere, and what it shows may be old. The horizon has
 * to stay behind both, or rows that it replays later would lie behind the checkpoint.
 */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Horizon, Source } from '../../connectors/connector.ts';
import { postgres } from '../../connectors/postgres/index.ts';
import type { Server } from '../support/databases.ts';
import { queryPostgres } from '../support/databases-fresh.ts';
import { findBinaries, findProgram, startLocal } from '../support/databases-local.ts';

const missing =
  findBinaries('postgres') === undefined || findProgram('pg_basebackup') === undefined
    ? 'no local PostgreSQL with pg_basebackup: containers hold none that can be followed'
    : undefined;
if (missing) console.warn(`source-replica: skipped, ${missing}`);

describe.skipIf(missing)('a replica of PostgreSQL', () => {
  const servers: Server[] = [];
  let source: Source;
  let onPrimary: (...statements: string[]) => Promise<Record<string, unknown>[]>;
  let onReplica: typeof onPrimary;
  const spec = { table: 'orders', primaryKey: ['id'], cursor: 'at', onNull: 'error' } as const;

  beforeAll(async () => {
    const primary = await startLocal('postgres');
    servers.push(primary);
    onPrimary = (...statements) => queryPostgres(primary.url, ...statements);
    await onPrimary('CREATE TABLE orders (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())');
    const replica = await startLocal('postgres', primary.url);
    servers.push(replica);
    onReplica = (...statements) => queryPostgres(replica.url, ...statements);
    source = await postgres.open({ url: replica.url }, { baseDir: '/' });
  }, 90_000);
  afterAll(async () => {
    await source?.close();
    for (const server of servers.reverse()) await server.stop();
  });

  const horizon = async (lag: number): Promise<Horizon> => source.horizon(await source.describe(spec), lag, 900);
  const iso = (text: string): number => Date.parse(`${text.replace(' ', 'T').replace(/\+00$/, '')}Z`);
  const heldBack = ({ before, now }: Horizon): number => (Date.parse(now) - iso(before ?? '')) / 1000;
  const shown = async (id: number): Promise<boolean> => {
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await onReplica(`SELECT 1 FROM orders WHERE id = ${id}`)).length > 0) return true;
      await wait(50);
    }
    return false;
  };
  const read = async (from: string | undefined, before: string | undefined): Promise<number[]> => {
    const range = { columns: ['id'], ...(from && { from }), ...(before && { before }), pageSize: 100 };
    const stream = await source.describe(spec);
    const ids: number[] = [];
    for await (const page of source.readPages(stream, range, new AbortController().signal))
      ids.push(...page.rows.map(([id]) => Number(id)));
    return ids;
  };

  it('that keeps up goes by its clock and the lag: transactions of the primary cannot be seen', async () => {
    const writer = new pg.Client({ connectionString: servers[0]?.url });
    await writer.connect();
    onTestFinished(() => writer.end());
    await onPrimary('INSERT INTO orders VALUES (1)');
    expect(await shown(1)).toBe(true);
    await writer.query('BEGIN');
    await writer.query('INSERT INTO orders VALUES (2)');
    await writer.query('SELECT pg_sleep(1)');
    const seen = await horizon(0);
    expect(seen).toMatchObject({ guard: 'lag', isStalled: false, behind: 0 });
    expect(seen.openFor).toBeUndefined();
    expect(heldBack(seen)).toBeLessThan(0.5);
    await writer.query('ROLLBACK');
    const facts = await source.inspect?.server();
    expect(facts).toMatchObject({ isReadOnly: true, transactions: undefined });
  });

  it('that falls behind holds the reading back to the last commit it shows, and no row is lost', async () => {
    await onPrimary('INSERT INTO orders VALUES (10)');
    expect(await shown(10)).toBe(true);
    await onReplica('SELECT pg_wal_replay_pause()');
    // The pause takes hold with the next record.
    await onPrimary('INSERT INTO orders VALUES (11)');
    await onPrimary('SELECT pg_sleep(1.5)', 'INSERT INTO orders VALUES (12)');
    const held = await horizon(0);
    expect(held.guard).toBe('lag');
    expect(held.behind).toBeGreaterThan(1.4);
    expect(heldBack(held)).toBeGreaterThan(1.4);
    const before = await read(undefined, held.before);
    await onReplica('SELECT pg_wal_replay_resume()');
    expect(await shown(12)).toBe(true);
    const after = await read(held.before, undefined);
    // What a clock alone would have passed over.
    expect(after).toContain(12);
    expect([...before, ...after]).toEqual([1, 10, 11, 12]);
    expect((await horizon(0)).behind).toBe(0);
  });

  it('whose primary is gone does not take silence for being up to date', async () => {
    await servers.shift()?.stop();
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await onReplica('SELECT 1 FROM pg_stat_wal_receiver')).length === 0) break;
      await wait(50);
    }
    await wait(1_100);
    const alone = await horizon(0);
    expect(alone.behind).toBeGreaterThan(1);
    expect(heldBack(alone)).toBeCloseTo(alone.behind ?? 0, 1);
  });
});
