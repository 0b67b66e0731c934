/**
 * Time of day on the wall of a zone, for cursors that carry none. All reckoning errs towards the past: a bound that is
 * too early re-reads rows or lets them wait, one that is too late loses them.
 */
import type { Temporal as TemporalTypes } from 'temporal-polyfill';
import { SourceError } from '../connector.ts';

type PlainDateTime = TemporalTypes.PlainDateTime;

/** How a cursor writes its time: `2026-11-20 10:00:00.123456`. */
export type TimeForm = { readonly kind: 'timestamp' | 'date'; readonly separator: ' ' | 'T'; readonly digits: number };

/** Loaded on use: only zone-less cursors and SQLite need it. */
async function load(): Promise<typeof TemporalTypes> {
  return (await import('temporal-polyfill')).Temporal;
}

/** Wall time of an instant (ISO 8601 UTC) in the zone. */
export async function localText(instant: string, zone: string, form: TimeForm): Promise<string> {
  const Temporal = await load();
  return format(zoned(Temporal.Instant.from(instant), zone).toPlainDateTime(), form);
}

/**
 * Exclusive upper bound of wall times for an instant. While clocks are set back, an hour of wall time passes twice;
 * rows of the second pass would fall below rows of the first that were read already. So the bound stays at the start
 * of that hour until it has passed the second time, and both passes are read together.
 */
export async function localHorizon(instant: string, zone: string, form: TimeForm): Promise<string> {
  const Temporal = await load();
  const now = zoned(Temporal.Instant.from(instant), zone);
  return format(foldAround(Temporal, now)?.start ?? now.toPlainDateTime(), form);
}

/** The latest wall time that may have been on a clock by an instant: the end of an hour that passes twice, while it does. */
export async function localLatest(instant: string, zone: string, form: TimeForm): Promise<string> {
  const Temporal = await load();
  const now = zoned(Temporal.Instant.from(instant), zone);
  return format(foldAround(Temporal, now)?.end ?? now.toPlainDateTime(), form);
}

/** The wall times that pass twice, when the clock shows one of them. */
function foldAround(
  Temporal: typeof TemporalTypes,
  now: TemporalTypes.ZonedDateTime,
): { readonly start: PlainDateTime; readonly end: PlainDateTime } | undefined {
  const local = now.toPlainDateTime();
  // A fold that holds `now` begins or ends within a day of it.
  const change = now.subtract({ hours: 24 }).getTimeZoneTransition('next');
  let fold = change;
  while (fold !== null && fold.epochMilliseconds - now.epochMilliseconds < 24 * 3_600_000) {
    const after = fold.toPlainDateTime();
    const before = fold.subtract({ nanoseconds: 1 }).toPlainDateTime();
    const inFold =
      Temporal.PlainDateTime.compare(local, after) >= 0 && Temporal.PlainDateTime.compare(local, before) <= 0;
    if (Temporal.PlainDateTime.compare(after, before) < 0 && inFold) return { start: after, end: before };
    fold = fold.getTimeZoneTransition('next');
  }
  return undefined;
}

/**
 * Wall time that lies at least `seconds` before `text`. Where the zone's clocks changed within 26 hours before it, at
 * least two hours, because the same wall time may then stand for two instants.
 */
export async function localShiftBack(text: string, seconds: number, zone: string, form: TimeForm): Promise<string> {
  const Temporal = await load();
  const local = parse(Temporal, text);
  if (form.kind === 'date') {
    return format(local.subtract({ days: Math.ceil(seconds / 86_400) }), form);
  }
  if (seconds === 0) return text;
  const shift = Temporal.Duration.from({ nanoseconds: Math.ceil(seconds * 1e6) * 1e3 });
  const first = toZone(local, zone, 'earlier');
  const candidates = [local.subtract(shift), first.subtract(shift).toPlainDateTime()];
  const last = toZone(local, zone, 'later');
  const next = first.subtract({ hours: 26 }).getTimeZoneTransition('next');
  if (next !== null && next.epochMilliseconds <= last.epochMilliseconds) candidates.push(local.subtract({ hours: 2 }));
  return format(candidates.sort(Temporal.PlainDateTime.compare)[0]!, form);
}

/** An instant as ISO 8601 UTC text, `seconds` earlier. */
export async function earlier(instant: string, seconds: number): Promise<string> {
  const Temporal = await load();
  return Temporal.Instant.from(instant)
    .subtract({ nanoseconds: Math.ceil(seconds * 1e6) * 1e3 })
    .toString();
}

export function checkZone(zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch (error) {
    throw new SourceError('cursor-timezone', `"${zone}" is not a time zone`, {
      hint: 'use an IANA name such as UTC, Europe/Paris or America/New_York',
      cause: error,
    });
  }
}

function zoned(instant: TemporalTypes.Instant, zone: string): TemporalTypes.ZonedDateTime {
  return instant.toZonedDateTimeISO(zone);
}

function toZone(local: PlainDateTime, zone: string, disambiguation: 'earlier' | 'later'): TemporalTypes.ZonedDateTime {
  return local.toZonedDateTime(zone, { disambiguation });
}

function parse(Temporal: typeof TemporalTypes, text: string): PlainDateTime {
  try {
    return Temporal.PlainDateTime.from(text.replace(' ', 'T').replace(/Z$/, ''));
  } catch (error) {
    throw new SourceError('cursor-format', 'the checkpoint of this cursor is not a date that can be reckoned with', {
      hint: 'see "capi-sync checkpoint show"',
      cause: error,
    });
  }
}

/** Cut, never rounded: a bound may only come out earlier. */
function format(local: PlainDateTime, form: TimeForm): string {
  if (form.kind === 'date') return local.toPlainDate().toString();
  const digits = form.digits as 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
  const text = local.toString({ fractionalSecondDigits: digits, roundingMode: 'floor' });
  return form.separator === 'T' ? text : text.replace('T', ' ');
}
