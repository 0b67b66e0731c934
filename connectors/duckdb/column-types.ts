import type { Column, ColumnKind } from '../connector.ts';

const KINDS: Readonly<Record<string, ColumnKind>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'integer',
  SMALLINT: 'integer',
  INTEGER: 'integer',
  BIGINT: 'integer',
  UTINYINT: 'integer',
  USMALLINT: 'integer',
  UINTEGER: 'integer',
  UBIGINT: 'integer',
  // Whole numbers beyond 64 bits: digits that no bigint column of a server could hold.
  HUGEINT: 'decimal',
  UHUGEINT: 'decimal',
  BIGNUM: 'decimal',
  FLOAT: 'float',
  DOUBLE: 'float',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  DATE: 'date',
  BLOB: 'bytes',
  JSON: 'json',
  VARIANT: 'json',
};

/** By DuckDB's own name of the type, as DESCRIBE gives it. */
export function kindOf(type: string): ColumnKind {
  if (/[[\]]$/.test(type) || /^(?:STRUCT|MAP|UNION)\(/.test(type)) return 'json';
  if (type.startsWith('DECIMAL(')) return 'decimal';
  return KINDS[type] ?? 'text';
}

/** A key of these types compares otherwise than its text does: a month is thirty days, noon here is ten o'clock there. */
export const isLooseKey = ({ type }: Column): boolean => /^(?:INTERVAL|TIME WITH TIME ZONE|GEOMETRY)/.test(type);

/** Text whose order and equality may be a collation's or an enumeration's, and are made those of its bytes. */
export const hasOwnOrder = ({ type }: Column): boolean => type === 'VARCHAR' || type.startsWith('ENUM(');

/** As wide as the numbers of its sort go, so that the end of a range is never cut to the column's own width. */
export function boundType({ kind, type }: Column): string {
  switch (kind) {
    case 'integer':
      return 'HUGEINT';
    case 'decimal':
      return /^DECIMAL\(\d+,(\d+)\)$/.test(type) ? type.replace(/\d+/, '38') : type;
    case 'timestamp':
      return type === 'TIMESTAMP_NS' ? type : 'TIMESTAMP';
    case 'timestamptz':
      return 'TIMESTAMPTZ';
    case 'text':
      return hasOwnOrder({ type } as Column) ? 'VARCHAR' : type;
    default:
      return type;
  }
}
