import type { Horizon } from '../connector.ts';
import { answer, notATime, zonelessForm, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { localHorizon, localLatest, localShiftBack, localText } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { castType, dialect } from './dialect.ts';
import { noTransactions, transactions, viewOf } from './open-transactions.ts';

const isoUtc = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/**
 * The server's clock less the lag; where the user may see other sessions, also not past the start of the oldest open
 * transaction, whose rows carry that time and are not visible yet. `maxStall` bounds how long one can hold the reading up.
 * On a replica that is behind, the lag begins at the last commit that it shows.
 */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number, maxStall: number): Promise<Horizon> {
  const { seesTransactions, isReplica, replayedTo } = await viewOf(run);
  const guard = maxStall > 0 && seesTransactions ? 'transactions' : 'lag';
  const [row] = await run(
    [
      `WITH open AS (SELECT min(started) AS started, min(since) AS since FROM (${guard === 'lag' ? noTransactions : transactions}) AS t),
         clock AS (SELECT statement_timestamp() AS now, least(statement_timestamp(), `,
      bind(replayedTo ?? 'infinity'),
      '::timestamptz) AS shown), edge AS (SELECT now, shown, shown - make_interval(secs => ',
      bind(lagSeconds),
      '::float8) AS latest, shown - make_interval(secs => ',
      bind(lagSeconds + maxStall),
      `::float8) AS earliest FROM clock),
         bound AS (SELECT now, shown, since, since - interval '1 second' < earliest AS stalled,
           least(latest, greatest(coalesce(started, 'infinity') - interval '1 second', earliest)) AS before FROM edge, open)
       SELECT to_char(now, ${isoUtc}), to_char(before, ${isoUtc}), before::text, now::text, extract(epoch FROM now - since)::text, stalled, extract(epoch FROM now - shown)::text FROM bound`,
    ],
    `ask for the clock (${stream.what})`,
  );
  const now = answer(row?.[0]);
  const form = zonelessForm(stream);
  const before = form && (await localHorizon(answer(row?.[1]), zoneOf(stream), form));
  const latest = form && (await localLatest(now, zoneOf(stream), form));
  return {
    now,
    before: before ?? answer(row?.[2]),
    guard,
    openFor: typeof row?.[4] === 'string' ? Math.max(0, Number(row[4])) : undefined,
    isStalled: row?.[5] === 't',
    behind: isReplica ? Number(row?.[6]) : undefined,
    future: await countFuture(dialect, run, stream, latest ?? answer(row?.[3])),
  };
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
