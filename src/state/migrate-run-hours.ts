/** Makes `run_hour` and fills it from the runs that are there, so that an older state shows its history. */
import type { Knex } from 'knex';
import { dialectOf } from './dialect.ts';
import { addColumns, createTable } from './migrations.ts';
import { addHourRows, HOURS_KEPT, type HourRow, hourOf, hourRow, TOTALS } from './run-hours.ts';
import { isSync } from './runs.ts';
import type { RunCounts, RunStatus } from './state-store.ts';

const PAGE = 1_000;
const ROWS_PER_INSERT = 50;

type OldRun = {
  id: number;
  stream_id: number;
  status: RunStatus;
  started_at: number;
  ended_at: number;
  counts: string | null;
  match_keys: string | null;
};

export const addRunHours = async (db: Knex): Promise<void> => {
  const { client, hasTable } = dialectOf(db);
  const seconds = (t: Knex.AlterTableBuilder, name: string) => (client === 'sqlite' ? t.integer(name) : t.double(name));
  await addColumns(db, 'run', (t) => {
    t.text('event_ages'); // JSON of EventAges
    t.text('error_hint');
  });
  // When the last run began that read all there was.
  await addColumns(db, 'stream', (t) => void seconds(t, 'synced_at'));
  // All of it follows from `run`: what a migration on MySQL left when it was cut off is made anew.
  if (await hasTable(db, 'run_hour')) await db.schema.dropTable('run_hour');
  await createTable(db, 'run_hour', (t) => {
    t.integer('stream_id').notNullable();
    t.integer('hour').notNullable(); // whole hours since 1970
    for (const column of Object.values(TOTALS)) t.bigInteger(column).notNullable().defaultTo(0);
    t.text('details'); // JSON of RunDetails: classes and counts, no values
    t.primary(['stream_id', 'hour']);
  });
  await fill(db);
};

const fill = async (db: Knex): Promise<void> => {
  const newest = await db('run').max({ at: 'ended_at' }).first();
  if (newest?.at == null) return;
  const hours = new Map<string, { place: { stream_id: number; hour: number }; row: HourRow }>();
  const synced = new Map<number, number>();
  let after = 0;
  for (;;) {
    const page: OldRun[] = await db('run')
      .where('id', '>', after)
      .whereNotNull('ended_at')
      .where('ended_at', '>=', Number(newest.at) - HOURS_KEPT * 3600)
      .orderBy('id')
      .limit(PAGE)
      .select('id', 'stream_id', 'status', 'started_at', 'ended_at', 'counts', 'match_keys');
    for (const run of page) {
      const place = { stream_id: run.stream_id, hour: hourOf(run.ended_at) };
      const counts = run.counts === null ? undefined : (JSON.parse(run.counts) as RunCounts);
      const row = hourRow({
        runs: 1,
        failed: run.status === 'failed' ? 1 : 0,
        endedAt: run.ended_at,
        busySeconds: Math.max(0, run.ended_at - run.started_at),
        counts,
        details: run.match_keys === null ? {} : { matchKeys: JSON.parse(run.match_keys) },
      });
      const key = `${place.stream_id}/${place.hour}`;
      const known = hours.get(key);
      hours.set(key, { place, row: known ? addHourRows(known.row, row) : row });
      if (isSync(run.status, counts)) synced.set(run.stream_id, run.started_at);
    }
    if (page.length < PAGE) break;
    after = page.at(-1)?.id ?? after;
  }
  const rows = [...hours.values()].map(({ place, row }) => ({ ...place, ...row }));
  for (let at = 0; at < rows.length; at += ROWS_PER_INSERT)
    await db('run_hour').insert(rows.slice(at, at + ROWS_PER_INSERT));
  for (const [id, at] of synced) await db('stream').where({ id }).update({ synced_at: at });
};
