import { statSync } from 'node:fs';
import { SourceError } from '../connector.ts';
import { asDriverError, failed, interrupted, nameIn } from '../sql/driver-errors.ts';
import type { Phase } from '../sql/pool.ts';

/** SQLite's errors, by result code (https://www.sqlite.org/rescode.html); extended codes begin with the plain one. */
export function translateSqlite(error: unknown, phase: Phase, doing: string, filename: string): SourceError {
  const { code, message } = asDriverError(error);
  if (code.startsWith('SQLITE_CANTOPEN') || /directory does not exist/.test(message)) {
    return new SourceError('source-unreachable', `cannot open the SQLite file ${filename}`, {
      hint: 'check the path (relative to the config file) and who may read it; a file in WAL mode also needs its -shm and -wal files or a writable folder',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_IOERR') && statSync(filename, { throwIfNoEntry: false })?.isDirectory()) {
    return new SourceError('source-unreachable', `${filename} is a folder`, {
      hint: 'name the database file in it: `filename`',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_NOTADB')) {
    return new SourceError('source-unreachable', `${filename} is not an SQLite database, or is encrypted`, {
      hint: 'name the database file itself in `filename`; an encrypted one cannot be read',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || code.startsWith('SQLITE_IOERR')) {
    return interrupted(error, doing, filename, code);
  }
  if (/^SQLITE_(READONLY|PERM|AUTH)/.test(code)) {
    return failed('source-permission', doing, `the file is only read (${code})`, error);
  }
  const table = nameIn(message, /^no such table: (\S+)$/);
  if (table !== undefined) return failed('unknown-table', doing, `no such table: ${table}`, error);
  const column = nameIn(message, /^no such column: (\S+)/);
  if (column !== undefined) return failed('unknown-column', doing, `no such column: ${column}`, error);
  const called = nameIn(message, /^no such function: (\S+)$/);
  if (called !== undefined) return failed('source-query-failed', doing, `no such function: ${called}`, error);
  if (/syntax error$|^incomplete input|^unrecognized token/.test(message)) {
    const token = nameIn(message, /^near "([^"]+)"/);
    return failed(
      'source-query-failed',
      doing,
      `syntax error${token === undefined ? '' : ` near ${token}`}`,
      error,
      'try the statement in the sqlite3 shell',
    );
  }
  const reason = code === '' ? 'the driver failed' : `SQLite refused it (${code})`;
  return failed(phase === 'connect' ? 'source-unreachable' : 'source-query-failed', doing, reason, error);
}
