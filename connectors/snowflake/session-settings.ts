/** One statement that makes a session independent of what account, user and role have set. There are no read-only sessions: the grants are the fence. */
export function sessionSettings(timeoutSeconds: number): string {
  const settings = {
    TIMEZONE: 'UTC',
    TIMESTAMP_NTZ_OUTPUT_FORMAT: 'YYYY-MM-DD HH24:MI:SS.FF9',
    TIMESTAMP_LTZ_OUTPUT_FORMAT: 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZH:TZM',
    TIMESTAMP_TZ_OUTPUT_FORMAT: 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZH:TZM',
    DATE_OUTPUT_FORMAT: 'YYYY-MM-DD',
    TIME_OUTPUT_FORMAT: 'HH24:MI:SS.FF9',
    BINARY_OUTPUT_FORMAT: 'HEX',
    QUOTED_IDENTIFIERS_IGNORE_CASE: false,
    ROWS_PER_RESULTSET: 0, // A limit would cut a result without a word.
    MULTI_STATEMENT_COUNT: 1, // A `;` in the author's text starts no second statement.
    CLIENT_RESULT_CHUNK_SIZE: 48, // MB; the least. Parts of a result are held in memory.
    STATEMENT_TIMEOUT_IN_SECONDS: timeoutSeconds,
    STATEMENT_QUEUED_TIMEOUT_IN_SECONDS: timeoutSeconds,
    ABORT_DETACHED_QUERY: true, // What nobody waits for any more is not to be paid for.
  };
  const written = Object.entries(settings).map(
    ([name, value]) => `${name} = ${typeof value === 'string' ? `'${value}'` : String(value).toUpperCase()}`,
  );
  return `ALTER SESSION SET ${written.join(' ')}`;
}
