/** What the Databricks connector promises beyond the core contract: types, sessions, sign-in, certificates, cancelling. The vendor's client against a stand-in of its protocol. */
import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Page, ReadRange, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import { databricks } from '../../connectors/databricks/index.ts';
import { CLIENT, type StandIn, startDatabricks, TOKEN } from '../support/databricks-stand-in.ts';

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startDatabricks();
});
beforeEach(() => {
  standIn.fetches.length = 0;
  standIn.statements.length = 0;
  standIn.tokens.length = 0;
  standIn.cancelled.length = 0;
});
afterAll(async () => standIn.close());

const open = async (more: Record<string, unknown> = {}): Promise<Source> => {
  const source = await databricks.open(standIn.options(more), { baseDir: tmpdir() });
  onTestFinished(() => source.close());
  return source;
};

const spec = (more: Partial<ReadSpec>): ReadSpec => ({ primaryKey: ['id'], cursor: 'at', onNull: 'error', ...more });

const read = async (
  source: Source,
  stream: Stream,
  range: Partial<ReadRange>,
  signal = new AbortController().signal,
): Promise<{ rows: Row[]; pages: Page[] }> => {
  const pages: Page[] = [];
  for await (const page of source.readPages(stream, { columns: ['id'], pageSize: 1000, ...range }, signal))
    pages.push(page);
  return { rows: pages.flatMap(({ rows }) => rows), pages };
};

const failureOf = async (work: Promise<unknown>): Promise<{ code?: string; message?: string; hint?: string }> =>
  work.then(
    () => ({}),
    (error: unknown) => error as { code?: string; message?: string; hint?: string },
  );

/** Three rows on each microsecond. */
const orders = (count: number, type: string): Promise<void> =>
  standIn.engine.sql(
    `CREATE OR REPLACE TABLE orders AS SELECT n AS id, (TIMESTAMP '2026-01-01 10:00:00' + to_microseconds(CAST(floor(n / 3) AS BIGINT)))::${type} AS "at", 'row ' || n AS note FROM range(${count}) AS t(n)`,
  );

describe('types', () => {
  const columns = [
    ['id', 'BIGINT NOT NULL', 'integer', '9223372036854775807', '9223372036854775807'],
    ['at', 'TIMESTAMPTZ', 'timestamptz', "'2026-01-01 12:00:00.123456+02'", '2026-01-01 10:00:00.123456'],
    [
      'exact',
      'DECIMAL(38,10)',
      'decimal',
      "'1234567890123456789012345678.0123456789'",
      '1234567890123456789012345678.0123456789',
    ],
    ['small', 'TINYINT', 'integer', '-128', '-128'],
    ['ratio', 'DOUBLE', 'float', '0.1', '0.1'],
    ['wall', 'TIMESTAMP', 'timestamp', "'2026-01-01 10:00:00.000001'", '2026-01-01 10:00:00.000001'],
    ['day', 'DATE', 'date', "'2026-02-28'", '2026-02-28'],
    ['yes', 'BOOLEAN', 'boolean', 'true', 'true'],
    ['bytes', 'BLOB', 'bytes', "'\\x00\\xFF\\x10'", '\\x00ff10'],
    [
      'thing',
      'STRUCT(sku VARCHAR, qty BIGINT)',
      'json',
      "{'sku': 'A', 'qty': 12345678901234567}",
      '{"sku":"A","qty":12345678901234567}',
    ],
    ['list', 'VARCHAR[]', 'json', "['a', NULL]", '["a",null]'],
    ['anything', 'JSON', 'json', `'{"a":[1,null]}'`, '{"a":[1,null]}'],
    ['name', 'VARCHAR', 'text', "'Zoë ☃ \\ \"q\" ''s'' ?'", 'Zoë ☃ \\ "q" \'s\' ?'],
  ] as const;
  const names = columns.map(([name]) => name);
  beforeAll(async () => {
    await standIn.engine.sql(
      `CREATE OR REPLACE TABLE kinds (${columns.map(([name, type]) => `"${name}" ${type}`).join(', ')})`,
      `INSERT INTO kinds VALUES (${columns.map(([, , , value]) => value).join(', ')})`,
      `INSERT INTO kinds VALUES (1, '2026-01-01 09:59:59+00', ${columns
        .slice(2)
        .map(() => 'NULL')
        .join(', ')})`,
    );
  });

  it('come as the exact text of the server, of a table and of a query, and NULL as null', async () => {
    const source = await open();
    for (const what of [{ table: 'kinds' }, { query: 'SELECT * FROM `kinds` WHERE id > 0 -- all?' }]) {
      const stream = await source.describe(spec(what));
      expect(stream.columns.map(({ name, kind }) => [name, kind])).toEqual(
        columns.map(([name, , kind]) => [name, kind]),
      );
      const { rows } = await read(source, stream, { columns: names });
      expect(rows).toEqual([
        ['1', '2026-01-01 09:59:59', ...columns.slice(2).map(() => null)],
        columns.map((column) => column[4]),
      ]);
    }
    expect(standIn.statements.every(({ asksForText }) => asksForText)).toBe(true);
  });

  it('hold in keys too: a row is found by its text, whatever the type', async () => {
    const source = await open();
    for (const key of ['id', 'at', 'exact', 'small', 'wall', 'day', 'yes', 'bytes', 'name']) {
      const stream = await source.describe(
        spec({ table: 'kinds', primaryKey: [key], timezone: 'UTC', where: 'small IS NOT NULL' }),
      );
      const [page] = (await read(source, stream, {})).pages;
      expect(await source.readKeys(stream, ['name'], [page!.end.key])).toEqual([[columns.at(-1)![4]]]);
      expect((await read(source, stream, { after: page!.end })).rows).toEqual([]);
      expect((await read(source, stream, { upTo: page!.end })).rows).toHaveLength(1);
    }
  });

  it('of a number cursor keep 38 digits, in the horizon and in the lookback', async () => {
    const big = '99999999999999999999999999999999';
    await standIn.engine.sql(
      'CREATE OR REPLACE TABLE seq (id BIGINT, v DECIMAL(38,4))',
      `INSERT INTO seq VALUES (1, '${big}.0001'), (2, '${big}.0002'), (3, '5')`,
    );
    const source = await open();
    const stream = await source.describe(spec({ table: 'seq', cursor: 'v' }));
    const { before } = await source.horizon(stream, 60);
    expect(before).toBe('100000000000000000000000000000000.0002');
    expect((await read(source, stream, { from: `${big}.0002`, before: before! })).rows).toEqual([['2']]);
    expect(await source.shiftBack(stream, `${big}.0002`, 1.5)).toBe('99999999999999999999999999999997.5002');
    expect(await failureOf(source.cursorAt(stream, '2026-01-01T00:00:00Z'))).toMatchObject({ code: 'cursor-type' });
  });
});

describe.each(['TIMESTAMPTZ', 'TIMESTAMP'])('a cursor of %s', (type) => {
  it('tells microseconds apart and goes on after each page with the very same text', async () => {
    await orders(60, type);
    const source = await open();
    const stream = await source.describe(spec({ table: 'orders', timezone: 'UTC' }));
    const whole = await read(source, stream, { pageSize: 7 });
    expect(whole.rows.map(([id]) => id)).toEqual(Array.from({ length: 60 }, (_, n) => String(n)));
    for (const [n, { end }] of whole.pages.entries()) {
      const rest = await read(source, stream, { pageSize: 7, after: end });
      expect(rest.rows).toEqual(whole.rows.slice((n + 1) * 7));
      expect(rest.pages.map((page) => page.end)).toEqual(whole.pages.slice(n + 1).map((page) => page.end));
    }
    const at = await source.cursorAt(stream, '2026-01-01T10:00:00.000007Z');
    expect((await read(source, stream, { from: at })).rows).toHaveLength(60 - 21);
  });
});

it('a cursor without a zone needs one in the mapping', async () => {
  await orders(3, 'TIMESTAMP');
  const source = await open();
  expect(await failureOf(source.describe(spec({ table: 'orders' })))).toMatchObject({ code: 'cursor-timezone' });
});

it('names with dots and backticks are taken as they are', async () => {
  await standIn.engine.sql(
    'CREATE OR REPLACE TABLE "odd`na.me" (id BIGINT, "at" TIMESTAMPTZ)',
    `INSERT INTO "odd\`na.me" VALUES (7, now())`,
  );
  const source = await open();
  const stream = await source.describe(spec({ table: 'memory.main.`odd``na.me`' }));
  expect((await read(source, stream, {})).rows).toEqual([['7']]);
});

describe('signing in', () => {
  it('by OAuth asks for a token once, and says what is wrong with the secret without repeating it', async () => {
    await orders(3, 'TIMESTAMPTZ');
    const principal = { token: undefined, client_id: CLIENT.id, client_secret: CLIENT.secret };
    const source = await open(principal);
    const stream = await source.describe(spec({ table: 'orders' }));
    expect((await read(source, stream, {})).rows).toHaveLength(3);
    expect(standIn.tokens.filter(({ path }) => path === '/oidc/v1/token')).toHaveLength(1);
    const wrong = await open({ ...principal, client_secret: 'dose-another-secret' });
    const failure = await failureOf(wrong.describe(spec({ table: 'orders' })));
    expect(failure).toMatchObject({ code: 'source-login-failed', hint: expect.stringContaining('OAuth secret') });
    expect(inspect({ message: failure.message, hint: failure.hint })).not.toContain('another-secret');
  });

  it('needs one way in, and says so before anything is asked', async () => {
    for (const more of [{ token: undefined }, { client_id: 'a', client_secret: 'b' }])
      expect(await failureOf(databricks.open(standIn.options(more), { baseDir: tmpdir() }))).toMatchObject({
        code: 'source-login-failed',
      });
    expect(standIn.tokens).toEqual([]);
  });

  it('gives the token to nobody whose certificate no one vouches for', async () => {
    for (const way of [{}, { token: undefined, client_id: CLIENT.id, client_secret: CLIENT.secret }]) {
      const source = await open({ ...way, ca: undefined });
      const failure = await failureOf(source.describe(spec({ table: 'orders' })));
      expect(failure).toMatchObject({ code: 'source-tls', hint: expect.stringContaining('ca: file.pem') });
    }
    expect(standIn.tokens).toEqual([]);
  });

  it('tells a wrong path and a host that is not there', async () => {
    const path = await open({ http_path: '/sql/1.0/warehouses/nonsuch' });
    expect(await failureOf(path.describe(spec({ table: 'orders' })))).toMatchObject({
      code: 'source-login-failed',
      hint: expect.stringContaining('http_path'),
    });
    const closed = await open({ port: 1 });
    expect(await failureOf(closed.describe(spec({ table: 'orders' })))).toMatchObject({ code: 'source-unreachable' });
  });

  it('waits for a warehouse that starts, as long as it is told to', { timeout: 30_000 }, async () => {
    await orders(3, 'TIMESTAMPTZ');
    standIn.answerWith(503, 1);
    const patient = await open();
    expect((await patient.describe(spec({ table: 'orders' }))).columns).toHaveLength(3);
    standIn.answerWith(503, 1);
    const hasty = await open({ start_timeout: 1 });
    expect(await failureOf(hasty.describe(spec({ table: 'orders' })))).toMatchObject({ code: 'source-unreachable' });
  });
});

it('a session that is over is followed by a new one', async () => {
  await orders(3, 'TIMESTAMPTZ');
  const source = await open();
  const stream = await source.describe(spec({ table: 'orders' }));
  standIn.forget();
  expect(await failureOf(read(source, stream, {}))).toMatchObject({ code: 'source-interrupted' });
  expect((await read(source, stream, {})).rows).toHaveLength(3);
  await source.close();
  expect(standIn.sessions()).toBe(0);
});

it('a statement that still works is given up at the warehouse', async () => {
  await orders(3, 'TIMESTAMPTZ');
  const source = await open();
  const slow = `SELECT a.range AS id, now() AS "at" FROM range(30000) AS a, range(30000) AS b, range(30000) AS c`;
  await standIn.engine.sql(`CREATE OR REPLACE VIEW slow AS ${slow}`);
  const stream = await source.describe(spec({ table: 'orders' }));
  const endless = { ...stream, relation: 'slow' } as Stream;
  const stop = new AbortController();
  const reading = read(source, endless, {}, stop.signal);
  while (standIn.working() === 0) await wait(20);
  stop.abort();
  expect((await reading).rows).toEqual([]);
  expect(standIn.cancelled).toHaveLength(1);
  expect(standIn.working()).toBe(0);
});

it('200,000 rows pass through without being held', { timeout: 120_000 }, async () => {
  await orders(200_000, 'TIMESTAMPTZ');
  const source = await open();
  const stream = await source.describe(spec({ table: 'orders' }));
  let [count, most] = [0, 0];
  let before = '';
  const pages = source.readPages(stream, { columns: ['id', 'note'], pageSize: 1000 }, new AbortController().signal);
  const resting = source.readPages(stream, { columns: ['id'], pageSize: 1000 }, new AbortController().signal);
  for await (const _page of resting) {
    await wait(300);
    break;
  }
  // Who takes no pages gets no rows: the rest waits at the warehouse.
  expect(standIn.fetches).toEqual([5000]);
  for await (const { rows, end } of pages) {
    count += rows.length;
    expect(end.cursor > before || Number(end.key[0]) === count - 1).toBe(true);
    before = end.cursor;
    most = Math.max(most, rows.length);
  }
  expect([count, most]).toEqual([200_000, 1000]);
  // One statement for the table, whatever the pages: what is read is what was asked for, in order.
  expect(standIn.statements.filter(({ sql }) => sql.includes('ORDER BY'))).toHaveLength(2);
  expect(new Set(standIn.fetches)).toEqual(new Set([5000]));
});

it('check tells how the files lie, who may write, and what cures it', async () => {
  await orders(3, 'TIMESTAMPTZ');
  const source = await open();
  const facts = async (more: Parameters<StandIn['engine']['register']>[1]) => {
    await standIn.engine.register('orders', more);
    return source.inspect!.relation(await source.describe(spec({ table: 'orders' })));
  };
  expect(await facts({ files: 4200 })).toMatchObject({
    isTable: true,
    writes: [],
    layout: { isGood: false, paste: 'ALTER TABLE `orders` CLUSTER BY (`at`);' },
  });
  expect((await facts({ files: 4200, clustering: ['at'] })).layout?.isGood).toBe(true);
  expect(await facts({ grants: ['MODIFY'] })).toMatchObject({
    writes: ['MODIFY'],
    layout: { isGood: true },
    cures: { privileges: expect.stringContaining('REVOKE MODIFY ON TABLE `orders`') },
  });
  expect(await facts({ owner: 'reader@example.com' })).toMatchObject({ writes: ['OWNERSHIP'] });
  expect(await source.inspect!.server()).toMatchObject({ version: 'Databricks, Spark 4.0.0', transport: 'tls' });
});

it('a URL for init becomes options and secrets, and a wrong one nothing', () => {
  const read = databricks.fromUrl!.read;
  expect(
    read(`databricks://token:${TOKEN}@dbc-1.cloud.databricks.com/sql/1.0/warehouses/abc?catalog=main&schema=marts`),
  ).toEqual({
    options: {
      host: { value: 'dbc-1.cloud.databricks.com' },
      http_path: { value: '/sql/1.0/warehouses/abc' },
      catalog: { value: 'main' },
      schema: { value: 'marts' },
    },
    secrets: { token: TOKEN },
    examples: { token: 'put-your-token-here' },
    name: 'marts',
  });
  expect(read('databricks://id:secret@dbc-1.cloud.databricks.com/sql/1.0/warehouses/abc')?.secrets).toEqual({
    client_id: 'id',
    client_secret: 'secret',
  });
  for (const wrong of ['databricks://dbc-1/sql/1.0/warehouses/abc', 'databricks://token:x@dbc-1/other', 'databricks:'])
    expect(read(wrong)).toBeUndefined();
});
