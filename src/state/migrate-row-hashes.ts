import type { Knex } from 'knex';
import { createTable } from './migrations.ts';

/** What snapshots remember of rows: hexadecimal texts of 16 bytes each. */
export const addRowHashes = (db: Knex): Promise<void> =>
  createTable(db, 'row_hash', (t) => {
    t.integer('stream_id').notNullable();
    t.string('k', 32).notNullable(); // keyed hash of the primary key
    t.string('hash', 32).notNullable(); // keyed hash of the cells that the mapping reads
    t.integer('version').notNullable(); // counts the states in which the row was read
    t.integer('day').notNullable(); // days since 1970, about when the row was last there
    t.primary(['stream_id', 'k']);
  });
