import type { Horizon } from '../connector.ts';
import { answer, notATime, zonelessForm, zoneOf } from '../sql/clock.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { localHorizon, localShiftBack, localText } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { dialect, scaleOf } from './dialect.ts';

/** The server's clock less the lag. */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number): Promise<Horizon> {
  const [row] = await run(
    ['SELECT UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) - INTERVAL ', bind(lagSeconds), ' SECOND'],
    `ask for the clock (${stream.what})`,
  );
  const before = answer(row?.[1]);
  const form = zonelessForm(stream);
  return {
    now: isoUtc(answer(row?.[0])),
    before: form === undefined ? before : await localHorizon(isoUtc(before), zoneOf(stream), form),
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
