/** Looks into the state that a killed process left, in a copy: recovering the journal is left to the next run. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Outcomes } from '../support/sync-project.ts';

export type DeadState = {
  /** Batches sent by the last owner without a recorded outcome: id → events. */
  readonly inFlight: ReadonlyMap<number, number>;
  /** Counts of every run that had an end. */
  readonly runs: readonly Outcomes[];
  /** What SQLite itself says of the file. */
  readonly integrity: string;
};

const NOTHING: DeadState = { inFlight: new Map(), runs: [], integrity: 'ok' };

export const lookIntoState = (file: string): DeadState => {
  if (!existsSync(file)) return NOTHING;
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-look-'));
  try {
    for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, join(dir, `state.db${end}`));
    const db = new Database(join(dir, 'state.db'));
    try {
      const integrity = String(db.pragma('integrity_check', { simple: true }));
      if (!db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'run'`).get()) return { ...NOTHING, integrity };
      const sent = db
        .prepare(`SELECT id, events FROM batch WHERE state = 'SENT' AND epoch = (SELECT max(epoch) FROM lease)`)
        .all() as { id: number; events: number }[];
      const ended = db.prepare('SELECT counts FROM run WHERE counts IS NOT NULL').all() as { counts: string }[];
      return {
        inFlight: new Map(sent.map(({ id, events }) => [id, events])),
        runs: ended.map(({ counts }) => JSON.parse(counts)),
        integrity,
      };
    } finally {
      db.close();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};
