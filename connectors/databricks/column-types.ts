import type { Column, ColumnKind } from '../connector.ts';
import { bind, type Statement } from '../sql/statement.ts';

/** https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-datatypes, read 2026-11-30. */
const KINDS: readonly (readonly [RegExp, ColumnKind])[] = [
  [/^(tinyint|smallint|int|bigint)$/, 'integer'],
  [/^decimal\b/, 'decimal'],
  [/^(float|double)$/, 'float'],
  [/^boolean$/, 'boolean'],
  [/^timestamp$/, 'timestamptz'],
  [/^timestamp_ntz$/, 'timestamp'],
  [/^date$/, 'date'],
  [/^binary$/, 'bytes'],
  [/^(array|map|struct)\b|^(variant|object)$/, 'json'],
];

/** @param type as DESCRIBE writes it: `decimal(10,2)`, `struct<sku:string,qty:int>` */
export function columnOf(name: string, type: string): Column {
  const written = type.toLowerCase();
  const kind = KINDS.find(([form]) => form.test(written))?.[1] ?? 'text';
  return { name, kind, type: kind === 'json' ? type : written, nullable: true };
}

/** Nothing of JSON is left out or rounded: absent is not null, and times keep their microseconds. */
const JSON_OPTIONS = `map('ignoreNullFields', 'false', 'timestampFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSSXXX', 'timestampNTZFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS')`;

/** Every cell is text made by the server: what the client would make a number or a Date of loses digits. */
export function readAs({ name, kind, type }: Column, quoted: string): string {
  const text =
    kind === 'json'
      ? /^(variant|object)$/i.test(type)
        ? `to_json(${quoted})`
        : `to_json(${quoted}, ${JSON_OPTIONS})`
      : kind === 'bytes'
        ? `chr(92) || 'x' || lower(hex(${quoted}))`
        : `CAST(${quoted} AS STRING)`;
  // The client gives rows as maps by name, so that two of one name would be one.
  return `${text} AS ${quote(`${ALIAS}${name}`)}`;
}

/** No column is called so, and no name behind ORDER BY is taken for a cell. */
const ALIAS = 'capi_cell_of_';

export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

const CASTS: Readonly<Partial<Record<ColumnKind, string>>> = {
  timestamptz: 'TIMESTAMP',
  timestamp: 'TIMESTAMP_NTZ',
  date: 'DATE',
  boolean: 'BOOLEAN',
};

export function boundAs({ kind, type }: Column, text: string): Statement {
  if (kind === 'bytes') return ['unhex(', bind(text.replace(/^\\x/, '')), ')'];
  const cast = kind === 'integer' || kind === 'decimal' || kind === 'float' ? type.toUpperCase() : CASTS[kind];
  return cast === undefined ? [bind(text)] : ['CAST(', bind(text), ` AS ${cast})`];
}
