import type { Horizon } from '../connector.ts';
import { answer, notATime, zonelessForm, zoneOf } from '../sql/clock.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { localHorizon, localShiftBack, localText } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { castType, dialect } from './dialect.ts';

const isoUtc = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/**
 * The server's clock less the lag; where the user may see other sessions, also not past the start of the oldest open
 * transaction, whose rows carry that time and are not visible yet. `maxWait` bounds how long one can hold the reading up.
 */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number, maxWait: number): Promise<Horizon> {
  const doing = `ask for the clock (${stream.what})`;
  const oldest = maxWait > 0 ? await oldestTransaction(run) : undefined;
  const [row] = await run(
    [
      `WITH clock AS (SELECT pg_catalog.clock_timestamp() AS now), bound AS (
         SELECT now, least(now - make_interval(secs => `,
      bind(lagSeconds),
      '::float8), greatest(',
      bind(oldest ?? 'infinity'),
      `::timestamptz - interval '1 second', now - make_interval(secs => `,
      bind(lagSeconds + maxWait),
      `::float8))) AS before FROM clock)
       SELECT to_char(now, ${isoUtc}), to_char(before, ${isoUtc}), before::text FROM bound`,
    ],
    doing,
  );
  const now = answer(row?.[0]);
  const before = answer(row?.[1]);
  const form = zonelessForm(stream);
  return { now, before: form === undefined ? answer(row?.[2]) : await localHorizon(before, zoneOf(stream), form) };
}

/** Start of the oldest transaction that could still write in this database. Undefined: none, or not to be seen. */
async function oldestTransaction(run: Run): Promise<string | undefined> {
  const doing = 'look for open transactions';
  // Without this role the server shows NULL instead of an error. On a replica the writers are elsewhere.
  const [allowed] = await run(
    [
      `SELECT pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'member') AND NOT pg_catalog.pg_is_in_recovery()`,
    ],
    doing,
  );
  if (allowed?.[0] !== 't') return undefined;
  const [row] = await run(
    [
      `SELECT min(started)::text FROM (
         SELECT xact_start AS started FROM pg_catalog.pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
            AND backend_type NOT IN ('autovacuum worker', 'walsender') AND application_name <> 'capi-sync'
         UNION ALL SELECT prepared FROM pg_catalog.pg_prepared_xacts WHERE database = current_database()) AS open`,
    ],
    doing,
  );
  return typeof row?.[0] === 'string' ? row[0] : undefined;
}

/** The largest value now plus one. The `where` is left aside: any bound above it will do, and this one comes from the index. */
export async function numberHorizon(run: Run, stream: SqlStream): Promise<Horizon> {
  const cursor = dialect.quote(stream.cursorColumn.name);
  // NaN sorts above every number and is never read.
  const onlyNumbers = stream.cursorColumn.kind === 'decimal' ? ` WHERE ${cursor} <> 'NaN'` : '';
  const next =
    stream.cursorColumn.kind === 'integer'
      ? `CASE WHEN max(${cursor}) < 9223372036854775807 THEN max(${cursor})::numeric + 1 ELSE max(${cursor})::numeric END`
      : `max(${cursor})::numeric + 1`;
  const [row] = await run(
    [`SELECT to_char(clock_timestamp(), ${isoUtc}), (${next})::text FROM ${stream.relation}${onlyNumbers}`],
    `look for the end of ${stream.what}`,
  );
  return { now: answer(row?.[0]), before: typeof row?.[1] === 'string' ? row[1] : undefined };
}

export async function shiftBack(run: Run, stream: SqlStream, cursor: string, amount: number): Promise<string> {
  const form = zonelessForm(stream);
  if (form !== undefined) return localShiftBack(cursor, amount, zoneOf(stream), form);
  const type = castType(stream.cursorColumn);
  const doing = `reckon the lookback of ${stream.what}`;
  const [row] =
    stream.cursorUnit === 'number'
      ? await run(['SELECT (', bind(cursor), '::numeric - ', bind(String(amount)), '::numeric)::text'], doing)
      : await run(
          ['SELECT (', bind(cursor), `::${type} - make_interval(secs => `, bind(amount), '::float8))::text'],
          doing,
        );
  return answer(row?.[0]);
}

export async function cursorAt(run: Run, stream: SqlStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  const form = zonelessForm(stream);
  if (form !== undefined) return localText(instant, zoneOf(stream), form);
  const [row] = await run(['SELECT ', bind(instant), '::timestamptz::text'], `place an instant in ${stream.what}`);
  return answer(row?.[0]);
}
