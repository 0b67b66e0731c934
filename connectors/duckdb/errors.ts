/** DuckDB's errors have no codes: what they are is the beginning of their message. Of the rest nothing is repeated but names, for it may hold values of a row. */
import { SourceError } from '../connector.ts';
import { asDriverError, failed, nameIn } from '../sql/driver-errors.ts';

export function translateDuckdb(error: unknown, doing: string, place: string): SourceError {
  if (error instanceof SourceError) return error;
  const { message } = asDriverError(error);
  const kind = /^([A-Z][A-Za-z ]+?) Error:/.exec(message)?.[1] ?? '';
  if (/Could not set lock on file/.test(message)) {
    return new SourceError('source-interrupted', `could not ${doing}: another program has ${place} open for writing`, {
      hint: 'DuckDB lets one process write or several read: try again when the writer is done, or let it write another file and rename it',
      cause: error,
    });
  }
  if (
    /database does not exist|not a valid DuckDB database|Cannot launch in-memory database|Is a directory/.test(message)
  ) {
    return new SourceError('source-unreachable', `cannot open ${place} as a DuckDB database`, {
      hint: 'check `database`: the path is relative to the config file',
      cause: error,
    });
  }
  if (/database file with version number|storage version|newer version of DuckDB/i.test(message)) {
    return new SourceError('source-unreachable', `${place} was written by another version of DuckDB`, {
      hint: 'install the version of @duckdb/node-api that writes it',
      cause: error,
    });
  }
  if (/Extension "?\w*|httpfs|Extension Autoloading/.test(message) && /extension/i.test(message)) {
    return new SourceError('source-driver-missing', `could not ${doing}: an extension of DuckDB is not installed`, {
      hint: 'install it once with a DuckDB of the same version: INSTALL httpfs; (and aws for credential_chain), and name its folder in extension_directory',
      cause: error,
    });
  }
  if (
    kind === 'HTTP' ||
    kind === 'Network' ||
    /HTTP (?:GET|HEAD|code)|Connection error|Could not establish/.test(message)
  ) {
    return /\b40[13]\b|Forbidden|Unauthorized|credentials/i.test(message)
      ? failed(
          'source-login-failed',
          doing,
          'the object store refused the credentials',
          error,
          'check object_store: key_id, secret, region, and that the key may list and read',
        )
      : failed(
          'source-unreachable',
          doing,
          'the object store does not answer',
          error,
          'check object_store: region and endpoint',
        );
  }
  if (kind === 'INTERRUPT') return failed('source-interrupted', doing, 'the query was given up', error);
  if (kind === 'Out of Memory') {
    return failed(
      'source-query-failed',
      doing,
      'DuckDB has not enough memory',
      error,
      'raise memory_limit, or let temp_directory be where there is room',
    );
  }
  if (kind === 'IO' && /No files found/.test(message)) {
    return failed('source-interrupted', doing, 'a file is no longer there', error, 'try again: files are listed anew');
  }
  if (
    kind === 'IO' ||
    /No magic bytes|too small to be a Parquet|Invalid Error: TProtocolException|footer/i.test(message)
  ) {
    return failed(
      'source-interrupted',
      doing,
      'a file cannot be read, or is still being written',
      error,
      'write files elsewhere and rename them when they are whole; settle_seconds is how long a changed file waits',
    );
  }
  if (kind === 'Permission') {
    return failed(
      'source-permission',
      doing,
      'only the files of the connection may be read',
      error,
      'name the path in `files` of the connection',
    );
  }
  if (/read-only mode/.test(message)) return failed('source-permission', doing, 'the database is only read', error);
  const table = nameIn(message, /Table with name (\S+) does not exist/);
  if (table !== undefined) return failed('unknown-table', doing, `no such table: ${table}`, error);
  const column = nameIn(message, /(?:Referenced column|column) "([^"]+)" not found/);
  if (column !== undefined) return failed('unknown-column', doing, `no such column: ${column}`, error);
  if (kind === 'Parser') {
    const token = nameIn(message, /syntax error at or near "([^"]+)"/);
    const near = token === undefined ? '' : ` near ${token}`;
    return failed('source-query-failed', doing, `syntax error${near}`, error, 'try the statement in the duckdb shell');
  }
  if (/schema mismatch|mismatch in (?:the )?schema|sniffing file|CSV Error/i.test(message)) {
    return failed(
      'source-query-failed',
      doing,
      'a file has another form than the first',
      error,
      'name delimiter, header and types of the files; see the README of the connector',
    );
  }
  const reason = kind === '' ? 'DuckDB refused it' : `DuckDB refused it (${kind} Error)`;
  return failed(
    'source-query-failed',
    doing,
    reason,
    error,
    kind === 'Conversion' ? 'a value does not fit the type it is read as' : undefined,
  );
}
