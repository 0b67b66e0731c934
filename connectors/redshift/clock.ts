import type { Horizon, Stream } from '../connector.ts';
import { answer, notATime, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { earlier, localHorizon, localLatest, localShiftBack, localText, type TimeForm } from '../sql/local-time.ts';
import { addTo } from './decimal-text.ts';
import { dialect } from './dialect.ts';

export const nowIso = `to_char(getdate(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** All reckoning with time is done here, in wall time of the column's zone: of a timestamptz that is UTC. */
const formOf = ({ cursorColumn }: Stream): TimeForm => ({
  kind: cursorColumn.kind === 'date' ? 'date' : 'timestamp',
  separator: ' ',
  digits: 6,
});

const zone = (stream: Stream): string => (stream.cursorColumn.kind === 'timestamptz' ? 'UTC' : zoneOf(stream));

/** As the cluster writes it: no zeros at the end of a fraction, and the offset of UTC where there is a zone. */
function asWritten(text: string, stream: Stream): string {
  const short = text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  return stream.cursorColumn.kind === 'timestamptz' ? `${short}+00` : short;
}

/** The cluster's clock, in whole seconds, less the lag. What commits late cannot be seen: `lag` and `lookback` have to cover it. */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number): Promise<Horizon> {
  const [row] = await run([`SELECT ${nowIso}`], `ask for the clock (${stream.what})`);
  const now = answer(row?.[0]);
  const [form, inZone] = [formOf(stream), zone(stream)];
  const before = asWritten(await localHorizon(await earlier(now, lagSeconds), inZone, form), stream);
  const latest = asWritten(await localLatest(now, inZone, form), stream);
  return { now, before, guard: 'lag', future: await countFuture(dialect, run, stream, latest) };
}

/** More than the largest value now, and as little as a whole number allows. The `where` is left aside: any bound above will do. */
export async function numberHorizon(run: Run, stream: SqlStream): Promise<Horizon> {
  const cursor = dialect.quote(stream.cursorColumn.name);
  const [row] = await run(
    [`SELECT ${nowIso}, CAST(MAX(${cursor}) AS varchar(64)) FROM ${stream.relation}`],
    `look for the end of ${stream.what}`,
  );
  const now = answer(row?.[0]);
  const largest = row?.[1];
  if (typeof largest !== 'string') return { now, before: undefined };
  const isLast = stream.cursorColumn.kind === 'integer' && largest === '9223372036854775807';
  return { now, before: isLast ? largest : addTo(largest, '1') };
}

export async function shiftBack(stream: SqlStream, cursor: string, amount: number): Promise<string> {
  if (stream.cursorUnit === 'number') return addTo(cursor, String(-amount));
  if (amount === 0) return cursor;
  const wall = cursor.replace(/\+00$/, '');
  return asWritten(await localShiftBack(wall, amount, zone(stream), formOf(stream)), stream);
}

export async function cursorAt(stream: SqlStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  return asWritten(await localText(instant, zone(stream), formOf(stream)), stream);
}
