import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CoreBed, CoreRow } from '../core-beds.ts';

export const sqliteCoreBed = (): CoreBed => {
  let folder = '';
  const filename = (): string => join(folder, 'source.db');
  const withDatabase = (work: (database: Database.Database) => void): void => {
    const database = new Database(filename());
    try {
      work(database);
    } finally {
      database.close();
    }
  };
  const insert = (database: Database.Database, rows: readonly CoreRow[]): void => {
    const statement = database.prepare('INSERT INTO core VALUES (?, ?, ?)');
    for (const { id, at, note } of rows) statement.run(id, at, note);
  };
  return {
    connector: 'sqlite',
    setUp: async () => {
      folder = mkdtempSync(join(tmpdir(), 'capi-sync-core-'));
    },
    tearDown: async () => rmSync(folder, { recursive: true, force: true }),
    options: () => ({ filename: filename() }),
    fill: async (rows) => {
      withDatabase((database) => {
        database.exec('DROP TABLE IF EXISTS core; CREATE TABLE core (id INTEGER NOT NULL, at TIMESTAMP, note TEXT)');
        database.exec('CREATE INDEX core_at ON core (at, id)');
        insert(database, rows);
      });
      return { table: 'core', primaryKey: ['id'], cursor: 'at', onNull: 'error' };
    },
    put: async (rows) =>
      withDatabase((database) => {
        const remove = database.prepare('DELETE FROM core WHERE id = ?');
        for (const { id } of rows) remove.run(id);
        insert(database, rows);
      }),
    columns: { id: 'id', at: 'at', note: 'note' },
    digits: 9,
    can: { nullCursor: true, repeatedKeys: true },
  };
};
