import type { Horizon } from '../connector.ts';
import { answer, notATime, zonelessForm, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { earlier, localHorizon, localLatest, localShiftBack, localText } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { dialect } from './dialect.ts';

/** The session is in UTC. */
export const CLOCK = 'CAST(current_timestamp() AS STRING)';

/** `2026-11-20 10:00:00.123456`, the text of an instant in a session in UTC, as ISO 8601. */
export function isoOf(text: string): string {
  return `${text.replace(' ', 'T')}Z`;
}

/** An instant as it is bound: microseconds, as the warehouse keeps them. */
function instantText(iso: string): string {
  const [whole = '', fraction = ''] = iso.replace(/Z$/, '').split('.');
  return `${whole.replace('T', ' ')}.${fraction.slice(0, 6).padEnd(6, '0')}`;
}

/** The warehouse's clock less the lag. Transactions of others are not to be seen: nothing but lag and lookback guards late commits. */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number): Promise<Horizon> {
  const [row] = await run([`SELECT ${CLOCK}`], `ask for the clock (${stream.what})`);
  const now = isoOf(answer(row?.[0]));
  const before = await earlier(now, lagSeconds);
  const form = zonelessForm(stream);
  const latest = form === undefined ? instantText(now) : await localLatest(now, zoneOf(stream), form);
  return {
    now,
    before: form === undefined ? instantText(before) : await localHorizon(before, zoneOf(stream), form),
    guard: 'lag',
    future: await countFuture(dialect, run, stream, latest),
  };
}

/** The largest value now plus one. The `where` is left aside: any bound above it will do, and this one comes from statistics of the files. */
export async function numberHorizon(run: Run, stream: SqlStream): Promise<Horizon> {
  const cursor = dialect.quote(stream.cursorColumn.name);
  const [row] = await run(
    [`SELECT ${CLOCK}, CAST(CAST(max(${cursor}) AS ${numberType(stream)}) + 1 AS STRING) FROM ${stream.relation}`],
    `look for the end of ${stream.what}`,
  );
  return { now: isoOf(answer(row?.[0])), before: typeof row?.[1] === 'string' ? row[1] : undefined, guard: 'lag' };
}

export async function shiftBack(run: Run, stream: SqlStream, cursor: string, amount: number): Promise<string> {
  const form = zonelessForm(stream);
  if (form !== undefined) return localShiftBack(cursor, amount, zoneOf(stream), form);
  if (stream.cursorUnit === 'time') return instantText(await earlier(isoOf(cursor), amount));
  const back = String(stream.cursorColumn.kind === 'integer' ? Math.ceil(amount) : amount);
  const [row] = await run(
    [
      'SELECT CAST(CAST(',
      bind(cursor),
      ` AS ${numberType(stream)}) - CAST(`,
      bind(back),
      ` AS ${numberType(stream)}) AS STRING)`,
    ],
    `reckon the lookback of ${stream.what}`,
  );
  return answer(row?.[0]);
}

/** Room for one more than the largest, at the scale of the column. */
function numberType({ cursorColumn: { type } }: SqlStream): string {
  const scale = /,\s*(\d+)\)/.exec(type)?.[1] ?? '0';
  return `DECIMAL(38,${scale})`;
}

export async function cursorAt(stream: SqlStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  const form = zonelessForm(stream);
  return form === undefined ? instantText(await earlier(instant, 0)) : localText(instant, zoneOf(stream), form);
}
