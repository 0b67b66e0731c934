import type { Horizon } from '../connector.ts';
import { answer, notATime, zonelessForm, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { localHorizon, localLatest, localShiftBack, localText } from '../sql/local-time.ts';
import { bind, type Statement } from '../sql/statement.ts';
import { dialect, scaleOf } from './dialect.ts';
import { oldestTransaction } from './open-transactions.ts';

/** InnoDB tells the start of a transaction in whole seconds. */
const guardSeconds = 2;
/** What it tells may be a tenth of a second old: a younger transaction may be there where it tells of none. */
const untoldSeconds = 0.2;

/**
 * The server's clock less the lag; where the user may see other sessions, also not past the start of the oldest open
 * transaction. `maxStall` bounds how long one can hold the reading up.
 */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number, maxStall: number): Promise<Horizon> {
  const doing = `ask for the clock (${stream.what})`;
  // The clock first: a transaction that begins after it was taken has rows of a later time.
  const [clock] = await run(['SELECT UTC_TIMESTAMP(6)'], doing);
  const now = answer(clock?.[0]);
  const oldest = maxStall > 0 ? await oldestTransaction(run) : undefined;
  const back = (seconds: number): Statement => [
    'CAST(',
    bind(now),
    ' AS DATETIME(6)) - INTERVAL ',
    bind(seconds),
    ' SECOND',
  ];
  const began: Statement = ['CAST(', bind(oldest?.began ?? now), ' AS DATETIME(6))'];
  const guard = oldest === undefined ? 0 : oldest.began === undefined ? untoldSeconds : guardSeconds;
  const start: Statement = [...began, ` - INTERVAL ${guard} SECOND`];
  const [row] = await run(
    [
      ...['SELECT LEAST(', ...back(lagSeconds), ', GREATEST(', ...start, ', ', ...back(lagSeconds + maxStall), ')), '],
      ...['TIMESTAMPDIFF(MICROSECOND, ', ...began, ', CAST(', bind(now), ' AS DATETIME(6))) / 1000000, '],
      ...start,
      ...[' < ', ...back(lagSeconds + maxStall)],
    ],
    doing,
  );
  const before = answer(row?.[0]);
  const form = zonelessForm(stream);
  const latest = form === undefined ? now : await localLatest(isoUtc(now), zoneOf(stream), form);
  return {
    now: isoUtc(now),
    before: form === undefined ? before : await localHorizon(isoUtc(before), zoneOf(stream), form),
    guard: oldest === undefined ? 'lag' : 'transactions',
    openFor: oldest?.began === undefined ? undefined : Math.max(0, Number(row?.[1])),
    isStalled: oldest?.began !== undefined && row?.[2] === '1',
    future: await countFuture(dialect, run, stream, latest),
  };
}

/** The largest value now plus one. The `where` is left aside: any bound above it will do, and this one comes from the index. */
export async function numberHorizon(run: Run, stream: SqlStream): Promise<Horizon> {
  const cursor = dialect.quote(stream.cursorColumn.name);
  const next = `CAST(MAX(${cursor}) AS DECIMAL(65,${scaleOf(stream.cursorColumn)})) + 1`;
  const [row] = await run(
    [`SELECT UTC_TIMESTAMP(6), ${next} FROM ${stream.relation}`],
    `look for the end of ${stream.what}`,
  );
  return { now: isoUtc(answer(row?.[0])), before: typeof row?.[1] === 'string' ? row[1] : undefined };
}

export async function shiftBack(run: Run, stream: SqlStream, cursor: string, amount: number): Promise<string> {
  const form = zonelessForm(stream);
  if (form !== undefined) return localShiftBack(cursor, amount, zoneOf(stream), form);
  const doing = `reckon the lookback of ${stream.what}`;
  if (stream.cursorUnit === 'number') {
    const type = `DECIMAL(65,${scaleOf(stream.cursorColumn)})`;
    const whole = scaleOf(stream.cursorColumn) === 0 ? Math.ceil(amount) : amount;
    const [row] = await run(
      ['SELECT CAST(', bind(cursor), ` AS ${type}) - CAST(`, bind(String(whole)), ` AS ${type})`],
      doing,
    );
    return answer(row?.[0]);
  }
  const [row] = await run(
    ['SELECT CAST(', bind(cursor), ' AS DATETIME(6)) - INTERVAL ', bind(amount), ' SECOND'],
    doing,
  );
  // A zero date has nothing before it: the server answers NULL.
  return typeof row?.[0] === 'string' ? row[0] : cursor;
}

export async function cursorAt(stream: SqlStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  const form = zonelessForm(stream) ?? { kind: 'timestamp', separator: ' ', digits: 6 };
  return localText(instant, stream.cursorColumn.kind === 'timestamptz' ? 'UTC' : zoneOf(stream), form);
}

/** `2026-11-20 10:00:00.123456` of a UTC session as ISO 8601. */
function isoUtc(text: string): string {
  return `${text.replace(' ', 'T')}Z`;
}
