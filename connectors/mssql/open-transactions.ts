import { SourceError } from '../connector.ts';
import type { Run } from '../sql/dialect.ts';

/**
 * Seconds since the oldest transaction of the server began that may yet write; it may not have touched the table yet, or this database.
 * Its age is taken by the clock that its start was taken by: both are wall time of the server. Read-only and system transactions write no rows
 * (types 2 and 3), and ended, committed and rolled back ones no more (states 3, 6 to 8).
 */
const AGE = `SELECT CONVERT(nvarchar(20), MAX(DATEDIFF_BIG(millisecond, transaction_begin_time, GETDATE())))
  FROM sys.dm_tran_active_transactions
 WHERE transaction_type IN (1, 4) AND transaction_state IN (0, 1, 2, 4, 5) AND transaction_id <> CURRENT_TRANSACTION_ID()`;

/** `age` undefined: there is none. Undefined altogether: this login may not see the server's state. */
export async function oldestTransaction(run: Run): Promise<{ readonly age: number | undefined } | undefined> {
  try {
    const [row] = await run([AGE], 'look for open transactions');
    return { age: typeof row?.[0] === 'string' ? Math.max(0, Number(row[0]) / 1000) : undefined };
  } catch (error) {
    if (error instanceof SourceError && error.code === 'source-permission') return undefined;
    throw error;
  }
}
