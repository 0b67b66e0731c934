import type { Column, ColumnKind } from '../connector.ts';

/** A column, with the collation that its texts are compared by. */
export type MssqlColumn = Column & { readonly collation?: string | undefined };

const kinds: Readonly<Record<string, ColumnKind>> = {
  tinyint: 'integer',
  smallint: 'integer',
  int: 'integer',
  bigint: 'integer',
  rowversion: 'integer',
  decimal: 'decimal',
  numeric: 'decimal',
  money: 'decimal',
  smallmoney: 'decimal',
  float: 'float',
  real: 'float',
  bit: 'boolean',
  datetimeoffset: 'timestamptz',
  datetime2: 'timestamp',
  datetime: 'timestamp',
  smalldatetime: 'timestamp',
  date: 'date',
  json: 'json',
  binary: 'bytes',
  varbinary: 'bytes',
  image: 'bytes',
};

/** Of the name that the server gives a type: `decimal(10,2)`. A rowversion is `timestamp` there, which is no time. */
export function columnType(systemType: string): { readonly kind: ColumnKind; readonly type: string } {
  const type = systemType.toLowerCase() === 'timestamp' ? 'rowversion' : systemType.toLowerCase();
  return { kind: kinds[baseOf(type)] ?? 'text', type };
}

/** `decimal` of `decimal(10,2)`. */
export function baseOf(type: string): string {
  return /^\w+/.exec(type)?.[0] ?? type;
}

/** The numbers in the parentheses of a type; none for `varchar(max)`. */
export function lengthsOf(type: string): readonly number[] {
  const inner = /\(([\d, ]+)\)/.exec(type)?.[1];
  return inner === undefined ? [] : inner.split(',').map(Number);
}

/** Digits behind the second of a type that has a scale; 7 where none is written. */
export function secondDigits(type: string): number {
  return lengthsOf(type)[0] ?? 7;
}

export const isRowversion = ({ type }: Pick<Column, 'type'>): boolean => type === 'rowversion';

/** Types that SQL Server does not sort, or whose order is not that of one type. */
const UNSORTED = new Set([
  'text',
  'ntext',
  'image',
  'xml',
  'sql_variant',
  'geography',
  'geometry',
  'hierarchyid',
  'vector',
  'json',
]);

export const isSorted = ({ type }: Pick<Column, 'type'>): boolean =>
  !UNSORTED.has(baseOf(type)) && !/\(max\)/.test(type);
