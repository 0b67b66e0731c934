import { type Cell, SourceError, type Stream } from '../connector.ts';
import type { SqlStream } from './dialect.ts';
import type { TimeForm } from './local-time.ts';

/** How a server writes a cursor that carries no zone; undefined for one that does. */
export function zonelessForm(stream: Stream): TimeForm | undefined {
  const { kind } = stream.cursorColumn;
  return kind === 'timestamp' || kind === 'date' ? { kind, separator: ' ', digits: 6 } : undefined;
}

/** `describe` has made sure that a zone-less cursor has one. */
export function zoneOf(stream: Stream): string {
  return stream.spec.timezone ?? 'UTC';
}

/** The text of a cell that a question about the clock or the end of a stream must have. */
export function answer(cell: Cell | undefined): string {
  if (typeof cell === 'string') return cell;
  throw new SourceError('source-query-failed', 'the source gave no answer to a question about its clock or its cursor');
}

export function notATime(stream: SqlStream): SourceError {
  return new SourceError(
    'cursor-type',
    `cursor column "${stream.cursorColumn.name}" of ${stream.what} counts numbers: an instant has no place in it`,
    { hint: 'start at `beginning`, or set the checkpoint to a number' },
  );
}
