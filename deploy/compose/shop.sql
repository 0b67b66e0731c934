-- A shop to read from. Run once, by the database's image, when its volume is new. The people are invented.
CREATE SCHEMA shop;
CREATE TABLE shop.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_no text NOT NULL,
  email text,
  phone text,
  country text,
  total numeric(10, 2),
  currency text,
  paid_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_capi ON shop.orders (updated_at, id);
INSERT INTO shop.orders (order_no, email, phone, country, total, currency, paid_at, updated_at)
SELECT 'A-' || n, 'buyer' || n || '@example.com', NULL, 'DE', 10 + n % 90, 'EUR', at, at
FROM (SELECT n, now() - n * interval '3 minutes' AS at FROM generate_series(1, 500) AS n) AS made;
