/** DuckDB has no server: its clock is this machine's, to the microsecond. */
import type { Column, Horizon, Stream } from '../connector.ts';
import { answer, notATime, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { earlier, localHorizon, localLatest, localShiftBack, localText, type TimeForm } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { boundType } from './column-types.ts';
import { dialect, quote } from './dialect.ts';

/** The machine's clock as ISO 8601 UTC. */
export async function clockNow(run: Run): Promise<string> {
  const [row] = await run(["SELECT strftime(now() AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"], 'ask for the clock');
  return answer(row?.[0]);
}

export async function numberHorizon(run: Run, stream: SqlStream): Promise<Horizon> {
  const now = await clockNow(run);
  const { cursorColumn, relation, what } = stream;
  const [row] = await run(
    [
      `SELECT CAST(CAST(max(${quote(cursorColumn.name)}) AS ${boundType(cursorColumn)}) + 1 AS VARCHAR) FROM ${relation}`,
    ],
    `look for the end of ${what}`,
  );
  const next = row?.[0];
  return { now, before: typeof next === 'string' ? next : undefined };
}

export type TimeHorizon = {
  readonly now: string;
  readonly lagSeconds: number;
  readonly guard: NonNullable<Horizon['guard']>;
};

export async function timeHorizon(
  run: Run,
  stream: SqlStream,
  { now, lagSeconds, guard }: TimeHorizon,
): Promise<Horizon> {
  const limit = await earlier(now, lagSeconds);
  const column = stream.cursorColumn;
  const form = formOf(stream);
  const isInstant = column.kind === 'timestamptz';
  const before = isInstant
    ? `${await localText(limit, 'UTC', form)}+00`
    : await localHorizon(limit, zoneOf(stream), form);
  const latest = isInstant ? `${await localText(now, 'UTC', form)}+00` : await localLatest(now, zoneOf(stream), form);
  return {
    now,
    before: await ownText(run, column, before),
    guard,
    future: await countFuture(dialect, run, stream, latest),
  };
}

export async function shiftBack(run: Run, stream: SqlStream, cursor: string, amount: number): Promise<string> {
  const column = stream.cursorColumn;
  if (stream.cursorUnit === 'number') {
    const type = boundType(column);
    const [row] = await run(
      ['SELECT CAST(CAST(', bind(cursor), ` AS ${type}) - CAST(`, bind(String(amount)), ` AS ${type}) AS VARCHAR)`],
      `reckon back from a cursor of ${stream.what}`,
    );
    return answer(row?.[0]);
  }
  const plain = cursor.replace(/\+00(?::00)?$/, '');
  const zone = column.kind === 'timestamptz' ? 'UTC' : zoneOf(stream);
  const shifted = await localShiftBack(plain, amount, zone, formOf(stream));
  return ownText(run, column, column.kind === 'timestamptz' ? `${shifted}+00` : shifted);
}

export async function cursorAt(run: Run, stream: SqlStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  const column = stream.cursorColumn;
  const text =
    column.kind === 'timestamptz'
      ? `${await localText(instant, 'UTC', formOf(stream))}+00`
      : await localText(instant, zoneOf(stream), formOf(stream));
  return ownText(run, column, text);
}

/** As DuckDB would write it: without the zeros at the end of a fraction. */
async function ownText(run: Run, column: Column, text: string): Promise<string> {
  const [row] = await run(['SELECT CAST(', ...dialect.bound(column, text), ' AS VARCHAR)'], 'write a cursor');
  return answer(row?.[0]);
}

const formOf = ({ cursorColumn: { kind, type } }: Stream): TimeForm => ({
  kind: kind === 'date' ? 'date' : 'timestamp',
  separator: ' ',
  digits: type === 'TIMESTAMP_NS' ? 9 : 6,
});
