/** The customers and invoices of the Chinook sample shop (test/fixtures/chinook, MIT), loaded into each database under its own usual names. */
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from './databases-fresh.ts';

type Cells = Readonly<Record<string, string | number | null>>;
const read = (name: string): Cells[] =>
  JSON.parse(readFileSync(new URL(`../fixtures/chinook/${name}.json`, import.meta.url), 'utf8'));

/** Test files that run at the same time share the servers, and several of them load this shop. */
const OWN_NAME = `chinook_${process.env.VITEST_POOL_ID}`;

export const customers = read('customers');
export const invoices = read('invoices');

/** One engine's shop: how to change it and how to read it. */
export type ChinookBed = {
  /** The connection as YAML; `${SHOP_URL}` stands for `url`. */
  readonly connection: string;
  readonly url: string;
  readonly query: string;
  readonly run: (...statements: string[]) => Promise<unknown>;
};

const literal = (value: string | number | null): string =>
  value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
const sqlTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** Invoice n of 412, moved into the last five days; written when it was made. */
export const invoiceTime = (invoiceId: number, now: number): string =>
  sqlTime(now - 600_000 - (412 - invoiceId) * 1_000_000);

const CUSTOMER = [
  'CustomerId',
  'FirstName',
  'LastName',
  'City',
  'State',
  'Country',
  'PostalCode',
  'Phone',
  'Email',
] as const;
const INVOICE = ['InvoiceId', 'CustomerId', 'Total'] as const;

/** @param name maps Chinook's column to the engine's spelling; @param quote quotes it */
const statements = (now: number, name: (column: string) => string, types: { text: string; time: string }): string[] => {
  const columns = (all: readonly string[]): string => all.map(name).join(', ');
  const values = (row: Cells, all: readonly string[]): string =>
    all.map((column) => literal(row[column] ?? null)).join(', ');
  return [
    `CREATE TABLE ${name('Customer')} (${CUSTOMER.map((c) => `${name(c)} ${c === 'CustomerId' ? 'INTEGER PRIMARY KEY' : types.text}`).join(', ')})`,
    `CREATE TABLE ${name('Invoice')} (${name('InvoiceId')} INTEGER PRIMARY KEY, ${name('CustomerId')} INTEGER, ${name('Total')} NUMERIC(10,2), ${name('InvoiceDate')} ${types.time} NOT NULL, ${name('UpdatedAt')} ${types.time} NOT NULL)`,
    `INSERT INTO ${name('Customer')} (${columns(CUSTOMER)}) VALUES ${customers.map((row) => `(${values(row, CUSTOMER)})`).join(', ')}`,
    `INSERT INTO ${name('Invoice')} (${columns([...INVOICE, 'InvoiceDate', 'UpdatedAt'])}) VALUES ${invoices
      .map(
        (row) =>
          `(${values(row, INVOICE)}, '${invoiceTime(Number(row.InvoiceId), now)}', '${invoiceTime(Number(row.InvoiceId), now)}')`,
      )
      .join(', ')}`,
    `CREATE INDEX invoice_cursor ON ${name('Invoice')} (${name('UpdatedAt')}, ${name('InvoiceId')})`,
  ];
};

const joined = (name: (column: string) => string): string =>
  `SELECT i.${name('InvoiceId')} AS invoice_id, i.${name('InvoiceDate')} AS invoice_date, i.${name('UpdatedAt')} AS updated_at, i.${name('Total')} AS total,
    c.${name('CustomerId')} AS customer_id, c.${name('FirstName')} AS first_name, c.${name('LastName')} AS last_name, c.${name('City')} AS city,
    c.${name('State')} AS state, c.${name('Country')} AS country, c.${name('PostalCode')} AS postal_code, c.${name('Phone')} AS phone, c.${name('Email')} AS email
    FROM ${name('Invoice')} i JOIN ${name('Customer')} c ON c.${name('CustomerId')} = i.${name('CustomerId')}`;

const snake = (column: string): string => column.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();

export const chinookBeds: Readonly<Record<string, (folder: string, now: number) => Promise<ChinookBed>>> = {
  sqlite: async (folder, now) => {
    const file = `${folder}/chinook.sqlite`;
    const run = async (...all: string[]): Promise<void> => {
      const db = new Database(file);
      for (const statement of all) db.exec(statement);
      db.close();
    };
    const name = (column: string): string => `[${column}]`;
    await run(...statements(now, name, { text: 'NVARCHAR(80)', time: 'DATETIME' }));
    return { connection: `{ connector: sqlite, filename: ${file} }`, url: '', query: joined(name), run };
  },
  postgres: async (_folder, now) => {
    const url = await freshPostgres(OWN_NAME);
    const name = (column: string): string => snake(column);
    const run = (...all: string[]) => queryPostgres(url, ...all);
    await run(...statements(now, name, { text: 'VARCHAR(80)', time: 'TIMESTAMP' }));
    return { connection: '{ connector: postgres, url: "${SHOP_URL}" }', url, query: joined(name), run };
  },
  mysql: async (_folder, now) => {
    const url = await freshMysql(OWN_NAME);
    const name = (column: string): string => `\`${column}\``;
    const run = (...all: string[]) => queryMysql(url, ...all);
    await run(...statements(now, name, { text: 'VARCHAR(80)', time: 'DATETIME' }));
    return { connection: '{ connector: mysql, url: "${SHOP_URL}" }', url, query: joined(name), run };
  },
};
