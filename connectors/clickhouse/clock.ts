import { type Horizon, SourceError } from '../connector.ts';
import { answer, notATime, zonelessForm, zoneOf } from '../sql/clock.ts';
import { countFuture } from '../sql/count-future.ts';
import type { Run, SqlStream } from '../sql/dialect.ts';
import { earlier, localHorizon, localLatest, localShiftBack, localText } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { boundsOfInteger, decimalOf, unwrapped } from './column-types.ts';
import { castType, dialect } from './dialect.ts';

/** `2026-11-20T10:00:00.123456789Z` */
export const nowIso = "concat(replaceOne(toString(now64(9), 'UTC'), ' ', 'T'), 'Z')";

/** The server's clock less the lag. Of inserts under way nothing can be seen here: `lag` and `lookback` have to cover them. */
export async function timeHorizon(run: Run, stream: SqlStream, lagSeconds: number): Promise<Horizon> {
  const [row] = await run([`SELECT ${nowIso}`], `ask for the clock (${stream.what})`);
  const now = answer(row?.[0]);
  const edge = await earlier(now, lagSeconds);
  const form = zonelessForm(stream);
  const [before, latest] =
    form === undefined
      ? await placed(run, stream, [edge, now])
      : [await localHorizon(edge, zoneOf(stream), form), await localLatest(now, zoneOf(stream), form)];
  return { now, before: answer(before), guard: 'lag', future: await countFuture(dialect, run, stream, answer(latest)) };
}

/** The largest value now plus one; of the largest that the type holds, itself. The `where` is left aside: any bound above will do. */
export async function numberHorizon(run: Run, stream: SqlStream): Promise<Horizon> {
  const { cursorColumn, relation, what } = stream;
  const cursor = dialect.quote(cursorColumn.name);
  const [row] = await run(
    [`SELECT ${nowIso}, toString(maxOrNull(${cursor})) FROM ${relation}`],
    `look for the end of ${what}`,
  );
  const now = answer(row?.[0]);
  const largest = row?.[1];
  if (typeof largest !== 'string') return { now, before: undefined };
  const { bare } = unwrapped(cursorColumn.type);
  if (cursorColumn.kind === 'integer') {
    const next = BigInt(largest) + 1n;
    return { now, before: String(next > boundsOfInteger(bare).greatest ? largest : next) };
  }
  const [next] = await run(
    ['SELECT toString(CAST(', bind(largest), ` AS Decimal(76, ${decimalOf(bare).scale})) + 1)`],
    `look for the end of ${what}`,
  );
  return { now, before: answer(next?.[0]) };
}

export async function shiftBack(run: Run, stream: SqlStream, cursor: string, amount: number): Promise<string> {
  const form = zonelessForm(stream);
  if (form !== undefined) return localShiftBack(cursor, amount, zoneOf(stream), form);
  const { bare } = unwrapped(stream.cursorColumn.type);
  const doing = `reckon the lookback of ${stream.what}`;
  if (stream.cursorUnit === 'number') {
    const [row] = await run(
      // As wide as a decimal goes; the least value of the type is the end of the way back.
      [
        'SELECT toString(CAST(',
        bind(cursor),
        ` AS Decimal(76, ${numberScale(bare)})) - CAST(`,
        bind(String(amount)),
        ' AS Decimal(76, 9)))',
      ],
      doing,
    );
    return withinType(answer(row?.[0]), bare);
  }
  const whole = Math.floor(amount);
  const [row] = await run(
    [
      'SELECT toString(CAST(CAST(',
      bind(cursor),
      " AS DateTime64(9, 'UTC')) - toIntervalSecond(",
      bind(whole),
      ') - toIntervalNanosecond(',
      bind(Math.ceil((amount - whole) * 1e9)),
      `) AS ${castType(bare)}), 'UTC')`,
    ],
    doing,
  );
  return answer(row?.[0]);
}

function numberScale(bare: string): number {
  return bare.startsWith('Decimal') ? decimalOf(bare).scale : 0;
}

function withinType(text: string, bare: string): string {
  if (bare.startsWith('Decimal')) return text;
  const whole = BigInt(text.split('.')[0] ?? '0');
  const { least } = boundsOfInteger(bare);
  return String(whole < least ? least : whole);
}

export async function cursorAt(run: Run, stream: SqlStream, instant: string): Promise<string> {
  if (stream.cursorUnit === 'number') throw notATime(stream);
  const form = zonelessForm(stream);
  if (form !== undefined) return localText(instant, zoneOf(stream), form);
  return answer((await placed(run, stream, [instant]))[0]);
}

/** Instants (ISO 8601 UTC) as the cursor writes them, cut to its digits. */
async function placed(run: Run, stream: SqlStream, instants: readonly string[]): Promise<string[]> {
  const { bare } = unwrapped(stream.cursorColumn.type);
  const cells = instants.flatMap((instant, at) => {
    const text = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d{1,9})?)Z$/.exec(instant);
    if (text === null) throw new SourceError('cursor-format', 'an instant has to be ISO 8601 in UTC');
    return [
      `${at === 0 ? '' : ', '}toString(CAST(CAST(`,
      bind(`${text[1]} ${text[2]}`),
      ` AS DateTime64(9, 'UTC')) AS ${castType(bare)}), 'UTC')`,
    ];
  });
  const [row] = await run(['SELECT ', ...cells], `place an instant in ${stream.what}`);
  return (row ?? []).map((cell) => answer(cell));
}
