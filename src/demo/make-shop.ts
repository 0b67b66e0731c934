import { makeOrder, type Order, sqlTime } from './orders.ts';
import { asStranger, type Customer, makeCustomer, withBrokenEmail } from './people.ts';
import { type Random, seededRandom } from './random.ts';
import { createTables, inShopFile, insertRows } from './shop-file.ts';

/** What a first sync of the shop must come to. `rejected` by rejection code, `filtered` by reason. */
export type Expected = {
  /** Rows of the view `paid_orders`: the sum of all below but `keys_dropped`. */
  readonly read: number;
  readonly sent: number;
  readonly duplicate: number;
  readonly filtered: { readonly consent: number; readonly filter: number };
  readonly rejected: {
    readonly 'currency-missing': number;
    readonly 'value-missing': number;
    readonly 'weak-match-keys': number;
    readonly 'event-time-future': number;
    readonly 'event-time-milliseconds': number;
    readonly 'event-time-unreadable': number;
  };
  readonly expired: number;
  /** Values that cannot be normalised: the key is left out and the event is sent all the same. */
  readonly keys_dropped: { readonly em: number };
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Everything a planted defect may change about a good order. */
type Draft = { random: Random; now: number; order: Order; customer: Customer; previous: Order };
type Defect = (draft: Draft) => { order?: Partial<Order>; customer?: Customer };

/** What goes wrong in real shops, and in how many of 4,000 orders. */
const DEFECTS = {
  /** Not paid yet, or never: such rows are not in the view. */
  unpaid: [180, ({ random }) => ({ order: { paid_at: null, status: random.pick(['pending', 'cancelled']) } })],
  /** Said no, or was never asked. */
  noConsent: [260, ({ random }) => ({ order: { marketing_consent: random.pick(['denied', 'denied', null]) } })],
  /** The shop's own staff trying the checkout. */
  testOrder: [24, () => ({ order: { is_test: 1 } })],
  /** Paid long ago and touched lately, by a return or a correction: over Meta's seven days. */
  stale: [
    45,
    ({ random, now }) => ({
      order: {
        paid_at: sqlTime(now - random.between(22 * DAY, 60 * DAY)),
        updated_at: sqlTime(now - random.between(DAY, 20 * DAY)),
      },
    }),
  ],
  brokenEmail: [40, ({ random, customer }) => ({ customer: withBrokenEmail(random, customer) })],
  /** An import of the old shop left the column empty. */
  noCurrency: [12, () => ({ order: { currency: null } })],
  noTotal: [9, () => ({ order: { total: null } })],
  /** Sold at a market stall: no name, no address, no browser. */
  stranger: [
    18,
    ({ customer }) => ({
      customer: asStranger(customer),
      order: { fbclid: null, clicked_at: null, fbp: null, client_ip: null, user_agent: null },
    }),
  ],
  /** A payment service that writes Tokyo's time into a column of UTC. */
  paidTomorrow: [
    7,
    ({ now, random }) => ({ order: { paid_at: sqlTime(now + 9 * 60 * MINUTE - random.between(10, 90) * MINUTE) } }),
  ],
  /** One payment service's webhook tells milliseconds, and they were stored as they came. */
  milliseconds: [6, ({ now, random }) => ({ order: { paid_at: String(now - random.between(60, 7200) * 1000) } })],
  /** MySQL's zero date, carried along by an export. */
  zeroDate: [5, () => ({ order: { paid_at: '0000-00-00 00:00:00' } })],
  /** Saved twice by an impatient finger: a new row under the number of the order before. */
  doubled: [
    15,
    ({ previous: { order_no, customer_id, items, total, currency } }) => ({
      order: { order_no, customer_id, items, total, currency },
    }),
  ],
} satisfies Record<string, readonly [count: number, defect: Defect]>;

const ORDERS = 4000;

/** Spreads the defects evenly over the orders, never on two neighbours: a doubled order follows one that is sent. */
const plan = (random: Random): (Defect | undefined)[] => {
  const defects = Object.values(DEFECTS).flatMap(([count, defect]) => Array<Defect>(count).fill(defect));
  for (let i = defects.length - 1; i > 0; i--) {
    const j = random.between(0, i);
    [defects[i], defects[j]] = [defects[j]!, defects[i]!];
  }
  const gap = ORDERS / defects.length;
  const places = new Map(defects.map((defect, i) => [Math.floor((i + 0.5) * gap), defect]));
  return Array.from({ length: ORDERS }, (_, i) => places.get(i));
};

/**
 * Writes a shop of 4,000 orders into a new SQLite file: tables `customers` and `orders`, view `paid_orders`.
 * The same `now` (milliseconds) and `seed` give the same rows. Orders were paid in the last six days, the newest
 * was updated five minutes ago; what is wrong with which number of them is `expected`. Throws where the file holds a shop.
 */
export const makeShop = (file: string, now: number, seed = 1): { orders: number; expected: Expected } => {
  const random = seededRandom(seed);
  const regulars: Customer[] = [];
  const customers: Customer[] = [];
  const orders: Order[] = [];
  let previous: Order | undefined;
  for (const [index, defect] of plan(random).entries()) {
    // Who has a defect of their own buys once; the others come back now and then.
    const known = defect === undefined && regulars.length > 0 && random.chance(0.35);
    let customer = known ? random.pick(regulars) : makeCustomer(random, customers.length + 1);
    const updatedAt = now - 5 * MINUTE - Math.round(((ORDERS - 1 - index) / ORDERS) * (6 * DAY - 60 * MINUTE));
    const paidAt = updatedAt - random.between(0, 30) * MINUTE;
    let order = makeOrder(random, { id: index + 1, customer, paidAt, updatedAt });
    if (defect !== undefined) {
      const change = defect({ random, now, order, customer, previous: previous ?? order });
      order = { ...order, ...change.order };
      customer = change.customer ?? customer;
    }
    if (!known) customers.push(customer);
    if (!known && defect === undefined) regulars.push(customer);
    orders.push(order);
    previous = order;
  }
  inShopFile(file, (db) => {
    createTables(db);
    insertRows(db, customers, orders);
  });
  return { orders: orders.length, expected: expectation() };
};

const expectation = (): Expected => {
  const count = (name: keyof typeof DEFECTS): number => DEFECTS[name][0];
  const read = ORDERS - count('unpaid');
  const outcomes = {
    duplicate: count('doubled'),
    filtered: { consent: count('noConsent'), filter: count('testOrder') },
    rejected: {
      'currency-missing': count('noCurrency'),
      'value-missing': count('noTotal'),
      'weak-match-keys': count('stranger'),
      'event-time-future': count('paidTomorrow'),
      'event-time-milliseconds': count('milliseconds'),
      'event-time-unreadable': count('zeroDate'),
    },
    expired: count('stale'),
  };
  const total = (of: Record<string, number>): number => Object.values(of).reduce((sum, n) => sum + n, 0);
  const lost = outcomes.duplicate + total(outcomes.filtered) + total(outcomes.rejected) + outcomes.expired;
  return { read, sent: read - lost, ...outcomes, keys_dropped: { em: count('brokenEmail') } };
};
