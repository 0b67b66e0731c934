import type { ColumnKind } from '../connector.ts';
import type { ResultField } from './session.ts';

const unsigned = 32;
const enumeration = 256;
const set = 2048;
/** The character set number of bytes. */
const binary = 63;

const integers: Readonly<Record<number, string>> = {
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  8: 'bigint',
  9: 'mediumint',
};
const blobs = new Set([249, 250, 251, 252]);

/** Kind and name of a result column's type, from the numbers of the wire (`enum_field_types` of the server's source). */
export function columnType(field: ResultField): { readonly kind: ColumnKind; readonly type: string } {
  const { columnType: type, flags, columnLength: length, decimals } = field;
  const sign = (flags & unsigned) === 0 ? '' : ' unsigned';
  const integer = integers[type];
  if (integer !== undefined) {
    return type === 1 && length === 1
      ? { kind: 'boolean', type: 'tinyint(1)' }
      : { kind: 'integer', type: `${integer}${sign}` };
  }
  switch (type) {
    case 0:
    case 246:
      return { kind: 'decimal', type: `decimal(${precision(field)},${decimals})${sign}` };
    case 4:
      return { kind: 'float', type: 'float' };
    case 5:
      return { kind: 'float', type: 'double' };
    case 7:
      return { kind: 'timestamptz', type: withDigits('timestamp', decimals) };
    case 12:
      return { kind: 'timestamp', type: withDigits('datetime', decimals) };
    case 10:
    case 14:
      return { kind: 'date', type: 'date' };
    case 11:
      return { kind: 'text', type: withDigits('time', decimals) };
    case 13:
      return { kind: 'integer', type: 'year' };
    case 16:
      return { kind: length === 1 ? 'boolean' : 'integer', type: `bit(${length})` };
    case 245:
      return { kind: 'json', type: 'json' };
    case 255:
      return { kind: 'bytes', type: 'geometry' };
  }
  if (field.extendedFormat === 'json') return { kind: 'json', type: 'json' };
  if ((flags & enumeration) !== 0 || type === 247) return { kind: 'text', type: 'enum' };
  if ((flags & set) !== 0 || type === 248) return { kind: 'text', type: 'set' };
  if (field.characterSet === binary) return { kind: 'bytes', type: blobs.has(type) ? 'blob' : `varbinary(${length})` };
  return { kind: 'text', type: blobs.has(type) ? 'text' : `varchar(${Math.floor(length / 4)})` };
}

/** The wire counts the sign and the point as digits. */
function precision(field: ResultField): number {
  const sign = (field.flags & unsigned) === 0 ? 1 : 0;
  return field.columnLength - sign - (field.decimals > 0 ? 1 : 0);
}

function withDigits(type: string, digits: number): string {
  return digits > 0 && digits <= 6 ? `${type}(${digits})` : type;
}
