import type { Horizon } from '../connector.ts';
import { answer, notATime, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { earlier, localHorizon, localLatest, localShiftBack, localText, type TimeForm } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { INSTANT } from './column-types.ts';
import { dialect } from './dialect.ts';

/** UTC, whatever the session's zone is. */
export const CLOCK = `TO_VARCHAR(SYSDATE(), ${INSTANT})`;

/** How a cursor without a zone is written; undefined for one that is an instant. */
function formOf({ cursorColumn: { kind } }: SqlStream): TimeForm | undefined {
  return kind === 'timestamp' || kind === 'date' ? { kind, separator: ' ', digits: 9 } : undefined;
}

/** The account's clock less the lag. Other sessions' transactions are not to be seen: nothing but lag and lookback guards late commits. */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number): Promise<Horizon> {
  const [row] = await run([`SELECT ${CLOCK}`], `ask for the clock (${stream.what})`);
  const now = answer(row?.[0]);
  const before = nineDigits(await earlier(now, lagSeconds));
  const form = formOf(stream);
  const latest = form === undefined ? now : await localLatest(now, zoneOf(stream), form);
  return {
    now,
    before: form === undefined ? before : await localHorizon(before, zoneOf(stream), form),
    guard: 'lag',
    future: await countFuture(dialect, run, stream, latest),
  };
}

/** The largest value now plus one; it is kept beside each partition and costs no scan. The `where` is left aside: any bound above it will do. */
export async function numberHorizon(run: Run, stream: SqlStream): Promise<Horizon> {
  const cursor = dialect.quote(stream.cursorColumn.name);
  const [row] = await run(
    [`SELECT ${CLOCK}, TO_VARCHAR(MAX(${cursor}) + 1) FROM ${stream.relation}`],
    `look for the end of ${stream.what}`,
  );
  return { now: answer(row?.[0]), before: typeof row?.[1] === 'string' ? row[1] : undefined, guard: 'lag' };
}

export async function shiftBack(run: Run, stream: SqlStream, cursor: string, amount: number): Promise<string> {
  const form = formOf(stream);
  if (form !== undefined) return localShiftBack(cursor, amount, zoneOf(stream), form);
  if (stream.cursorUnit === 'time') return nineDigits(await earlier(cursor, amount));
  const { type, kind } = stream.cursorColumn;
  const number = type.replace(/^NUMBER\(\d+/, 'NUMBER(38');
  const back = String(kind === 'integer' ? Math.ceil(amount) : amount);
  const [row] = await run(
    ['SELECT TO_VARCHAR(CAST(', bind(cursor), ` AS ${number}) - CAST(`, bind(back), ` AS ${number}))`],
    `reckon the lookback of ${stream.what}`,
  );
  return answer(row?.[0]);
}

export async function cursorAt(stream: SqlStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  const form = formOf(stream);
  return form === undefined ? nineDigits(await earlier(instant, 0)) : localText(instant, zoneOf(stream), form);
}

/** An instant as ISO 8601 UTC text with nine digits of a second: the one form of a position. */
function nineDigits(instant: string): string {
  const [whole = '', fraction = ''] = instant.replace(/Z$/, '').split('.');
  return `${whole}.${fraction.padEnd(9, '0')}Z`;
}
