/**
 * The rows of `tests:` as a database would give them. Without a database the kind of a column is that of its values, over all tests of the
 * mapping: 7 integer · 19.9 decimal · true boolean · a list or map json · `2026-11-20 10:00:00` timestamp, with a zone timestamptz · else text.
 */
import type { Cell, Column, ColumnKind, Row } from '../../connectors/connector.ts';

export type GivenRow = Readonly<Record<string, unknown>>;

const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

const kindOf = (value: unknown): ColumnKind | undefined => {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'object') return 'json';
  const time = TIME.exec(String(value));
  if (!time) return 'text';
  return time[1] === undefined ? 'timestamp' : 'timestamptz';
};

const NUMBERS: ReadonlySet<ColumnKind> = new Set(['integer', 'decimal']);

/** Values of several kinds: the wider one where there is one, else each value decides by itself. */
const widest = (kinds: ReadonlySet<ColumnKind>): ColumnKind => {
  const [first = 'unknown'] = kinds;
  if (kinds.size <= 1) return first;
  return [...kinds].every((kind) => NUMBERS.has(kind)) ? 'decimal' : 'unknown';
};

/** @param names columns in the order of the cells; one that no row has is `unknown` and NULL */
export const testColumns = (names: readonly string[], rows: readonly GivenRow[]): Column[] =>
  names.map((name) => {
    const kinds = new Set(rows.map((row) => kindOf(own(row, name))).filter((kind) => kind !== undefined));
    const kind = widest(kinds);
    return { name, kind, type: kind, nullable: true };
  });

/** The cells of a row, in the order of the columns. */
export const testCells = (columns: readonly Column[], row: GivenRow): Row =>
  columns.map(({ name }) => cellOf(own(row, name)));

const cellOf = (value: unknown): Cell => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'bigint') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const own = (row: GivenRow, name: string): unknown => (Object.hasOwn(row, name) ? row[name] : undefined);
