/** Makes `read_slice`, and notes of a run which slice it worked on; a lease may be held by one that gives way, and be wanted by another. */
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { addColumns, createTable } from './migrations.ts';

export const addSlices = async (db: Knex): Promise<void> => {
  const { client } = dialectOf(db);
  const seconds = (t: Knex.CreateTableBuilder, name: string) =>
    client === 'sqlite' ? t.integer(name) : t.double(name);
  await createTable(db, 'read_slice', (t) => {
    t.integer('stream_id').notNullable();
    t.string('slice', 100).notNullable();
    t.string('range_from', 60).notNullable(); // instant or number, as the command named it; empty: from the first row
    t.string('range_before', 60).notNullable(); // exclusive; empty: up to the horizon
    t.string('fingerprint', 64).notNullable();
    t.boolean('is_kept').notNullable(); // remembered when it is finished: no row can appear in it any more
    seconds(t, 'created_at').notNullable();
    seconds(t, 'finished_at');
    t.primary(['stream_id', 'slice']);
  });
  await addColumns(db, 'run', (t) => {
    t.string('slice', 100).notNullable().defaultTo('');
    t.text('horizon'); // JSON of HorizonFacts
  });
  await addColumns(db, 'lease', (t) => {
    t.boolean('gives_way').notNullable().defaultTo(false);
    t.double('wanted_until').notNullable().defaultTo(0); // epoch seconds by the database's clock
  });
};
