import { type Customer, countryOf } from './people.ts';
import type { Random } from './random.ts';

/** A row of `orders`. Times are UTC as `YYYY-MM-DD HH:MM:SS`, the way SQLite's own datetime() writes them. */
export type Order = {
  readonly id: number;
  readonly order_no: string;
  readonly customer_id: number;
  readonly status: string;
  /** Decimal text in the currency's own unit: `129.90`, `4980`. */
  readonly total: string | null;
  readonly currency: string | null;
  /** `[{"sku": "TEA-204", "name": "...", "qty": 2, "price": 12.5}]` */
  readonly items: string;
  readonly created_at: string;
  readonly paid_at: string | null;
  readonly updated_at: string;
  /** The click on an advertisement that led here, and when it was first seen. */
  readonly fbclid: string | null;
  readonly clicked_at: string | null;
  readonly fbp: string | null;
  readonly client_ip: string | null;
  readonly user_agent: string | null;
  readonly source_url: string;
  /** `granted`, `denied`, or null where nobody asked. */
  readonly marketing_consent: string | null;
  readonly is_test: 0 | 1;
  readonly note: string | null;
};

/** What an order needs besides chance. Milliseconds of the Unix epoch. */
export type OrderFacts = { id: number; customer: Customer; paidAt: number; updatedAt: number };

const GOODS: readonly (readonly [sku: string, name: string, euros: number])[] = [
  ['TEA-204', 'Sencha, 200 g', 14.5],
  ['TEA-310', 'Assam, 500 g', 19.9],
  ['CUP-001', 'Cup, stoneware', 12],
  ['POT-017', 'Teapot, 0.9 l', 49],
  ['POT-030', 'Kettle, cast iron', 119],
  ['TIN-002', 'Tin, 250 g', 7.25],
  ['BOX-900', 'Gift box', 34.95],
  ['SUB-012', 'A tea a month, for a year', 180],
];

const BROWSERS: readonly string[] = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
];

const CLICK_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';

/** `2026-11-20 10:00:00`, UTC. */
export const sqlTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

export const orderNumber = (id: number): string => `T-${100_000 + id}`;

/** Addresses of the blocks that are kept for documentation (RFC 5737, RFC 3849): nobody's. */
const clientAddress = (random: Random): string => {
  if (random.chance(0.3))
    return `2001:db8:${random.between(0, 65_535).toString(16)}::${random.between(1, 65_535).toString(16)}`;
  return `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.between(1, 254)}`;
};

const basket = (
  random: Random,
  { rate, decimals }: { rate: number; decimals: number },
): Pick<Order, 'items' | 'total'> => {
  const scale = 10 ** decimals;
  let cents = 0;
  const items = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3, 4]) }, () => {
    const [sku, name, euros] = random.pick(GOODS);
    const qty = random.pick([1, 1, 1, 2, 3]);
    const price = Math.round(euros * rate * scale);
    cents += price * qty;
    return { sku, name, qty, price: price / scale };
  });
  return { items: JSON.stringify(items), total: (cents / scale).toFixed(decimals) };
};

/** A paid order of the web shop in which nothing is wrong: consent given, money complete, both times as asked. */
export const makeOrder = (random: Random, { id, customer, paidAt, updatedAt }: OrderFacts): Order => {
  const country = countryOf(customer);
  const createdAt = paidAt - random.between(20, 900) * 1000;
  const cameByAd = random.chance(0.4);
  const clickedAt = createdAt - random.between(60, 40_000) * 1000;
  const firstSeen = createdAt - random.between(0, 60 * 86_400) * 1000;
  return {
    id,
    order_no: orderNumber(id),
    customer_id: customer.id,
    status: random.pick(['paid', 'paid', 'shipped', 'completed']),
    ...basket(random, country),
    currency: random.chance(0.05) ? country.currency.toLowerCase() : country.currency,
    created_at: sqlTime(createdAt),
    paid_at: sqlTime(paidAt),
    updated_at: sqlTime(updatedAt),
    fbclid: cameByAd ? `IwAR${Array.from({ length: 57 }, () => CLICK_LETTERS[random.between(0, 63)]!).join('')}` : null,
    clicked_at: cameByAd ? sqlTime(clickedAt) : null,
    fbp: random.chance(0.7) ? `fb.1.${firstSeen}.${random.between(100_000_000, 2_147_483_647)}` : null,
    client_ip: clientAddress(random),
    user_agent: random.pick(BROWSERS),
    source_url: 'https://shop.example.com/checkout/thank-you',
    marketing_consent: 'granted',
    is_test: 0,
    note: null,
  };
};
