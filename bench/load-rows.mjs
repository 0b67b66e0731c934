/**
 * Fills a table `orders` with N distinct people's paid orders: 25 columns wide, of which the benchmark maps fifteen.
 * All of it is made inside PostgreSQL, so that loading a million rows takes seconds. Every telephone number is valid and
 * stands in international form, because the SDK of the peer knows no countries: both sides can do the same work.
 *
 *   node bench/load-rows.mjs --database postgres://... --rows 100000
 */
import { parseArgs } from 'node:util';
import pg from 'pg';

const TABLE = `
DROP TABLE IF EXISTS orders;
CREATE TABLE orders (
  id bigint NOT NULL, order_no text NOT NULL, status text NOT NULL, channel text NOT NULL, customer_no text NOT NULL,
  first_name text, last_name text, email text, phone text, street text, city text, state text, postcode text, country text,
  total numeric(12,2), tax numeric(12,2), shipping numeric(12,2), currency text, item_count integer, coupon text,
  client_ip text, user_agent text, created_at timestamptz NOT NULL, paid_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
)`;

// One line a country: where people live there, what they pay in, and how the i-th distinct telephone number is spelt.
// $1 rows. Orders are spread over the last six days, to the microsecond; the newest is a minute old.
const FILL = `
WITH places (n, country, currency, city, state, postcode) AS (VALUES
  (0, 'US', 'USD', 'San Francisco', 'CA', '94103'), (1, 'GB', 'GBP', 'Stoke-on-Trent', 'Staffordshire', 'ST4 2AB'),
  (2, 'DE', 'EUR', 'Düsseldorf', 'Nordrhein-Westfalen', '40213'), (3, 'FR', 'EUR', 'Saint-Étienne', 'Auvergne-Rhône-Alpes', '42000'),
  (4, 'BR', 'BRL', 'São Paulo', 'SP', '01310-100'), (5, 'IN', 'INR', 'Bengaluru', 'Karnataka', '560001'),
  (6, 'JP', 'JPY', 'Osaka', 'Osaka', '530-0001'), (7, 'AU', 'AUD', 'Melbourne', 'VIC', '3004')
), people AS (
  SELECT i, i / 8 AS k, (i % 8)::int AS place,
    (ARRAY['Ada','Björn','Chloé','Dmitri','Emma','François','Grace','Hiro','Inês','José','Karen','Łukasz','Maria','Noah','Olga','Priya'])[1 + i % 16] AS first_name,
    (ARRAY['Almeida','O''Brien','Çelik','Dubois','Eriksson','Fischer','García','Hansen','Ivanov','Jones','Kowalski','Müller','Nguyen','Smith-Lopez','Tanaka','van Dijk','Weber'])[1 + i % 17] AS last_name
  FROM generate_series(1, $1::bigint) AS i
)
INSERT INTO orders
SELECT i, 'A-' || (1000000 + i), 'paid', (ARRAY['web','app','marketplace'])[1 + i % 3], 'C-' || (500000 + i),
  first_name, last_name,
  CASE WHEN i % 9 = 0 THEN ' Customer.' || i || '@Example.COM ' ELSE 'customer.' || i || '@' || (ARRAY['example.com','example.org','example.net'])[1 + i % 3] END,
  CASE place
    WHEN 0 THEN '+1 ' || (ARRAY['212','312','415','512','617','702','808','917'])[1 + k % 8] || ' ' || 200 + (k / 8 / 10000) % 800 || ' ' || lpad((k / 8 % 10000)::text, 4, '0')
    WHEN 1 THEN '+44 74' || lpad((k / 1000000 % 100)::text, 2, '0') || ' ' || lpad((k % 1000000)::text, 6, '0')
    WHEN 2 THEN '+49 151 ' || lpad((k + 20000000)::text, 8, '0')
    WHEN 3 THEN '+33 6 ' || lpad((k + 10000000)::text, 8, '0')
    WHEN 4 THEN '+55 11 9' || (60000000 + k)::text
    WHEN 5 THEN '+91 9' || lpad((k + 800000000)::text, 9, '0')
    WHEN 6 THEN '+81 90-' || lpad((1000 + k / 10000 % 9000)::text, 4, '0') || '-' || lpad((k % 10000)::text, 4, '0')
    ELSE '+61 4' || lpad((k + 12000000)::text, 8, '0')
  END,
  1 + i % 300 || ' High Street', city, state, postcode, country,
  5 + (i * 37 % 50000) / 100.0, (i * 7 % 9000) / 100.0, 4.90, currency, 1 + i % 5, CASE WHEN i % 7 = 0 THEN 'SPRING' END,
  '203.0.113.' || 1 + i % 254,
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/' || 120 + i % 23 || '.0.0.0 Safari/537.36',
  at - interval '10 minutes', at - interval '1 minute', at
FROM people JOIN places ON n = place,
  LATERAL (SELECT now() - interval '1 minute' - (($1::bigint - i)::float8 / $1::bigint) * interval '6 days' AS at) AS moment
ORDER BY i`;

/** Drops and fills `orders`; with its key and its index on (updated_at, id). Resolves to the milliseconds it took. */
export const loadRows = async (database, rows) => {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    const start = performance.now();
    await client.query(TABLE);
    await client.query(FILL, [rows]);
    await client.query('ALTER TABLE orders ADD PRIMARY KEY (id)');
    await client.query('CREATE INDEX orders_by_update ON orders (updated_at, id)');
    await client.query('VACUUM ANALYZE orders');
    return performance.now() - start;
  } finally {
    await client.end();
  }
};

if (import.meta.main) {
  const { values } = parseArgs({
    options: { database: { type: 'string' }, rows: { type: 'string', default: '100000' } },
  });
  const ms = await loadRows(values.database, Number(values.rows));
  console.log(JSON.stringify({ rows: Number(values.rows), ms: Math.round(ms) }));
}
