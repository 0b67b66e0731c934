import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FatalError } from '../../../src/errors.ts';
import { openState, stateError } from '../../../src/state/open-state.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { sqliteStateBed } from '../../contract/state-beds.ts';
import { describeStateContract } from '../../contract/state-contract.ts';
import { describeStateHistory } from '../../contract/state-history-contract.ts';
import { describeServiceState } from '../../contract/state-service-contract.ts';
import { leaseOf, type TemporaryState, temporaryFolder, temporaryState } from '../../support/temporary-state.ts';

describe('state on sqlite', () => describeStateContract(sqliteStateBed()));
describe('state of the service on sqlite', () => describeServiceState(sqliteStateBed()));
describe('the past on sqlite', () => describeStateHistory(sqliteStateBed()));

const checkpoint = (cursor: string) => ({ cursor, key: ['a"b', ''], fingerprint: 'print' });
const due = (cursor: string) => ({ runId: 1, deadLetters: [], cleared: [], checkpoint: checkpoint(cursor) });

describe('the file', () => {
  let temporary: TemporaryState;
  let state: StateStore;
  beforeEach(async () => {
    temporary = await temporaryState();
    state = temporary.state;
  });
  afterEach(() => temporary.remove());
  const raw = <T>(work: (db: Database.Database) => T): T => {
    const db = new Database(temporary.filename);
    try {
      return work(db);
    } finally {
      db.close();
    }
  };

  it('and its folder are private, also when the folders had to be made', async () => {
    const { folder, remove } = temporaryFolder();
    const filename = join(folder, 'a', 'b', 'state.db');
    const opened = await openState(filename);
    await leaseOf(opened);
    const modes = [filename, `${filename}-wal`].filter(existsSync).map((file) => statSync(file).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    expect(statSync(join(folder, 'a', 'b')).mode & 0o777).toBe(0o700);
    await opened.close();
    remove();
  });

  it('that others could read is made private', async () => {
    chmodSync(temporary.filename, 0o644);
    await (await openState(temporary.filename)).close();
    expect(statSync(temporary.filename).mode & 0o777).toBe(0o600);
  });

  it('can be opened again and holds what was written; its tables are made once', async () => {
    const fence = await leaseOf(state);
    await state.settle(fence, due('a'), 1);
    const again = await openState(temporary.filename);
    expect((await again.readCheckpoint('leads'))?.cursor).toBe('a');
    await again.close();
    const repeats = 'SELECT count(*) - count(DISTINCT name) AS n FROM schema_migration';
    expect(raw((db) => db.prepare(repeats).get())).toEqual({ n: 0 });
  });

  it('survives a power cut: WAL, and every commit is flushed', async () => {
    expect(raw((db) => db.pragma('journal_mode', { simple: true }))).toBe('wal');
  });

  const refused = async (filename: string, options?: { mustExist: boolean }) => {
    const error: unknown = await openState(filename, options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(FatalError);
    expect(error).toMatchObject({ exitCode: 3, hint: expect.any(String) });
    return (error as FatalError).code;
  };

  it('that is no database, or half of one, is refused and left as it is', async () => {
    const { folder, remove } = temporaryFolder();
    const filename = join(folder, 'notes.txt');
    writeFileSync(filename, 'these are notes\n'.repeat(100));
    expect(await refused(filename)).toBe('state-corrupt');
    expect(statSync(filename).size).toBe(1600);
    remove();
  });

  it('of an older program is copied before it is changed, whole and private', async () => {
    const { folder, remove } = temporaryFolder();
    const filename = join(folder, 'state.db');
    await (await openState(filename, { upTo: 1 })).close();
    const old = new Database(filename);
    old.exec(`INSERT INTO stream (name) VALUES ('leads');
      INSERT INTO checkpoint (stream_id, cursor, key, fingerprint, epoch, updated_at) VALUES (1, 'a', '[]', 'print', 1, 1)`);
    old.close();
    expect(existsSync(`${filename}.before-0002`)).toBe(false);
    await (await openState(filename)).close();
    const copy = new Database(`${filename}.before-0002`, { readonly: true });
    expect(copy.prepare('SELECT cursor FROM checkpoint').all()).toEqual([{ cursor: 'a' }]);
    expect(copy.prepare('SELECT name FROM schema_migration').all()).toEqual([{ name: '0001-initial' }]);
    copy.close();
    expect(statSync(`${filename}.before-0002`).mode & 0o777).toBe(0o600);
    const copied = readFileSync(`${filename}.before-0002`);
    await (await openState(filename)).close();
    expect(readFileSync(`${filename}.before-0002`).equals(copied)).toBe(true);
    remove();
  });

  it('that is gone is not made anew, unless its marker is deleted too', async () => {
    const { folder, remove } = temporaryFolder();
    const filename = join(folder, 'state.db');
    await (await openState(filename)).close();
    rmSync(filename);
    expect(await refused(filename)).toBe('state-lost');
    expect(await refused(filename, { mustExist: true })).toBe('state-lost');
    expect(existsSync(filename)).toBe(false);
    rmSync(`${filename}.migrating`);
    await (await openState(filename)).close();
    remove();
  });

  it('that must exist and does not is not made', async () => {
    const { folder, remove } = temporaryFolder();
    expect(await refused(join(folder, 'none', 'state.db'), { mustExist: true })).toBe('state-missing');
    expect(existsSync(join(folder, 'none'))).toBe(false);
    remove();
  });

  it('cannot be a folder, nor lie below a file', async () => {
    const { folder, remove } = temporaryFolder();
    mkdirSync(join(folder, 'state.db'));
    writeFileSync(join(folder, 'file'), '');
    expect(await refused(join(folder, 'state.db'))).toBe('state-unwritable');
    expect(await refused(join(folder, 'file', 'state.db'))).toBe('state-unwritable');
    remove();
  });

  it('in a folder that may not be written is refused', async () => {
    const { folder, remove } = temporaryFolder();
    chmodSync(folder, 0o500);
    // No mode keeps root out of a folder; nobody makes a folder in /sys.
    const closed = process.getuid?.() === 0 ? '/sys/capi-sync' : folder;
    expect(await refused(join(closed, 'state.db'))).toBe('state-unwritable');
    chmodSync(folder, 0o700);
    remove();
  });
});

it.each([
  ['SQLITE_FULL', 'state-full'],
  ['SQLITE_BUSY', 'state-busy'],
  ['SQLITE_BUSY_SNAPSHOT', 'state-busy'],
  ['SQLITE_READONLY_DBMOVED', 'state-unwritable'],
  ['SQLITE_CORRUPT_INDEX', 'state-corrupt'],
  ['SQLITE_IOERR_FSYNC', 'state-io'],
  ['EWHATEVER', 'state-failed'],
])('the driver error %s is %s, without its text', (driverCode, code) => {
  const error = stateError(Object.assign(new Error('insert into x values (secret)'), { code: driverCode }));
  expect(error).toMatchObject({ code, exitCode: 3 });
  expect(error.message).not.toContain('secret');
});

it.each([
  ['ECONNREFUSED', 'state-unreachable'],
  ['57P01', 'state-unreachable'],
  ['25P03', 'state-unreachable'],
  ['PROTOCOL_CONNECTION_LOST', 'state-unreachable'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'state-tls'],
  ['28P01', 'state-login-failed'],
  ['ER_ACCESS_DENIED_ERROR', 'state-login-failed'],
  ['42501', 'state-permission'],
  ['ER_TABLEACCESS_DENIED_ERROR', 'state-permission'],
  ['25006', 'state-unwritable'],
  ['ER_OPTION_PREVENTS_STATEMENT', 'state-unwritable'],
  ['53100', 'state-full'],
  ['ER_LOCK_WAIT_TIMEOUT', 'state-busy'],
  ['22001', 'state-failed'],
])('the error %s of a server is %s, with its place and without its text', (driverCode, code) => {
  const cause = Object.assign(new Error('insert into x values (secret)'), { code: driverCode });
  const error = stateError(cause, 'PostgreSQL at db:5432');
  expect(error).toMatchObject({ code, exitCode: 3, hint: expect.any(String) });
  expect(error.message).toContain('PostgreSQL at db:5432');
  expect(error.message).not.toContain('secret');
});
