/** What the settings of a cursor mean at its source, as cursor text: where the first run begins, how far a run reads again. */
import type { Source, Stream } from '../../connectors/connector.ts';
import { parseDuration } from '../config/duration.ts';
import { EXIT, FatalError } from '../errors.ts';
import { parseInstant } from '../mapping/instants.ts';

/** Lookback of a number cursor, in units of the cursor, where the mapping names none. */
const NUMBER_LOOKBACK = 1_000;

const DURATION = /^\d+(ms|s|m|h|d)$/;
const NUMBER = /^-?\d+$/;

const mismatch = (what: string, wanted: string): FatalError =>
  new FatalError('cursor-setting', `source.cursor.${what} does not fit the cursor column`, {
    hint: wanted,
    exitCode: EXIT.config,
  });

/** Cursor text of `start`: a duration back from the source's clock, an instant, a number, or nothing for `beginning`. */
export const startText = async (
  source: Source,
  stream: Stream,
  start: string | number,
  now: string,
): Promise<string | undefined> => {
  const text = String(start);
  if (text === 'beginning') return undefined;
  if (stream.cursorUnit === 'number') {
    if (NUMBER.test(text)) return text;
    if (text === '7d') return undefined; // the default is meant for times; a number cursor begins at the beginning
    throw mismatch('start', 'the cursor is a number: write `beginning` or the first number to read');
  }
  if (NUMBER.test(text))
    throw mismatch('start', 'the cursor is a time: write `beginning`, a duration back such as 7d, or an instant');
  if (!DURATION.test(text)) {
    const instant = parseInstant(text, 'UTC');
    if (instant === undefined) throw mismatch('start', 'write `beginning`, a duration back such as 7d, or an instant');
    return source.cursorAt(stream, new Date(instant).toISOString());
  }
  return source.shiftBack(stream, await source.cursorAt(stream, now), parseDuration(text));
};

/** How far a run reads again: seconds, or units of a number cursor. */
export const lookbackAmount = ({ cursorUnit }: Stream, lookback: string | number): number => {
  const text = String(lookback);
  const isDuration = DURATION.test(text);
  if (cursorUnit === 'number') return isDuration ? NUMBER_LOOKBACK : Number(text);
  if (!isDuration) throw mismatch('lookback', 'the cursor is a time: write a duration such as 10m');
  return parseDuration(text);
};

export const lookbackText = async (
  source: Source,
  stream: Stream,
  lookback: string | number,
  cursor: string,
): Promise<string | undefined> => {
  const amount = lookbackAmount(stream, lookback);
  return amount === 0 ? undefined : source.shiftBack(stream, cursor, amount);
};
