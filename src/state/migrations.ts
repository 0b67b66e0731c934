/**
 * The state's tables: an ordered list of migrations, forward only. SQLite and PostgreSQL run each in a transaction; on MySQL, where every
 * change of a table commits, each can be run again after it was cut off.
 * State holds identities and outcomes only: no personal data (hashed or plain), no payload, no secret (design: delivery).
 */
import type { Knex } from 'knex';
import { EXIT, FatalError } from '../errors.ts';
import { dialectOf } from './dialect.ts';
import { addPauses } from './migrate-pauses.ts';
import { addRowHashes } from './migrate-row-hashes.ts';
import { addRunHours } from './migrate-run-hours.ts';
import { addSlices } from './migrate-slices.ts';

export type Migration = { readonly name: string; readonly up: (db: Knex) => Promise<void> };

type Build = (t: Knex.CreateTableBuilder) => void;

/** Makes a table. One that stands there already is what a migration on MySQL left when it was cut off: it is empty, and is made anew. */
export const createTable = async (db: Knex, name: string, build: Build): Promise<void> => {
  const { client, hasTable } = dialectOf(db);
  if (client === 'mysql' && (await hasTable(db, name))) {
    if ((await db(name).first(db.raw('1'))) !== undefined) {
      throw new FatalError('state-corrupt', `the state's table "${name}" holds rows, but no version is noted for it`, {
        hint: 'restore the database from a backup; starting without it would send everything again',
        exitCode: EXIT.config,
      });
    }
    await db.schema.dropTable(name);
  }
  await db.schema.createTable(name, (t) => {
    if (client === 'mysql') {
      t.engine('InnoDB');
      t.charset('utf8mb4');
      t.collate('utf8mb4_bin');
    }
    build(t);
  });
};

/** Adds columns in one statement; on MySQL only when they are not there yet. */
export const addColumns = async (db: Knex, table: string, build: (t: Knex.AlterTableBuilder) => void) => {
  try {
    await db.schema.alterTable(table, build);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ER_DUP_FIELDNAME') throw error;
  }
};

const migrations: readonly Migration[] = [
  {
    name: '0001-initial',
    up: async (db) => {
      const { client } = dialectOf(db);
      // SQLite's integers have 64 bits; on servers a double counts seconds exactly, and the drivers give it as a number.
      const seconds = (t: Knex.CreateTableBuilder, name: string) =>
        client === 'sqlite' ? t.integer(name) : t.double(name);
      await createTable(db, 'stream', (t) => {
        t.increments('id');
        t.string('name', 200).notNullable().unique();
      });
      await createTable(db, 'lease', (t) => {
        t.integer('stream_id').primary();
        t.string('owner', 200);
        t.integer('epoch').notNullable().defaultTo(0);
        t.double('expires_at').notNullable().defaultTo(0); // epoch seconds by the database's clock
      });
      await createTable(db, 'checkpoint', (t) => {
        t.integer('stream_id').notNullable();
        t.string('slice', 100).notNullable().defaultTo('');
        t.text('cursor').notNullable();
        t.text('key').notNullable(); // JSON list of the primary key's texts
        t.string('fingerprint', 64).notNullable();
        t.integer('epoch').notNullable();
        seconds(t, 'updated_at').notNullable();
        t.primary(['stream_id', 'slice']);
      });
      await createTable(db, 'batch', (t) => {
        t.increments('id');
        t.integer('stream_id').notNullable();
        t.integer('run_id').notNullable();
        t.integer('epoch').notNullable();
        t.string('state', 8).notNullable(); // SENT | ACKED
        t.integer('events').notNullable();
        t.integer('day').notNullable(); // days since 1970-01-01, of the sending
        seconds(t, 'created_at').notNullable();
        seconds(t, 'acked_at');
        t.index(['stream_id', 'state']);
      });
      await createTable(db, 'batch_key', (t) => {
        t.integer('batch_id').primary();
        if (client === 'mysql') t.specificType('keys', 'MEDIUMBLOB').notNullable();
        else t.binary('keys').notNullable(); // events x 16 bytes
      });
      // Random keys: in SQLite and MySQL the clustered primary key is the whole table, about 28 bytes a row.
      if (client === 'sqlite') {
        await db.raw(
          'CREATE TABLE ledger (stream_id INTEGER NOT NULL, k BLOB NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (stream_id, k)) WITHOUT ROWID',
        );
      } else {
        await createTable(db, 'ledger', (t) => {
          t.integer('stream_id').notNullable();
          t.specificType('k', client === 'mysql' ? 'BINARY(16)' : 'bytea').notNullable();
          t.integer('day').notNullable();
          t.primary(['stream_id', 'k']);
        });
      }
      await createTable(db, 'dead_letter', (t) => {
        t.integer('stream_id').notNullable();
        // JSON list of the primary key's texts. MySQL keeps no longer text in a key.
        if (client === 'mysql') t.string('row_key', 700).notNullable();
        else t.text('row_key').notNullable();
        t.string('fingerprint', 16).notNullable();
        t.string('origin', 8).notNullable(); // local | meta
        t.string('code', 60).notNullable();
        if (client === 'sqlite') t.string('field', 120);
        else t.text('field');
        t.integer('meta_code');
        t.integer('meta_subcode');
        t.integer('times').notNullable().defaultTo(1);
        seconds(t, 'first_at').notNullable();
        seconds(t, 'last_at').notNullable();
        t.integer('run_id').notNullable();
        t.primary(['stream_id', 'row_key']);
      });
      await createTable(db, 'run', (t) => {
        t.increments('id');
        t.integer('stream_id').notNullable();
        t.integer('epoch').notNullable();
        t.string('status', 30).notNullable();
        seconds(t, 'started_at').notNullable();
        seconds(t, 'ended_at');
        t.text('counts'); // JSON of RunCounts
        t.string('error_code', 60);
        t.text('error_message');
        t.index(['stream_id', 'id']);
      });
    },
  },
  {
    name: '0002-run-details',
    up: (db) =>
      addColumns(db, 'run', (t) => {
        t.text('match_keys'); // JSON of MatchCoverage: counts of keys, no values
        t.text('consent'); // the conditions of the mapping, as they were
      }),
  },
  { name: '0003-run-hours', up: addRunHours },
  { name: '0004-slices', up: addSlices },
  { name: '0005-pauses', up: addPauses },
  { name: '0006-row-hashes', up: addRowHashes },
];

/** In the order they are applied. Never changed once released, but by adding to the end. */
export const allMigrations = (): readonly Migration[] => migrations;
