/**
 * What an expression sees of a cell, by the column's kind (docs/expressions.md has the same table):
 * integer → int (exact, any size) · decimal, float → double · boolean → bool · json → list, map, … · timestamps → timestamp ·
 * everything else → string. NULL is null. A bare column (`=email`) never comes here: it is the database's own text.
 */
import type { Cell, ColumnKind } from '../../connectors/connector.ts';
import { parseInstant } from './instants.ts';

/** A value inside the expression engine. */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

/** The database's exact text of a cell, or null. Booleans are `true`/`false`, bytes are lower-case hex. */
export const cellText = (cell: Cell): string | null => {
  if (cell === null || typeof cell === 'string') return cell;
  if (cell instanceof Uint8Array) return Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('hex');
  return String(cell);
};

const TRUE = new Set(['t', 'true', '1', 'y', 'yes', 'on']);
const FALSE = new Set(['f', 'false', '0', 'n', 'no', 'off', '']);

/** Thrown inside an evaluation only, and turned into a rejection there. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}

/** Reads a cell for the engine. @throws ConversionError when the cell does not fit its column's kind */
export const cellValue = (cell: Cell, kind: ColumnKind, timezone: string | undefined): Value => {
  if (cell === null) return null;
  switch (kind) {
    case 'integer':
      if (typeof cell === 'bigint') return cell;
      return /^[+-]?\d+$/.test(String(cell)) ? BigInt(String(cell)) : number(cell);
    case 'decimal':
    case 'float':
      return number(cell);
    case 'boolean':
      return boolean(cell);
    case 'json':
      return typeof cell === 'string' ? parseJson(cell) : plain(cell);
    case 'timestamptz':
    case 'timestamp': {
      // An instant is rendered in UTC, with or without saying so (MySQL does not); the mapping's zone is not its zone.
      const instant = parseInstant(cellText(cell) ?? '', kind === 'timestamptz' ? 'UTC' : timezone);
      if (instant === undefined) throw new ConversionError('not a timestamp');
      return new Date(instant);
    }
    case 'unknown':
      return plain(cell);
    default:
      return cellText(cell);
  }
};

const plain = (cell: NonNullable<Cell>): Value => cell;

const number = (cell: NonNullable<Cell>): number => {
  const value = typeof cell === 'string' ? (cell.trim() === '' ? Number.NaN : Number(cell)) : Number(cell);
  if (!Number.isFinite(value)) throw new ConversionError('not a finite number');
  return value;
};

const boolean = (cell: NonNullable<Cell>): boolean => {
  if (typeof cell === 'boolean') return cell;
  const text = String(cell).toLowerCase();
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new ConversionError('not a boolean');
};

/** @throws ConversionError */
export const parseJson = (text: string): Value => {
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw new ConversionError('not JSON');
  }
};
