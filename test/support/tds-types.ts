/**
 * How the stand-in keeps SQL Server's types in DuckDB, so that comparisons and order are computed and not told:
 * - datetime2 and datetimeoffset (in UTC) as TIMESTAMP_NS, rounded to the digits of the column when they are written; datetime to 1/300 s,
 *   smalldatetime to the minute;
 * - rowversion as UBIGINT, given by the engine with every write;
 * - uniqueidentifier as hexadecimal text in the order in which SQL Server compares its bytes: the last six first;
 * - texts without regard to case, as the server's default collation has it.
 */
const KEPT: Readonly<Record<string, string>> = {
  tinyint: 'UTINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  bigint: 'BIGINT',
  bit: 'BOOLEAN',
  money: 'DECIMAL(19,4)',
  float: 'DOUBLE',
  date: 'DATE',
  datetime: 'TIMESTAMP_NS',
  smalldatetime: 'TIMESTAMP_NS',
  datetime2: 'TIMESTAMP_NS',
  datetimeoffset: 'TIMESTAMP_NS',
  timestamp: 'UBIGINT',
  uniqueidentifier: 'VARCHAR',
  binary: 'BLOB',
  varbinary: 'BLOB',
  time: 'VARCHAR',
  xml: 'VARCHAR',
};

export const baseOf = (type: string): string => /^\w+/.exec(type)?.[0] ?? type;

export const keptAs = (type: string): string => {
  const base = baseOf(type);
  if (base === 'decimal' || base === 'numeric') return type.replace(base, 'DECIMAL');
  return KEPT[base] ?? (type.includes('_BIN') ? 'VARCHAR' : 'VARCHAR COLLATE NOCASE');
};

/** The T-SQL type of a DuckDB column that no table declared: a query's own expression. */
export const declaredAs = (kept: string): string => {
  if (kept === 'TIMESTAMP_NS') return 'datetime2(7)';
  if (kept === 'UBIGINT') return 'timestamp';
  if (kept.startsWith('DECIMAL')) return kept.toLowerCase();
  const found = Object.entries(KEPT).find(([, name]) => name === kept)?.[0];
  return found === undefined || kept === 'VARCHAR' ? 'nvarchar(4000)' : found === 'binary' ? 'varbinary(8000)' : found;
};

/** A value that a test gives, as a parameter for a column of the type: `$n` in the expression that keeps it. */
export const writeAs = (type: string, parameter: string): string => {
  const base = baseOf(type);
  const digits = /\((\d)\)/.exec(type)?.[1] ?? '7';
  if (base === 'datetime2' || base === 'datetimeoffset')
    return `datetime2_of(CAST(${parameter} AS TIMESTAMP_NS), ${digits})`;
  if (base === 'datetime') return `datetime_of(CAST(${parameter} AS TIMESTAMP_NS))`;
  if (base === 'smalldatetime') return `smalldatetime_of(CAST(${parameter} AS TIMESTAMP_NS))`;
  if (base === 'uniqueidentifier') return `guid_key(${parameter})`;
  if (base === 'binary' || base === 'varbinary') return `unhex(${parameter})`;
  if (base === 'bit') return `CAST(CAST(${parameter} AS INTEGER) AS BOOLEAN)`;
  return `CAST(${parameter} AS ${keptAs(type).replace(' COLLATE NOCASE', '')})`;
};

/** `6F9619FF-8B86-D011-B42D-00C04FC964FF` is compared by its last six bytes, then the two before them, and so on to the first four. */
export const MACROS: readonly string[] = [
  `CREATE MACRO datetime2_of(t, digits) AS make_timestamp_ns(((epoch_ns(t) + 5 * CAST(10 ** (8 - digits) AS BIGINT)) // CAST(10 ** (9 - digits) AS BIGINT)) * CAST(10 ** (9 - digits) AS BIGINT))`,
  // Milliseconds to the nearest 1/300 s, shown as milliseconds again: endings 0, 3 and 7.
  `CREATE MACRO datetime_of(t) AS make_timestamp_ns(CAST(round(round(epoch_ns(t) / 1000000.0 * 3 / 10) * 10 / 3) AS BIGINT) * 1000000)`,
  `CREATE MACRO smalldatetime_of(t) AS make_timestamp_ns(((epoch_ns(t) + 30000000000) // 60000000000) * 60000000000)`,
  `CREATE MACRO guid_key(t) AS CASE WHEN regexp_full_match(upper(t), '[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}') THEN substr(upper(t), 25, 12) || substr(upper(t), 20, 4)
     || substr(upper(t), 17, 2) || substr(upper(t), 15, 2) || substr(upper(t), 12, 2) || substr(upper(t), 10, 2) || substr(upper(t), 7, 2) || substr(upper(t), 5, 2) || substr(upper(t), 3, 2) || substr(upper(t), 1, 2) END`,
  `CREATE MACRO guid_text(k) AS substr(k, 31, 2) || substr(k, 29, 2) || substr(k, 27, 2) || substr(k, 25, 2) || '-' || substr(k, 23, 2) || substr(k, 21, 2) || '-'
     || substr(k, 19, 2) || substr(k, 17, 2) || '-' || substr(k, 13, 4) || '-' || substr(k, 1, 12)`,
];
