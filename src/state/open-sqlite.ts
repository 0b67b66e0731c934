/**
 * The state in an SQLite file. One writer connection, WAL, synchronous=FULL: what was committed before a POST survives a power cut.
 * The file is made private to its owner.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { chmod, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import knexModule, { type Knex } from 'knex';
import { EXIT, FatalError } from '../errors.ts';
import { migrate } from './migrate.ts';
import { stateError } from './state-errors.ts';

const { knex } = knexModule;

/** Beside the state for ever: while a process holds it, tables are changed; and it tells that there was a state here. */
const markerOf = (filename: string): string => `${filename}.migrating`;

type Options = { readonly mustExist: boolean; readonly upTo?: number | undefined };

/** @throws FatalError `state-corrupt`, `state-newer`, `state-unwritable`, `state-missing`, `state-lost` */
export const openSqlite = async (filename: string, { mustExist, upTo }: Options): Promise<Knex> => {
  if (!existsSync(filename)) refuseMissing(filename, mustExist);
  try {
    mkdirSync(dirname(filename), { recursive: true, mode: 0o700 });
    await makePrivate(filename);
  } catch (error) {
    throw new FatalError('state-unwritable', 'the state file cannot be opened for writing', {
      hint: 'check state.filename in config.yaml and the rights of its folder',
      cause: error,
      exitCode: EXIT.config,
    });
  }
  const db = openFile(filename, [
    'busy_timeout = 10000',
    'journal_mode = WAL',
    'synchronous = FULL',
    'cache_size = -8192',
    'wal_autocheckpoint = 8000',
  ]);
  try {
    await migrate(db, {
      alone: (work) => alone(filename, () => work(db)),
      beforeChange: (migration) => backUp(db, `${filename}.before-${migration.slice(0, 4)}`),
      ...(upTo === undefined ? {} : { upTo }),
    });
    return db;
  } catch (error) {
    await db.destroy();
    throw stateError(error);
  }
};

/** Nothing is sent twice because a file was lost: who deletes the state has to say that it was meant. */
const refuseMissing = (filename: string, mustExist: boolean): void => {
  if (existsSync(markerOf(filename))) {
    throw new FatalError('state-lost', 'the state file is gone, and there was one here', {
      hint: `restore it from a backup; to begin without it, and send again what was sent, delete ${markerOf(filename)} as well`,
      exitCode: EXIT.config,
    });
  }
  if (mustExist) {
    throw new FatalError('state-missing', 'there is no state yet', {
      hint: 'run a mapping first',
      exitCode: EXIT.config,
    });
  }
};

const makePrivate = async (filename: string): Promise<void> => {
  await (await open(filename, 'a', 0o600)).close();
  await chmod(filename, 0o600);
};

const openFile = (filename: string, pragmas: readonly string[]): Knex =>
  knex({
    client: 'better-sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    // knex would print a driver's error on stdout. What goes wrong is thrown.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
    pool: {
      min: 1,
      max: 1,
      afterCreate: (
        connection: { pragma: (text: string) => unknown },
        done: (error: unknown, connection: unknown) => void,
      ) => {
        try {
          for (const pragma of pragmas) connection.pragma(pragma);
          done(null, connection);
        } catch (error) {
          done(error, connection);
        }
      },
    },
  });

/** A lock that SQLite holds on a file beside the state ends with its process. */
const alone = async (filename: string, work: () => Promise<void>): Promise<void> => {
  const lockFile = markerOf(filename);
  await (await open(lockFile, 'a', 0o600)).close();
  const lock = openFile(lockFile, ['busy_timeout = 30000']);
  try {
    await lock.raw('BEGIN EXCLUSIVE');
    await work();
  } finally {
    await lock.destroy();
  }
};

/** A copy of the state as it was, whole or not at all. One of an earlier try is replaced: nothing was changed since. */
const backUp = async (db: Knex, copy: string): Promise<void> => {
  const unfinished = `${copy}.part`;
  await rm(unfinished, { force: true });
  await makePrivate(unfinished);
  await db.raw('VACUUM INTO ?', [unfinished]);
  await rename(unfinished, copy);
};
