/** BigQuery's TIMESTAMP: whole microseconds since 1970 in its answers, `2026-11-20 10:00:00.123456+00` in texts. Exact both ways. */
import { SourceError } from '../connector.ts';

const MILLION = 1_000_000n;
/** 0001-01-01 and the end of 9999, which is what the type holds. */
const EARLIEST = -62_135_596_800_000_000n;
const LATEST = 253_402_300_799_999_999n;

/** `2026-11-20 10:00:00.123456+00`, always six digits: one value has one text. */
export function timestampText(micros: bigint): string {
  return `${civil(micros, ' ')}+00`;
}

/** `2026-11-20T10:00:00.123456Z`. */
export function isoText(micros: bigint): string {
  return `${civil(micros, 'T')}Z`;
}

function civil(micros: bigint, separator: string): string {
  const fraction = ((micros % MILLION) + MILLION) % MILLION;
  const seconds = (micros - fraction) / MILLION;
  // A Date of whole seconds loses nothing.
  const text = new Date(Number(seconds) * 1000).toISOString();
  return `${text.slice(0, 10)}${separator}${text.slice(11, 19)}.${String(fraction).padStart(6, '0')}`;
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(?:Z|\+00(?::00)?| UTC)$/;

/** Microseconds of such a text, or of ISO 8601 in UTC; further digits are cut. @throws SourceError `cursor-format` */
export function microsOf(text: string): bigint {
  const [, day, time, digits = ''] = TIMESTAMP.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(ms)) {
    throw new SourceError('cursor-format', 'the checkpoint of this cursor is not a timestamp in UTC', {
      hint: 'see "capi-sync checkpoint show"',
    });
  }
  return BigInt(ms) * 1000n + BigInt(digits.padEnd(6, '0').slice(0, 6));
}

/** So many seconds earlier, as the type can hold it. Rounded to the past. */
export function earlierMicros(micros: bigint, seconds: number): bigint {
  const shifted = micros - BigInt(Math.ceil(seconds * 1e6));
  return shifted < EARLIEST ? EARLIEST : shifted > LATEST ? LATEST : shifted;
}
