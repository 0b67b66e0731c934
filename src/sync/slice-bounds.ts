/**
 * The ends of a range as a person names them, on a scale that can be reckoned with: milliseconds of a time, parts of a number.
 * They are a command's words and the source's clock; the cursor of a row is never compared here, the source does that.
 */
import type { Horizon, Source, Stream } from '../../connectors/connector.ts';
import { isDuration, parseDuration } from '../config/duration.ts';
import { EXIT, FatalError } from '../errors.ts';
import { parseInstant } from '../mapping/instants.ts';
import { foldAround } from './clock-fold.ts';
import type { Span } from './slice-grid.ts';

/** `since` and `until` as they were typed. */
export type RangeRequest = { readonly since: string; readonly until?: string | undefined };

export type Scale = {
  readonly isTime: boolean;
  /** @throws FatalError `range-invalid`. `what` names the option. */
  readonly parse: (what: string, text: string, now: bigint) => bigint;
  /** As state and people read it: an instant in ISO 8601 UTC, or a number. */
  readonly text: (place: bigint) => string;
  /** Of text that `text` wrote. */
  readonly read: (text: string) => bigint;
  /** A lower and an upper bound in the source's own text: where its column cannot tell, rather too much than too little. */
  readonly lower: (source: Source, place: bigint) => Promise<string>;
  readonly upper: (source: Source, place: bigint) => Promise<string>;
  /** Where the reading ends, cut to the scale, never beyond it; undefined: there is nothing to read. */
  readonly horizon: (horizon: Horizon) => bigint | undefined;
  /** Up to where all there is can be read: the same, but where it follows the last row, the clock less the lag. */
  readonly end: (horizon: Horizon, lagSeconds: number) => bigint | undefined;
  /** Of a cursor's text, cut to the scale; undefined where it has no place on it. */
  readonly placeOf: (cursor: string) => bigint | undefined;
  /** Seconds of a time, units of a number. */
  readonly amount: (amount: number) => bigint;
  readonly steps: readonly bigint[];
};

const invalid = (message: string, hint: string): FatalError =>
  new FatalError('range-invalid', message, { hint, exitCode: EXIT.usage });

export const scaleOf = (stream: Stream, timezone: string | undefined): Scale =>
  stream.cursorUnit === 'time' ? timeScale(stream, timezone ?? 'UTC') : numberScale(stream);

const DAY = 86_400_000n;
const FORMS = 'write a duration back such as 7d, a date such as 2026-11-01, or an instant such as 2026-11-01T10:00:00Z';

const timeScale = (stream: Stream, timezone: string): Scale => {
  const text = (place: bigint): string => new Date(Number(place)).toISOString().replace('.000Z', 'Z');
  const hasZone = stream.cursorColumn.kind === 'timestamptz';
  const fold = (place: bigint) => (hasZone ? undefined : foldAround(Number(place), timezone));
  const placeOf = (cursor: string): bigint | undefined => {
    const instant = parseInstant(cursor, timezone);
    return instant === undefined ? undefined : BigInt(instant);
  };
  return {
    isTime: true,
    text,
    placeOf,
    read: (written) => BigInt(Date.parse(written)),
    parse: (what, given, now) => {
      if (isDuration(given)) return now - BigInt(Math.round(parseDuration(given) * 1000));
      const instant = parseInstant(given.trim(), timezone);
      if (instant === undefined) throw invalid(`${what} is no time: ${JSON.stringify(given)}`, FORMS);
      return BigInt(instant);
    },
    lower: (source, place) => source.cursorAt(stream, text(BigInt(fold(place)?.start ?? place))),
    upper: (source, place) => source.cursorAt(stream, text(BigInt(fold(place)?.end ?? place))),
    horizon: ({ before }) => endOf(before, placeOf),
    end: ({ before, now, guard }, lag) =>
      guard === 'single-writer' ? BigInt(Date.parse(now) - Math.ceil(lag * 1000)) : endOf(before, placeOf),
    amount: (seconds) => BigInt(Math.ceil(seconds * 1000)),
    steps: [DAY, 7n * DAY, 28n * DAY, 364n * DAY],
  };
};

/** Digits behind the point that a bound may have. With its 34 before the point, a slice's name fits its column. */
const DIGITS = 10;
const UNIT = 10n ** BigInt(DIGITS);
const NUMBER = /^(-?)(\d{1,34})(?:\.(\d+))?$/;
const MILLION = 1_000_000n * UNIT;

const numberScale = (stream: Stream): Scale => {
  const placeOf = (cursor: string): bigint | undefined => {
    const m = NUMBER.exec(cursor);
    if (!m) return undefined;
    const fraction = (m[3] ?? '').padEnd(DIGITS, '0');
    const size = BigInt(m[2] as string) * UNIT + BigInt(fraction.slice(0, DIGITS));
    if (!m[1]) return size;
    return /[1-9]/.test(fraction.slice(DIGITS)) ? -size - 1n : -size; // cut downwards
  };
  const text = (place: bigint): string => {
    const size = place < 0n ? -place : place;
    const fraction = String(size % UNIT)
      .padStart(DIGITS, '0')
      .replace(/0+$/, '');
    return `${place < 0n ? '-' : ''}${size / UNIT}${fraction && `.${fraction}`}`;
  };
  return {
    isTime: false,
    text,
    placeOf,
    read: (written) => placeOf(written) as bigint,
    parse: (what, given) => {
      const place = /\.\d{11}/.test(given) ? undefined : placeOf(given.trim());
      const isWhole = stream.cursorColumn.kind !== 'decimal';
      if (place === undefined || (isWhole && place % UNIT !== 0n))
        throw invalid(
          `${what} is no ${isWhole ? 'whole ' : ''}number: ${JSON.stringify(given)}`,
          `"${stream.cursorColumn.name}" counts numbers: write the first one to read, and the first one not to read`,
        );
      return place;
    },
    lower: async (_source, place) => text(place),
    upper: async (_source, place) => text(place),
    horizon: ({ before }) => endOf(before, placeOf),
    end: ({ before }) => endOf(before, placeOf),
    amount: (units) => BigInt(Math.ceil(units)) * UNIT,
    steps: [1n, 10n, 100n, 1_000n, 10_000n, 100_000n, 1_000_000n].map((factor) => factor * MILLION),
  };
};

const endOf = (before: string | undefined, placeOf: Scale['placeOf']): bigint | undefined => {
  const end = before === undefined ? undefined : placeOf(before);
  if (before !== undefined && end === undefined)
    throw invalid('the cursor holds values that a range cannot be reckoned with', 'leave --since out');
  return end;
};

/** Everything that a command needs to place its words. */
export type Ground = {
  readonly scale: Scale;
  readonly horizon: Horizon;
  readonly lagSeconds: number;
  /** How `since` is called, in messages. */
  readonly option?: string | undefined;
};

/**
 * The range of a command. Where it ends beyond what may be read, or names no end, it ends there. Undefined: nothing of it may be read yet.
 * @throws FatalError `range-invalid`
 */
export const rangeOf = (
  { since, until }: RangeRequest,
  { scale, horizon, lagSeconds, option = '--since' }: Ground,
): Span | undefined => {
  const now = Date.parse(horizon.now);
  // Durations are counted back from a whole second: nobody means a part of one.
  const whole = BigInt(now - (now % 1000));
  const from = scale.parse(option, since, whole);
  const asked = until === undefined ? undefined : scale.parse('--until', until, whole);
  if (asked !== undefined && asked <= from)
    throw invalid(
      `--since (${scale.text(from)}) is not before --until (${scale.text(asked)})`,
      'the range is half open: rows from --since on, up to and without --until',
    );
  if (scale.isTime && from > BigInt(now)) throw invalid(`${option} (${scale.text(from)}) lies in the future`, FORMS);
  const end = scale.end(horizon, lagSeconds);
  if (end === undefined || from >= end) return undefined;
  return { from, before: asked === undefined || asked > end ? end : asked };
};
