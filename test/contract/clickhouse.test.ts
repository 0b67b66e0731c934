/** What ClickHouse has beyond the core contract: its types, versions of rows, profiles, and queries that are ended from outside. On its own engine. */
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dialect } from '../../connectors/clickhouse/dialect.ts';
import { clickhouse } from '../../connectors/clickhouse/index.ts';
import { openSession } from '../../connectors/clickhouse/session.ts';
import type { Page, ReadRange, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import { asSqlStream } from '../../connectors/sql/dialect.ts';
import { streamWithRests } from '../../connectors/sql/stream-with-rests.ts';
import { type Clickhouse, startClickhouse } from '../support/clickhouse.ts';

const PASSWORD = 'reader of this test';
let server: Clickhouse;
const opened: Source[] = [];

beforeAll(async () => {
  server = await startClickhouse({
    reader: { password: PASSWORD },
    locked: { password: PASSWORD, profile: { readonly: '1' } },
    cutting: { password: PASSWORD, profile: { limit: '2', result_overflow_mode: 'break', max_result_rows: '2' } },
    'cutting-locked': { password: PASSWORD, profile: { limit: '2', readonly: '1' } },
  });
  await server.query('CREATE DATABASE shop');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((source) => source.close()));
});
afterAll(async () => server?.stop());

async function open(options: Record<string, unknown> = {}): Promise<Source> {
  const given = { host: '127.0.0.1', port: server.port, user: 'reader', password: PASSWORD, database: 'shop' };
  const source = await clickhouse.open({ ...given, ...options }, { baseDir: tmpdir() });
  opened.push(source);
  return source;
}

const never = new AbortController().signal;
const spec = (more: Partial<ReadSpec>): ReadSpec => ({ primaryKey: ['id'], cursor: 'at', onNull: 'error', ...more });

async function read(
  source: Source,
  stream: Stream,
  range: Omit<ReadRange, 'pageSize'> & { readonly pageSize?: number },
): Promise<{ rows: Row[]; pages: Page[] }> {
  const pages: Page[] = [];
  for await (const page of source.readPages(stream, { pageSize: 1000, ...range }, never)) pages.push(page);
  return { rows: pages.flatMap((page) => page.rows), pages };
}

/** Type, how its values are written in SQL, and the texts that have to come back. In the order of the server. */
const types: readonly (readonly [type: string, literals: readonly string[], texts: readonly string[], kind: string])[] =
  [
    ['Int8', ['-128', '0', '127'], ['-128', '0', '127'], 'integer'],
    [
      'UInt64',
      ['0', '9007199254740993', '18446744073709551614'],
      ['0', '9007199254740993', '18446744073709551614'],
      'integer',
    ],
    [
      'Int256',
      [
        "toInt256('-57896044618658097711785492504343953926634992332820282019728792003956564819968')",
        '0',
        "toInt256('57896044618658097711785492504343953926634992332820282019728792003956564819966')",
      ],
      [
        '-57896044618658097711785492504343953926634992332820282019728792003956564819968',
        '0',
        '57896044618658097711785492504343953926634992332820282019728792003956564819966',
      ],
      'integer',
    ],
    [
      'UInt256',
      ['1', "toUInt256('115792089237316195423570985008687907853269984665640564039457584007913129639935')"],
      ['1', '115792089237316195423570985008687907853269984665640564039457584007913129639935'],
      'integer',
    ],
    ['Decimal(9, 2)', ["'-9999999.99'", "'19.90'", "'9999999.99'"], ['-9999999.99', '19.9', '9999999.99'], 'decimal'],
    [
      'Decimal(76, 38)',
      [
        "toDecimal256('-12345678901234567890123456789012345678.12345678901234567890123456789012345678', 38)",
        "toDecimal256('0.00000000000000000000000000000000000001', 38)",
      ],
      [
        '-12345678901234567890123456789012345678.12345678901234567890123456789012345678',
        '0.00000000000000000000000000000000000001',
      ],
      'decimal',
    ],
    [
      "DateTime('America/New_York')",
      [
        "toDateTime('2026-01-01 05:00:00', 'UTC')",
        "toDateTime('2026-11-01 05:30:00', 'UTC')",
        "toDateTime('2026-11-01 06:30:00', 'UTC')",
      ],
      ['2026-01-01 05:00:00', '2026-11-01 05:30:00', '2026-11-01 06:30:00'],
      'timestamptz',
    ],
    [
      'DateTime',
      ["toDateTime('1970-01-01 00:00:01', 'UTC')", "toDateTime('2106-02-07 06:28:14', 'UTC')"],
      ['1970-01-01 00:00:01', '2106-02-07 06:28:14'],
      'timestamptz',
    ],
    ...[0, 1, 3, 4, 6, 7, 9].map((digits): (typeof types)[number] => {
      const fraction = (text: string): string => (digits === 0 ? '' : `.${text.slice(0, digits)}`);
      const texts = [
        `1969-12-31 23:59:58${fraction('123456789')}`,
        `2026-01-01 00:00:00${fraction('000000000')}`,
        `2026-01-01 00:00:01${fraction('987654321')}`,
      ];
      return [
        `DateTime64(${digits}, 'Europe/Paris')`,
        texts.map((text) => `toDateTime64('${text}', ${digits}, 'UTC')`),
        texts,
        'timestamptz',
      ];
    }),
    ['Date', ["'1970-01-02'", "'2149-06-05'"], ['1970-01-02', '2149-06-05'], 'date'],
    ['Date32', ["'1900-01-01'", "'2299-12-30'"], ['1900-01-01', '2299-12-30'], 'date'],
    // The last half of a UUID is compared first.
    [
      'UUID',
      ["'ffffffff-0000-4000-8000-000000000001'", "'00000000-0000-4000-9000-000000000000'"],
      ['ffffffff-0000-4000-8000-000000000001', '00000000-0000-4000-9000-000000000000'],
      'text',
    ],
    ['String', ["''", "'a\\tb\\n\\'c\\\\\\\\'", "unhex('ff00')"], ['', "a\tb\n'c\\\\", '\\xff00'], 'text'],
    ['LowCardinality(String)', ["'Zoë'", "'漢字'"], ['Zoë', '漢字'], 'text'],
    [
      'FixedString(4)',
      ["'EUR'", "unhex('61006200')", "unhex('fffefdfc')"],
      ['EUR', '\\x61006200', '\\xfffefdfc'],
      'text',
    ],
    ["Enum8('late' = 1, 'early' = 2)", ["'late'", "'early'"], ['late', 'early'], 'text'],
    ['IPv4', ["'9.0.0.1'", "'10.0.0.1'"], ['9.0.0.1', '10.0.0.1'], 'text'],
    ['IPv6', ["'2001:db8::1'", "'2001:db8::a'"], ['2001:db8::1', '2001:db8::a'], 'text'],
    ['Bool', ['false', 'true'], ['false', 'true'], 'boolean'],
  ];

describe.each(types)('%s', (type, literals, texts, kind) => {
  it('comes as the exact text of its values, and marks a place in the order of the server after each page', async () => {
    const rows = literals.map((literal, n) => `(${literal}, '2026-01-01 00:00:00', ${n})`);
    await server.query(
      'DROP TABLE IF EXISTS shop.typed SYNC',
      `CREATE TABLE shop.typed (v ${type}, at DateTime, n UInt8) ENGINE = MergeTree ORDER BY n`,
      `INSERT INTO shop.typed VALUES ${rows.toReversed().join(', ')}`,
    );
    const source = await open();
    const stream = await source.describe(spec({ table: 'typed', primaryKey: ['v'] }));
    expect(stream.columns[0]).toMatchObject({ name: 'v', kind, nullable: false });
    const { rows: found, pages } = await read(source, stream, { columns: ['v'], pageSize: 1 });
    expect(found.map(([cell]) => cell)).toEqual(texts);
    for (const [n, { end }] of pages.entries()) {
      const rest = await read(source, stream, { columns: ['v'], pageSize: 1, after: end });
      expect(rest.pages.map((page) => page.end)).toEqual(pages.slice(n + 1).map((page) => page.end));
      expect(await source.readKeys(stream, ['v'], [end.key])).toEqual([[texts[n]]]);
    }
  });
});

it('gives NULL, and what has parts as JSON', async () => {
  await server.query(
    'DROP TABLE IF EXISTS shop.parts SYNC',
    `CREATE TABLE shop.parts (id UInt8, at DateTime, none Nullable(Decimal(9, 2)), low LowCardinality(Nullable(String)), arr Array(Nullable(UInt64)),
      tup Tuple(a UInt8, b String), map Map(String, Decimal(9, 2)), items Nested(sku String, qty UInt8), doc JSON, var Variant(UInt64, String),
      f Float64, agg AggregateFunction(sum, UInt8), simple SimpleAggregateFunction(max, UInt32), made UInt8 MATERIALIZED id + 1, other String ALIAS concat('no ', toString(id)))
     ENGINE = MergeTree ORDER BY id`,
    `INSERT INTO shop.parts SELECT 1, toDateTime('2026-01-01 00:00:00', 'UTC'), NULL, NULL, [1, NULL, 18446744073709551615], (1, 'x'), map('a', 1.5), ['TEA', 'TIN'], [2, 4],
      '{"a": {"b": 1}}', 'text'::Variant(UInt64, String), 0.1, sumState(toUInt8(1)), 7`,
  );
  const source = await open();
  const stream = await source.describe(spec({ table: 'parts' }));
  const names = 'none low arr tup map items.sku items.qty doc var f simple made other'.split(' ');
  const { rows } = await read(source, stream, { columns: names });
  expect(rows).toEqual([
    [
      null,
      null,
      '[1,null,18446744073709551615]',
      '{"a":1,"b":"x"}',
      '{"a":1.5}',
      '["TEA","TIN"]',
      '[2,4]',
      '{"a":{"b":1}}',
      '"text"',
      '0.1',
      '7',
      '2',
      'no 1',
    ],
  ]);
  await expect(read(source, stream, { columns: ['agg'] })).rejects.toMatchObject({
    code: 'cursor-type',
    hint: expect.stringContaining('finalizeAggregation'),
  });
});

describe('versions of a row', () => {
  const at = (minute: number): string =>
    `toDateTime64('2026-01-01 00:${String(minute).padStart(2, '0')}:00', 3, 'UTC')`;
  beforeAll(async () => {
    await server.query(
      "CREATE TABLE shop.versions (id UInt64, at DateTime64(3, 'UTC'), note String) ENGINE = ReplacingMergeTree(at) ORDER BY id SETTINGS min_bytes_for_wide_part = 0",
      'SYSTEM STOP MERGES shop.versions',
      `INSERT INTO shop.versions VALUES (1, ${at(1)}, 'first'), (2, ${at(2)}, 'other')`,
      `INSERT INTO shop.versions VALUES (1, ${at(3)}, 'second')`,
    );
  });

  it('are each read, unless the connection says `final`: then the newest alone', async () => {
    const plain = await open();
    const stream = await plain.describe(spec({ table: 'versions' }));
    expect((await read(plain, stream, { columns: ['note'] })).rows.flat()).toEqual(['first', 'other', 'second']);
    const final = await open({ final: true });
    const merged = await final.describe(spec({ table: 'versions' }));
    expect((await read(final, merged, { columns: ['note'] })).rows.flat()).toEqual(['other', 'second']);
    expect(await final.countUpTo(merged, 10)).toBe(2);
    const query = await final.describe(spec({ query: 'SELECT * FROM versions' }));
    expect((await read(final, query, { columns: ['note'] })).rows.flat()).toEqual(['other', 'second']);
  });

  it('stop a run when an insert was tried twice, and the message says how to read them once', async () => {
    await server.query(`INSERT INTO shop.versions SETTINGS insert_deduplicate = 0 VALUES (1, ${at(3)}, 'second')`);
    const plain = await open();
    const stream = await plain.describe(spec({ table: 'versions' }));
    await expect(read(plain, stream, { columns: ['note'] })).rejects.toMatchObject({
      code: 'key-not-unique',
      hint: expect.stringContaining('final: true'),
    });
    const final = await open({ final: true });
    const merged = await final.describe(spec({ table: 'versions' }));
    expect((await read(final, merged, { columns: ['note'] })).rows.flat()).toEqual(['other', 'second']);
  });

  it('are told of by `check`, with how the table lies', async () => {
    const source = await open();
    const facts = await source.inspect?.relation(await source.describe(spec({ table: 'versions' })));
    expect(facts?.repeatedKeys).toBeGreaterThan(0);
    expect(facts?.layout).toMatchObject({ isGood: false, cure: expect.stringContaining('final: true') });
    await server.query(
      "CREATE TABLE shop.lies (id UInt64, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY (at, id)",
    );
    const good = await source.inspect?.relation(await source.describe(spec({ table: 'lies' })));
    expect(good?.layout).toMatchObject({ isGood: true, text: expect.stringContaining('nothing is sorted') });
    await server.query('CREATE TABLE shop.lies_not (id UInt64, at DateTime) ENGINE = MergeTree ORDER BY id');
    const stream = await source.describe(spec({ table: 'lies_not' }));
    const bad = await source.inspect?.relation(stream);
    expect(bad?.layout?.isGood).toBe(false);
    // What is printed can be pasted.
    for (const line of (bad?.layout?.paste ?? '').split('\n').filter((text) => text.startsWith('ALTER')))
      await server.query(line);
  });
});

describe('a user', () => {
  beforeAll(async () => {
    await server.query(
      "CREATE TABLE shop.few (id UInt64, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY (at, id)",
      "INSERT INTO shop.few SELECT number, toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + number FROM numbers(5)",
    );
  });

  it('of a read-only profile reads like any other, and `check` finds that it may not write', async () => {
    const locked = await open({ user: 'locked' });
    const stream = await locked.describe(spec({ table: 'few' }));
    expect((await read(locked, stream, { columns: ['id'] })).rows).toHaveLength(5);
    expect((await locked.inspect?.relation(stream))?.writes).toEqual([]);
    const reader = await open();
    expect((await reader.inspect?.relation(await reader.describe(spec({ table: 'few' }))))?.writes).toEqual([
      'INSERT',
      'ALTER',
      'TRUNCATE',
      'DROP',
    ]);
  });

  it('of a profile that cuts results off is given all rows, or is refused where the profile cannot be overridden', async () => {
    const cutting = await open({ user: 'cutting' });
    const stream = await cutting.describe(spec({ table: 'few' }));
    expect((await read(cutting, stream, { columns: ['id'] })).rows).toHaveLength(5);
    const locked = await open({ user: 'cutting-locked' });
    await expect(locked.describe(spec({ table: 'few' }))).rejects.toMatchObject({
      code: 'source-permission',
      message: expect.stringContaining('a limit'),
    });
  });

  it('can write nothing through a mapping, whatever its profile allows', async () => {
    const source = await open();
    for (const query of ['INSERT INTO few VALUES (1, now())', 'SELECT id, at FROM few) AS x; DROP TABLE few --'])
      await expect(source.describe(spec({ query }))).rejects.toMatchObject({ name: 'SourceError' });
    await expect(source.describe(spec({ table: 'few', where: 'id = 1) OR (1 = 1' }))).rejects.toMatchObject({
      code: 'source-query-failed',
    });
    expect(await server.query('SELECT count() FROM shop.few')).toEqual(['5']);
  });

  it('with a wrong password, a wrong database or a wrong port is told what to check', async () => {
    const describing = async (options: Record<string, unknown>): Promise<unknown> =>
      (await open(options)).describe(spec({ table: 'few' }));
    await expect(describing({ user: 'nobody' })).rejects.toMatchObject({
      code: 'source-login-failed',
      hint: expect.stringContaining('password'),
    });
    await expect(describing({ database: 'shopp' })).rejects.toMatchObject({
      code: 'source-login-failed',
      message: expect.stringContaining('no such database'),
    });
    await expect(describing({ port: 1 })).rejects.toMatchObject({ code: 'source-unreachable' });
    await expect(describing({ tls: 'verify' })).rejects.toMatchObject({ code: 'source-tls' });
  });
});

describe('a query', () => {
  const long = (rows: number, more = ''): string =>
    `SELECT number AS id, toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + toIntervalMicrosecond(number) AS at, repeat('x', 400) AS note${more} FROM numbers(${rows})`;
  /** Works for minutes before it gives its one row. */
  const working =
    "SELECT toUInt64(1) AS id, toDateTime('2026-01-01 00:00:00') AS at, toString(max(sipHash64(toString(number)))) AS nap FROM numbers(100000000000)";
  const atWork = async (what = 'capi_source'): Promise<number[]> =>
    (
      await server.query(
        `SELECT read_rows FROM system.processes WHERE query LIKE '%${what}%' AND query NOT LIKE '%processes%'`,
      )
    ).map(Number);

  it('is ended at the server when its run is given up, while it works and while its rows wait', async () => {
    const source = await open();
    const slow = await source.describe(spec({ query: working }));
    const stop = new AbortController();
    const reading = source.readPages(slow, { columns: ['nap'], pageSize: 10 }, stop.signal)[Symbol.asyncIterator]();
    const first = reading.next();
    while ((await atWork()).length === 0) await sleep(50);
    stop.abort();
    expect(await first).toMatchObject({ done: true });
    while ((await atWork()).length > 0) await sleep(50);
    const stream = await source.describe(spec({ query: long(600_000) }));
    for await (const page of source.readPages(stream, { columns: ['note'], pageSize: 100 }, never)) {
      expect(page.rows).toHaveLength(100);
      expect(await atWork()).toHaveLength(1);
      break;
    }
    while ((await atWork()).length > 0) await sleep(50);
    expect((await server.ended()).length).toBeGreaterThanOrEqual(2);
  });

  it('with a large result is read in flat memory, and the server waits for who reads slowly', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const source = await open();
    await server.query(
      "CREATE TABLE shop.large (id UInt64, at DateTime64(6, 'UTC'), note String) ENGINE = MergeTree ORDER BY (at, id)",
      `INSERT INTO shop.large ${long(150_000)}`,
    );
    const stream = await source.describe(spec({ table: 'large' }));
    const used = (): number => {
      for (const _time of [1, 2]) collectGarbage(); // Buffers go with the second.
      return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    };
    let [rows, base, highest] = [0, 0, 0];
    for await (const page of source.readPages(stream, { columns: ['id', 'note'], pageSize: 5000 }, never)) {
      rows += page.rows.length;
      if (rows === 25_000) base = used();
      if (rows % 25_000 === 0) highest = Math.max(highest, used() - base);
      if (rows !== 10_000) continue;
      await sleep(1000);
      expect((await atWork('large'))[0]).toBeLessThan(150_000);
    }
    expect(rows).toBe(150_000);
    expect(highest).toBeLessThan(4_000_000); // While 53 MB of rows went by.
  });

  it('goes on by another when nobody took its pages for a while, without a row lost or read twice', async () => {
    const source = await open();
    const stream = asSqlStream(await source.describe(spec({ query: long(60_000) })));
    const address = {
      host: '127.0.0.1',
      port: server.port,
      user: 'reader',
      password: PASSWORD,
      database: 'shop',
      socketPath: undefined,
      tls: undefined,
      label: 'ClickHouse',
    };
    const session = await openSession(address, { timeoutSeconds: 60, final: false });
    let queries = 0;
    const counted: typeof session.stream = (...given) => {
      queries += 1;
      return session.stream(...given);
    };
    const ids: number[] = [];
    for await (const page of streamWithRests(
      {
        dialect,
        runStream: counted,
        patience: {
          restMs: 100,
          ageMs: 60_000,
        },
      },
      stream,
      { columns: ['id'], pageSize: 5000 },
      never,
    )) {
      ids.push(...page.rows.map(([id]) => Number(id)));
      if (ids.length === 20_000 || ids.length === 45_000) await sleep(400);
    }
    expect(queries).toBe(3);
    expect(ids).toEqual(Array.from({ length: 60_000 }, (_, n) => n));
    for await (const page of streamWithRests(
      {
        dialect,
        runStream: counted,
        patience: {
          restMs: 60_000,
          ageMs: 0,
        },
      },
      stream,
      { columns: ['id'], pageSize: 5000 },
      never,
    )) {
      ids.push(...page.rows.map(([id]) => Number(id)));
      await sleep(5);
    }
    expect(queries).toBe(3 + 13); // The last finds nothing behind the last page.
    expect(ids.length).toBe(120_000);
    await session.close();
  });

  it('that fails on a late row, or takes too long, is an error, and never a shorter result', async () => {
    const source = await open();
    const late = await source.describe(spec({ query: long(300_000, ', throwIf(number = 250000) AS bad') }));
    const given: Row[] = [];
    const reading = async (stream: Stream, from: Source): Promise<void> => {
      for await (const page of from.readPages(
        stream,
        { columns: ['id', stream.columns.at(-1)!.name], pageSize: 1000 },
        never,
      ))
        given.push(...page.rows);
    };
    await expect(reading(late, source)).rejects.toMatchObject({
      code: 'source-query-failed',
      message: expect.stringContaining('Code 395'),
    });
    expect(given.map(([id]) => Number(id))).toEqual(given.map((_, n) => n));
    const hasty = await open({ statement_timeout: 1 });
    const slow = await hasty.describe(spec({ query: working }));
    await expect(reading(slow, hasty)).rejects.toMatchObject({
      code: 'source-query-failed',
      hint: expect.stringContaining('statement_timeout'),
    });
  });

  it('by number keeps every digit of its end and of the way back from there', async () => {
    await server.query(
      'CREATE TABLE shop.numbered (id UInt64, v Decimal(18, 3), big UInt64) ENGINE = MergeTree ORDER BY id',
      'INSERT INTO shop.numbered VALUES (1, 1.5, 18446744073709551615), (2, 999999999999999.999, 5)',
    );
    const source = await open();
    const decimals = await source.describe(spec({ table: 'numbered', cursor: 'v' }));
    const end = await source.horizon(decimals, 0);
    expect(end.before).toBe('1000000000000000.999');
    expect((await read(source, decimals, { columns: ['id'], before: end.before! })).rows).toHaveLength(2);
    expect(await source.shiftBack(decimals, '1000.999', 0.5)).toBe('1000.499');
    const whole = await source.describe(spec({ table: 'numbered', cursor: 'big' }));
    expect((await source.horizon(whole, 0)).before).toBe('18446744073709551615');
    expect(await source.shiftBack(whole, '18446744073709551615', 10)).toBe('18446744073709551605');
    expect(await source.shiftBack(whole, '3', 10)).toBe('0');
    await server.query('CREATE TABLE shop.numbered_none (id UInt64) ENGINE = MergeTree ORDER BY id');
    const none = await source.describe(spec({ table: 'numbered_none', cursor: 'id' }));
    expect((await source.horizon(none, 0)).before).toBeUndefined();
  });

  it('whose server goes away is interrupted, and says so', async () => {
    const other = await startClickhouse({ reader: { password: PASSWORD } });
    const source = await open({ port: other.port, database: 'default' });
    const stream = await source.describe(spec({ query: long(300_000) }));
    const reading = source.readPages(stream, { columns: ['note'], pageSize: 100 }, never);
    const all = async (): Promise<void> => {
      let pages = 0;
      for await (const _page of reading) if (++pages === 3) await other.stop();
    };
    await expect(all()).rejects.toMatchObject({ code: 'source-interrupted' });
    await expect(source.describe(spec({ query: long(1) }))).rejects.toMatchObject({ code: 'source-unreachable' });
  });
});
