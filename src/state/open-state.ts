/**
 * Opens the state, wherever it is, and gives the StateStore. The tables, their meaning and every method are the same on SQLite, PostgreSQL and MySQL;
 * what they spell differently is in `dialect.ts`.
 */
import type { Knex } from 'knex';
import { alertStore } from './alerts.ts';
import { batchStore } from './batches.ts';
import { checkpointStore } from './checkpoints.ts';
import { deadLetterStore } from './dead-letters.ts';
import { leaseStore } from './leases.ts';
import { ledgerStore } from './ledger.ts';
import { openServer, type ServerPlace } from './open-server.ts';
import { openSqlite } from './open-sqlite.ts';
import { overviewStore } from './overview.ts';
import { pauseStore } from './pauses.ts';
import { rowHashStore } from './row-hashes.ts';
import { rowHistoryStore } from './row-history.ts';
import { runHourStore } from './run-hours.ts';
import { runStore } from './runs.ts';
import { sliceStore } from './slices.ts';
import { stateError } from './state-errors.ts';
import type { StateStore } from './state-store.ts';

export type { ServerPlace } from './open-server.ts';
export { stateError } from './state-errors.ts';

/** The absolute path of an SQLite file, or a server. */
export type StatePlace = string | ServerPlace;

/**
 * @param options `mustExist`: nothing is made; `upTo`: only so many migrations, for tests of older states
 * @throws FatalError `state-corrupt`, `state-newer`, `state-unwritable`, `state-missing`, `state-lost`; of a server also `state-unreachable`,
 * `state-login-failed`, `state-permission`, `state-tls`
 */
export const openState = async (
  place: StatePlace,
  { mustExist = false, upTo }: { mustExist?: boolean; upTo?: number } = {},
): Promise<StateStore> => {
  if (typeof place === 'string') {
    const db = await openSqlite(place, { mustExist, upTo });
    return storeOf(db, stateError, async () => {
      await db.raw('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
    });
  }
  const { db, label } = await openServer(place, { mustExist, upTo });
  return storeOf(db, (error) => stateError(error, label));
};

const storeOf = (
  db: Knex,
  toError: (error: unknown) => Error,
  beforeClose: () => Promise<void> = async () => undefined,
): StateStore => {
  const guarded = <T extends object>(part: T): T =>
    Object.fromEntries(
      Object.entries(part).map(([name, method]) => [
        name,
        (...args: unknown[]) =>
          (method as (...a: unknown[]) => Promise<unknown>)(...args).catch((error: unknown) =>
            Promise.reject(toError(error)),
          ),
      ]),
    ) as T;
  return {
    ...guarded(leaseStore(db)),
    ...guarded(checkpointStore(db)),
    ...guarded(sliceStore(db)),
    ...guarded(runStore(db)),
    ...guarded(runHourStore(db)),
    ...guarded(overviewStore(db)),
    ...guarded(rowHashStore(db)),
    ...guarded(rowHistoryStore(db)),
    ...guarded(ledgerStore(db)),
    ...guarded(batchStore(db)),
    ...guarded(deadLetterStore(db)),
    ...guarded(pauseStore(db)),
    ...guarded(alertStore(db)),
    close: async () => {
      await beforeClose();
      await db.destroy();
    },
  };
};
