/** Columns of contact data, by the key that they feed. */
import type { Column } from '../../connectors/connector.ts';
import type { UserDataKey } from '../meta/parameters.ts';
import { typicalKey } from '../quality/typical-columns.ts';
import { plain } from './column-names.ts';

export type ProposedKey = { readonly key: UserDataKey; readonly column: string };

/** Where several columns feed one key, one without a prefix or of the bill comes before that of a delivery. */
const rank = (name: string): number => (/ship|deliver/i.test(name) ? 1 : 0);

/** @param primaryKey a `lead_id` that is the table's own key is not the one that Meta gives out */
export const matchKeys = (columns: readonly Column[], primaryKey: readonly string[]): ProposedKey[] => {
  const found = new Map<UserDataKey, string>();
  for (const { name } of [...columns].sort((a, b) => rank(a.name) - rank(b.name))) {
    const key = typicalKey(name);
    if (key === undefined || found.has(key) || (key === 'lead_id' && primaryKey.includes(name))) continue;
    found.set(key, name);
  }
  // A "state" without any other part of an address is more often that of the order.
  if (found.has('st') && !found.has('ct') && !found.has('zp')) found.delete('st');
  return [...found].map(([key, column]) => ({ key, column }));
};

const STRONG: ReadonlySet<UserDataKey> = new Set<UserDataKey>([
  'em',
  'ph',
  'external_id',
  'fbc',
  'lead_id',
  'fb_login_id',
]);

/** One of them is enough to point to a person. */
export const pointsToOne = (keys: readonly ProposedKey[]): boolean => keys.some(({ key }) => STRONG.has(key));

export const hasContact = (keys: readonly ProposedKey[]): boolean =>
  keys.some(({ key }) => key === 'em' || key === 'ph');

export const isFbclid = (column: string): boolean => plain(column).endsWith('fbclid');
