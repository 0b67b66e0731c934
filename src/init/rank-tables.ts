/** Which tables look like orders, leads or customers. By names and types alone: no row is read. */
import type { TableFacts } from '../../connectors/connector.ts';
import { currencyColumn, isCreated, isUpdated, mayBeTime, valueColumn } from './column-names.ts';
import { hasContact, matchKeys, pointsToOne } from './match-keys.ts';

export type TableKind = 'order' | 'lead' | 'customer' | 'other';
export type RankedTable = { readonly facts: TableFacts; readonly kind: TableKind; readonly score: number };

const KINDS: readonly (readonly [Exclude<TableKind, 'other'>, RegExp, number])[] = [
  [
    'order',
    /^(?:orders?|purchases?|sales?|invoices?|bookings?|payments?|transactions?|checkouts?|subscriptions?)$/,
    50,
  ],
  [
    'lead',
    /^(?:leads?|inquir(?:y|ies)|enquir(?:y|ies)|opportunit(?:y|ies)|deals?|prospects?|signups?|applications?)$/,
    45,
  ],
  ['customer', /^(?:customers?|users?|contacts?|members?|clients?|people|persons?|subscribers?|registrations?)$/, 25],
];
/** Parts, copies and records of the real thing. */
const SIDE =
  /^(?:items?|lines?|details?|logs?|history|audits?|archives?|tmp|temp|backups?|old|status(?:es)?|types?|tags?|meta|notes?|events?)$/;

/** `sales.OrderItems` → sales, order, items */
const words = (name: string): string[] =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

/** @returns best first; what cannot be read in order or points to nobody is left out */
export const rankTables = (tables: readonly TableFacts[], isLoose: boolean): RankedTable[] =>
  tables
    .map((facts) => rank(facts, isLoose))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.facts.name.localeCompare(b.facts.name));

export const rank = (facts: TableFacts, isLoose: boolean): RankedTable => {
  const parts = words(facts.name.replace(/^.*\./, ''));
  const found = KINDS.find(([, name]) => parts.some((word) => name.test(word)));
  const kind = found?.[0] ?? 'other';
  const keys = matchKeys(facts.columns, facts.primaryKey);
  const times = facts.columns.filter((column) => mayBeTime(column, isLoose));
  const value = valueColumn(facts.columns);
  const isUsable = keyOf(facts).length > 0 && (times.length > 0 || kind !== 'other') && pointsToOne(keys);
  const score =
    (found?.[2] ?? 0) +
    (parts.some((word) => SIDE.test(word)) ? -40 : 0) +
    (hasContact(keys) ? 20 : 0) +
    Math.min(10, keys.length * 2) +
    (times.some(({ name }) => isUpdated(name)) ? 15 : times.some(({ name }) => isCreated(name)) ? 8 : 0) +
    (value && kind !== 'customer' ? 10 : 0) +
    (currencyColumn(facts.columns) ? 5 : 0);
  return { facts, kind, score: isUsable ? score : 0 };
};

/** The primary key, else the columns of a unique index. */
export const keyOf = ({ primaryKey, indexes, columns }: TableFacts): string[] => {
  if (primaryKey.length > 0) return [...primaryKey];
  const unique = indexes.find(
    (index) =>
      index.isUnique &&
      index.isWhole &&
      index.columns.every((name) => columns.some((column) => column.name === name && !column.nullable)),
  );
  if (unique) return unique.columns.filter((name) => name !== undefined);
  const id = columns.find(({ name }) => name.toLowerCase() === 'id');
  return id ? [id.name] : [];
};
