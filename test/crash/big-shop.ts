/** Rows for the crash test: mostly good orders, with doubled order numbers, ties of the cursor and what goes wrong in real shops. */
import { goodOrder, type OrderRow, sqlTime } from '../support/sync-project.ts';

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const whole = (random: () => number, from: number, to: number): number =>
  from + Math.floor(random() * (to - from + 1));

const DAY = 86_400_000;

/** What may be wrong with a row, and how often. */
const DEFECTS: readonly (readonly [share: number, change: () => Partial<OrderRow>])[] = [
  [0.003, () => ({ currency: null })],
  [0.003, () => ({ email: 'nobody at example' })],
  [0.002, () => ({ email: null })],
  [0.002, () => ({ total: null })],
  [0.005, () => ({ consent: 'denied' })],
  [0.003, () => ({ paid_at: sqlTime(Date.now() - 20 * DAY) })],
];

export type ShopRange = {
  readonly count: number;
  /** First primary key. */
  readonly from: number;
  /** Epoch milliseconds between which the rows are updated, in the order of their keys. */
  readonly oldest: number;
  readonly newest: number;
};

/** @param earlier orders that a doubled row may repeat, beside those made here */
export const bigShop = (
  random: () => number,
  { count, from, oldest, newest }: ShopRange,
  earlier: readonly OrderRow[] = [],
): OrderRow[] => {
  const rows: OrderRow[] = [];
  for (let n = 0; n < count; n += 1) {
    // Seven rows to an instant: pages end in the middle of a tie.
    const at = sqlTime(oldest + ((newest - oldest) * (n - (n % 7))) / count);
    let change: Partial<OrderRow> = { paid_at: at, updated_at: at };
    const lot = random();
    let share = 0;
    const defect = DEFECTS.find(([each]) => {
      share += each;
      return lot < share;
    });
    if (defect) change = { ...change, ...defect[1]() };
    if (random() < 0.02) {
      // Half of them right behind the first, in the same batch; half anywhere before it.
      const near = random() < 0.5 ? rows.slice(-3) : rows.length > 0 ? rows : earlier;
      const first = near[whole(random, 0, near.length - 1)];
      if (first) change = { ...change, order_no: first.order_no };
    }
    rows.push(goodOrder(from + n, change));
  }
  return rows;
};

/** Some orders of the middle that stand in one row only. */
export const singleOrders = (rows: readonly OrderRow[], count: number): string[] => {
  const times = new Map<string, number>();
  for (const { order_no } of rows) times.set(order_no, (times.get(order_no) ?? 0) + 1);
  const good = rows.filter(
    (row) =>
      times.get(row.order_no) === 1 &&
      row.consent === 'granted' &&
      row.currency &&
      row.total &&
      row.email?.includes('@') &&
      row.paid_at === row.updated_at,
  );
  return Array.from({ length: count }, (_, n) => good[Math.floor(((n + 0.5) / count) * good.length)]?.order_no ?? '');
};
