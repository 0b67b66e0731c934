/** What Snowflake's types are to us: kind, the text of a value, and a value of a text. */
import type { Column, ColumnKind } from '../connector.ts';
import { bind, type Statement } from '../sql/statement.ts';

/** A column of a result, as the client tells it. */
export type ResultColumn = {
  readonly name: string;
  /** Of the wire: `fixed`, `timestamp_tz`. */
  readonly type: string;
  readonly precision: number;
  readonly scale: number;
  readonly nullable: boolean;
};

const KINDS: Readonly<Record<string, ColumnKind>> = {
  real: 'float',
  decfloat: 'float',
  boolean: 'boolean',
  date: 'date',
  timestamp_ntz: 'timestamp',
  timestamp_ltz: 'timestamptz',
  timestamp_tz: 'timestamptz',
  variant: 'json',
  object: 'json',
  array: 'json',
  map: 'json',
  binary: 'bytes',
};

const NAMES: Readonly<Record<string, string>> = { real: 'FLOAT', text: 'VARCHAR' };

export function columnOf({ name, type, precision, scale, nullable }: ResultColumn): Column {
  if (type === 'fixed') {
    return { name, kind: scale === 0 ? 'integer' : 'decimal', type: `NUMBER(${precision},${scale})`, nullable };
  }
  const title = NAMES[type] ?? type.toUpperCase();
  const hasDigits = type === 'time' || type.startsWith('timestamp');
  return { name, kind: KINDS[type] ?? 'text', type: hasDigits ? `${title}(${scale})` : title, nullable };
}

/** Nine digits of a second, whatever the column keeps: a text has one form. */
const WALL = "'YYYY-MM-DD HH24:MI:SS.FF9'";
export const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.FF9"Z"'`;
const ZONED = `'YYYY-MM-DD"T"HH24:MI:SS.FF9TZH:TZM'`;
const TIME = "'HH24:MI:SS.FF9'";

/**
 * The text of a column, made by the server: the client would make numbers, Dates and, of a VARIANT that is no JSON, code of it.
 * A TIMESTAMP_TZ is an instant with the offset at which it was written; its text is the instant, so that equal ones have equal texts.
 */
export function readAs({ type, kind }: Column, quoted: string): string {
  switch (kind) {
    case 'timestamp':
      return `TO_VARCHAR(${quoted}, ${WALL})`;
    case 'timestamptz':
      return `TO_VARCHAR(CONVERT_TIMEZONE('UTC', ${quoted}), ${INSTANT})`;
    case 'date':
      return `TO_VARCHAR(${quoted}, 'YYYY-MM-DD')`;
    case 'json':
      return `TO_JSON(${quoted})`;
    case 'bytes':
      return `CHR(92) || 'x' || HEX_ENCODE(${quoted}, 0)`;
    default:
      if (type.startsWith('TIME(')) return `TO_VARCHAR(${quoted}, ${TIME})`;
      return type === 'VARCHAR' ? quoted : `TO_VARCHAR(${quoted})`;
  }
}

/** A bound text as a value of the column's own type, so that partitions are left out by their least and greatest values. */
export function boundAs({ type, kind }: Column, text: string): Statement {
  switch (kind) {
    case 'integer':
    case 'decimal':
      return ['CAST(', bind(text), ` AS ${type.replace(/^NUMBER\(\d+/, 'NUMBER(38')})`];
    case 'float':
      return ['TO_DOUBLE(', bind(text), ')'];
    case 'timestamp':
      return ['TO_TIMESTAMP_NTZ(', bind(text), `, ${WALL})`];
    case 'timestamptz': {
      const convert = type.startsWith('TIMESTAMP_LTZ') ? 'TO_TIMESTAMP_LTZ' : 'TO_TIMESTAMP_TZ';
      return [`${convert}(`, bind(text.replace(/Z$/, '+00:00')), `, ${ZONED})`];
    }
    case 'date':
      return ['TO_DATE(', bind(text), ", 'YYYY-MM-DD')"];
    case 'boolean':
      return ['TO_BOOLEAN(', bind(text), ')'];
    case 'bytes':
      return ['TO_BINARY(', bind(text.replace(/^\\x/, '')), ", 'HEX')"];
    default:
      return type.startsWith('TIME(') ? ['TO_TIME(', bind(text), `, ${TIME})`] : [bind(text)];
  }
}
