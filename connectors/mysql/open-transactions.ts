import { type Cell, SourceError } from '../connector.ts';
import type { Run } from '../sql/dialect.ts';

/** The oldest transaction that may yet write: when it began, as text in UTC; undefined: there is none. */
export type Oldest = { readonly began: string | undefined };

/**
 * A row carries the time at which its statement began: before that statement waits for a lock, and at the latest when
 * its transaction enters InnoDB. So both are asked for, first the waiting statements, then the transactions: a statement
 * that stops waiting in between is among the transactions.
 * `innodb_trx` writes its times in the zone of the server's machine. Read-only transactions write nothing.
 *
 * Undefined: the user may not see other sessions (PROCESS), or the writers are elsewhere (a replica).
 */
export async function oldestTransaction(run: Run): Promise<Oldest | undefined> {
  const doing = 'look for open transactions';
  try {
    const [sessions] = await run(
      [
        `SELECT @@GLOBAL.read_only, SUM(USER = 'system user' AND COMMAND <> 'Daemon'),
           MIN(CASE WHEN COMMAND IN ('Query', 'Execute') AND STATE LIKE 'Waiting for%'
             THEN UTC_TIMESTAMP(6) - INTERVAL TIME SECOND END)
         FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()`,
      ],
      doing,
    );
    if (isOn(sessions?.[0]) || isOn(sessions?.[1])) return undefined;
    const [open] = await run(
      [
        `SELECT MIN(CONVERT_TZ(trx_started, 'SYSTEM', '+00:00')) FROM information_schema.INNODB_TRX
         WHERE trx_is_read_only = 0 AND trx_mysql_thread_id <> CONNECTION_ID()`,
      ],
      doing,
    );
    const found = [sessions?.[2], open?.[0]].filter((cell): cell is string => typeof cell === 'string');
    // Both are `YYYY-MM-DD HH:MM:SS` in UTC, so the order of the texts is that of the times.
    return { began: found.sort()[0] };
  } catch (error) {
    if (error instanceof SourceError && error.code === 'source-permission') return undefined;
    throw error;
  }
}

function isOn(cell: Cell | undefined): boolean {
  return typeof cell === 'string' && cell !== '0' && cell !== 'OFF';
}
