/**
 * Which partitions a read needs. BigQuery leaves the others aside, and out of the bill, when a condition on the partition column alone compares it with
 * constants; a table may refuse to be read without one.
 */
import { type Bounds, type ReadSpec, SourceError } from '../connector.ts';
import type { SqlStream } from '../sql/dialect.ts';
import { dialect } from './dialect.ts';
import { type PartitionWindow, secondsOf } from './options.ts';
import { earlierMicros, microsOf, timestampText } from './timestamp-text.ts';

export type Partitioning = {
  /** A column, or `_PARTITIONTIME` of a table that is partitioned by the time of arrival. */
  readonly column: string;
  readonly type: 'TIMESTAMP' | 'DATETIME' | 'DATE' | 'INT64';
  /** The table refuses a query without a filter on it. */
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  /** Seconds by which its values are rounded down: those of `_PARTITIONTIME` are. */
  readonly rounding: number;
};

export type BigqueryStream = SqlStream & {
  readonly partitioning: Partitioning | undefined;
  /** How far partition and cursor of a row lie apart; undefined: nobody said. */
  readonly window: PartitionWindow | undefined;
};

const DAY = 86_400;
const ROUNDING: Readonly<Record<string, number>> = { HOUR: 3600, DAY, MONTH: 31 * DAY, YEAR: 366 * DAY };

/** What tables.get tells of it. */
export type PartitionFacts = {
  readonly timePartitioning?: {
    readonly field?: string;
    readonly type?: string;
    readonly requirePartitionFilter?: boolean;
  };
  readonly rangePartitioning?: { readonly field?: string };
  readonly requirePartitionFilter?: boolean;
};

export function partitioningOf(
  { timePartitioning: time, rangePartitioning: range, requirePartitionFilter }: PartitionFacts,
  fieldOf: (name: string) => { readonly type: string; readonly isNullable: boolean } | undefined,
): Partitioning | undefined {
  const isRequired = requirePartitionFilter === true || time?.requirePartitionFilter === true;
  const column = time?.field ?? range?.field;
  if (column !== undefined) {
    const field = fieldOf(column);
    const type = field?.type as Partitioning['type'] | undefined;
    return { column, type: type ?? 'TIMESTAMP', isRequired, isNullable: field?.isNullable ?? true, rounding: 0 };
  }
  if (time === undefined) return undefined;
  // Rows in the streaming buffer have no partition yet: NULL.
  const rounding = ROUNDING[time.type ?? 'DAY'] ?? DAY;
  return { column: '_PARTITIONTIME', type: 'TIMESTAMP', isRequired, isNullable: true, rounding };
}

/** @throws SourceError where `partitions` names a table or a cursor that it cannot serve */
export function checkWindow(
  stream: Pick<BigqueryStream, 'partitioning' | 'window' | 'cursorUnit' | 'what'> & { readonly spec: ReadSpec },
): void {
  const { partitioning, window, cursorUnit, what, spec } = stream;
  if (window === undefined) return;
  const problem = (detail: string, hint: string): SourceError =>
    new SourceError('source-query-failed', `"partitions" of the connection names ${what}, ${detail}`, { hint });
  if (partitioning === undefined) throw problem('which is not partitioned', 'take it out');
  if (partitioning.column === spec.cursor)
    throw problem('which is partitioned by the cursor already', 'take it out: nothing more is needed');
  if (partitioning.type === 'INT64' || (cursorUnit !== 'time' && !spec.byKey))
    throw problem('whose cursor or partition is a number', 'take it out, or filter by the partition in source.where');
}

/** The stream with the condition that leaves aside the partitions which no row of these bounds can be in. */
export function bounded<Stream extends BigqueryStream>(stream: Stream, bounds: Bounds): Stream {
  const term = partitionTerm(stream, bounds);
  if (term === undefined) return stream;
  return { ...stream, condition: stream.condition === undefined ? term : `${term} AND ${stream.condition}` };
}

/** A condition that every row meets, for a table that wants one. */
export function anyPartition(partitioning: Partitioning): string {
  const { type } = partitioning;
  const text = type === 'INT64' ? '-9223372036854775808' : literal(type, microsOf('0001-01-01T00:00:00Z'));
  return orNull(partitioning, `${nameOf(partitioning)} >= ${text}`);
}

function partitionTerm({ partitioning, window, spec, cursorColumn, cursorUnit }: BigqueryStream, bounds: Bounds) {
  if (partitioning === undefined) return undefined;
  const low = bounds.after?.cursor ?? bounds.from;
  const high = bounds.upTo?.cursor ?? bounds.before;
  if (partitioning.column === spec.cursor) {
    return partitioning.isRequired && low === undefined && high === undefined ? anyPartition(partitioning) : undefined;
  }
  const none = partitioning.isRequired ? anyPartition(partitioning) : undefined;
  if (window === undefined || cursorUnit !== 'time') return none;
  // Whoever's wall clock a value without a zone was read from, a day covers it.
  const slack = cursorColumn.kind === 'timestamptz' && partitioning.type === 'TIMESTAMP' ? 0 : DAY;
  const edge = (text: string, seconds: number): string =>
    literal(partitioning.type, earlierMicros(microsOfCursor(text), seconds));
  const name = nameOf(partitioning);
  const terms: string[] = [];
  if (low !== undefined)
    terms.push(`${name} >= ${edge(low, secondsOf(window.before) + slack + partitioning.rounding)}`);
  if (high !== undefined && window.after !== undefined)
    terms.push(`${name} <= ${edge(high, -secondsOf(window.after) - slack)}`);
  return terms.length === 0 ? none : orNull(partitioning, terms.join(' AND '));
}

/** A cursor that carries no zone is taken for UTC here; the slack makes up for it. */
function microsOfCursor(text: string): bigint {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text.replace(/(?:Z|[+-]00(?::00)?)$/, '');
  return microsOf(`${time}Z`);
}

/** Rows without a partition value are few, and are read always: a bound would lose them. */
function orNull(partitioning: Partitioning, term: string): string {
  return partitioning.isNullable ? `(${term} OR ${nameOf(partitioning)} IS NULL)` : `(${term})`;
}

function nameOf({ column, rounding }: Partitioning): string {
  return rounding > 0 ? column : dialect.quote(column);
}

function literal(type: Partitioning['type'], micros: bigint): string {
  const text = timestampText(micros);
  if (type === 'TIMESTAMP') return `TIMESTAMP '${text}'`;
  return type === 'DATE' ? `DATE '${text.slice(0, 10)}'` : `DATETIME '${text.slice(0, -3)}'`;
}
