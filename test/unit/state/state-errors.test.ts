import { describe, expect, it } from 'vitest';
import { stateError } from '../../../src/state/state-errors.ts';

const SERVER = 'PostgreSQL at db:5432';
const of = (message: string, code?: string): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('an error of the state', () => {
  it.each([
    of('Connection terminated unexpectedly'),
    of('Client has encountered a connection error and is not queryable'),
    of('Client was closed and is not queryable'),
    of('Connection lost: The server closed the connection.', 'PROTOCOL_CONNECTION_LOST'),
    of("Can't add new command when connection is in closed state"),
    of('read ECONNRESET', 'ECONNRESET'),
    of('terminating connection due to administrator command', '57P01'),
  ])('of a connection that was cut says that the state does not answer: $message', (error) => {
    expect(stateError(error, SERVER)).toMatchObject({ code: 'state-unreachable' });
  });

  it('of a disk that is full, cannot be read or is read-only names it, with a cure and exit code 3', () => {
    const cases = [
      ['SQLITE_FULL', 'state-full', 'free some space'],
      ['SQLITE_IOERR_FSYNC', 'state-io', 'the disk'],
      ['SQLITE_IOERR_WRITE', 'state-io', 'the disk'],
      ['SQLITE_READONLY', 'state-unwritable', 'read-only'],
      ['SQLITE_READONLY_DBMOVED', 'state-unwritable', 'read-only'],
      ['53100', 'state-full', 'free some space'],
      ['58030', 'state-io', 'the disk'],
      ['ER_DISK_FULL', 'state-full', 'free some space'],
      ['ER_ERROR_ON_WRITE', 'state-io', 'the disk'],
    ];
    for (const [driver = '', code, hint = ''] of cases) {
      const server = driver.startsWith('SQLITE') ? undefined : SERVER;
      expect(stateError(of('x', driver), server), driver).toMatchObject({
        code,
        hint: expect.stringContaining(hint),
        exitCode: 3,
      });
    }
  });
});
