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
const FUNCTIONS = [
  `CREATE OR REPLACE FUNCTION chance(i bigint, n int) RETURNS float8 IMMUTABLE LANGUAGE sql AS
    $$ SELECT (hashint8(i * 8 + n)::bigint & 65535) / 65536.0::float8 $$`,
  `CREATE OR REPLACE FUNCTION syllables(n int) RETURNS text IMMUTABLE LANGUAGE sql AS
    $$ SELECT (ARRAY['an','be','lo','ri','ne','ta','vo','sh','ka','el','mi','du','po','ra','ws','ki'])[1 + n % 16]
       || CASE WHEN n >= 16 THEN (ARRAY['a','e','i','o','u','na','le','ro','ti','mo','sa','ver','don','ley','ton','by'])[1 + n / 16 % 16] ELSE '' END
       || CASE WHEN n >= 256 THEN (ARRAY['x','r','s','t','n','m','l','k','son','man','berg','ski','ez','ov','ini','sen'])[1 + n / 256 % 16] ELSE '' END $$`,
];

const FILL = `
WITH places (n, country, currency, city, state) AS (VALUES
  (0, 'US', 'USD', 'San Francisco', 'CA'), (1, 'GB', 'GBP', 'Stoke-on-Trent', 'Staffordshire'),
  (2, 'DE', 'EUR', 'Düsseldorf', 'Nordrhein-Westfalen'), (3, 'FR', 'EUR', 'Saint-Étienne', 'Auvergne-Rhône-Alpes'),
  (4, 'BR', 'BRL', 'São Paulo', 'SP'), (5, 'IN', 'INR', 'Bengaluru', 'Karnataka'),
  (6, 'JP', 'JPY', 'Osaka', 'Osaka'), (7, 'AU', 'AUD', 'Melbourne', 'VIC')
), people AS (
  SELECT i, i / 8 AS k, (i % 8)::int AS place, f, l, c, z,
    initcap((ARRAY['ada','björn','chloé','dmitri','emma','françois','grace','hiro','inês','josé','karen','łukasz','maria','noah','olga','priya'])[1 + f % 16]
      || CASE WHEN f < 16 THEN '' ELSE syllables(f / 16) END) AS first_name,
    initcap((ARRAY['almeida','o''brien','çelik','dubois','eriksson','fischer','garcía','hansen','ivanov','jones','kowalski','müller','nguyen','smith-lopez','tanaka','van dijk'])[1 + l % 16]
      || CASE WHEN l < 16 THEN '' ELSE syllables(l / 16) END) AS last_name
  FROM generate_series(1, $1::bigint) AS i,
    -- Names and places recur as they do in life: a few are common, most are rare. 4,000 first names, 40,000 last names,
    -- 6,000 cities, 30,000 postcodes; the square of a hash makes low numbers frequent.
    LATERAL (SELECT floor(4000 * chance(i, 1) ^ 2)::int AS f, floor(40000 * chance(i, 2) ^ 2)::int AS l,
      floor(6000 * chance(i, 3) ^ 2)::int AS c, floor(30000 * chance(i, 4))::int AS z) AS drawn
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
  1 + i % 300 || ' High Street', city || CASE WHEN c < 8 THEN '' ELSE ' ' || initcap(syllables(c / 8)) END, state,
  CASE place WHEN 1 THEN 'ST' || 1 + z % 90 || ' ' || 1 + z % 9 || chr(65 + z % 26) || 'B' WHEN 4 THEN lpad(z::text, 5, '0') || '-' || lpad((z % 1000)::text, 3, '0')
    WHEN 6 THEN lpad((z % 1000)::text, 3, '0') || '-' || lpad((z % 10000)::text, 4, '0') WHEN 5 THEN (560000 + z)::text WHEN 7 THEN lpad((z % 9000 + 1000)::text, 4, '0')
    ELSE lpad((z + 10000)::text, 5, '0') END, country,
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
    for (const statement of FUNCTIONS) await client.query(statement);
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
