import Database from 'better-sqlite3';
import type { Order } from './orders.ts';
import type { Customer } from './people.ts';

export type ShopFile = Database.Database;

const SCHEMA = `
CREATE TABLE customers (
  id INTEGER PRIMARY KEY, account_no TEXT UNIQUE, email TEXT, phone TEXT, first_name TEXT, last_name TEXT, birthday TEXT,
  gender TEXT, city TEXT, state TEXT, postcode TEXT, country TEXT NOT NULL
);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, order_no TEXT NOT NULL, customer_id INTEGER NOT NULL REFERENCES customers (id),
  status TEXT NOT NULL, total TEXT, currency TEXT, items TEXT NOT NULL, created_at TEXT NOT NULL, paid_at TEXT,
  updated_at TEXT NOT NULL, fbclid TEXT, clicked_at TEXT, fbp TEXT, client_ip TEXT, user_agent TEXT, source_url TEXT,
  marketing_consent TEXT, is_test INTEGER NOT NULL DEFAULT 0, note TEXT
);
CREATE INDEX orders_by_update ON orders (updated_at, id);
CREATE INDEX orders_by_number ON orders (order_no);
CREATE VIEW paid_orders AS
  SELECT o.id, o.order_no, o.status, o.total, o.currency, o.items, o.paid_at, o.updated_at, o.fbclid, o.clicked_at, o.fbp,
         o.client_ip, o.user_agent, o.source_url, o.marketing_consent, o.is_test,
         c.account_no, c.email, c.phone, c.first_name, c.last_name, c.birthday, c.gender, c.city, c.state, c.postcode, c.country
  FROM orders o JOIN customers c ON c.id = o.customer_id
  WHERE o.paid_at IS NOT NULL;
`;

/** Inserts rows by the names of their fields. The names come from this code, never from data. */
const insertAll = (db: ShopFile, table: 'customers' | 'orders', rows: readonly (Customer | Order)[]): void => {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  const insert = db.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
  );
  for (const row of rows) insert.run(row);
};

/** Creates the tables, the view and the indexes. Throws where the file holds a shop already. */
export const createTables = (db: ShopFile): void => {
  db.exec(SCHEMA);
};

/** Writes customers, then their orders. */
export const insertRows = (db: ShopFile, customers: readonly Customer[], orders: readonly Order[]): void => {
  insertAll(db, 'customers', customers);
  insertAll(db, 'orders', orders);
};

/** Opens the file, does the work in one transaction and closes the file, whatever happens. */
export const inShopFile = <T>(file: string, work: (db: ShopFile) => T): T => {
  const db = new Database(file);
  try {
    return db.transaction(() => work(db))();
  } finally {
    db.close();
  }
};
