/** Cursor text: an instant in UTC, `2026-11-20T10:00:00.123Z`, to the millisecond, which is all that HubSpot keeps. It sorts as text. */
import { SourceError } from '../connector.ts';

const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3}0*)?)?Z)?$/;
const EPOCH = /^-?\d{1,14}$/;

/** Milliseconds of a value as HubSpot writes it (ISO text, in places milliseconds); undefined for anything else. */
export function msOf(text: string): number | undefined {
  const ms = EPOCH.test(text) ? Number(text) : ISO.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

export function cursorText(ms: number): string {
  return new Date(ms).toISOString();
}

/** Milliseconds of a cursor text of ours. */
export function cursorMs(text: string, what: string): number {
  const ms = msOf(text);
  if (ms !== undefined) return ms;
  throw new SourceError('cursor-format', `the checkpoint of ${what} is not a time as HubSpot writes it`, {
    hint: 'another kind of source wrote it: reset the checkpoint; the ledger keeps what was sent from going out twice',
  });
}

/** ISO 8601 UTC of up to nine digits, cut to the millisecond. */
export function instantMs(instant: string): number {
  return Math.floor(Date.parse(instant.replace(/(\.\d{3})\d+/, '$1')));
}
