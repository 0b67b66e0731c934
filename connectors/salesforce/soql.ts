/** SOQL that this connector writes. It has no placeholders: the few kinds of values that become part of it are checked and quoted here. */
import { type Bounds, type Position, SourceError } from '../connector.ts';
import type { SalesforceStream } from './salesforce-stream.ts';

const ID = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function isId(text: string): boolean {
  return ID.test(text);
}

export type SelectOptions = {
  /** `SELECT COUNT()` instead of fields. */
  readonly count?: boolean;
  readonly ordered?: boolean;
  readonly limit?: number | undefined;
};

/** @param names columns of the stream @param terms conditions beside the author's */
export function selectText(
  stream: SalesforceStream,
  names: readonly string[],
  terms: readonly string[],
  { count = false, ordered = false, limit }: SelectOptions = {},
): string {
  const all = [...stream.conditions.map((condition) => `(${condition})`), ...terms];
  return [
    `SELECT ${count ? 'COUNT()' : names.map((name) => fieldOf(stream, name)).join(', ')}`,
    `FROM ${stream.object}`,
    ...(all.length === 0 ? [] : [`WHERE ${all.join(' AND ')}`]),
    ...(ordered ? [`ORDER BY ${orderOf(stream).join(', ')}`] : []),
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
  ].join(' ');
}

/** The bounds of a range as conditions of their own. */
export function rangeTerms(stream: SalesforceStream, range: Bounds): string[] {
  const cursor = fieldOf(stream, stream.cursorColumn.name);
  const terms: string[] = [];
  if (range.after !== undefined) terms.push(...beside(stream, range.after, '>'));
  else if (range.from !== undefined) terms.push(`${cursor} >= ${literal(stream, range.from)}`);
  if (range.upTo !== undefined) terms.push(...beside(stream, range.upTo, '<='));
  else if (range.before !== undefined) terms.push(`${cursor} < ${literal(stream, range.before)}`);
  // In SOQL null is less than everything; rows without a cursor are not read.
  if (stream.cursorColumn.nullable && range.after === undefined && range.from === undefined)
    terms.push(`${cursor} != null`);
  return terms;
}

export function idList(ids: readonly string[]): string {
  return `Id IN (${ids.map(idLiteral).join(', ')})`;
}

/** The rows strictly after a position, or at and before it. The first term, implied by the second, is what an index serves. */
function beside(stream: SalesforceStream, { cursor, key }: Position, operator: '>' | '<='): string[] {
  const id = idLiteral(key[0] ?? '');
  if (stream.spec.byKey) return [`Id ${operator} ${id}`];
  const field = fieldOf(stream, stream.cursorColumn.name);
  const at = literal(stream, cursor);
  const strict = operator === '>' ? '>' : '<';
  return [`${field} ${strict}= ${at}`, `(${field} ${strict} ${at} OR Id ${operator} ${id})`];
}

function orderOf(stream: SalesforceStream): string[] {
  return [...new Set([fieldOf(stream, stream.cursorColumn.name), 'Id'])];
}

export function fieldOf(stream: SalesforceStream, name: string): string {
  const spelt = stream.spelling.get(name);
  if (spelt === undefined) throw new SourceError('unknown-column', `${stream.what} has no column "${name}"`);
  return spelt;
}

/** Cursor text as a literal. One that a person wrote into a checkpoint may be anything. */
function literal(stream: SalesforceStream, text: string): string {
  if (stream.spec.byKey) return idLiteral(text);
  if (INSTANT.test(text)) return text;
  throw new SourceError('cursor-format', `a position of ${stream.what} is no time of Salesforce`, {
    hint: 'a cursor is written as 2026-11-20T10:00:00.000Z',
  });
}

function idLiteral(text: string): string {
  if (isId(text)) return `'${text}'`;
  throw new SourceError('cursor-format', 'a position holds a key that is no Id of Salesforce', {
    hint: 'an Id has 15 or 18 letters and digits',
  });
}
