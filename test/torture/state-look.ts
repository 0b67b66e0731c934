/** What a process that died left in the state, as SQL says it, past the product's own store. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { StateBed } from '../contract/state-beds.ts';
import { queryMysql, queryPostgres } from '../support/databases-fresh.ts';

type Row = Record<string, unknown>;

export type StateLook = {
  /** Keys that were sent and of which no outcome is known, each once. */
  readonly inDoubt: ReadonlySet<string>;
  /** Keys that count as arrived: in the ledger, or in a batch that was acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** Counts of every run that had an end. */
  readonly runs: readonly Record<'read' | 'sent' | 'duplicate' | 'filtered' | 'rejected' | 'expired', number>[];
};

const KEY = 16;
const keysIn = (bytes: Buffer): string[] =>
  Array.from({ length: bytes.length / KEY }, (_, n) => bytes.subarray(n * KEY, (n + 1) * KEY).toString('hex'));

const TABLES = ['batch', 'batch_key', 'ledger', 'run'] as const;
type Tables = Readonly<Record<(typeof TABLES)[number], Row[]>>;

/** A copy: to recover the journal is left to the next run. */
const tablesOfFile = (file: string): Tables => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-look-'));
  try {
    for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, join(dir, `state.db${end}`));
    const db = new Database(join(dir, 'state.db'));
    try {
      const integrity = String(db.pragma('integrity_check', { simple: true }));
      if (integrity !== 'ok') throw new Error(`the state is damaged: ${integrity}`);
      // A process may have died before it made its tables.
      const there = new Set(db.prepare('SELECT name FROM sqlite_master').pluck().all());
      const all = (table: string): Row[] =>
        there.has(table) ? (db.prepare(`SELECT * FROM ${table}`).all() as Row[]) : [];
      return { batch: all('batch'), batch_key: all('batch_key'), ledger: all('ledger'), run: all('run') };
    } finally {
      db.close();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

/** Until the server has noticed that the process is gone: what it was about to commit is decided then. */
const sessionsEnded = async (client: 'postgres' | 'mysql', url: string): Promise<void> => {
  for (let n = 0; n < 1000; n += 1) {
    const open =
      client === 'postgres'
        ? await queryPostgres(
            url,
            'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
          )
        : await queryMysql(
            url,
            'SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()',
          );
    if (open.length === 0) return;
    await wait(10);
  }
  throw new Error('sessions of the process that died stay open');
};

export const lookAt = async (bed: StateBed): Promise<StateLook> => {
  const place = bed.place();
  let tables: Tables;
  if (typeof place === 'string') tables = tablesOfFile(place);
  else {
    await sessionsEnded(place.client, String(place.url));
    const [batch, batchKey, ledger, run] = await Promise.all(TABLES.map((table) => bed.rows(table)));
    tables = { batch, batch_key: batchKey, ledger, run } as Tables;
  }
  const stateOf = new Map(tables.batch.map(({ id, state }) => [id, state]));
  const keysOf = (state: string): string[] =>
    tables.batch_key
      .filter(({ batch_id: id }) => stateOf.get(id) === state)
      .flatMap(({ keys }) => keysIn(keys as Buffer));
  const acknowledged = new Set([...keysOf('ACKED'), ...tables.ledger.map(({ k }) => (k as Buffer).toString('hex'))]);
  return {
    inDoubt: new Set(keysOf('SENT').filter((key) => !acknowledged.has(key))),
    acknowledged,
    runs: tables.run.filter(({ counts }) => counts !== null).map(({ counts }) => JSON.parse(String(counts))),
  };
};
