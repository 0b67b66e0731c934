import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type CountryCode, isValidPhoneNumber } from 'libphonenumber-js/max';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeShop } from '../../../src/demo/change-shop.ts';
import { type Expected, makeShop } from '../../../src/demo/make-shop.ts';

type Line = Record<string, string | number | null>;

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const folder = mkdtempSync(join(tmpdir(), 'capi-sync-demo-'));
const file = (name: string): string => join(folder, name);

const query = (name: string, sql: string): Line[] => {
  const db = new Database(file(name), { readonly: true });
  try {
    return db.prepare<[], Line>(sql).all();
  } finally {
    db.close();
  }
};
const count = (name: string, condition: string): number =>
  Number(query(name, `SELECT count(*) AS n FROM paid_orders WHERE ${condition}`)[0]!.n);

let made: { orders: number; expected: Expected };

beforeAll(() => {
  made = makeShop(file('shop.db'), NOW);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the rows of the demo shop', () => {
  it('is the same shop for the same seed and moment, and another for another seed', () => {
    makeShop(file('again.db'), NOW);
    makeShop(file('other.db'), NOW, 2);
    const rows = (name: string): Line[] => query(name, 'SELECT * FROM orders JOIN customers c ON c.id = customer_id');
    expect(rows('again.db')).toEqual(rows('shop.db'));
    expect(rows('other.db')).not.toEqual(rows('shop.db'));
  });

  it('refuses a file that holds a shop already and leaves it as it was', () => {
    expect(() => makeShop(file('shop.db'), NOW)).toThrow(/already exists/);
    expect(query('shop.db', 'SELECT count(*) AS n FROM orders')[0]!.n).toBe(made.orders);
  });

  it('has people of at least twenty countries and of many scripts', () => {
    const people = query('shop.db', 'SELECT * FROM customers');
    expect(new Set(people.map((person) => String(person.country).toUpperCase())).size).toBeGreaterThanOrEqual(20);
    const names = people.map((person) => `${person.first_name} ${person.last_name} ${person.city}`).join(' ');
    for (const script of ['Cyrillic', 'Greek', 'Han', 'Hiragana', 'Hangul', 'Arabic', 'Hebrew', 'Devanagari', 'Thai']) {
      expect(names, script).toMatch(new RegExp(`\\p{Script=${script}}`, 'u'));
    }
    expect(names).toMatch(/[éüñøłşő]/);
  });

  it('has telephone numbers that are valid in the country of the customer, in many spellings', () => {
    const people = query('shop.db', 'SELECT phone, country FROM customers WHERE phone IS NOT NULL');
    const invalid = people.filter(
      ({ phone, country }) => !isValidPhoneNumber(String(phone), String(country).toUpperCase() as CountryCode),
    );
    expect(invalid).toEqual([]);
    for (const spelling of [/^\+/, /^00/, /^0[1-9]/, /\(/, /\./, /-/]) {
      expect(people.some(({ phone }) => spelling.test(String(phone)))).toBe(true);
    }
  });

  it('writes to nobody: every well-formed address is of a domain kept for examples', () => {
    const addresses = query('shop.db', 'SELECT email FROM customers').map(({ email }) => String(email ?? ''));
    const formed = addresses
      .map((email) => email.trim().toLowerCase())
      .filter((email) => /^[^@\s]+@[^@\s]+$/.test(email));
    expect(formed.length).toBeGreaterThan(2000);
    expect(formed.filter((email) => !/@([a-z]+\.|\.)?example\.+(com|org|net)$/.test(email))).toEqual([]);
    expect(addresses.some((email) => email !== email.trim())).toBe(true);
    expect(addresses.some((email) => email !== email.toLowerCase())).toBe(true);
  });

  it('totals the lines of every order', () => {
    for (const { items, total } of query('shop.db', 'SELECT items, total FROM paid_orders WHERE total IS NOT NULL')) {
      const lines = JSON.parse(String(items)) as { qty: number; price: number }[];
      expect(lines.reduce((sum, { qty, price }) => sum + qty * price, 0)).toBeCloseTo(Number(total), 6);
    }
  });
});

describe('what is wrong with the rows of the demo shop', () => {
  const sent = "is_test = 0 AND marketing_consent = 'granted'";
  const zero = "paid_at = '0000-00-00 00:00:00'";

  it('is what it says, counted in the database', () => {
    const { expected } = made;
    expect(count('shop.db', 'true')).toBe(expected.read);
    expect(count('shop.db', 'is_test = 1')).toBe(expected.filtered.filter);
    expect(count('shop.db', "marketing_consent IS NOT 'granted'")).toBe(expected.filtered.consent);
    expect(count('shop.db', `${sent} AND currency IS NULL`)).toBe(expected.rejected['currency-missing']);
    expect(count('shop.db', `${sent} AND total IS NULL`)).toBe(expected.rejected['value-missing']);
    expect(count('shop.db', "paid_at > '2026-11-23 12:01:00' AND paid_at LIKE '2026-%'")).toBe(
      expected.rejected['event-time-future'],
    );
    expect(count('shop.db', "paid_at NOT LIKE '%-%'")).toBe(expected.rejected['event-time-milliseconds']);
    expect(count('shop.db', zero)).toBe(expected.rejected['event-time-unreadable']);
    expect(count('shop.db', `paid_at < '2026-11-17 11:00:00' AND paid_at LIKE '2026-%'`)).toBe(expected.expired);
    expect(
      count(
        'shop.db',
        'coalesce(email, phone, first_name, last_name, birthday, account_no, fbclid, fbp, client_ip) IS NULL',
      ),
    ).toBe(expected.rejected['weak-match-keys']);
    expect(count('shop.db', `${sent} AND order_no <> 'T-' || (100000 + id)`)).toBe(expected.duplicate);
    expect(count('shop.db', "email NOT LIKE '%_@%example.___%' OR email LIKE '%@@%' OR email LIKE '%..%'")).toBe(
      expected.keys_dropped.em,
    );
    expect(
      count(
        'shop.db',
        "(email NOT LIKE '%_@%example.___%' OR email LIKE '%@@%' OR email LIKE '%..%') AND phone IS NULL",
      ),
    ).toBe(0);
  });

  it('leaves no row without an outcome and none with two', () => {
    const { read, sent: good, duplicate, filtered, rejected, expired } = made.expected;
    const sum = (of: Record<string, number>): number => Object.values(of).reduce((total, n) => total + n, 0);
    expect(good + duplicate + sum(filtered) + sum(rejected) + expired).toBe(read);
    const fine = `${sent} AND currency IS NOT NULL AND total IS NOT NULL AND paid_at BETWEEN '2026-11-17 11:00:00' AND '2026-11-23 12:00:00'
      AND coalesce(email, phone) IS NOT NULL`;
    expect(Number(query('shop.db', `SELECT count(DISTINCT order_no) AS n FROM paid_orders WHERE ${fine}`)[0]!.n)).toBe(
      good,
    );
  });
});

describe('the shop between two syncs', () => {
  it('has 25 new orders and 40 changed ones, all later than what was there', () => {
    makeShop(file('changed.db'), NOW);
    const before = query('changed.db', 'SELECT id, updated_at FROM orders');
    const newest = before
      .map((row) => String(row.updated_at))
      .sort()
      .at(-1)!;
    expect(newest).toBe('2026-11-23 11:55:00');

    expect(changeShop(file('changed.db'), NOW)).toEqual({ added: 25, updated: 40 });

    const later = query('changed.db', `SELECT * FROM paid_orders WHERE updated_at > '${newest}'`);
    expect(later.filter(({ id }) => Number(id) > before.length)).toHaveLength(25);
    expect(later.filter(({ id }) => Number(id) <= before.length)).toHaveLength(40);
    expect(later.every(({ updated_at }) => String(updated_at) <= '2026-11-23 11:59:00')).toBe(true);
    // Changed are only orders that a sync has sent: good ones, and in no way different but in what a status change touches.
    expect(
      later.every((row) => row.is_test === 0 && row.marketing_consent === 'granted' && row.currency !== null),
    ).toBe(true);
    const same = 'id, order_no, total, currency, items, paid_at, email, phone, account_no';
    const ids = later.map(({ id }) => id).filter((id) => Number(id) <= before.length);
    const pick = (name: string): Line[] =>
      query(name, `SELECT ${same} FROM paid_orders WHERE id IN (${ids.join(', ')}) ORDER BY id`);
    expect(pick('changed.db')).toEqual(pick('shop.db'));
  });
});
