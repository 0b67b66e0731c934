import type { Cell, Column, ColumnKind } from '../connector.ts';

/** Types of fields that are no text. `anyType` is what OldValue and NewValue of history objects are. */
const KINDS: Readonly<Record<string, ColumnKind>> = {
  boolean: 'boolean',
  int: 'integer',
  long: 'integer',
  double: 'decimal',
  currency: 'decimal',
  percent: 'decimal',
  date: 'date',
  datetime: 'timestamptz',
};

/** Compound fields, whose parts are fields of their own, and contents of files: Bulk API 2.0 cannot read them. */
const UNREAD: ReadonlySet<string> = new Set(['address', 'location', 'base64', 'complexvalue', 'junctionidlist']);

/** By the type that a describe tells. Undefined: no column. */
export function kindOf(type: string): ColumnKind | undefined {
  return UNREAD.has(type.toLowerCase()) ? undefined : (KINDS[type.toLowerCase()] ?? 'text');
}

/**
 * A value as a cell: one text, whichever of the two APIs it came by. The REST API writes `+0000` where Bulk API 2.0 writes `Z`, and numbers
 * as Java does (`3.5E8`); nothing else is changed.
 */
export function cellOf(value: unknown, { kind }: Pick<Column, 'kind'>): Cell {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (kind === 'timestamptz') return text.replace(/[+-]00:?00$/, 'Z');
  return kind === 'decimal' || kind === 'integer' ? plainNumber(text) : text;
}

/** `1.25E7` as `12500000`: the same digits, the point moved. */
export function plainNumber(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?E([+-]?\d{1,3})$/i.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const left = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const right = (point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits).replace(/0+$/, '');
  return `${sign}${left.replace(/^0+(?=\d)/, '')}${right === '' ? '' : `.${right}`}`;
}
