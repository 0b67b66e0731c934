/** A project whose shop is on a server too: the rows of its SQLite shop, which the oracle reads, copied over. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { queryMysql, queryPostgres } from '../support/databases-fresh.ts';
import type { OrderRow, SyncProject } from '../support/sync-project.ts';

export type ServerEngine = 'postgres' | 'mysql';
export const query = { postgres: queryPostgres, mysql: queryMysql };

const TIME = { postgres: 'timestamptz(0)', mysql: 'TIMESTAMP' };
const text = (value: string | null): string => (value === null ? 'NULL' : `'${value}'`);

/** @param url of the shop, as the program sees it; `direct` of the same database, for the test */
export const moveShop = async (
  project: SyncProject,
  engine: ServerEngine,
  url: string,
  direct: string,
): Promise<void> => {
  const config = join(project.dir, 'config.yaml');
  const shop = `shop: { connector: ${engine}, url: "\${SHOP_URL}" }`;
  writeFileSync(config, readFileSync(config, 'utf8').replace(/^ {2}shop:.*$/m, `  ${shop}`));
  writeFileSync(join(project.dir, '.env'), `SHOP_URL=${url}\n`);
  await query[engine](
    direct,
    `CREATE TABLE orders (id int PRIMARY KEY, order_no varchar(40) NOT NULL, email varchar(200), total varchar(40), currency varchar(20),
      consent varchar(20), paid_at ${TIME[engine]} NOT NULL, updated_at ${TIME[engine]} NOT NULL)`,
    'CREATE INDEX orders_by_update ON orders (updated_at, id)',
  );
};

export const copyRows = async (engine: ServerEngine, direct: string, rows: readonly OrderRow[]): Promise<void> => {
  const zone = engine === 'postgres' ? '+00' : '';
  const values = rows.map(
    (row) =>
      `(${row.id}, ${[row.order_no, row.email, row.total, row.currency, row.consent].map(text).join(', ')}, '${row.paid_at}${zone}', '${row.updated_at}${zone}')`,
  );
  await query[engine](
    direct,
    engine === 'postgres' ? "SET timezone = 'UTC'" : "SET time_zone = '+00:00'",
    `INSERT INTO orders VALUES ${values.join(', ')}`,
  );
};
