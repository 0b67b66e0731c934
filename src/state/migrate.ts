/**
 * Brings the state's tables up to this program's, one process at a time. What was applied stands in `schema_migration`. knex's own migrator is not used:
 * its lock is a row, which two processes that make a new state both miss, and which a process that is killed leaves behind.
 */
import type { Knex } from 'knex';
import { EXIT, FatalError } from '../errors.ts';
import { dialectOf } from './dialect.ts';
import { allMigrations, createTable, type Migration } from './migrations.ts';

const TABLE = 'schema_migration';

export type MigrateOptions = {
  /** Runs the work while no other process does. Its `db` is what the work has to use. */
  readonly alone: (work: (db: Knex) => Promise<void>) => Promise<void>;
  /** Before a state that holds something is changed; gets the first migration's name. */
  readonly beforeChange?: (migration: string) => Promise<void>;
  /** Only so many migrations: for tests of older states. */
  readonly upTo?: number;
};

/** @throws FatalError `state-newer`; the driver's errors */
export const migrate = async (db: Knex, { alone, beforeChange, upTo }: MigrateOptions): Promise<void> => {
  const known = allMigrations().slice(0, upTo);
  if ((await pendingOf(db, known)).length === 0) return;
  await alone(async (only) => {
    const pending = await pendingOf(only, known);
    const [first] = pending;
    if (!first) return;
    if (pending.length < known.length) await beforeChange?.(first.name);
    if (!(await dialectOf(only).hasTable(only, TABLE))) {
      await createTable(only, TABLE, (t) => {
        t.increments('id');
        t.string('name');
        t.timestamp('migration_time');
      });
    }
    for (const { name, up } of pending) {
      const step = async (tx: Knex): Promise<void> => {
        await up(tx);
        await tx(TABLE).insert({ name, migration_time: tx.fn.now() });
      };
      await (only.isTransaction ? step(only) : only.transaction(step));
    }
  });
};

/** Whether there is a state at all. */
export const hasState = (db: Knex): Promise<boolean> => dialectOf(db).hasTable(db, TABLE);

/** What was not applied yet. A state written by a newer program is not ours to change. */
const pendingOf = async (db: Knex, known: readonly Migration[]): Promise<readonly Migration[]> => {
  if (!(await hasState(db))) return known;
  const applied: { name: string }[] = await db(TABLE).select('name');
  const names = new Set(applied.map(({ name }) => name));
  const ours = new Set(allMigrations().map(({ name }) => name));
  if ([...names].some((name) => !ours.has(name))) {
    throw new FatalError('state-newer', 'the state database was written by a newer capi-sync', {
      hint: 'install that version or a later one',
      exitCode: EXIT.config,
    });
  }
  return known.filter(({ name }) => !names.has(name));
};
