import type { Run } from '../sql/dialect.ts';

/**
 * Transactions that could still write in this database: since when, and the earliest time that their rows may carry.
 * Looked at after `statement_timestamp()` was taken, so one that begins later carries a later time. Of a prepared
 * transaction the server tells when it was prepared, not when it began. Our own sessions write nothing.
 */
export const transactions = `SELECT xact_start AS started, xact_start AS since FROM pg_catalog.pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
      AND backend_type NOT IN ('autovacuum worker', 'walsender')
      AND NOT (application_name = 'capi-sync' AND usename IS NOT DISTINCT FROM current_user)
  UNION ALL SELECT '-infinity', prepared FROM pg_catalog.pg_prepared_xacts WHERE database = current_database()`;

export const noTransactions = 'SELECT NULL::timestamptz AS started, NULL::timestamptz AS since';

export type View = {
  /** Whether other sessions' transactions can be seen, and are those that write. */
  readonly seesTransactions: boolean;
  readonly isReplica: boolean;
  /** A replica that has not caught up: the time of the last commit that it shows, as text. */
  readonly replayedTo: string | undefined;
};

/**
 * Without the role the server shows NULL instead of an error; a member that does not inherit (NOINHERIT) sees no more than others, hence
 * `usage`. On a replica the writers are elsewhere: what it shows ends with the last commit that it has replayed, unless all that it
 * was sent is replayed and it is still being sent.
 */
export async function viewOf(run: Run): Promise<View> {
  const [row] = await run(
    [
      `SELECT pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage'), pg_catalog.pg_is_in_recovery(),
         CASE WHEN pg_catalog.pg_is_in_recovery() AND NOT (EXISTS (SELECT 1 FROM pg_catalog.pg_stat_wal_receiver)
             AND coalesce(pg_catalog.pg_last_wal_replay_lsn() >= pg_catalog.pg_last_wal_receive_lsn(), false))
           THEN pg_catalog.pg_last_xact_replay_timestamp()::text END`,
    ],
    'look for open transactions',
  );
  const isReplica = row?.[1] === 't';
  return {
    seesTransactions: row?.[0] === 't' && !isReplica,
    isReplica,
    replayedTo: typeof row?.[2] === 'string' ? row[2] : undefined,
  };
}
