/** What an org answers to SOQL: which records, in which order, and what it refuses of fields and values. */
import { compareIds, isRecordId } from './salesforce-ids.ts';
import type { FieldShape, ObjectShape } from './salesforce-objects.ts';
import type { Org, OrgRecord, Value } from './salesforce-org.ts';
import { type Condition, type Literal, parseSoql, SoqlError } from './salesforce-soql.ts';

/** The way from a record to a field of it or of a parent. */
export type Way = { readonly name: string; readonly links: readonly string[]; readonly shape: FieldShape };

export type Result = {
  readonly object: string;
  /** Undefined: `COUNT()`. */
  readonly fields: readonly Way[] | undefined;
  readonly ids: readonly string[];
};

export const evaluate = (org: Org, soql: string, withDeleted: boolean): Result => {
  const query = parseSoql(soql);
  const shape = org.objects.get(
    [...org.objects.keys()].find((name) => name.toLowerCase() === query.object.toLowerCase()) ?? '',
  );
  if (shape === undefined || org.isHidden(shape.name))
    throw new SoqlError(
      'INVALID_TYPE',
      soql,
      query.objectAt,
      `sObject type '${query.object}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name.`,
    );
  const way = (path: string, at: number): Way => {
    const found = wayTo(org, shape, path);
    if (typeof found === 'object') return found;
    throw new SoqlError('INVALID_FIELD', soql, at, found);
  };
  const fields = query.fields?.map(({ path, at }) => way(path, at));
  const test = query.condition === undefined ? () => true : testOf(org, query.condition, way, soql);
  const order = query.order.map(({ path, at, descending }) => {
    const by = way(path, at);
    return { by, compare: compareAs(by.shape), descending };
  });
  const found = [...org.records(shape.name).values()]
    .filter((record) => (withDeleted || record.IsDeleted !== true) && test(record))
    .map((record) => ({ id: String(record.Id), keys: order.map(({ by }) => follow(org, record, by)) }));
  found.sort((a, b) => {
    for (const [n, { compare, descending }] of order.entries()) {
      const difference = nullsFirst(a.keys[n] ?? null, b.keys[n] ?? null, compare);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  });
  const ids = found.map(({ id }) => id);
  return { object: shape.name, fields, ids: query.limit === undefined ? ids : ids.slice(0, query.limit) };
};

/** @returns why there is none */
const wayTo = (org: Org, from: ObjectShape, path: string): Way | string => {
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  // The object's own name may stand before its fields.
  if (parts[0]?.toLowerCase() === from.name.toLowerCase()) parts.shift();
  let at = from;
  const spelt: string[] = [];
  const links: string[] = [];
  for (const part of parts) {
    const link = Object.entries(at.fields).find(
      ([, { relationshipName }]) => relationshipName?.toLowerCase() === part.toLowerCase(),
    );
    if (link === undefined)
      return `Didn't understand relationship '${part}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.`;
    const [target = '', ...others] = link[1].referenceTo ?? [];
    links.push(link[0]);
    spelt.push(link[1].relationshipName ?? '');
    at = org.objects.get(others.length > 0 ? 'Name' : target)!;
  }
  const name = Object.keys(at.fields).find((field) => field.toLowerCase() === last.toLowerCase());
  const shape = at.fields[name ?? ''];
  if (name === undefined || shape === undefined || org.isHidden(at.name, name))
    return `No such column '${last}' on entity '${at.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`;
  return { name: [...spelt, name].join('.'), links, shape };
};

/** The value at the end of a way, as it is now; null where a parent is missing. */
export const follow = (org: Org, record: OrgRecord, { links, name }: Way): Value => {
  let at: OrgRecord | undefined = record;
  for (const link of links) at = at && parentOf(org, at[link] ?? null);
  return at === undefined ? null : (at[name.split('.').at(-1) ?? ''] ?? null);
};

const parentOf = (org: Org, id: Value): OrgRecord | undefined => {
  if (typeof id !== 'string') return undefined;
  for (const { prefix, name } of org.objects.values()) {
    if (prefix !== id.slice(0, 3) || prefix === '') continue;
    const found = org.records(name).get(id);
    if (found !== undefined) return found;
  }
  return undefined;
};

type Comparable = string | number | boolean;
type Compare = (a: Comparable, b: Comparable) => number;

const plain: Compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Text sorts and compares without case, Ids with it, times by the second. */
const compareAs = ({ type }: FieldShape): Compare => {
  if (type === 'id' || type === 'reference') return (a, b) => compareIds(String(a), String(b));
  if (type === 'datetime') return (a, b) => plain(secondOf(String(a)), secondOf(String(b)));
  if (type === 'date') return (a, b) => plain(String(a), String(b));
  if (['int', 'double', 'currency'].includes(type)) return (a, b) => plain(Number(a), Number(b));
  if (type === 'boolean') return plain;
  return (a, b) => plain(String(a).toUpperCase(), String(b).toUpperCase());
};

/** The second of an instant, as text that sorts. Records have UTC, a literal may have any zone. */
const secondOf = (instant: string): string =>
  (instant.endsWith('Z') ? instant : new Date(instant).toISOString()).slice(0, 19);

const nullsFirst = (a: Value, b: Value, compare: Compare): number => {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return compare(a, b);
};

type Test = (record: OrgRecord) => boolean;

const testOf = (org: Org, condition: Condition, way: (path: string, at: number) => Way, soql: string): Test => {
  if (condition.kind === 'not') {
    const part = testOf(org, condition.part, way, soql);
    return (record) => !part(record);
  }
  if (condition.kind !== 'compare') {
    const parts = condition.parts.map((part) => testOf(org, part, way, soql));
    return condition.kind === 'and'
      ? (record) => parts.every((part) => part(record))
      : (record) => parts.some((part) => part(record));
  }
  const { field, operator, values, at } = condition;
  const to = way(field, at);
  if (to.shape.type === 'anyType' || to.shape.type === 'textarea' || to.shape.type === 'address')
    throw new SoqlError('INVALID_FIELD', soql, at, `field '${field}' can not be filtered in a query call`);
  const given = values.map((value) => filterValue(value, to.shape, field, soql, at));
  const [first = null] = given;
  const compare = compareAs(to.shape);
  const isEqual = (a: Value, b: Value): boolean => (a === null || b === null ? a === b : compare(a, b) === 0);
  const pattern = operator === 'LIKE' ? likePattern(String(first)) : undefined;
  return (record) => {
    const value = follow(org, record, to);
    if (operator === '=') return isEqual(value, first);
    if (operator === '!=') return !isEqual(value, first);
    if (operator === 'IN') return given.some((each) => isEqual(value, each));
    if (operator === 'NOT IN') return !given.some((each) => isEqual(value, each));
    if (pattern !== undefined) return value !== null && pattern.test(String(value));
    if (value === null || first === null) return false;
    const difference = compare(value, first);
    if (operator === '<') return difference < 0;
    if (operator === '<=') return difference <= 0;
    return operator === '>' ? difference > 0 : difference >= 0;
  };
};

const likePattern = (text: string): RegExp =>
  new RegExp(
    `^${text
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.')}$`,
    'is',
  );

/** A literal that the field can be compared with. Times and numbers stand without quotes, everything else with them. */
const filterValue = (literal: Literal, { type }: FieldShape, field: string, soql: string, at: number): Value => {
  if (literal.kind === 'null') return null;
  const wanted =
    { datetime: 'datetime', date: 'date', int: 'number', double: 'number', currency: 'number', boolean: 'boolean' }[
      type as string
    ] ?? 'string';
  if (literal.kind !== wanted) {
    const quoted = wanted === 'string' ? 'should be enclosed in quotes' : 'should not be enclosed in quotes';
    throw new SoqlError(
      'INVALID_FIELD',
      soql,
      at,
      `value of filter criterion for field '${field}' must be of type ${type} and ${quoted}`,
    );
  }
  if (literal.kind === 'boolean') return literal.value;
  if ((type === 'id' || type === 'reference') && !isRecordId(literal.text))
    throw new SoqlError('INVALID_QUERY_FILTER_OPERATOR', soql, at, `invalid ID field: ${literal.text}`);
  return literal.kind === 'number' ? Number(literal.text) : literal.text;
};
