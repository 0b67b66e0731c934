/**
 * Opens the state database (SQLite through knex) and gives the StateStore. One writer connection, WAL, synchronous=FULL:
 * what was committed before a POST survives a power cut. The file is made private to its owner.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { chmod, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import knexModule from 'knex';
import { EXIT, FatalError } from '../errors.ts';
import { batchStore } from './batches.ts';
import { checkpointStore } from './checkpoints.ts';
import { deadLetterStore } from './dead-letters.ts';
import { leaseStore } from './leases.ts';
import { ledgerStore } from './ledger.ts';
import { migrate } from './migrate.ts';
import { rowHistoryStore } from './row-history.ts';
import { runStore } from './runs.ts';
import type { StateStore } from './state-store.ts';

const { knex } = knexModule;

/** SQLite's own codes of a state file that must not be used. */
const UNUSABLE: Readonly<Record<string, [code: string, hint: string]>> = {
  SQLITE_NOTADB: [
    'state-corrupt',
    'the file is not an SQLite database: restore it from a backup, or point state.filename elsewhere',
  ],
  SQLITE_CORRUPT: ['state-corrupt', 'restore the file from a backup; starting without it would send everything again'],
  SQLITE_CANTOPEN: ['state-unwritable', 'check that the folder exists and may be written by this user'],
  SQLITE_READONLY: ['state-unwritable', 'the file or its folder is read-only for this user'],
  SQLITE_FULL: ['state-full', 'the disk is full: free some space and run again, nothing is lost'],
  SQLITE_BUSY: ['state-busy', 'another program holds the state file; try again'],
};

/** A driver's error in our words; ours pass through. */
export const stateError = (error: unknown): Error => {
  if (error instanceof FatalError) return error;
  const driverCode = String((error as { code?: unknown } | null)?.code ?? 'unknown');
  const family = driverCode.split('_').slice(0, 2).join('_');
  const [code, hint] = UNUSABLE[driverCode] ??
    UNUSABLE[family] ?? ['state-failed', 'sending stopped; run again when the state database works'];
  return new FatalError(code, `the state database failed (${driverCode})`, {
    hint,
    cause: error,
    exitCode: EXIT.config,
  });
};

/**
 * @param filename absolute path of the SQLite file; made when missing unless `mustExist`
 * @throws FatalError `state-corrupt`, `state-newer`, `state-unwritable`, `state-missing`
 */
export const openState = async (
  filename: string,
  { mustExist = false }: { mustExist?: boolean } = {},
): Promise<StateStore> => {
  if (mustExist && !existsSync(filename)) {
    throw new FatalError('state-missing', 'there is no state yet', {
      hint: 'run a mapping first',
      exitCode: EXIT.config,
    });
  }
  try {
    mkdirSync(dirname(filename), { recursive: true, mode: 0o700 });
    await (await open(filename, 'a', 0o600)).close();
    await chmod(filename, 0o600);
  } catch (error) {
    throw new FatalError('state-unwritable', 'the state file cannot be opened for writing', {
      hint: 'check state.filename in config.yaml and the rights of its folder',
      cause: error,
      exitCode: EXIT.config,
    });
  }
  const db = knex({
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
          connection.pragma('busy_timeout = 10000');
          connection.pragma('journal_mode = WAL');
          connection.pragma('synchronous = FULL');
          connection.pragma('cache_size = -16384');
          connection.pragma('wal_autocheckpoint = 8000');
          done(null, connection);
        } catch (error) {
          done(error, connection);
        }
      },
    },
  });
  try {
    await migrate(db, filename);
  } catch (error) {
    await db.destroy();
    throw stateError(error);
  }
  const guarded = <T extends object>(part: T): T =>
    Object.fromEntries(
      Object.entries(part).map(([name, method]) => [
        name,
        (...args: unknown[]) =>
          (method as (...a: unknown[]) => Promise<unknown>)(...args).catch((error: unknown) =>
            Promise.reject(stateError(error)),
          ),
      ]),
    ) as T;
  return {
    ...guarded(leaseStore(db)),
    ...guarded(checkpointStore(db)),
    ...guarded(runStore(db)),
    ...guarded(rowHistoryStore(db)),
    ...guarded(ledgerStore(db)),
    ...guarded(batchStore(db)),
    ...guarded(deadLetterStore(db)),
    close: async () => {
      await db.raw('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
      await db.destroy();
    },
  };
};
