/** What `start` remembers: which mappings are paused, and what was told of alerts. */
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { addColumns, createTable } from './migrations.ts';

export const addPauses = async (db: Knex): Promise<void> => {
  const { client } = dialectOf(db);
  const seconds = (t: Knex.AlterTableBuilder, name: string) => (client === 'sqlite' ? t.integer(name) : t.double(name));
  await addColumns(db, 'stream', (t) => void seconds(t, 'paused_at'));
  await createTable(db, 'alert', (t) => {
    t.integer('stream_id').notNullable();
    t.string('kind', 30).notNullable();
    t.string('channel', 64).notNullable(); // a webhook of the configuration, by name
    t.integer('raised').notNullable(); // 1: it holds now
    t.integer('told').notNullable(); // 1: the channel knows of it
    seconds(t, 'since').notNullable();
    t.text('detail'); // JSON: codes and counts
    t.string('claimed_by', 40);
    t.double('claimed_until').notNullable().defaultTo(0); // epoch seconds by the database's clock
    t.primary(['stream_id', 'kind', 'channel']);
  });
};
