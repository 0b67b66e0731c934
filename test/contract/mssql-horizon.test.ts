/** What keeps late commits of SQL Server out, on the stand-in: rowversions, and times behind open transactions. */
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Bounds, Source, Stream } from '../../connectors/connector.ts';
import { mssql } from '../../connectors/mssql/index.ts';
import { DATABASE, PASSWORD, type SqlServer, startSqlServer, USER } from '../support/tds-engine.ts';

let server: SqlServer;
let source: Source;

beforeAll(async () => {
  server = await startSqlServer();
  source = await mssql.open(
    { host: '127.0.0.1', port: server.port, user: USER, password: PASSWORD, database: DATABASE },
    { baseDir: tmpdir() },
  );
});
afterAll(async () => {
  await source.close();
  await server.close();
});
beforeEach(async () => {
  server.rights.seesServer = true;
  server.setReadOnly(false);
  await server.create({
    name: 'orders',
    columns: [
      { name: 'id', type: 'int', notNull: true },
      { name: 'at', type: 'datetime2(7)', notNull: true },
      { name: 'rv', type: 'timestamp', notNull: true },
    ],
  });
});

const describeBy = (cursor: 'rv' | 'at'): Promise<Stream> =>
  source.describe({ table: 'orders', primaryKey: ['id'], cursor, timezone: 'UTC', onNull: 'error' });

const now = (): string => new Date().toISOString().replace('T', ' ').replace('Z', '');

const read = async (stream: Stream, range: Bounds): Promise<{ ids: string[]; end: Bounds['after'] }> => {
  const ids: string[] = [];
  let end: Bounds['after'];
  for await (const page of source.readPages(
    stream,
    { columns: ['id'], pageSize: 3, ...range },
    new AbortController().signal,
  )) {
    ids.push(...page.rows.map(([id]) => String(id)));
    end = page.end;
  }
  return { ids, end };
};

/** Runs after one another, each to the bound that it is given, from where the one before ended. */
const follower = (stream: Stream, bound: () => Promise<string | undefined>) => {
  let after: Bounds['after'];
  const seen: string[] = [];
  return {
    seen,
    run: async (): Promise<void> => {
      const before = await bound();
      const { ids, end } = await read(stream, {
        ...(after === undefined ? {} : { after }),
        ...(before === undefined ? {} : { before }),
      });
      seen.push(...ids);
      after = end ?? after;
    },
  };
};

describe('a rowversion', () => {
  it('counts numbers, as text of a bigint, and its bound is exact without any lag', async () => {
    await server.insert('orders', { id: 1, at: now() }, { id: 2, at: now() });
    const stream = await describeBy('rv');
    expect(stream.cursorUnit).toBe('number');
    expect(stream.cursorColumn).toMatchObject({ kind: 'integer', type: 'rowversion' });
    const horizon = await source.horizon(stream, 3600, 900);
    expect(horizon).toMatchObject({ guard: 'transactions', openFor: undefined });
    expect((await read(stream, { before: horizon.before! })).ids).toEqual(['1', '2']);
    expect(horizon.before).toMatch(/^\d+$/);
    await expect(source.cursorAt(stream, '2026-11-20T10:00:00Z')).rejects.toMatchObject({ code: 'cursor-type' });
  });

  it('that is lower and committed later is not lost; a reader that takes the largest one as its end loses it', async () => {
    await server.insert('orders', { id: 1, at: now() });
    const stream = await describeBy('rv');
    const ours = follower(stream, async () => (await source.horizon(stream, 0, 900)).before);
    const control = follower(stream, async () => undefined);
    await ours.run();
    await control.run();

    const slow = await server.begin();
    await slow.insert('orders', { id: 2, at: now() });
    await server.insert('orders', { id: 3, at: now() }, { id: 4, at: now() });
    await ours.run();
    await control.run();
    expect(ours.seen).toEqual(['1']);
    expect((await source.horizon(stream, 0, 900)).openFor).toBeGreaterThanOrEqual(0);

    await slow.commit();
    await ours.run();
    await control.run();
    expect(ours.seen).toEqual(['1', '2', '3', '4']);
    expect(control.seen).toEqual(['1', '3', '4']);
  });

  it('of a transaction that was rolled back holds nothing up any more', async () => {
    const undone = await server.begin();
    await undone.insert('orders', { id: 1, at: now() });
    await server.insert('orders', { id: 2, at: now() });
    const stream = await describeBy('rv');
    const bound = async (): Promise<string> => (await source.horizon(stream, 0)).before!;
    expect((await read(stream, { before: await bound() })).ids).toEqual([]);
    await undone.rollback();
    expect((await read(stream, { before: await bound() })).ids).toEqual(['2']);
  });

  it('loses nothing under writers that commit in any order, while the control does', async () => {
    await server.insert('orders', { id: 0, at: now() });
    const stream = await describeBy('rv');
    const ours = follower(stream, async () => (await source.horizon(stream, 0)).before);
    const control = follower(stream, async () => undefined);
    // Three transactions at a time; of each three the first to write is the last to commit.
    for (let round = 0; round < 12; round += 1) {
      const open = await Promise.all([server.begin(), server.begin(), server.begin()]);
      for (const [at, transaction] of open.entries())
        await transaction.insert('orders', { id: 1 + round * 3 + at, at: now() });
      for (const transaction of open.reverse()) {
        await transaction.commit();
        await Promise.all([ours.run(), control.run()]);
      }
    }
    await ours.run();
    const all = Array.from({ length: 37 }, (_, id) => String(id));
    expect(ours.seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(all);
    expect(new Set(control.seen).size).toBeLessThan(37);
  });

  it('is reckoned with by its number: the lookback, and a row that is changed comes again behind all others', async () => {
    await server.insert('orders', { id: 1, at: now() }, { id: 2, at: now() });
    const stream = await describeBy('rv');
    const { end } = await read(stream, {});
    expect(await source.shiftBack(stream, end!.cursor, 1)).toBe(String(BigInt(end!.cursor) - 1n));
    expect(await source.shiftBack(stream, '5', 1000)).toBe('0');
    expect((await read(stream, { from: await source.shiftBack(stream, end!.cursor, 1000) })).ids).toEqual(['1', '2']);
    expect((await read(stream, { from: '-5' })).ids).toEqual(['1', '2']);
    const change = await server.begin();
    await change.update('orders', { id: 1 }, { at: now() });
    await change.commit();
    expect((await read(stream, { after: end! })).ids).toEqual(['1']);
  });

  it('of a secondary is not said to be guarded: its writers are elsewhere', async () => {
    server.setReadOnly(true);
    expect((await source.horizon(await describeBy('rv'), 0)).guard).toBe('lag');
  });
});

describe('a time', () => {
  it('stays behind the oldest open transaction, so that a late commit is not lost; by the lag alone it is', async () => {
    const stream = await describeBy('at');
    const ours = follower(stream, async () => (await source.horizon(stream, 0, 900)).before);
    const control = follower(stream, async () => (await source.horizon(stream, 0, 0)).before);
    const slow = await server.begin();
    await slow.insert('orders', { id: 1, at: now() });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await server.insert('orders', { id: 2, at: now() });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await Promise.all([ours.run(), control.run()]);
    expect(ours.seen).toEqual([]);
    expect(control.seen).toEqual(['2']);
    const held = await source.horizon(stream, 0, 900);
    expect(held).toMatchObject({ guard: 'transactions', isStalled: false });
    expect(held.openFor).toBeGreaterThan(0.02);

    await slow.commit();
    await Promise.all([ours.run(), control.run()]);
    expect(ours.seen).toEqual(['1', '2']);
    expect(control.seen).toEqual(['2']);
  });

  it('is held up no longer than max_stall, and says so', async () => {
    const stream = await describeBy('at');
    const slow = await server.begin();
    await slow.insert('orders', { id: 1, at: now() });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stalled = await source.horizon(stream, 0, 1);
    expect(stalled.isStalled).toBe(true);
    expect(Date.parse(stalled.now) - Date.parse(`${stalled.before!.replace(' ', 'T')}Z`)).toBeGreaterThanOrEqual(1000);
    await slow.rollback();
  });

  it('is left to the lag where the login may not see the server, or the writers are elsewhere', async () => {
    const stream = await describeBy('at');
    const slow = await server.begin();
    await slow.insert('orders', { id: 1, at: now() });
    server.rights.seesServer = false;
    expect(await source.horizon(stream, 60, 900)).toMatchObject({ guard: 'lag', openFor: undefined });
    server.rights.seesServer = true;
    server.setReadOnly(true);
    expect((await source.horizon(stream, 60, 900)).guard).toBe('lag');
    await slow.rollback();
  });
});
