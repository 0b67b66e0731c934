import type { Horizon } from '../connector.ts';
import { answer, notATime } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { earlier, localHorizon, localLatest, localShiftBack, localText } from '../sql/local-time.ts';
import { isRowversion } from './column-types.ts';
import { addDecimals, negated } from './decimal-text.ts';
import { dialect } from './dialect.ts';
import { oldestTransaction } from './open-transactions.ts';
import { asHeld, timeForm, withoutOffset, zoneOfText } from './time-text.ts';

const NOW = 'CONVERT(nvarchar(27), SYSUTCDATETIME(), 121)';
/** A secondary, or a database that is set so: whoever writes is elsewhere. */
const IS_READ_ONLY = `CASE WHEN CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), N'Updateability')) = N'READ_ONLY' THEN N'1' ELSE N'0' END`;

/** A statement takes the time at which it begins, its transaction's start may be told a tick later. */
const guardSeconds = 1;

/**
 * The server's clock less the lag; where the login may see the server's state, also not past the start of the oldest open transaction, whose rows
 * carry that time and are not visible yet. `maxStall` bounds how long one can hold the reading up.
 */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number, maxStall: number): Promise<Horizon> {
  // The clock first: a transaction that begins after it was taken has rows of a later time.
  const [row] = await run([`SELECT ${NOW}, ${IS_READ_ONLY}`], `ask for the clock (${stream.what})`);
  const now = isoUtc(answer(row?.[0]));
  const oldest = maxStall > 0 && row?.[1] !== '1' ? await oldestTransaction(run) : undefined;
  const stall = oldest?.age === undefined ? 0 : oldest.age + guardSeconds;
  const { cursorColumn } = stream;
  const [zone, form] = [zoneOfText(stream), timeForm(cursorColumn)];
  const end = await earlier(now, Math.max(lagSeconds, Math.min(stall, lagSeconds + maxStall)));
  const latest = asHeld(cursorColumn, await localLatest(now, zone, form));
  return {
    now,
    before: asHeld(cursorColumn, await localHorizon(end, zone, form)),
    guard: oldest === undefined ? 'lag' : 'transactions',
    openFor: oldest?.age,
    isStalled: stall > lagSeconds + maxStall,
    future: await countFuture(dialect, run, stream, latest),
  };
}

/** The largest value now plus one; of a rowversion what the server itself says is the lowest that may not be committed. */
export async function numberHorizon(run: Run, stream: SqlStream, maxStall: number): Promise<Horizon> {
  if (isRowversion(stream.cursorColumn)) return rowversionHorizon(run, stream, maxStall);
  const { cursorColumn, relation, what } = stream;
  const largest = dialect.read(cursorColumn, `MAX(${dialect.quote(cursorColumn.name)})`);
  const [row] = await run([`SELECT ${NOW}, ${largest} FROM ${relation}`], `look for the end of ${what}`);
  return {
    now: isoUtc(answer(row?.[0])),
    before: typeof row?.[1] === 'string' ? addDecimals(row[1], '1') : undefined,
  };
}

/**
 * All rowversions below MIN_ACTIVE_ROWVERSION() are committed or gone, and no transaction will be given one again: the bound is exact, without lag or
 * lookback, and a transaction that stays open holds it however long. Only the server that is written to knows it.
 */
async function rowversionHorizon(run: Run, { what }: SqlStream, maxStall: number): Promise<Horizon> {
  const active = 'CONVERT(bigint, MIN_ACTIVE_ROWVERSION())';
  const [row] = await run(
    [
      `SELECT ${NOW}, CONVERT(nvarchar(20), ${active}), CASE WHEN ${active} <= CONVERT(bigint, @@DBTS) THEN N'1' ELSE N'0' END, ${IS_READ_ONLY}`,
    ],
    `ask for the lowest open rowversion (${what})`,
  );
  const isHeld = row?.[2] === '1';
  return {
    now: isoUtc(answer(row?.[0])),
    before: answer(row?.[1]),
    guard: row?.[3] === '1' ? 'lag' : 'transactions',
    openFor: isHeld && maxStall > 0 ? (await oldestTransaction(run))?.age : undefined,
  };
}

export async function shiftBack(stream: SqlStream, cursor: string, amount: number): Promise<string> {
  const { cursorColumn } = stream;
  if (stream.cursorUnit === 'time') {
    if (amount === 0) return cursor;
    const text = await localShiftBack(withoutOffset(cursor), amount, zoneOfText(stream), timeForm(cursorColumn));
    return asHeld(cursorColumn, text);
  }
  const isWhole = cursorColumn.kind === 'integer' || Number.isInteger(amount);
  const earlierBy = addDecimals(cursor, negated(isWhole ? String(Math.ceil(amount)) : amount.toFixed(10)));
  return isRowversion(cursorColumn) && earlierBy.startsWith('-') ? '0' : earlierBy;
}

export async function cursorAt(stream: SqlStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  const { cursorColumn } = stream;
  return asHeld(cursorColumn, await localText(instant, zoneOfText(stream), timeForm(cursorColumn)));
}

/** `2026-11-20 10:00:00.1234567` of the server's UTC clock as ISO 8601. */
export function isoUtc(text: string): string {
  return `${text.replace(' ', 'T')}Z`;
}
