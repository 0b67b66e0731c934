/**
 * The state's tables, as knex migrations: an ordered list, forward only, each in one transaction.
 * State holds identities and outcomes only: no personal data (hashed or plain), no payload, no secret (design: delivery).
 */
import type { Knex } from 'knex';

type Migration = { readonly name: string; readonly up: (db: Knex) => Promise<void> };

const migrations: readonly Migration[] = [
  {
    name: '0001-initial',
    up: async (db) => {
      await db.schema.createTable('stream', (t) => {
        t.increments('id');
        t.string('name', 200).notNullable().unique();
      });
      await db.schema.createTable('lease', (t) => {
        t.integer('stream_id').primary();
        t.string('owner', 200);
        t.integer('epoch').notNullable().defaultTo(0);
        t.double('expires_at').notNullable().defaultTo(0); // epoch seconds by the database's clock
      });
      await db.schema.createTable('checkpoint', (t) => {
        t.integer('stream_id').notNullable();
        t.string('slice', 100).notNullable().defaultTo('');
        t.text('cursor').notNullable();
        t.text('key').notNullable(); // JSON list of the primary key's texts
        t.string('fingerprint', 64).notNullable();
        t.integer('epoch').notNullable();
        t.integer('updated_at').notNullable();
        t.primary(['stream_id', 'slice']);
      });
      await db.schema.createTable('batch', (t) => {
        t.increments('id');
        t.integer('stream_id').notNullable();
        t.integer('run_id').notNullable();
        t.integer('epoch').notNullable();
        t.string('state', 8).notNullable(); // SENT | ACKED
        t.integer('events').notNullable();
        t.integer('day').notNullable(); // days since 1970-01-01, of the sending
        t.integer('created_at').notNullable();
        t.integer('acked_at');
        t.index(['stream_id', 'state']);
      });
      await db.schema.createTable('batch_key', (t) => {
        t.integer('batch_id').primary();
        t.binary('keys').notNullable(); // events x 16 bytes
      });
      // Random keys: the clustered primary key is the whole table, about 28 bytes a row.
      await db.raw(
        'CREATE TABLE ledger (stream_id INTEGER NOT NULL, k BLOB NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (stream_id, k)) WITHOUT ROWID',
      );
      await db.schema.createTable('dead_letter', (t) => {
        t.integer('stream_id').notNullable();
        t.text('row_key').notNullable(); // JSON list of the primary key's texts
        t.string('fingerprint', 16).notNullable();
        t.string('origin', 8).notNullable(); // local | meta
        t.string('code', 60).notNullable();
        t.string('field', 120);
        t.integer('meta_code');
        t.integer('meta_subcode');
        t.integer('times').notNullable().defaultTo(1);
        t.integer('first_at').notNullable();
        t.integer('last_at').notNullable();
        t.integer('run_id').notNullable();
        t.primary(['stream_id', 'row_key']);
      });
      await db.schema.createTable('run', (t) => {
        t.increments('id');
        t.integer('stream_id').notNullable();
        t.integer('epoch').notNullable();
        t.string('status', 30).notNullable();
        t.integer('started_at').notNullable();
        t.integer('ended_at');
        t.text('counts'); // JSON of RunCounts
        t.string('error_code', 60);
        t.text('error_message');
        t.index(['stream_id', 'id']);
      });
    },
  },
  {
    name: '0002-run-details',
    up: async (db) => {
      await db.schema.alterTable('run', (t) => {
        t.text('match_keys'); // JSON of MatchCoverage: counts of keys, no values
        t.text('consent'); // the conditions of the mapping, as they were
      });
    },
  },
];

/** What `knex.migrate` asks for. */
export const migrationSource = {
  getMigrations: async (): Promise<Migration[]> => [...migrations],
  getMigrationName: (migration: Migration): string => migration.name,
  getMigration: async (migration: Migration) => ({ up: migration.up, down: async () => undefined }),
};
