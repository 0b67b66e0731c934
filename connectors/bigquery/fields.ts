/** A column as BigQuery's API describes it, and what we make of it. */
import type { Column, ColumnKind } from '../connector.ts';

/** TableFieldSchema of the REST API, as far as it matters here. */
export type Field = {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  /** NULLABLE unless said. */
  readonly mode?: string | undefined;
  readonly fields?: readonly Field[] | undefined;
  readonly precision?: string | undefined;
  readonly scale?: string | undefined;
  readonly collation?: string | undefined;
  readonly rangeElementType?: { readonly type?: string | undefined } | undefined;
  readonly timestampPrecision?: string | undefined;
};

/** The API still answers with names of the old dialect. */
const STANDARD: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};

const KINDS: Readonly<Record<string, ColumnKind>> = {
  INT64: 'integer',
  NUMERIC: 'decimal',
  BIGNUMERIC: 'decimal',
  FLOAT64: 'float',
  BOOL: 'boolean',
  TIMESTAMP: 'timestamptz',
  DATETIME: 'timestamp',
  DATE: 'date',
  JSON: 'json',
  STRUCT: 'json',
  BYTES: 'bytes',
};

/** The name of the type in GoogleSQL, without parameters. */
export function typeOf({ type = 'STRING' }: Field): string {
  return STANDARD[type] ?? type;
}

export function isRepeated({ mode }: Field): boolean {
  return mode === 'REPEATED';
}

/** TIMESTAMP(12): microseconds would cut it. */
export function isPicoseconds(field: Field): boolean {
  return typeOf(field) === 'TIMESTAMP' && field.timestampPrecision === '12';
}

/** `NUMERIC(10, 2)`, `ARRAY<INT64>`, `RANGE<DATE>`. */
export function typeName(field: Field): string {
  if (isRepeated(field)) return `ARRAY<${typeName({ ...field, mode: 'NULLABLE' })}>`;
  const type = typeOf(field);
  if (isPicoseconds(field)) return 'TIMESTAMP(12)';
  if (type === 'RANGE') return `RANGE<${field.rangeElementType?.type ?? ''}>`;
  if (field.precision === undefined) return type;
  return `${type}(${field.precision}${field.scale === undefined ? '' : `, ${field.scale}`})`;
}

/** A collated column calls texts equal that differ: its type says so. */
export function columnOf(field: Field): Column {
  const kind = isRepeated(field) ? 'json' : isPicoseconds(field) ? 'text' : (KINDS[typeOf(field)] ?? 'text');
  const collation = field.collation ? ` COLLATE '${field.collation}'` : '';
  return {
    name: field.name ?? '',
    kind,
    type: `${typeName(field)}${collation}`,
    nullable: field.mode !== 'REQUIRED' && !isRepeated(field),
  };
}
