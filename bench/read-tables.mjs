/** The tables that `bench/read.mjs` reads, made inside each database: `wide_rows` of twelve columns, as a CRM has them, and `narrow_rows` of three. */

/** What is read of each table, in this order; `updated_at` is the cursor. */
export const COLUMNS = {
  wide_rows: [
    'id',
    'updated_at',
    'created_at',
    'email',
    'first_name',
    'last_name',
    'phone',
    'city',
    'country',
    'total',
    'currency',
    'status',
  ],
  narrow_rows: ['id', 'updated_at', 'total'],
};

/** Three rows a second, so that the cursor has ties; text of the lengths that people have. */
const wide = ({ concat, hash, at, money }) =>
  [
    'n',
    at('n / 3'),
    at('n / 3 - 600'),
    concat("'customer.'", 'n', "'@example.com'"),
    concat("'Ada'", hash('n', 4)),
    concat("'Lovelace'", hash('n + 1', 6)),
    concat("'+49 151 '", '10000000 + n'),
    concat("'City '", 'n % 6000'),
    "'DE'",
    money('n'),
    "'EUR'",
    "'paid'",
  ].join(', ');
const narrow = ({ at, money }) => ['n', at('n / 3'), money('n')].join(', ');

const typesOf = (types) => ({
  wide_rows: `id bigint NOT NULL, updated_at ${types.time} NOT NULL, created_at ${types.time}, email ${types.text}, first_name ${types.text}, last_name ${types.text},
    phone ${types.text}, city ${types.text}, country ${types.text}, total ${types.money}, currency ${types.text}, status ${types.text}`,
  narrow_rows: `id bigint NOT NULL, updated_at ${types.time} NOT NULL, total ${types.money}`,
});

const DIALECTS = {
  postgres: {
    types: typesOf({ time: 'timestamptz', text: 'text', money: 'numeric(12,2)' }),
    expressions: {
      concat: (...parts) => parts.join(' || '),
      hash: (n, length) => `left(md5((${n})::text), ${length})`,
      at: (seconds) => `timestamptz '2025-01-01 00:00:00.123456+00' + (${seconds}) * interval '1 second'`,
      money: (n) => `(${n} % 50000) / 100.0`,
    },
    numbers: (rows) => `generate_series(1, ${rows}) AS n`,
    indexes: (table) => [
      `ALTER TABLE ${table} ADD PRIMARY KEY (id)`,
      `CREATE INDEX ${table}_at ON ${table} (updated_at, id)`,
      `VACUUM ANALYZE ${table}`,
    ],
  },
  mysql: {
    types: typesOf({ time: 'DATETIME(6)', text: 'varchar(100)', money: 'decimal(12,2)' }),
    expressions: {
      concat: (...parts) => `CONCAT(${parts.join(', ')})`,
      hash: (n, length) => `LEFT(MD5(${n}), ${length})`,
      at: (seconds) => `TIMESTAMP('2025-01-01 00:00:00.123456') + INTERVAL FLOOR(${seconds}) SECOND`,
      money: (n) => `(${n} % 50000) / 100`,
    },
    // MySQL has no table of numbers, and its recursion is slow: digits, multiplied.
    numbers: (rows) => {
      const digits = Array.from({ length: 10 }, (_, d) => `SELECT ${d} AS d`).join(' UNION ALL ');
      const places = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, Math.ceil(Math.log10(rows)));
      const n = `1 + ${places.map((place, at) => `${place}.d * ${10 ** at}`).join(' + ')}`;
      const from = places.toReversed().map((place) => `(${digits}) AS ${place}`);
      return `(SELECT ${n} AS n FROM ${from.join(' STRAIGHT_JOIN ')}) AS numbers WHERE n <= ${rows}`;
    },
    indexes: (table) => [
      `ALTER TABLE ${table} ADD PRIMARY KEY (id), ADD INDEX ${table}_at (updated_at, id)`,
      `ANALYZE TABLE ${table}`,
    ],
  },
  sqlite: {
    types: typesOf({ time: 'TEXT', text: 'TEXT', money: 'NUMERIC' }),
    expressions: {
      concat: (...parts) => parts.map((part) => `(${part})`).join(' || '),
      hash: (n, length) => `substr(hex((${n}) * 2654435761), 1, ${length})`,
      at: (seconds) => `strftime('%Y-%m-%d %H:%M:%S', 1735689600 + (${seconds}), 'unixepoch') || '.123456'`,
      money: (n) => `(${n} % 50000) / 100.0`,
    },
    numbers: (rows) =>
      `(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${rows}) SELECT n FROM s) AS numbers`,
    indexes: (table) => [
      `CREATE UNIQUE INDEX ${table}_id ON ${table} (id)`,
      `CREATE INDEX ${table}_at ON ${table} (updated_at, id)`,
    ],
  },
};

/** Statements that make a table anew, with this many rows. */
export const makeTable = (engine, table, rows) => {
  const { types, expressions, numbers, indexes } = DIALECTS[engine];
  const values = (table === 'wide_rows' ? wide : narrow)(expressions);
  return [
    `DROP TABLE IF EXISTS ${table}`,
    `CREATE TABLE ${table} (${types[table]})`,
    `INSERT INTO ${table} SELECT ${values} FROM ${numbers(rows)}`,
    ...indexes(table),
  ];
};
