/** Where a run's reading ends: behind open transactions where they can be seen, by the lag alone where not, and what it says of that. */
import Database from 'better-sqlite3';
import mysql2 from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Horizon, Source } from '../../connectors/connector.ts';
import { type Bed, collect, mysqlBed, openBed, postgresBed, spec, sqliteBed } from './source-beds.ts';

const seconds = (from: string, to: string): number => (Date.parse(iso(to)) - Date.parse(iso(from))) / 1000;
/** Cursor text of either server as ISO. */
const iso = (text: string): string => `${text.replace(' ', 'T').replace(/(\+00|Z)$/, '')}Z`;
const heldBack = ({ before, now }: Horizon): number => seconds(before!, now);

/** Longer than any transaction of these tests. */
const PATIENT = 900;

async function horizonOf(
  bed: Bed,
  options: Record<string, unknown>,
  lag: number,
  maxStall = PATIENT,
): Promise<Horizon> {
  const source = await openBed(bed, { ...bed.options(), ...options });
  try {
    return await source.horizon(await source.describe(spec(bed, { table: 'late' })), lag, maxStall);
  } finally {
    await source.close();
  }
}

const as = (bed: Bed, user: string): { url: string } => {
  const url = new URL(String(bed.options().url));
  url.username = user;
  url.password = 'horizon';
  return { url: url.toString() };
};

describe('postgres', () => {
  const bed = postgresBed('source_horizon');
  let writer: pg.Client;

  beforeAll(async () => {
    await bed.setUp();
    const role = (name: string, more: string): string =>
      `DO $$ BEGIN CREATE ROLE ${name} LOGIN PASSWORD 'horizon' ${more}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`;
    await bed.execute(
      'CREATE TABLE late (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
      role('horizon_plain', ''),
      role('horizon_stats', ''),
      role('horizon_noinherit', 'NOINHERIT'),
      'GRANT pg_read_all_stats TO horizon_stats, horizon_noinherit',
      'GRANT SELECT ON late TO horizon_plain, horizon_stats, horizon_noinherit',
    );
    writer = new pg.Client({ connectionString: String(bed.options().url) });
    await writer.connect();
  });
  afterAll(() => writer.end());

  it('knows by its privilege whether it sees transactions, a member that does not inherit included', async () => {
    await writer.query('BEGIN');
    await writer.query('INSERT INTO late VALUES (1)');
    await writer.query('SELECT pg_sleep(1.2)');
    try {
      for (const user of ['horizon_plain', 'horizon_noinherit']) {
        const blind = await horizonOf(bed, as(bed, user), 0);
        expect(blind).toMatchObject({ guard: 'lag', isStalled: false });
        expect(blind.openFor).toBeUndefined();
        expect(heldBack(blind)).toBeLessThan(0.1);
      }
      const seeing = await horizonOf(bed, as(bed, 'horizon_stats'), 0);
      expect(seeing).toMatchObject({ guard: 'transactions', isStalled: false });
      expect(seeing.openFor).toBeGreaterThan(1);
      expect(heldBack(seeing)).toBeGreaterThan(2);
      expect((await horizonOf(bed, {}, 0, 0)).guard).toBe('lag');
    } finally {
      await writer.query('ROLLBACK');
    }
    expect((await horizonOf(bed, as(bed, 'horizon_stats'), 0)).openFor).toBeUndefined();
  });

  it('waits for a transaction so long and no longer, and says when it no longer waits', async () => {
    await writer.query('BEGIN');
    await writer.query('INSERT INTO late VALUES (1)');
    await writer.query('SELECT pg_sleep(2.5)');
    try {
      const stalled = await horizonOf(bed, {}, 1, 2);
      expect(stalled.isStalled).toBe(true);
      expect(heldBack(stalled)).toBeCloseTo(3, 2);
      const waiting = await horizonOf(bed, {}, 1, 60);
      expect(waiting.isStalled).toBe(false);
      expect(heldBack(waiting)).toBeGreaterThan(3.4);
    } finally {
      await writer.query('ROLLBACK');
    }
  });

  it('stays back for a prepared transaction as far as it may, because its beginning is not shown', async (context) => {
    const { rows } = await writer.query('SHOW max_prepared_transactions');
    if (rows[0].max_prepared_transactions === '0') return context.skip();
    await writer.query('BEGIN');
    await writer.query('INSERT INTO late VALUES (7)');
    await writer.query('SELECT pg_sleep(1)');
    await writer.query("PREPARE TRANSACTION 'horizon'");
    const source = await openBed(bed);
    try {
      const stream = await source.describe(spec(bed, { table: 'late' }));
      const horizon = await source.horizon(stream, 0, 30);
      expect(heldBack(horizon)).toBeCloseTo(30, 2);
      expect(horizon.isStalled).toBe(false);
      await writer.query("COMMIT PREPARED 'horizon'");
      // Its row carries the time at which it began, a second before it was prepared: it has not been read past.
      const later = await collect(source, stream, { columns: ['id'], from: horizon.before! });
      expect(later.rows).toEqual([['7']]);
    } finally {
      await source.close();
      await writer.query('DELETE FROM late');
    }
  });

  it('counts rows of the future, infinity too, up to a thousand', async () => {
    await bed.execute("INSERT INTO late VALUES (1, now()), (2, now() + interval '1 hour'), (3, 'infinity')");
    expect((await horizonOf(bed, {}, 60)).future).toBe(2);
    await bed.execute("INSERT INTO late SELECT n, 'infinity' FROM generate_series(10, 3000) AS n");
    expect((await horizonOf(bed, {}, 60)).future).toBe(1000);
    await bed.execute('DELETE FROM late');
    expect((await horizonOf(bed, {}, 60)).future).toBe(0);
  });
});

describe('mysql', () => {
  const bed = mysqlBed('source_horizon');
  let writer: mysql2.Connection;

  beforeAll(async () => {
    await bed.setUp();
    await bed.execute(
      'CREATE TABLE late (id int PRIMARY KEY, at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6))',
      "CREATE USER IF NOT EXISTS horizon_plain@'%' IDENTIFIED BY 'horizon'",
      "CREATE USER IF NOT EXISTS horizon_process@'%' IDENTIFIED BY 'horizon'",
      "GRANT SELECT ON source_horizon.* TO horizon_plain@'%'",
      "GRANT SELECT ON source_horizon.* TO horizon_process@'%'",
      "GRANT PROCESS ON *.* TO horizon_process@'%'",
    );
    writer = await mysql2.createConnection({ uri: String(bed.options().url) });
  });
  afterAll(() => writer.end());

  it('sees transactions with the privilege PROCESS, and goes by the lag without it', async () => {
    await writer.query('BEGIN');
    await writer.query('INSERT INTO late (id) VALUES (1)');
    await writer.query('SELECT SLEEP(1.2)');
    try {
      const blind = await horizonOf(bed, as(bed, 'horizon_plain'), 0);
      expect(blind).toMatchObject({ guard: 'lag', isStalled: false });
      expect(heldBack(blind)).toBeLessThan(0.1);
      const seeing = await horizonOf(bed, as(bed, 'horizon_process'), 0);
      expect(seeing).toMatchObject({ guard: 'transactions', isStalled: false });
      expect(seeing.openFor).toBeGreaterThan(1);
      expect(heldBack(seeing)).toBeGreaterThan(3);
      // Zone-less columns too.
      expect((await horizonOf(bed, as(bed, 'horizon_process'), 0, 0)).guard).toBe('lag');
    } finally {
      await writer.query('ROLLBACK');
    }
  });

  it('waits for a transaction so long and no longer, and says when it no longer waits', async () => {
    await writer.query('BEGIN');
    await writer.query('INSERT INTO late (id) VALUES (1)');
    await writer.query('SELECT SLEEP(3)');
    try {
      const stalled = await horizonOf(bed, {}, 1, 2);
      expect(stalled.isStalled).toBe(true);
      expect(heldBack(stalled)).toBeCloseTo(3, 2);
      expect((await horizonOf(bed, {}, 1, 60)).isStalled).toBe(false);
    } finally {
      await writer.query('ROLLBACK');
    }
  });

  it('stays behind a transaction so young that the server does not yet tell of it', async () => {
    const source = await openBed(bed);
    try {
      const stream = await source.describe(spec(bed, { table: 'late' }));
      for (let n = 0; n < 20; n += 1) {
        // What the server says of transactions is up to a tenth of a second old: now it is fresh, and knows of none.
        await source.horizon(stream, 0, PATIENT);
        await writer.query('BEGIN');
        await writer.query('INSERT INTO late (id, at) VALUES (77, UTC_TIMESTAMP(6))');
        const horizon = await source.horizon(stream, 0, PATIENT);
        const [rows] = await writer.query(
          "SELECT DATE_FORMAT(at, '%Y-%m-%d %H:%i:%s.%f') AS at FROM late WHERE id = 77",
        );
        await writer.query('ROLLBACK');
        expect(seconds(horizon.before!, (rows as { at: string }[])[0]!.at)).toBeGreaterThanOrEqual(0);
        await writer.query('SELECT SLEEP(0.15)');
      }
    } finally {
      await source.close();
    }
  });

  it('does not wait for transactions that only read', async () => {
    await writer.query('SELECT SLEEP(0.3)'); // what the server says of transactions may be a tenth of a second old
    await writer.query('START TRANSACTION READ ONLY');
    await writer.query('SELECT * FROM late');
    try {
      expect((await horizonOf(bed, {}, 0)).openFor).toBeUndefined();
    } finally {
      await writer.query('COMMIT');
    }
  });

  it('stays behind a statement that waits for a lock, whose rows will carry the time at which it began', async () => {
    const inserter = await mysql2.createConnection({ uri: String(bed.options().url) });
    await writer.query('LOCK TABLES late WRITE');
    const waiting = inserter.query('INSERT INTO late (id) VALUES (5)');
    await writer.query('SELECT SLEEP(2.1)');
    const source = await openBed(bed);
    try {
      // Described by another table: this one is locked.
      const query = { query: 'SELECT 1 AS id, UTC_TIMESTAMP(6) AS at', timezone: 'UTC' };
      const horizon = await source.horizon(await source.describe(spec(bed, query)), 0, PATIENT);
      expect(horizon.openFor).toBeGreaterThan(1.5);
      await writer.query('UNLOCK TABLES');
      await waiting;
      const stream = await source.describe(spec(bed, { table: 'late' }));
      expect((await collect(source, stream, { columns: ['id'], from: horizon.before! })).rows).toEqual([['5']]);
    } finally {
      await writer.query('UNLOCK TABLES');
      await source.close();
      await inserter.end();
      await writer.query('DELETE FROM late');
    }
  });

  it('counts rows of the future', async () => {
    await bed.execute(
      "INSERT INTO late VALUES (1, NOW(6) - INTERVAL 1 MINUTE), (2, NOW(6) + INTERVAL 1 HOUR), (3, '2037-01-01')",
    );
    expect((await horizonOf(bed, {}, 60)).future).toBe(2);
  });
});

describe('sqlite', () => {
  const bed = sqliteBed();
  let source: Source;
  let writer: Database.Database;
  const read = async (from?: string): Promise<unknown[]> => {
    const stream = await source.describe(spec(bed, { table: 'late' }));
    return (await collect(source, stream, { columns: ['id'], ...(from !== undefined && { from }) })).rows.map((row) =>
      Number(row[0]),
    );
  };

  beforeAll(async () => {
    await bed.setUp();
    await bed.execute(
      "CREATE TABLE late (id integer PRIMARY KEY, at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')))",
    );
    writer = new Database(String(bed.options().filename));
    source = await openBed(bed);
  });
  afterAll(async () => {
    await source.close();
    writer.close();
    await bed.tearDown();
  });

  it('reads beside an open writer in WAL mode, and its rows come after all that were read', async () => {
    writer.pragma('journal_mode = WAL');
    writer.exec('INSERT INTO late (id) VALUES (1); BEGIN IMMEDIATE; INSERT INTO late (id) VALUES (2)');
    const stream = await source.describe(spec(bed, { table: 'late' }));
    expect(await source.horizon(stream, 0)).toMatchObject({ guard: 'single-writer', future: 0 });
    const { pages, rows } = await collect(source, stream, { columns: ['id'] });
    expect(rows).toEqual([[1n]]);
    const other = new Database(String(bed.options().filename), { timeout: 0 });
    expect(() => other.exec('INSERT INTO late (id) VALUES (3)')).toThrow(/locked/);
    writer.exec('COMMIT');
    other.exec('INSERT INTO late (id) VALUES (4)');
    other.close();
    const later = await collect(source, stream, { columns: ['id'], after: pages[0]!.end });
    expect(later.rows).toEqual([[2n], [4n]]);
  });

  it('is interrupted, and can be tried again, while a writer without WAL holds the file', async () => {
    await source.close();
    writer.close();
    writer = new Database(String(bed.options().filename));
    expect(writer.pragma('journal_mode = DELETE', { simple: true })).toBe('delete');
    source = await openBed(bed);
    writer.exec('BEGIN EXCLUSIVE');
    await expect(read()).rejects.toMatchObject({ code: 'source-interrupted' });
    writer.exec('COMMIT');
    expect(await read()).toEqual([1, 2, 4]);
  });

  it('counts rows of the future, in the zone of the column', async () => {
    writer.exec("INSERT INTO late VALUES (9, strftime('%Y-%m-%d %H:%M:%f', 'now', '+90 minutes'))");
    const future = async (timezone: string): Promise<unknown> =>
      (await source.horizon(await source.describe(spec(bed, { table: 'late', timezone })), 0)).future;
    expect(await future('UTC')).toBe(1);
    expect(await future('Asia/Kolkata')).toBe(0);
    expect(await future('Pacific/Honolulu')).toBe(4);
  });

  it('stops at a checkpoint that is written otherwise than the column is now', async () => {
    const before = await source.describe(spec(bed, { table: 'late' }));
    const { end } = (await collect(source, before, { columns: ['id'] })).pages[0]!;
    writer.exec("UPDATE late SET at = replace(at, ' ', 'T')");
    const stream = await source.describe(spec(bed, { table: 'late' }));
    const message = expect.stringMatching(/now holds YYYY-MM-DDTHH:MM:SS.fff/);
    await expect(collect(source, stream, { columns: ['id'], after: end })).rejects.toMatchObject({
      code: 'cursor-format',
      message,
    });
    await expect(source.shiftBack(stream, end.cursor, 60)).rejects.toMatchObject({ code: 'cursor-format' });
    const numbers = await source.describe(spec(bed, { table: 'late', cursor: 'id' }));
    await expect(source.shiftBack(numbers, end.cursor, 60)).rejects.toMatchObject({ code: 'cursor-format' });
    writer.exec('DELETE FROM late');
    expect(await read()).toEqual([]);
  });
});
