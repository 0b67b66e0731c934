import type { Horizon } from '../connector.ts';
import { answer, notATime, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Dialect, Run } from '../sql/dialect.ts';
import { earlier, localHorizon, localLatest, localShiftBack, localText } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { quote } from './catalogue.ts';
import { nextText, type TextForm } from './cursor-form.ts';
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
  const bound = form.utc ? `${await localText(limit, 'UTC', form)}Z` : await localHorizon(limit, zoneOf(stream), form);
  const before = await afterCommitted(run, dialect, stream, form, bound);
  const latest = form.utc ? `${await localText(now, 'UTC', form)}Z` : await localLatest(now, zoneOf(stream), form);
  return { now, before, guard: 'single-writer', future: await countFuture(dialect, run, stream, latest) };
}

/**
 * A run does not read past what is committed when it begins. What the one writer commits meanwhile has the time of the last row or a
 * later one: if a later one were read now, an equal one that lies behind the checkpoint would be out of reach of the next lookback.
 */
async function afterCommitted(
  run: Run,
  dialect: Dialect,
  stream: SqliteStream,
  form: TextForm,
  bound: string,
): Promise<string> {
  const { cursorColumn, relation, what } = stream;
  const cursor = quote(cursorColumn.name);
  const [row] = await run(
    [`SELECT max(${cursor}) FROM ${relation} WHERE ${cursor} < `, ...dialect.bound(cursorColumn, bound)],
    `look for the end of ${what}`,
  );
  const last = row?.[0];
  const next = typeof last === 'string' ? nextText(last, form) : undefined;
  if (next === undefined) return bound;
  // As SQLite sorts them: `bound` may lie within the step to the next text.
  const [first] = await run(['SELECT min(', bind(next), ', ', bind(bound), ')'], `look for the end of ${what}`);
  return answer(first?.[0]);
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
