import type { Horizon } from '../connector.ts';
import { answer, notATime, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Dialect, Run } from '../sql/dialect.ts';
import { earlier, localHorizon, localLatest, localShiftBack, localText } from '../sql/local-time.ts';
import { quote } from './catalogue.ts';
import type { SqliteStream } from './index.ts';

const maxInteger = 9_223_372_036_854_775_807n;

/**
 * SQLite has no server: its clock is this machine's, to the millisecond. There is one writer at a time, and it takes the
 * lock before SQL's own clock is read: rows with a time of SQL's are committed in its order. A time that an application took
 * before it waited for the lock may come late; lag and lookback are for that.
 */
export async function horizon(run: Run, dialect: Dialect, stream: SqliteStream, lagSeconds: number): Promise<Horizon> {
  const form = stream.forms.cursor;
  const [clock] = await run([`SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`], 'ask for the clock');
  const now = answer(clock?.[0]);
  if (form.kind === 'number') {
    const [row] = await run(
      [`SELECT max(${quote(stream.cursorColumn.name)}) FROM ${stream.relation}`],
      `look for the end of ${stream.what}`,
    );
    const largest = row?.[0];
    if (typeof largest !== 'bigint') return { now, before: undefined };
    return { now, before: (largest === maxInteger ? largest : largest + 1n).toString() };
  }
  const limit = await earlier(now, lagSeconds);
  const before = form.utc ? `${await localText(limit, 'UTC', form)}Z` : await localHorizon(limit, zoneOf(stream), form);
  const latest = form.utc ? `${await localText(now, 'UTC', form)}Z` : await localLatest(now, zoneOf(stream), form);
  return { now, before, guard: 'single-writer', future: await countFuture(dialect, run, stream, latest) };
}

export async function shiftBack(stream: SqliteStream, cursor: string, amount: number): Promise<string> {
  const form = stream.forms.cursor;
  if (form.kind === 'number') {
    const shifted = BigInt(cursor) - BigInt(Math.ceil(amount));
    return (shifted < -maxInteger ? -maxInteger : shifted).toString();
  }
  const shifted = await localShiftBack(cursor, amount, form.utc ? 'UTC' : zoneOf(stream), form);
  return form.utc && !shifted.endsWith('Z') ? `${shifted}Z` : shifted;
}

export async function cursorAt(stream: SqliteStream, instant: string): Promise<string> {
  const form = stream.forms.cursor;
  if (form.kind === 'number') throw notATime(stream);
  return form.utc ? `${await localText(instant, 'UTC', form)}Z` : localText(instant, zoneOf(stream), form);
}
