/**
 * Bounds of a time cursor as its column can hold them. The server rounds a text that is finer than the column; a bound that is rounded up loses
 * rows, so it is cut here: to the digits of the type, to the 1/300 s of `datetime`, to the minute of `smalldatetime`.
 */
import type { Column, Stream } from '../connector.ts';
import type { TimeForm } from '../sql/local-time.ts';
import { baseOf, secondDigits } from './column-types.ts';

/** Where a `datetimeoffset` is shown: always in UTC. */
const UTC_OFFSET = ' +00:00';

export function timeForm({ type }: Column): TimeForm {
  const base = baseOf(type);
  if (base === 'date') return { kind: 'date', separator: ' ', digits: 0 };
  const digits = base === 'datetime' || base === 'smalldatetime' ? 3 : secondDigits(type);
  return { kind: 'timestamp', separator: ' ', digits };
}

/** The zone of the times in a cursor's text. `describe` has made sure that one without an offset has one. */
export function zoneOfText({ cursorColumn, spec }: Stream): string {
  return cursorColumn.kind === 'timestamptz' ? 'UTC' : (spec.timezone ?? 'UTC');
}

export function withoutOffset(text: string): string {
  return text.endsWith(UTC_OFFSET) ? text.slice(0, -UTC_OFFSET.length) : text;
}

/** The earliest that a type holds. */
const EARLIEST: Readonly<Record<string, string>> = {
  datetime: '1753-01-01 00:00:00.000',
  smalldatetime: '1900-01-01 00:00:00.000',
};

/** A bound, reckoned to the digits of the column, as the column holds it. Later than what was asked it never is. */
export function asHeld(column: Column, text: string): string {
  const base = baseOf(column.type);
  const floor = EARLIEST[base] ?? (base === 'date' ? '0001-01-01' : `0001-01-01 00:00:00${zeros(column)}`);
  // Years before 1 begin with `0000` or a minus sign.
  const bounded = text.startsWith('-') || text < floor ? floor : text;
  const cut = base === 'datetime' ? toTick(bounded) : base === 'smalldatetime' ? toMinute(bounded) : bounded;
  return column.kind === 'timestamptz' ? `${cut}${UTC_OFFSET}` : cut;
}

function zeros(column: Column): string {
  const { digits } = timeForm(column);
  return digits === 0 ? '' : `.${'0'.repeat(digits)}`;
}

/** A `datetime` counts 1/300 s and shows them as milliseconds that end in 0, 3 or 7. */
function toTick(text: string): string {
  const last = Number(text.at(-1));
  return `${text.slice(0, -1)}${last >= 7 ? 7 : last >= 3 ? 3 : 0}`;
}

function toMinute(text: string): string {
  return `${text.slice(0, 16)}:00.000`;
}
