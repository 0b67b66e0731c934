import type { Column } from '../connector.ts';
import type { Dialect } from '../sql/dialect.ts';
import { bytesOf } from '../sql/read-pages.ts';
import { bind, type Statement } from '../sql/statement.ts';
import { baseOf, isRowversion, lengthsOf, type MssqlColumn, secondDigits } from './column-types.ts';

/** Single comparisons: SQL Server has no row comparison. TOP, because OFFSET ... FETCH needs an OFFSET. */
export const dialect: Dialect = {
  quote: (identifier) => `[${identifier.replaceAll(']', ']]')}]`,
  rowComparison: false,
  limit: 'top',
  read,
  bound,
};

/** Text made by the server, as long as its type can be: nothing passes through the client's own numbers and dates. */
function read(column: Column, quoted: string): string {
  if (isRowversion(column)) return `CONVERT(nvarchar(20), CONVERT(bigint, ${quoted}))`;
  const [length = 0] = lengthsOf(column.type);
  switch (baseOf(column.type)) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return `CONVERT(nvarchar(20), ${quoted})`;
    case 'decimal':
    case 'numeric':
      return `CONVERT(nvarchar(41), ${quoted})`;
    case 'money':
    case 'smallmoney':
      return `CONVERT(nvarchar(30), ${quoted}, 2)`;
    case 'float':
    case 'real':
      return `CONVERT(nvarchar(32), ${quoted}, 3)`;
    case 'bit':
      return `CONVERT(nvarchar(1), ${quoted})`;
    case 'date':
      return `CONVERT(nvarchar(10), ${quoted}, 23)`;
    case 'datetime':
    case 'smalldatetime':
      return `CONVERT(nvarchar(23), ${quoted}, 121)`;
    case 'datetime2':
      return `CONVERT(nvarchar(${19 + fraction(column)}), ${quoted}, 121)`;
    case 'datetimeoffset':
      return `CONVERT(nvarchar(${26 + fraction(column)}), SWITCHOFFSET(${quoted}, N'+00:00'), 121)`;
    case 'time':
      return `CONVERT(nvarchar(${8 + fraction(column)}), ${quoted}, 121)`;
    case 'uniqueidentifier':
      return `CONVERT(nvarchar(36), ${quoted})`;
    case 'binary':
    case 'varbinary':
      return `N'\\x' + LOWER(CONVERT(nvarchar(max), ${quoted}, 2))`;
    case 'image':
      return `N'\\x' + LOWER(CONVERT(nvarchar(max), CONVERT(varbinary(max), ${quoted}), 2))`;
    case 'nchar':
    case 'nvarchar':
      return quoted;
    case 'char':
    case 'varchar':
      return length > 0 && length <= 4000
        ? `CONVERT(nvarchar(${length}), ${quoted})`
        : `CONVERT(nvarchar(max), ${quoted})`;
    case 'hierarchyid':
    case 'geography':
    case 'geometry':
      return `${quoted}.ToString()`;
    case 'sql_variant':
      return `CONVERT(nvarchar(4000), ${quoted})`;
    default:
      return `CONVERT(nvarchar(max), ${quoted})`;
  }
}

/** The point and the digits. */
function fraction({ type }: Column): number {
  const digits = secondDigits(type);
  return digits === 0 ? 0 : digits + 1;
}

/**
 * A value of the column's own type, or of a wider one of its family where it does not fit: a bound may lie beyond what the column holds. A
 * value of another family would make the server convert the column, which no index serves.
 */
function bound(column: Column, text: string): Statement {
  // Eight bytes without a sign: below nothing is nothing, not the end.
  if (isRowversion(column))
    return ['CONVERT(binary(8), CONVERT(bigint, ', bind(text.startsWith('-') ? '0' : text), '))'];
  const base = baseOf(column.type);
  switch (base) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return [`CONVERT(${integerFor(base, text)}, `, bind(text), ')'];
    case 'decimal':
    case 'numeric':
    case 'money':
    case 'smallmoney':
      return [`CONVERT(${decimalFor(column.type, text)}, `, bind(text), ')'];
    case 'bit':
    case 'time':
      return [`CONVERT(${column.type}, `, bind(text), ')'];
    case 'date':
      return ['CONVERT(date, ', bind(text), ', 23)'];
    case 'datetime':
    case 'smalldatetime':
    case 'datetime2':
    case 'datetimeoffset':
      return [`CONVERT(${column.type}, `, bind(text), ', 121)'];
    case 'uniqueidentifier':
      // What is no such identifier is no row's key.
      return ['TRY_CONVERT(uniqueidentifier, ', bind(text), ')'];
    case 'binary':
    case 'varbinary':
    case 'image':
      return ['CONVERT(varbinary(max), ', bind(bytesOf(text).toString('hex')), ', 2)'];
    case 'char':
    case 'varchar':
      return [`CONVERT(varchar(${text.length > 2000 ? 'max' : '8000'}), `, bind(text), collate(column), ')'];
    default:
      return [bind(text)];
  }
}

/** The code page of a varchar is that of its collation; without it the database's own would replace what it does not know by `?`. */
function collate({ collation }: MssqlColumn): string {
  return collation === undefined ? '' : ` COLLATE ${collation}`;
}

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  tinyint: [0n, 255n],
  smallint: [-(1n << 15n), (1n << 15n) - 1n],
  int: [-(1n << 31n), (1n << 31n) - 1n],
  bigint: [-(1n << 63n), (1n << 63n) - 1n],
};

function integerFor(base: string, text: string): string {
  if (!/^[+-]?\d{1,38}$/.test(text)) return text.includes('.') ? 'decimal(38,10)' : base;
  const value = BigInt(text.replace(/^\+/, ''));
  const holds = (type: string): boolean => RANGES[type]![0] <= value && value <= RANGES[type]![1];
  return [base, 'bigint'].find(holds) ?? 'decimal(38,0)';
}

/** Digits of a decimal type before and behind the point. */
function digitsOf(type: string): readonly [number, number] {
  if (type === 'money') return [14, 4];
  if (type === 'smallmoney') return [5, 4];
  const [precision = 18, scale = 0] = lengthsOf(type);
  return [precision - scale, scale];
}

function decimalFor(type: string, text: string): string {
  const [whole, scale] = digitsOf(type);
  const [, integer = '', behind = ''] = /^[+-]?0*(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (integer.length <= whole && behind.length <= scale) return type;
  return `decimal(38,${Math.min(behind.length, 38 - Math.min(38, integer.length))})`;
}
