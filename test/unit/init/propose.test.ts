import { describe, expect, it } from 'vitest';
import type { ColumnKind, TableFacts } from '../../../connectors/connector.ts';
import { mysql } from '../../../connectors/mysql/index.ts';
import { postgres } from '../../../connectors/postgres/index.ts';
import { sqlite } from '../../../connectors/sqlite/index.ts';
import { mappingName, mappingText } from '../../../src/init/mapping-text.ts';
import { propose } from '../../../src/init/propose.ts';
import { rankTables } from '../../../src/init/rank-tables.ts';
import { readSourceUrl } from '../../../src/init/read-url.ts';
import { asName, expression, scalar } from '../../../src/init/yaml-text.ts';

const table = (name: string, columns: Record<string, ColumnKind>, primaryKey = ['id']): TableFacts => ({
  name,
  columns: Object.entries(columns).map(([column, kind]) => ({ name: column, kind, type: kind, nullable: false })),
  primaryKey,
  indexes: [{ columns: primaryKey, isUnique: true, isWhole: true }],
});
const quote = (name: string): string => `"${name}"`;
const ORDERS = table('orders', {
  id: 'integer',
  email: 'text',
  total: 'decimal',
  currency: 'text',
  order_no: 'text',
  paid_at: 'timestamptz',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
});
const of = (...tables: TableFacts[]) => {
  const [best] = rankTables(tables, false);
  if (!best) throw new Error('nothing was ranked');
  return propose(best, tables, quote, false);
};

describe('the ranking of tables', () => {
  it('puts orders before leads before customers, and their parts and copies behind', () => {
    const contact = { id: 'integer', email: 'text', updated_at: 'timestamp' } as const;
    const ranked = rankTables(
      [
        table('customers', contact),
        table('order_logs', contact),
        table('leads', contact),
        table('web.Orders', contact),
      ],
      false,
    );
    expect(ranked.map(({ facts }) => facts.name)).toEqual(['web.Orders', 'leads', 'customers', 'order_logs']);
  });

  it('leaves out what points to nobody or cannot be told apart', () => {
    expect(rankTables([table('orders', { id: 'integer', city: 'text', updated_at: 'timestamp' })], false)).toEqual([]);
    expect(rankTables([table('orders', { email: 'text', updated_at: 'timestamp' }, [])], false)).toEqual([]);
  });
});

describe('a proposal', () => {
  it('reads by what changes, and takes the event time from when it happened', () => {
    const proposal = of(ORDERS);
    expect(proposal).toMatchObject({
      eventName: 'Purchase',
      query: undefined,
      orderId: 'order_no',
      eventTime: { name: 'paid_at' },
      value: { column: { name: 'total' }, isMinor: false },
      currency: { name: 'currency' },
      keys: [{ key: 'em', column: 'email' }],
    });
    expect(proposal.cursors.map(({ column }) => column)).toEqual(['updated_at', 'created_at', 'id']);
  });

  it('joins the table of buyers where an order names one by id only', () => {
    const orders = table('orders', {
      id: 'integer',
      customer_id: 'integer',
      total: 'decimal',
      updated_at: 'timestamp',
    });
    const customers = table('customers', { id: 'integer', email: 'text', phone: 'text' });
    const { query, keys } = of(orders, customers);
    expect(query).toBe(
      'SELECT o.*, c."email", c."phone"\nFROM "orders" AS o\nLEFT JOIN "customers" AS c ON c."id" = o."customer_id"',
    );
    expect(keys.map(({ key }) => key).sort()).toEqual(['em', 'external_id', 'ph']);
  });

  it('takes neither the state of an order for that of an address nor a key of its own for the lead id of Meta', () => {
    const leads = table('leads', { lead_id: 'integer', email: 'text', state: 'text', created_at: 'timestamp' }, [
      'lead_id',
    ]);
    expect(of(leads).keys).toEqual([{ key: 'em', column: 'email' }]);
  });

  it('writes a zone only where a time has none, and marks what it guessed', () => {
    const cursor = { column: 'updated_at', sees: 'changes', isIndexed: true, skipsNulls: false, unit: 'time' } as const;
    const text = mappingText(of(ORDERS), 'shop', cursor);
    expect(text).not.toContain('timezone:');
    expect(text).toMatch(/event_time: =paid_at # guessed/);
    expect(mappingName(of(ORDERS))).toBe('orders-purchase');
    const local = table('orders', { id: 'integer', email: 'text', updated_at: 'timestamp' });
    expect(mappingText(of(local), 'shop', cursor)).toMatch(/timezone: UTC # guessed/);
  });
});

describe('names', () => {
  it('become expressions and scalars that mean the same', () => {
    expect([expression('email'), expression('type'), expression("Bill's E-Mail")]).toEqual([
      '=email',
      `'=row["type"]'`,
      `'=row["Bill''s E-Mail"]'`,
    ]);
    expect([scalar('id'), scalar('no'), scalar('a: b')]).toEqual(['id', '"no"', '"a: b"']);
    expect([asName('OrderItems', 'x'), asName('2024 Sales!', 'x'), asName('订单', 'x')]).toEqual([
      'order-items',
      'sales',
      'x',
    ]);
  });

  it('of a database come from its URL; what is no URL is refused without being shown', () => {
    const read = (text: string) => {
      const { connector, name, options, secrets } = readSourceUrl(text, [postgres, mysql, sqlite]);
      return { connector: connector.name, name, options, secrets };
    };
    expect(read('postgres://u:p@h/web_shop')).toEqual({
      connector: 'postgres',
      name: 'web-shop',
      options: {},
      secrets: { url: 'postgres://u:p@h/web_shop' },
    });
    expect(read('mariadb://u:p@h/crm')).toMatchObject({ connector: 'mysql', name: 'crm' });
    expect(read('sqlite:data/shop.db')).toMatchObject({
      connector: 'sqlite',
      options: { filename: { value: 'data/shop.db', isPath: true } },
      secrets: {},
    });
    expect(read('C:\\data\\shop.db')).toMatchObject({ connector: 'sqlite', name: 'shop' });
    for (const bad of ['oracle://u:geheim@h/d', "postgres://u:geh'eim@h/d", 'postgres://u:ge heim@h/d', ''])
      expect(() => read(bad)).toThrow(
        expect.objectContaining({ code: 'bad-source-url', message: expect.not.stringContaining('geheim') }),
      );
  });
});
