/** What Redshift has beyond the core contract: its types, sort keys, and queries that are ended from outside. On the stand-in of test/support/redshift.ts. */
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page, ReadRange, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import { redshift } from '../../connectors/redshift/index.ts';
import { type Redshift, startRedshift } from '../support/redshift.ts';

let server: Redshift;
const opened: Source[] = [];

beforeAll(async () => {
  server = await startRedshift('redshift_contract');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((source) => source.close()));
});
afterAll(async () => server?.stop());

async function open(options: Record<string, unknown> = {}): Promise<Source> {
  const source = await redshift.open({ url: server.url, ...options }, { baseDir: tmpdir() });
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

/** Type, its values in SQL, the texts that have to come back, in order, and the kind. */
const types: readonly (readonly [type: string, literals: readonly string[], texts: readonly string[], kind: string])[] =
  [
    ['smallint', ['-32768', '32767'], ['-32768', '32767'], 'integer'],
    [
      'bigint',
      ['-9223372036854775808', '9007199254740993', '9223372036854775806'],
      ['-9223372036854775808', '9007199254740993', '9223372036854775806'],
      'integer',
    ],
    [
      'numeric(38,18)',
      ['-12345678901234567890.123456789012345678', '0.000000000000000001'],
      ['-12345678901234567890.123456789012345678', '0.000000000000000001'],
      'decimal',
    ],
    [
      'timestamptz',
      ["'1969-12-31 23:59:59.999999+00'", "'2026-01-01 00:00:00.000001+00'", "'2026-01-01 00:00:00.1+00'"],
      ['1969-12-31 23:59:59.999999+00', '2026-01-01 00:00:00.000001+00', '2026-01-01 00:00:00.1+00'],
      'timestamptz',
    ],
    [
      'timestamp',
      ["'2026-01-01 00:00:00.000001'", "'2026-01-01 00:00:01'"],
      ['2026-01-01 00:00:00.000001', '2026-01-01 00:00:01'],
      'timestamp',
    ],
    ['date', ["'1900-01-01'", "'2026-01-01'"], ['1900-01-01', '2026-01-01'], 'date'],
    ['varchar(20)', ["''", "'A'", "'a \\ '' Zoë'"], ['', 'A', "a \\ ' Zoë"], 'text'],
    ['char(4)', ["'EUR'", "'USD'"], ['EUR ', 'USD '], 'text'],
    ['boolean', ['false', 'true'], ['f', 't'], 'boolean'],
    ['varbyte', ["from_hex('00ff')", "from_hex('ff00')"], ['00ff', 'ff00'], 'bytes'],
  ];

describe.each(types)('%s', (type, literals, texts, kind) => {
  it('comes as the exact text of its values, and marks a place in the order of the cluster after each page', async () => {
    const rows = literals.map((literal, n) => `(${literal}, '2026-01-01 00:00:00+00', ${n})`);
    await server.execute(
      'DROP TABLE IF EXISTS typed',
      `CREATE TABLE typed (v ${type} NOT NULL, at timestamptz NOT NULL, n smallint) SORTKEY (at)`,
      `INSERT INTO typed VALUES ${rows.toReversed().join(', ')}`,
    );
    const source = await open();
    const stream = await source.describe(spec({ table: 'typed', primaryKey: ['v'] }));
    expect(stream.columns[0]).toMatchObject({ name: 'v', kind, type, nullable: false });
    const { rows: found, pages } = await read(source, stream, { columns: ['v'], pageSize: 1 });
    expect(found.map(([cell]) => cell)).toEqual(texts);
    for (const [n, { end }] of pages.entries()) {
      const rest = await read(source, stream, { columns: ['v'], pageSize: 1, after: end });
      expect(rest.pages.map((page) => page.end)).toEqual(pages.slice(n + 1).map((page) => page.end));
      expect(await source.readKeys(stream, ['v'], [end.key])).toEqual([[texts[n]]]);
    }
  });
});

it('gives SUPER as JSON and NULL as NULL, and refuses a sketch with the function that reads it', async () => {
  await server.execute(
    'CREATE TABLE parts (id bigint, at timestamptz, doc super, none numeric(9,2), sketch hllsketch, f double precision)',
    `INSERT INTO parts VALUES (1, '2026-01-01 00:00:00+00', json_parse('{"a":[1,{"b":"c"}]}'), NULL, 'x', 0.1)`,
  );
  const source = await open();
  const stream = await source.describe(spec({ table: 'parts' }));
  expect(stream.columns.map(({ kind }) => kind)).toEqual([
    'integer',
    'timestamptz',
    'json',
    'decimal',
    'bytes',
    'float',
  ]);
  expect((await read(source, stream, { columns: ['doc', 'none', 'f'] })).rows).toEqual([
    ['{"a":[1,{"b":"c"}]}', null, '0.1'],
  ]);
  await expect(read(source, stream, { columns: ['sketch'] })).rejects.toMatchObject({
    code: 'cursor-type',
    hint: expect.stringContaining('hll_cardinality'),
  });
});

it('looks tables up by the search path and by schema, views too, and says where one is that was meant', async () => {
  await server.execute(
    'CREATE SCHEMA sales',
    'CREATE TABLE sales.visits (id bigint, at timestamptz)',
    'CREATE VIEW recent AS SELECT * FROM sales.visits',
  );
  const source = await open();
  expect((await source.describe(spec({ table: 'sales.visits' }))).columns.map(({ name }) => name)).toEqual([
    'id',
    'at',
  ]);
  expect((await source.describe(spec({ table: 'recent' }))).columns).toHaveLength(2);
  await expect(source.describe(spec({ table: 'visits' }))).rejects.toMatchObject({
    hint: 'did you mean "sales.visits"?',
  });
  const view = await source.inspect?.relation(await source.describe(spec({ table: 'recent' })));
  expect(view).toMatchObject({ isTable: false, layout: { isGood: true } });
});

it('tells `check` by which sort key a table lies, and prints the statement that mends it', async () => {
  await server.execute(
    'CREATE TABLE lies (id bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id)) DISTKEY (id) SORTKEY (id)',
    'CREATE TABLE sales.lies_between (id bigint NOT NULL, at timestamptz NOT NULL) INTERLEAVED SORTKEY (at, id)',
    'CREATE TABLE lies_nowhere (id bigint NOT NULL, at timestamptz NOT NULL)',
  );
  const source = await open();
  const layout = async (table: string): Promise<{ isGood?: boolean; text?: string; paste?: string }> =>
    (await source.inspect?.relation(await source.describe(spec({ table }))))?.layout ?? {};
  const bad = await layout('lies');
  expect(bad).toMatchObject({ isGood: false, text: expect.stringContaining('sort key (id)') });
  await server.execute(bad.paste ?? '');
  expect(await layout('lies')).toMatchObject({ isGood: true, text: expect.stringContaining('(at, id)') });
  expect(await layout('sales.lies_between')).toMatchObject({
    isGood: false,
    text: expect.stringContaining('interleaved'),
  });
  expect(await layout('lies_nowhere')).toMatchObject({ isGood: false, text: expect.stringContaining('no sort key') });
  // The search path is put back: what stood on it still does.
  expect((await source.describe(spec({ table: 'lies' }))).columns).toHaveLength(2);
  const listed = await source.tables?.();
  expect(listed?.find(({ name }) => name === 'lies')?.primaryKey).toEqual(['id']);
  expect((await source.inspect?.server())?.version).toBe('Redshift 1.0.77467');
});

describe('a query', () => {
  beforeAll(async () => {
    await server.execute(
      'CREATE TABLE large (id bigint NOT NULL, at timestamptz NOT NULL, note varchar(500)) SORTKEY (at, id)',
      "INSERT INTO large SELECT n, timestamptz '2026-01-01 00:00:00+00' + n * interval '1 microsecond', repeat('x', 400) FROM generate_series(0, 149999) AS n",
    );
  });
  const atWork = async (): Promise<number> => {
    const [row] = await server.execute(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'capi-sync' AND state = 'active' AND leader_pid IS NULL AND query LIKE 'SELECT %' AND query NOT LIKE '%pg_cancel%'",
    );
    return Number(row?.n);
  };

  it('uses nothing that Redshift lacks, reads only, in UTC, and can be told by its label', async () => {
    const source = await open({ query_group: 'marketing' });
    const stream = await source.describe(spec({ table: 'large', where: 'id < 10' }));
    await source.horizon(stream, 60);
    await read(source, stream, { columns: ['note'] });
    expect(server.statements).toContain("SET query_group TO 'marketing'");
    expect(server.statements).toContain("SET timezone TO 'UTC'");
    expect(server.statements.filter((text) => /\bfrom "public"."large"/i.test(text)).length).toBeGreaterThan(2);
    // The stand-in does refuse: this is PostgreSQL's alone.
    await expect(
      source.describe(spec({ query: 'SELECT id, at FROM large, LATERAL (SELECT 1) AS x' })),
    ).rejects.toMatchObject({
      code: 'source-query-failed',
    });
    await expect(source.describe(spec({ query: 'SELECT id, at FROM large; DROP TABLE large' }))).rejects.toMatchObject({
      name: 'SourceError',
    });
    await server.execute(
      'CREATE FUNCTION spoil() RETURNS bigint LANGUAGE sql AS $$ INSERT INTO large SELECT -1, now() RETURNING id $$',
    );
    await expect(source.describe(spec({ query: 'SELECT spoil() AS id, at FROM large' }))).rejects.toMatchObject({
      code: 'source-permission',
    });
    expect(await server.execute('SELECT count(*)::int AS n FROM large')).toEqual([{ n: 150_000 }]);
  });

  it('with a large result is read in flat memory, and the cluster waits for who reads slowly', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const source = await open();
    const stream = await source.describe(spec({ table: 'large' }));
    const used = (): number => {
      for (const _time of [1, 2]) collectGarbage(); // Buffers go with the second.
      return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    };
    let [rows, base, highest] = [0, 0, 0];
    const sent = server.sent();
    for await (const page of source.readPages(stream, { columns: ['id', 'note'], pageSize: 5000 }, never)) {
      rows += page.rows.length;
      if (rows === 25_000) base = used();
      if (rows % 25_000 === 0) highest = Math.max(highest, used() - base);
      if (rows !== 10_000) continue;
      await sleep(500);
      expect(server.sent() - sent).toBeLessThan(40_000_000);
    }
    expect(rows).toBe(150_000);
    expect(server.sent() - sent).toBeGreaterThan(60_000_000);
    expect(highest).toBeLessThan(12_000_000); // While 53 MB of rows went by.
  });

  it('is ended at the cluster when its run is given up, while it works and while its rows wait', async () => {
    await server.execute(
      "CREATE FUNCTION slow(bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT pg_sleep(0.05)::text = '' $$",
    );
    const source = await open();
    const slow = await source.describe(spec({ table: 'large', where: 'id < 5000 AND slow(id)' }));
    const stop = new AbortController();
    const reading = source.readPages(slow, { columns: ['note'], pageSize: 10 }, stop.signal)[Symbol.asyncIterator]();
    const first = reading.next();
    while ((await atWork()) === 0) await sleep(20);
    stop.abort();
    expect(await first).toMatchObject({ done: true });
    while ((await atWork()) > 0) await sleep(20);
    const stream = await source.describe(spec({ table: 'large' }));
    for await (const page of source.readPages(stream, { columns: ['note'], pageSize: 100 }, never)) {
      expect(page.rows).toHaveLength(100);
      expect(await atWork()).toBe(1);
      break;
    }
    while ((await atWork()) > 0) await sleep(20);
    expect(
      server.statements.filter((text) => /^SELECT pg_cancel_backend\(\d+\)$/.test(text)).length,
    ).toBeGreaterThanOrEqual(2);
  });

  it('that takes too long, or whose connection is cut, is an error, and never a shorter result', async () => {
    const hasty = await open({ statement_timeout: 1 });
    await server.execute(
      "CREATE FUNCTION nap(bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT pg_sleep(0.5)::text = '' $$",
    );
    const slow = await hasty.describe(spec({ query: 'SELECT id, at FROM large WHERE id < 100 AND nap(id)' }));
    await expect(read(hasty, slow, { columns: ['id'] })).rejects.toMatchObject({
      code: 'source-query-failed',
      hint: expect.stringContaining('statement_timeout'),
    });
    const source = await open();
    const stream = await source.describe(spec({ table: 'large' }));
    const reading = async (): Promise<void> => {
      let pages = 0;
      for await (const _page of source.readPages(stream, { columns: ['note'], pageSize: 100 }, never))
        if (++pages === 3) server.cut();
    };
    await expect(reading()).rejects.toMatchObject({ code: 'source-interrupted' });
    // The next question finds a connection again, or says that it lost one; never that there is nothing.
    await source
      .countUpTo(stream, 5)
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'source-interrupted' }));
    expect(await source.countUpTo(stream, 5)).toBe(6);
  });

  it('by number keeps every digit of its end and of the way back from there', async () => {
    await server.execute(
      'CREATE TABLE numbered (id bigint, v numeric(18,3))',
      'INSERT INTO numbered VALUES (1, 1.5), (2, 999999999999999.999)',
    );
    const source = await open();
    const decimals = await source.describe(spec({ table: 'numbered', cursor: 'v' }));
    const { before = '' } = await source.horizon(decimals, 0);
    expect(before).toBe('1000000000000000.999');
    expect((await read(source, decimals, { columns: ['id'], before })).rows).toHaveLength(2);
    expect(await source.shiftBack(decimals, '1000.999', 0.5)).toBe('1000.499');
    expect(await source.shiftBack(decimals, '0.250', 1)).toBe('-0.750');
    const whole = await source.describe(spec({ table: 'numbered', cursor: 'id' }));
    expect((await source.horizon(whole, 0)).before).toBe('3');
    await server.execute('CREATE TABLE numbered_none (id bigint)');
    const none = await source.describe(spec({ table: 'numbered_none', cursor: 'id' }));
    expect((await source.horizon(none, 0)).before).toBeUndefined();
  });

  it('without a zone is read by the wall of the zone that the mapping names', async () => {
    await server.execute(
      'CREATE TABLE local (id bigint, at timestamp)',
      "INSERT INTO local VALUES (1, '2026-01-01 12:00:00.000001'), (2, '2099-01-01 00:00:00')",
    );
    const source = await open();
    await expect(source.describe(spec({ table: 'local' }))).rejects.toMatchObject({ code: 'cursor-timezone' });
    const stream = await source.describe(spec({ table: 'local', timezone: 'Europe/Paris' }));
    expect(await source.cursorAt(stream, '2026-01-01T11:00:00.000001Z')).toBe('2026-01-01 12:00:00.000001');
    const { before = '', future } = await source.horizon(stream, 0);
    expect(future).toBe(1);
    expect((await read(source, stream, { columns: ['id'], before })).rows).toEqual([['1']]);
  });
});

it('with a wrong password, database or port is told what to check, temporary credentials among it', async () => {
  const describing = async (change: (url: URL) => void): Promise<unknown> => {
    const url = new URL(server.url);
    change(url);
    return (await open({ url: url.toString() })).describe(spec({ table: 'large' }));
  };
  await expect(describing((url) => (url.password = 'wrong'))).rejects.toMatchObject({
    code: 'source-login-failed',
    hint: expect.stringContaining('IAM'),
  });
  await expect(describing((url) => (url.pathname = '/nowhere'))).rejects.toMatchObject({ code: 'source-login-failed' });
  await expect(describing((url) => (url.port = '1'))).rejects.toMatchObject({ code: 'source-unreachable' });
  await expect((await open({ tls: 'verify' })).describe(spec({ table: 'large' }))).rejects.toMatchObject({
    code: 'source-tls',
  });
});
