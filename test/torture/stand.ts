/**
 * Makes a process stand still in the middle of a statement on its state, by a trigger in the database: in SQLite one that counts for ever, on
 * PostgreSQL one that waits for a lock that the test holds. The product knows nothing of it.
 */
import { existsSync, statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import pg from 'pg';
import type { StateBed } from '../contract/state-beds.ts';
import { queryPostgres } from '../support/databases-fresh.ts';

/** `when`: SQL on NEW and OLD; `t` names a table of the state, `hex` a key as text. */
export type Place = {
  readonly event: 'BEFORE INSERT' | 'BEFORE UPDATE' | 'BEFORE DELETE';
  readonly table: string;
  readonly when: (t: (table: string) => string, hex: (column: string) => string) => string;
};

export type Stand = {
  /** Resolves when the process stands there. @throws when `gone` resolves first */
  readonly reached: (gone: Promise<unknown>) => Promise<void>;
  /** Nothing stands still any more; what the process that died had begun is undone. */
  readonly clear: () => Promise<void>;
};

const poll = async (isThere: () => boolean | Promise<boolean>, gone: Promise<unknown>): Promise<void> => {
  let isGone = false;
  void gone.then(() => {
    isGone = true;
  });
  while (!(await isThere())) {
    if (isGone) throw new Error('the process ended before it came to this point');
    await wait(5);
  }
};

/** More than the product's page cache holds: what does not fit is seen in the journal, long before anything is committed. */
const SPILT_ROWS = 16_000;
const SEEN_BYTES = 4_000_000;

const ofFile = (file: string, { event, table, when }: Place): Stand => {
  const inFile = (work: (db: Database.Database) => void): void => {
    const db = new Database(file, { timeout: 5000 });
    try {
      work(db);
    } finally {
      db.close();
    }
  };
  const condition = when(
    (name) => name,
    (column) => `lower(hex(${column}))`,
  );
  const numbers = (below: number): string =>
    `WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ${below}) SELECT`;
  inFile((db) =>
    db.exec(`CREATE TABLE spilt (bytes BLOB);
      CREATE TRIGGER stand ${event} ON ${table} WHEN ${condition} BEGIN
        INSERT INTO spilt ${numbers(SPILT_ROWS)} randomblob(1000) FROM n;
        SELECT count(*) FROM (${numbers(1e12)} i FROM n);
      END;
      PRAGMA wal_checkpoint(TRUNCATE)`),
  );
  return {
    reached: (gone) => poll(() => existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > SEEN_BYTES, gone),
    clear: async () =>
      inFile((db) =>
        db.exec('DROP TRIGGER IF EXISTS stand; DROP TABLE IF EXISTS spilt; PRAGMA wal_checkpoint(TRUNCATE)'),
      ),
  };
};

const LOCK = 4711;
const OTHERS = 'datname = current_database() AND pid <> pg_backend_pid()';

const ofPostgres = async (url: string, schema: string, { event, table, when }: Place): Promise<Stand> => {
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const condition = when(
    (name) => `${schema}.${name}`,
    (column) => `encode(${column}, 'hex')`,
  );
  await holder.query(`CREATE OR REPLACE FUNCTION ${schema}.stand() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF ${condition} THEN PERFORM pg_advisory_xact_lock(${LOCK}); END IF; RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$`);
  await holder.query(
    `CREATE TRIGGER stand ${event} ON ${schema}.${table} FOR EACH ROW EXECUTE FUNCTION ${schema}.stand()`,
  );
  const waits = async (): Promise<boolean> => {
    const { rows } = await holder.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
    return rows.length > 0;
  };
  return {
    reached: (gone) => poll(waits, gone),
    clear: async () => {
      // As the server does when it finds the connection gone.
      await queryPostgres(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OTHERS} AND application_name = 'capi-sync'`,
      );
      await holder.query(`DROP TRIGGER IF EXISTS stand ON ${schema}.${table}`);
      await holder.end();
    },
  };
};

export const standAt = async (bed: StateBed, place: Place): Promise<Stand> => {
  const state = bed.place();
  if (typeof state === 'string') return ofFile(state, place);
  if (state.client !== 'postgres') throw new Error(`no way to stand still on ${state.client}`);
  return ofPostgres(String(state.url), state.schema, place);
};
