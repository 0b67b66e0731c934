/**
 * Rows as the API gives them, `{f: [{v: text}]}`, to cells. Nothing passes a number or a Date of JavaScript: every value is the API's own text, and
 * STRUCT and ARRAY become JSON here, from the result's schema, with the texts inside. (TO_JSON_STRING in the query would do the same for each row at the
 * server, and could not be told from a text any more.)
 */
import type { Cell } from '../connector.ts';
import { bytesText } from '../sql/read-pages.ts';
import { type Field, isRepeated, typeOf } from './fields.ts';
import { isoText, timestampText } from './timestamp-text.ts';

/** A value on the wire: a text, a STRUCT, or an ARRAY. */
export type Wire = string | { readonly f: readonly WireCell[] } | readonly WireCell[] | null | undefined;
export type WireCell = { readonly v?: Wire };
export type WireRow = { readonly f?: readonly WireCell[] | undefined };

/** How rows of these fields are read. */
export function rowReader(fields: readonly Field[]): (row: WireRow) => Cell[] {
  const readers = fields.map(cellReader);
  return ({ f = [] }) => readers.map((read, at) => read(f[at]?.v));
}

function cellReader(field: Field): (wire: Wire) => Cell {
  if (isRepeated(field) || typeOf(field) === 'STRUCT') {
    return (wire) => (wire === null || wire === undefined ? null : jsonOf(field, wire));
  }
  const read = textReader(field);
  return (wire) => (typeof wire === 'string' ? read(wire) : null);
}

function textReader(field: Field): (text: string) => string {
  switch (typeOf(field)) {
    case 'TIMESTAMP':
      return (text) => timestampText(BigInt(text));
    case 'BYTES':
      return (text) => bytesText(Buffer.from(text, 'base64'));
    case 'RANGE':
      return field.rangeElementType?.type === 'TIMESTAMP' ? rangeText : asItIs;
    default:
      return asItIs;
  }
}

const asItIs = (text: string): string => text;

/** `[1767225600000000, UNBOUNDED)`: the ends of a range of timestamps come as microseconds too. */
function rangeText(text: string): string {
  return text.replace(/-?\d+/g, (micros) => timestampText(BigInt(micros)));
}

function jsonOf(field: Field, wire: Wire): string {
  if (wire === null || wire === undefined) return 'null';
  if (isRepeated(field)) {
    const element: Field = { ...field, mode: 'NULLABLE' };
    return `[${(Array.isArray(wire) ? (wire as readonly WireCell[]) : []).map(({ v }) => jsonOf(element, v)).join(',')}]`;
  }
  if (typeof wire === 'string') return scalarJson(field, wire);
  const cells = 'f' in wire ? wire.f : [];
  const members = (field.fields ?? []).map(
    (member, at) => `${JSON.stringify(member.name ?? '')}:${jsonOf(member, cells[at]?.v)}`,
  );
  return `{${members.join(',')}}`;
}

/** A number stands as a number where a double holds it as it is written, and as a text where it would be changed. */
function scalarJson(field: Field, text: string): string {
  switch (typeOf(field)) {
    case 'INT64':
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return String(Number(text)) === text ? text : JSON.stringify(text);
    case 'FLOAT64':
      return Number.isFinite(Number(text)) ? String(Number(text)) : JSON.stringify(text);
    case 'BOOL':
    case 'JSON':
      return text;
    case 'TIMESTAMP':
      return JSON.stringify(isoText(BigInt(text)));
    case 'RANGE':
      return JSON.stringify(textReader(field)(text));
    default: // BYTES stay base64, which is what JSON has for them.
      return JSON.stringify(text);
  }
}
