/**
 * Brings the state's tables up to this program's, one process at a time. knex's own lock is a row: two processes that make a new state at once
 * both find none, and a process that is killed leaves it locked. A lock that SQLite holds on a file beside the state ends with its process.
 */
import { open } from 'node:fs/promises';
import knexModule from 'knex';
import { EXIT, FatalError } from '../errors.ts';
import { migrationSource } from './migrations.ts';

const { knex } = knexModule;
type Knex = ReturnType<typeof knex>;

const TABLE = 'schema_migration';
const options = { tableName: TABLE, migrationSource };

/** @throws FatalError `state-newer`; the driver's errors */
export const migrate = async (db: Knex, filename: string): Promise<void> => {
  if (await isCurrent(db)) return;
  const lockFile = `${filename}.migrating`;
  await (await open(lockFile, 'a', 0o600)).close();
  const lock = knex({
    client: 'better-sqlite3',
    connection: { filename: lockFile },
    useNullAsDefault: true,
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
    pool: { min: 1, max: 1 },
  });
  try {
    await lock.raw('PRAGMA busy_timeout = 30000');
    await lock.raw('BEGIN EXCLUSIVE');
    if (await isCurrent(db)) return;
    // Whoever holds knex's row now is dead: we are the only one here.
    if (await db.schema.hasTable(`${TABLE}_lock`)) await db.migrate.forceFreeMigrationsLock(options);
    await db.migrate.latest(options);
  } finally {
    await lock.destroy();
  }
};

/** Whether every migration was applied. A state written by a newer program is not ours to change. */
const isCurrent = async (db: Knex): Promise<boolean> => {
  if (!(await db.schema.hasTable(TABLE))) return false;
  const known = (await migrationSource.getMigrations()).map(migrationSource.getMigrationName);
  const applied: { name: string }[] = await db(TABLE).select('name');
  const names = applied.map(({ name }) => name);
  if (names.some((name) => !known.includes(name))) {
    throw new FatalError('state-newer', 'the state database was written by a newer capi-sync', {
      hint: 'install that version or a later one',
      exitCode: EXIT.config,
    });
  }
  return known.every((name) => names.includes(name));
};
