/** BigQuery's clock, and reckoning with cursor texts, which is done here: a query for it would be a job of a second. */
import type { Horizon } from '../connector.ts';
import { answer, notATime, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run } from '../sql/dialect.ts';
import { localHorizon, localLatest, localShiftBack, localText, type TimeForm } from '../sql/local-time.ts';
import { minus } from './decimals.ts';
import { dialect } from './dialect.ts';
import { type BigqueryStream, bounded } from './partition.ts';
import { earlierMicros, isoText, microsOf, timestampText } from './timestamp-text.ts';

/** How the API writes a DATETIME or a DATE; undefined for a TIMESTAMP. */
function zonelessForm({ cursorColumn: { kind } }: BigqueryStream): TimeForm | undefined {
  return kind === 'timestamp' || kind === 'date' ? { kind, separator: 'T', digits: 6 } : undefined;
}

/** By a query that reads no table, which is free. */
async function nowMicros(run: Run, what: string): Promise<bigint> {
  const [row] = await run(['SELECT CURRENT_TIMESTAMP()'], `ask for the clock (${what})`);
  return microsOf(answer(row?.[0]));
}

/** The clock less the lag. What is loaded or streamed is seen when it is committed, and nobody tells of what is on its way. */
export async function timeHorizon(run: Run, stream: BigqueryStream, lagSeconds: number): Promise<Horizon> {
  const now = await nowMicros(run, stream.what);
  const edge = earlierMicros(now, lagSeconds);
  const form = zonelessForm(stream);
  const zone = zoneOf(stream);
  const latest = form ? await localLatest(isoText(now), zone, form) : timestampText(now);
  return {
    now: isoText(now),
    before: form ? await localHorizon(isoText(edge), zone, form) : timestampText(edge),
    guard: 'lag',
    future: await countFuture(dialect, run, bounded(stream, { from: latest }), latest),
  };
}

/** The largest value now plus one. */
export async function numberHorizon(run: Run, stream: BigqueryStream): Promise<Horizon> {
  const { relation, condition } = bounded({ ...stream, condition: undefined }, {});
  const where = condition === undefined ? '' : ` WHERE ${condition}`;
  const [row] = await run(
    [`SELECT CURRENT_TIMESTAMP(), MAX(${dialect.quote(stream.cursorColumn.name)}) FROM ${relation}${where}`],
    `look for the end of ${stream.what}`,
  );
  const now = isoText(microsOf(answer(row?.[0])));
  const largest = row?.[1];
  if (typeof largest !== 'string') return { now, before: undefined };
  const isLast = stream.cursorColumn.kind === 'integer' && largest === '9223372036854775807';
  return { now, before: isLast ? largest : minus(largest, '-1') };
}

export async function shiftBack(stream: BigqueryStream, cursor: string, amount: number): Promise<string> {
  if (stream.cursorUnit === 'number') return minus(cursor, String(amount));
  const form = zonelessForm(stream);
  if (form !== undefined) return localShiftBack(cursor, amount, zoneOf(stream), form);
  return timestampText(earlierMicros(microsOf(cursor), amount));
}

export async function cursorAt(stream: BigqueryStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  const form = zonelessForm(stream);
  return form ? localText(instant, zoneOf(stream), form) : timestampText(microsOf(instant));
}
