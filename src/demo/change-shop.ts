import { makeOrder, type Order, sqlTime } from './orders.ts';
import { type Customer, makeCustomer } from './people.ts';
import { seededRandom } from './random.ts';
import { inShopFile, insertRows, type ShopFile } from './shop-file.ts';

const ADDED = 25;
const UPDATED = 40;

/** Orders that a first sync has sent: nothing is wrong with them, and they are not about to be too old. */
const SENT_BEFORE = `
  SELECT id FROM paid_orders
  WHERE is_test = 0 AND marketing_consent = 'granted' AND total IS NOT NULL AND currency IS NOT NULL
    AND (email IS NOT NULL OR phone IS NOT NULL) AND paid_at > @since AND paid_at <= @until
  ORDER BY id`;

const touch = (db: ShopFile, now: number): number => {
  const since = sqlTime(now - 5 * 86_400_000);
  const candidates = db.prepare<[object], { id: number }>(SENT_BEFORE).all({ since, until: sqlTime(now) });
  const every = Math.max(1, Math.floor(candidates.length / UPDATED));
  const chosen = candidates.filter((_, i) => i % every === 0).slice(0, UPDATED);
  const update = db.prepare(
    "UPDATE orders SET status = 'shipped', note = 'parcel handed over', updated_at = ? WHERE id = ?",
  );
  for (const [i, { id }] of chosen.entries()) update.run(sqlTime(now - 230_000 + i * 3000), id);
  return chosen.length;
};

/**
 * What happens in a shop between two syncs: 25 new orders come in and 40 old ones, sent before, get another status.
 * All of it carries an `updated_at` between four minutes and 90 seconds before `now` (milliseconds), later than any row of `makeShop`.
 */
export const changeShop = (file: string, now: number): { added: number; updated: number } =>
  inShopFile(file, (db) => {
    const updated = touch(db, now);
    const { orders: lastOrder, customers: lastCustomer } = db
      .prepare<[], { orders: number; customers: number }>(
        'SELECT (SELECT max(id) FROM orders) AS orders, (SELECT max(id) FROM customers) AS customers',
      )
      .get()!;
    const random = seededRandom(lastOrder);
    const customers: Customer[] = Array.from({ length: ADDED }, (_, i) => makeCustomer(random, lastCustomer + 1 + i));
    const orders: Order[] = customers.map((customer, i) => {
      const updatedAt = now - 230_000 + i * 5000;
      return makeOrder(random, { id: lastOrder + 1 + i, customer, paidAt: updatedAt - 20_000, updatedAt });
    });
    insertRows(db, customers, orders);
    return { added: orders.length, updated };
  });
