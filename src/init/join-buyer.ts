/** Orders that name their buyer by id only: the table of buyers, joined. */
import type { Column, TableFacts } from '../../connectors/connector.ts';
import { plain } from './column-names.ts';
import { hasContact, matchKeys } from './match-keys.ts';

export type JoinedBuyer = { readonly query: string; readonly columns: readonly Column[] };

/** @returns undefined where no column names the key of a table with contact data */
export const joinedBuyer = (
  order: TableFacts,
  tables: readonly TableFacts[],
  quote: (name: string) => string,
): JoinedBuyer | undefined => {
  for (const { name: reference } of order.columns) {
    const buyer = tables.find((table) => table !== order && isNamedBy(table, reference));
    if (!buyer) continue;
    const keys = matchKeys(buyer.columns, buyer.primaryKey);
    if (!hasContact(keys)) continue;
    const taken = new Set(order.columns.map(({ name }) => name.toLowerCase()));
    const wanted = keys.filter(({ column }) => !taken.has(column.toLowerCase())).map(({ column }) => column);
    const columns = buyer.columns.filter(({ name }) => wanted.includes(name));
    const list = columns.map(({ name }) => `c.${quote(name)}`).join(', ');
    const query = [
      `SELECT o.*, ${list}`,
      `FROM ${path(order.name, quote)} AS o`,
      `LEFT JOIN ${path(buyer.name, quote)} AS c ON c.${quote(buyer.primaryKey[0] ?? '')} = o.${quote(reference)}`,
    ].join('\n');
    return { query, columns };
  }
  return undefined;
};

/** `customer_id` names the key of `customers (id)` and of `customer (customer_id)`. */
const isNamedBy = ({ name, primaryKey }: TableFacts, reference: string): boolean => {
  const [key, ...more] = primaryKey;
  const wanted = plain(reference);
  if (key === undefined || more.length > 0 || !/.id$/.test(wanted)) return false;
  const table = plain(name.replace(/^.*\./, ''));
  const base = wanted.slice(0, -2);
  if (plain(key) === wanted) return table.startsWith(base);
  return plain(key) === 'id' && (table === base || table === `${base}s` || table === `${base}es`);
};

const path = (name: string, quote: (part: string) => string): string => name.split('.').map(quote).join('.');
