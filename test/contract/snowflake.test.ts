/** What the Snowflake connector promises beyond the core contract: types, sessions, sign-in, cancelling. The vendor's client against a stand-in of its protocol. */
import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Page, ReadRange, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import { loadDriver } from '../../connectors/load-driver.ts';
import { snowflake } from '../../connectors/snowflake/index.ts';
import type { Cell } from '../support/snowflake-engine.ts';
import { keyPair } from '../support/snowflake-sign-in.ts';
import { PASSWORD, type StandIn, type StandInOptions, startSnowflake, TOKEN } from '../support/snowflake-stand-in.ts';

let standIn: StandIn;
const start = async (options: StandInOptions = {}): Promise<void> => {
  standIn = await startSnowflake({ inlineRows: 10, chunkRows: 20, ...options });
};
afterEach(async () => standIn.close());

const open = async (more: Record<string, unknown> = {}): Promise<Source> => {
  const source = await snowflake.open(standIn.options(more), { baseDir: tmpdir() });
  onTestFinished(() => source.close());
  return source;
};

const spec = (more: Partial<ReadSpec>): ReadSpec => ({ primaryKey: ['ID'], cursor: 'AT', onNull: 'error', ...more });

const read = async (
  source: Source,
  stream: Stream,
  range: Partial<ReadRange>,
  signal = new AbortController().signal,
): Promise<{ rows: Row[]; pages: Page[] }> => {
  const pages: Page[] = [];
  for await (const page of source.readPages(stream, { columns: ['ID'], pageSize: 1000, ...range }, signal))
    pages.push(page);
  return { rows: pages.flatMap(({ rows }) => rows), pages };
};

const orders = async (count: number, type = 'TIMESTAMP_NTZ(9)'): Promise<void> => {
  await standIn.engine.createTable('ORDERS', { ID: 'NUMBER(38,0) NOT NULL', AT: type, NOTE: 'VARCHAR' });
  const rows = Array.from({ length: count }, (_, n): Cell[] => [n, nano(n, type), `row ${n}`]);
  await standIn.engine.insert('ORDERS', rows);
};

/** Three rows on each nanosecond. */
const nano = (n: number, type: string): string =>
  `2026-01-01${type.startsWith('TIMESTAMP_NTZ') ? ' ' : 'T'}10:00:00.${String(Math.floor(n / 3)).padStart(9, '0')}${type.startsWith('TIMESTAMP_NTZ') ? '' : 'Z'}`;

const failureOf = async (work: Promise<unknown>): Promise<{ code?: string; message?: string; hint?: string }> =>
  work.then(
    () => ({}),
    (error: unknown) => error as { code?: string; message?: string; hint?: string },
  );

describe('types', () => {
  beforeEach(() => start());

  const columns = {
    ID: 'NUMBER(38,0) NOT NULL',
    AT: 'TIMESTAMP_TZ(9)',
    EXACT: 'NUMBER(38,10)',
    PRICE: 'NUMBER(12,2)',
    RATIO: 'FLOAT',
    WALL: 'TIMESTAMP_NTZ(9)',
    LOCAL: 'TIMESTAMP_LTZ(9)',
    DAY: 'DATE',
    CLOCK: 'TIME(9)',
    YES: 'BOOLEAN',
    BYTES: 'BINARY',
    ANYTHING: 'VARIANT',
    THING: 'OBJECT',
    LIST: 'ARRAY',
    NAME: 'VARCHAR',
  };
  const first: Cell[] = [
    '99999999999999999999999999999999999999',
    '2026-01-01T12:00:00.123456789+02:00',
    '1234567890123456789012345678.0123456789',
    '19.90',
    '0.1',
    '2026-01-01 10:00:00.000000001',
    '2026-01-01T10:00:00.000000001Z',
    '2026-02-28',
    '23:59:59.999999999',
    'true',
    '00ff10',
    '{"a": [1, null, "x"], "big": 12345678901234567890}',
    '{"b": {"c": 1}}',
    '[{"sku": "A"}, 2]',
    'Zoë ☃ \\ "q" \' ?',
  ];
  const texts = [
    '99999999999999999999999999999999999999',
    '2026-01-01T10:00:00.123456789Z',
    '1234567890123456789012345678.0123456789',
    '19.90',
    '0.1',
    '2026-01-01 10:00:00.000000001',
    '2026-01-01T10:00:00.000000001Z',
    '2026-02-28',
    '23:59:59.999999999',
    'true',
    '\\x00ff10',
    expect.stringContaining('12345678901234567890'),
    expect.stringMatching(/^\{"b":\s?\{"c":\s?1\}\}$/),
    expect.stringMatching(/^\[\{"sku":\s?"A"\},\s?2\]$/),
    'Zoë ☃ \\ "q" \' ?',
  ];

  it('come as the exact text of the server, of a table and of a query, and NULL as null', async () => {
    await standIn.engine.createTable('KINDS', columns);
    await standIn.engine.insert('KINDS', [first, ['1', '2026-01-01T09:59:59Z', ...first.slice(2).map(() => null)]]);
    const source = await open();
    for (const what of [{ table: 'KINDS' }, { query: 'SELECT * FROM kinds WHERE id > 0 -- all?' }]) {
      const stream = await source.describe(spec(what));
      const { rows } = await read(source, stream, { columns: Object.keys(columns) });
      expect(rows).toEqual([['1', '2026-01-01T09:59:59.000000000Z', ...texts.slice(2).map(() => null)], texts]);
      expect(stream.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
        ...['ID integer', 'AT timestamptz', 'EXACT decimal', 'PRICE decimal', 'RATIO float', 'WALL timestamp'],
        ...['LOCAL timestamptz', 'DAY date', 'CLOCK text', 'YES boolean', 'BYTES bytes', 'ANYTHING json'],
        ...['THING json', 'LIST json', 'NAME text'],
      ]);
    }
    const stream = await source.describe(spec({ table: 'KINDS' }));
    expect(stream.columns.filter(({ nullable }) => !nullable).map(({ name }) => name)).toEqual(['ID']);
    expect(stream.columns.find(({ name }) => name === 'EXACT')?.type).toBe('NUMBER(38,10)');
  });

  it('hold in keys too: a row is found by its text, whatever the type', async () => {
    await standIn.engine.createTable('KINDS', columns);
    await standIn.engine.insert('KINDS', [first]);
    const source = await open();
    const keys = ['ID', 'AT', 'EXACT', 'WALL', 'LOCAL', 'DAY', 'CLOCK', 'YES', 'BYTES', 'NAME'];
    for (const key of keys) {
      const stream = await source.describe(spec({ table: 'KINDS', primaryKey: [key], timezone: 'UTC' }));
      const [page] = (await read(source, stream, {})).pages;
      expect(await source.readKeys(stream, ['NAME'], [page!.end.key])).toEqual([[first.at(-1)]]);
      expect((await read(source, stream, { after: page!.end })).rows).toEqual([]);
      expect((await read(source, stream, { upTo: page!.end })).rows).toHaveLength(1);
    }
  });

  it('of a number cursor keep 38 digits, in the horizon and in the lookback', async () => {
    const source = await open();
    await standIn.engine.createTable('SEQ', { ID: 'NUMBER(38,0) NOT NULL', V: 'NUMBER(38,4)' });
    const big = '99999999999999999999999999999999';
    await standIn.engine.insert('SEQ', [
      [1, `${big}.0001`],
      [2, `${big}.0002`],
      [3, '5'],
    ]);
    const stream = await source.describe({ table: 'SEQ', primaryKey: ['ID'], cursor: 'V', onNull: 'error' });
    expect(stream.cursorUnit).toBe('number');
    const { before } = await source.horizon(stream, 60);
    expect(before).toBe('100000000000000000000000000000000.0002');
    expect((await read(source, stream, { from: `${big}.0002`, before: before! })).rows).toEqual([['2']]);
    expect(await source.shiftBack(stream, `${big}.0002`, 1.5)).toBe('99999999999999999999999999999997.5002');
    const failure = await failureOf(source.cursorAt(stream, '2026-01-01T00:00:00Z'));
    expect(failure.code).toBe('cursor-type');
  });
});

describe.each(['TIMESTAMP_NTZ(9)', 'TIMESTAMP_LTZ(9)', 'TIMESTAMP_TZ(9)'])('a cursor of %s', (type) => {
  beforeEach(() => start());

  it('tells nanoseconds apart and goes on after each page with the very same text', async () => {
    await orders(60, type);
    const source = await open();
    const stream = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    const whole = await read(source, stream, { pageSize: 7 });
    expect(whole.rows.map(([id]) => id)).toEqual(Array.from({ length: 60 }, (_, n) => String(n)));
    for (const [n, { end }] of whole.pages.entries()) {
      const rest = await read(source, stream, { pageSize: 7, after: end });
      expect(rest.rows).toEqual(whole.rows.slice((n + 1) * 7));
      expect(rest.pages.map((page) => page.end)).toEqual(whole.pages.slice(n + 1).map((page) => page.end));
    }
    const at = await source.cursorAt(stream, '2026-01-01T10:00:00.000000007Z');
    expect(at).toMatch(/^2026-01-01[ T]10:00:00\.000000007Z?$/);
    expect((await read(source, stream, { from: at })).rows).toHaveLength(60 - 21);
  });
});

describe('an instant with an offset', () => {
  beforeEach(() => start());

  it('is ordered and compared as an instant, and written in UTC', async () => {
    await standIn.engine.createTable('ORDERS', { ID: 'NUMBER(38,0) NOT NULL', AT: 'TIMESTAMP_TZ(9)' });
    await standIn.engine.insert('ORDERS', [
      [1, '2026-01-01T23:00:00.000000002+14:00'],
      [2, '2026-01-01T00:00:00.000000001-09:00'],
      [3, '2026-01-01T09:00:00.000000001Z'],
    ]);
    const source = await open();
    const stream = await source.describe(spec({ table: 'ORDERS' }));
    const { rows, pages } = await read(source, stream, { columns: ['ID', 'AT'], pageSize: 1 });
    expect(rows).toEqual([
      ['2', '2026-01-01T09:00:00.000000001Z'],
      ['3', '2026-01-01T09:00:00.000000001Z'],
      ['1', '2026-01-01T09:00:00.000000002Z'],
    ]);
    expect((await read(source, stream, { after: pages[0]!.end })).rows).toEqual([['3'], ['1']]);
  });
});

describe('names', () => {
  beforeEach(() => start());

  it('without quotes are those in capitals; one that is there as written comes first', async () => {
    await orders(3);
    const source = await open();
    for (const table of ['orders', 'ORDERS', 'marts.orders', 'Analytics.Marts.Orders', '"ORDERS"']) {
      const stream = await source.describe(spec({ table, timezone: 'UTC' }));
      expect((await read(source, stream, {})).rows).toHaveLength(3);
    }
    await standIn.engine.createTable('odd "name".x', { id: 'NUMBER(38,0) NOT NULL', 'At?': 'TIMESTAMP_LTZ(9)' });
    await standIn.engine.insert('odd "name".x', [[7, '2026-01-01T00:00:00Z']]);
    const odd = await source.describe({
      table: '"odd ""name"".x"',
      primaryKey: ['id'],
      cursor: 'At?',
      onNull: 'error',
    });
    expect((await read(source, odd, { columns: ['id'] })).rows).toEqual([['7']]);
  });

  it('that differ in case or by a letter are suggested', async () => {
    await orders(1);
    const source = await open();
    expect(await failureOf(source.describe(spec({ table: 'ORDER', timezone: 'UTC' })))).toMatchObject({
      code: 'unknown-table',
      hint: 'did you mean "ORDERS"?',
    });
    expect(await failureOf(source.describe(spec({ table: 'sales.orders', timezone: 'UTC' })))).toMatchObject({
      code: 'unknown-table',
      hint: 'did you mean "MARTS.ORDERS"?',
    });
    expect(await failureOf(source.describe(spec({ table: 'a.b.c.d' })))).toMatchObject({ code: 'unknown-table' });
    expect(await failureOf(source.describe(spec({ table: 'ORDERS', cursor: 'at' })))).toMatchObject({
      code: 'unknown-column',
      hint: 'did you mean "AT"?',
    });
    const inWhere = source.describe(spec({ table: 'ORDERS', timezone: 'UTC', where: '"note" IS NULL' }));
    expect(await failureOf(inWhere)).toMatchObject({
      code: 'unknown-column',
      message: expect.stringContaining('note'),
    });
  });

  it('of a key that is collated are refused: texts that differ could compare as equal', async () => {
    const collations = { NAME: 'en-ci' };
    await standIn.engine.createTable('BUYERS', { NAME: 'VARCHAR NOT NULL', AT: 'TIMESTAMP_LTZ(9)' }, { collations });
    await standIn.engine.insert('BUYERS', [['a', '2026-01-01T00:00:00Z']]);
    const failure = await failureOf((await open()).describe(spec({ table: 'BUYERS', primaryKey: ['NAME'] })));
    expect(failure).toMatchObject({ code: 'cursor-type', hint: expect.stringContaining('COLLATE("NAME"') });
  });

  it('take a condition with marks and escapes, and refuse one that would reach outside itself', async () => {
    await orders(3);
    const source = await open();
    const ids = async (where: string): Promise<unknown[]> => {
      const stream = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC', where }));
      return (await read(source, stream, {})).rows.flat();
    };
    expect(await ids("NOTE <> 'what\\'s?' AND id >= 1 -- really? \";")).toEqual(['1', '2']);
    for (const where of ['ID = 1) OR (1 = 1', 'ID = 1 LIMIT 1', 'ID = 1; SELECT 1', 'ID = '])
      expect(await failureOf(ids(where))).toMatchObject({ name: 'SourceError', code: 'source-query-failed' });
  });
});

describe('a session', () => {
  beforeEach(() => start());

  it('is in UTC, bounded in time, of one statement at a time and of quoted names, whatever the account has set', async () => {
    await orders(1);
    const source = await open({ statement_timeout: 77, query_tag: 'capi-sync test' });
    await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    expect(standIn.settings()).toMatchObject({
      QUERY_TAG: 'capi-sync test',
      TIMEZONE: 'UTC',
      STATEMENT_TIMEOUT_IN_SECONDS: '77',
      MULTI_STATEMENT_COUNT: '1',
      ROWS_PER_RESULTSET: '0',
      QUOTED_IDENTIFIERS_IGNORE_CASE: 'FALSE',
      ABORT_DETACHED_QUERY: 'TRUE',
      TIMESTAMP_TZ_OUTPUT_FORMAT: 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZH:TZM',
    });
    expect(standIn.signIns).toEqual([{ authenticator: 'SNOWFLAKE_JWT', application: 'capi-sync' }]);
  });

  it('looks tables and conditions up without running anything: no warehouse wakes for it', async () => {
    await standIn.engine.createTable('ORDERS', { ID: 'NUMBER(38,0) NOT NULL', AT: 'TIMESTAMP_LTZ(9) NOT NULL' });
    const source = await open({ warehouse: undefined });
    await source.describe(spec({ table: 'ORDERS', where: 'ID > 5' }));
    const ran = standIn.statements.filter(({ isDescribeOnly }) => !isDescribeOnly).map(({ sql }) => sql.slice(0, 13));
    expect(ran).toEqual(['ALTER SESSION']);
  });

  it('reads a range by one query, however many pages it has', async () => {
    await orders(90);
    const source = await open();
    const stream = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    const before = standIn.statements.length;
    const { pages } = await read(source, stream, { pageSize: 8 });
    expect(pages).toHaveLength(12);
    expect(standIn.statements.length - before).toBe(1);
    expect(standIn.requests.get('/store/:id/3')).toBe(1);
  });

  it('binds every value of a range, and writes none into the text', async () => {
    await orders(9);
    const source = await open();
    const stream = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    const { pages } = await read(source, stream, { pageSize: 4 });
    await read(source, stream, { after: pages[0]!.end, before: '2026-01-02 00:00:00' });
    const { sql, binds } = standIn.statements.at(-1)!;
    expect(sql).not.toContain('2026');
    expect(binds).toEqual([pages[0]!.end.cursor, pages[0]!.end.cursor, ...pages[0]!.end.key, '2026-01-02 00:00:00']);
  });

  it('sends nothing about itself but the sign-in', async () => {
    await orders(3);
    const source = await open();
    await read(source, await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' })), {
      columns: ['ID', 'AT', 'NOTE'],
    });
    expect([...standIn.requests.keys()].filter((path) => path.startsWith('/telemetry'))).toEqual([]);
  });

  it('renews its token when it is told to, in the middle of a run', async () => {
    await orders(30);
    const source = await open();
    const stream = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    standIn.expire();
    expect((await read(source, stream, {})).rows).toHaveLength(30);
    expect(standIn.requests.get('/session/token-request')).toBe(1);
    expect(standIn.signIns).toHaveLength(1);
  });

  it('that is gone is worth another try, which signs in anew', async () => {
    await orders(3);
    const source = await open();
    const stream = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    standIn.expire('gone');
    expect(await failureOf(read(source, stream, {}))).toMatchObject({ code: 'source-interrupted' });
    expect((await read(source, stream, {})).rows).toHaveLength(3);
    expect(standIn.signIns).toHaveLength(2);
  });

  it('asks again for a part of a result that the store could not give', async () => {
    await orders(90);
    const source = await open();
    const stream = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    standIn.failParts = 1;
    expect((await read(source, stream, {})).rows.map(([id]) => id)).toEqual(
      Array.from({ length: 90 }, (_, n) => String(n)),
    );
  });
});

describe('a query that works for long', () => {
  const big = async (count: number): Promise<void> => {
    await standIn.engine.createTable('ORDERS', { ID: 'NUMBER(38,0) NOT NULL', AT: 'TIMESTAMP_NTZ(9) NOT NULL' });
    await standIn.engine.sql(
      `INSERT INTO "ORDERS" SELECT r, TIMESTAMP '2026-01-01' + to_seconds(r) FROM range(${count}) AS t(r)`,
    );
  };

  /** Described as the table is, so that nothing but the reading itself works for long. */
  const describeSlow = async (source: Source, condition: string): Promise<Stream> => {
    const table = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    return {
      ...table,
      relation: `(SELECT a.id, a.at FROM orders a, orders b, orders c WHERE ${condition}) AS slow`,
    } as Stream;
  };

  const untilWorking = async (): Promise<void> => {
    while (!standIn.statements.some(({ sql, isDescribeOnly }) => !isDescribeOnly && sql.includes('ORDER BY')))
      await wait(5);
    await wait(100);
  };

  it('is asked for again until it is done', async () => {
    await start({ patience: 20 });
    await big(500);
    const source = await open();
    const stream = await describeSlow(source, 'a.id + b.id + c.id = 1497');
    expect((await read(source, stream, {})).rows).toEqual([['499']]);
    expect(standIn.requests.get('/queries/:id/result') ?? 0).toBeGreaterThan(0);
  });

  it.each([45_000, 50])(
    'is given up at the server when the signal is aborted (answered after %i ms)',
    async (patience) => {
      await start({ patience });
      await big(2000);
      const source = await open();
      const stream = await describeSlow(source, 'a.id + b.id + c.id < 0');
      const stop = new AbortController();
      const reading = read(source, stream, {}, stop.signal);
      await untilWorking();
      expect(standIn.working()).toBe(1);
      const before = Date.now();
      stop.abort();
      expect((await reading).rows).toEqual([]);
      expect(standIn.aborted).toHaveLength(1);
      await expect.poll(() => standIn.working()).toBe(0);
      expect(Date.now() - before).toBeLessThan(10_000);
      // The session is whole: it goes on with the next question.
      const table = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
      expect(await source.countUpTo(table, 10)).toBe(11);
      expect(standIn.signIns).toHaveLength(1);
    },
  );

  it('is given up at the server when the source is closed', async () => {
    await start();
    await big(2000);
    const source = await snowflake.open(standIn.options(), { baseDir: tmpdir() });
    const stream = await describeSlow(source, 'a.id + b.id + c.id < 0');
    const reading = failureOf(read(source, stream, {}));
    await untilWorking();
    await source.close();
    expect((await reading).code).toMatch(/^source-/);
    expect(standIn.aborted).toHaveLength(1);
  });

  it('and one whose pages are no longer taken: its rest is not fetched', async () => {
    await start({ chunkRows: 100 });
    await big(10_000);
    const source = await open();
    const stream = await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }));
    for await (const { rows } of source.readPages(
      stream,
      { columns: ['ID'], pageSize: 10 },
      new AbortController().signal,
    )) {
      expect(rows).toHaveLength(10);
      break;
    }
    expect(standIn.aborted).toHaveLength(1);
    expect([...standIn.requests.keys()].filter((path) => path.startsWith('/store/')).length).toBeLessThan(30);
  });
});

describe('signing in', () => {
  beforeEach(async () => {
    await start();
    await orders(1);
  });

  const attempt = async (more: Record<string, unknown>): Promise<{ code?: string; message?: string; hint?: string }> =>
    failureOf(open(more).then((source) => source.describe(spec({ table: 'ORDERS', timezone: 'UTC' }))));

  it('takes a key in PEM form, also encrypted, in one line or from a file; a token; a password', async () => {
    const without = { private_key: undefined };
    for (const more of [
      {},
      { private_key: standIn.privateKey.replaceAll('\n', '\\n') },
      { private_key: `\n${standIn.privateKey}\n` },
      { ...without, token: TOKEN, user: undefined },
      { ...without, password: PASSWORD },
    ])
      expect(await attempt(more)).toEqual({});
    expect(standIn.signIns.map(({ authenticator }) => authenticator)).toEqual([
      'SNOWFLAKE_JWT',
      'SNOWFLAKE_JWT',
      'SNOWFLAKE_JWT',
      'PROGRAMMATIC_ACCESS_TOKEN',
      'SNOWFLAKE',
    ]);
  });

  it.each([
    [
      'the key of somebody else',
      () => ({ private_key: standIn.otherKey }),
      /refused the key \(code 390144\)/,
      /RSA_PUBLIC_KEY/,
    ],
    [
      'an encrypted key without its passphrase',
      () => ({ private_key: keyPair('s3cret').privateKey }),
      /cannot be read/,
      /passphrase/,
    ],
    ['no key at all', () => ({ private_key: 'not a key' }), /cannot be read/, /PEM/],
    ['a wrong password', () => ({ private_key: undefined, password: 'hunter2' }), /390100/, /check user and password/],
    [
      'a wrong token',
      () => ({ private_key: undefined, token: 'hunter2' }),
      /refused to sign in \(code 394400\)/,
      /LOGIN_HISTORY/,
    ],
    ['a role that is not granted', () => ({ role: 'ACCOUNTADMIN' }), /no such role/, /GRANT ROLE/],
    ['no way to sign in', () => ({ private_key: undefined }), /no way to sign in/, /private_key/],
    ['two ways', () => ({ password: 'hunter2' }), /names 2 ways/, /one of/],
    ['a key without a user', () => ({ user: undefined }), /no user/, /user:/],
    [
      'a key file that is not there',
      () => ({ private_key: undefined, private_key_file: 'none.p8' }),
      /none\.p8/,
      /path/,
    ],
  ])('refuses %s, with the cure', async (_, more, message, hint) => {
    const failure = await attempt(more());
    expect(failure).toMatchObject({ name: 'SourceError', code: 'source-login-failed' });
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(hint);
    expect(inspect(failure)).not.toMatch(/hunter2|MII[\w+/]{20}|s3cret|not a key/);
  });

  it('takes an encrypted key with its passphrase', async () => {
    const { createPrivateKey } = await import('node:crypto');
    const private_key = createPrivateKey(standIn.privateKey)
      .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 's3cret' })
      .toString();
    expect(await attempt({ private_key, private_key_passphrase: 's3cret' })).toEqual({});
    expect(await attempt({ private_key, private_key_passphrase: 'wrong' })).toMatchObject({
      code: 'source-login-failed',
    });
  });

  it('tells an account that is not there from a refusal', async () => {
    expect(await attempt({ port: 9 })).toMatchObject({ code: 'source-unreachable', hint: expect.any(String) });
    expect(await attempt({ host: 'nonsuch.invalid' })).toMatchObject({ code: 'source-unreachable' });
  });

  it('without a warehouse says which line is missing', async () => {
    expect(await attempt({ warehouse: 'NONSUCH' })).toMatchObject({
      code: 'source-query-failed',
      message: expect.stringContaining('000606'),
      hint: expect.stringContaining('warehouse:'),
    });
  });

  it('without the client says what to install, in one line', async () => {
    const load = (): Promise<unknown> => Promise.reject(new Error("Cannot find package 'snowflake-sdk'"));
    const { name, versions } = snowflake.driver!;
    expect(await failureOf(loadDriver(name, { versions, load }))).toMatchObject({
      code: 'source-driver-missing',
      message: 'the driver "snowflake-sdk" is not installed or cannot be loaded',
      hint: 'npm i snowflake-sdk@3',
    });
  });
});

describe('what check is told', () => {
  it('of a small warehouse that sleeps soon, grants to read and a table in order is all well', async () => {
    await start();
    await orders(3);
    const source = await open();
    const server = await source.inspect!.server();
    expect(server).toMatchObject({
      version: 'Snowflake 9.38.1',
      user: 'CAPI_READER in role CAPI_READER',
      transport: 'local',
    });
    expect(server.costs?.map(({ isGood }) => isGood)).toEqual([true, true]);
    const relation = await source.inspect!.relation(await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' })));
    expect(relation).toMatchObject({
      isTable: true,
      writes: [],
      repeatedKeys: 0,
      sampled: 3,
      layout: { isGood: true },
    });
  });

  it('of a large warehouse that sleeps late: what it costs, and what to paste', async () => {
    await start({ warehouses: { CAPI_WH: { size: 'Large', auto_suspend: '600' } } });
    const { costs } = await (await open()).inspect!.server();
    expect(costs).toEqual([
      expect.objectContaining({
        isGood: false,
        text: 'warehouse CAPI_WH is Large: 8 credits an hour while it is awake',
      }),
      expect.objectContaining({ isGood: false, paste: 'ALTER WAREHOUSE "CAPI_WH" SET AUTO_SUSPEND = 60;' }),
    ]);
    const none = await (await open({ warehouse: 'NONSUCH' })).inspect!.server();
    expect(none.costs).toEqual([
      expect.objectContaining({ isGood: false, cure: expect.stringContaining('warehouse:') }),
    ]);
  });

  it('of grants that are more than reading, and of partitions that lie across the cursor', async () => {
    await start();
    await standIn.engine.createTable('SCATTERED', { ID: 'NUMBER(38,0) NOT NULL', AT: 'TIMESTAMP_LTZ(9)' });
    await standIn.engine.grant('SCATTERED', 'CAPI_READER', 'SELECT');
    await standIn.engine.grant('SCATTERED', 'CAPI_READER', 'INSERT');
    await standIn.engine.grant('SCATTERED', 'ELSEWHERE', 'DELETE');
    const source = await open();
    const relation = await source.inspect!.relation(await source.describe(spec({ table: 'SCATTERED' })));
    expect(relation.writes).toEqual(['INSERT']);
    expect(relation.cures.privileges).toBe('REVOKE INSERT ON TABLE "SCATTERED" FROM ROLE "CAPI_READER";');
    expect(relation.layout).toMatchObject({
      isGood: false,
      text: expect.stringContaining('1,200 micro-partitions'),
      paste: 'ALTER TABLE "ANALYTICS"."MARTS"."SCATTERED" CLUSTER BY (TO_DATE("AT"));',
    });
    const query = await source.describe(spec({ query: 'SELECT * FROM scattered' }));
    expect(await source.inspect!.relation(query)).toMatchObject({ isTable: false, layout: { isGood: true } });
  });

  it('of an owner: a role of its own is the cure', async () => {
    await start();
    await orders(1);
    await standIn.engine.grant('ORDERS', 'CAPI_READER', 'OWNERSHIP');
    const source = await open();
    const { writes, cures } = await source.inspect!.relation(
      await source.describe(spec({ table: 'ORDERS', timezone: 'UTC' })),
    );
    expect(writes).toEqual(['OWNERSHIP']);
    expect(cures.privileges).toContain('GRANT SELECT ON TABLE "ORDERS" TO ROLE CAPI_READER;');
  });

  it('lists tables with their columns and the keys that are declared', async () => {
    await start();
    await standIn.engine.createTable(
      'LINES',
      { SHOP: 'VARCHAR NOT NULL', NO: 'NUMBER(10,0) NOT NULL', AT: 'TIMESTAMP_TZ(9)' },
      { primaryKey: ['SHOP', 'NO'] },
    );
    expect(await (await open()).tables!()).toEqual([
      {
        name: 'LINES',
        primaryKey: ['SHOP', 'NO'],
        indexes: [],
        columns: [
          { name: 'SHOP', kind: 'text', type: 'VARCHAR', nullable: false },
          { name: 'NO', kind: 'integer', type: 'NUMBER(10,0)', nullable: false },
          { name: 'AT', kind: 'timestamptz', type: 'TIMESTAMP_TZ(9)', nullable: true },
        ],
      },
    ]);
  });
});

describe('a URL', () => {
  const { read: readUrl } = snowflake.fromUrl!;

  it('is taken apart into options and secrets', () => {
    expect(readUrl('snowflake://reader:p%40ss@myorg-crm/ANALYTICS/MARTS?warehouse=CAPI_WH&role=CAPI_READER')).toEqual({
      options: {
        account: { value: 'myorg-crm' },
        user: { value: 'reader' },
        database: { value: 'ANALYTICS' },
        schema: { value: 'MARTS' },
        warehouse: { value: 'CAPI_WH' },
        role: { value: 'CAPI_READER' },
      },
      secrets: { password: 'p@ss' },
      examples: { password: 'put-your-password-here' },
      name: 'analytics',
    });
    expect(
      readUrl('snowflake://reader@xy12345.eu-central-1.snowflakecomputing.com/DB?private_key_file=key.p8'),
    ).toMatchObject({
      options: { account: { value: 'xy12345.eu-central-1' }, private_key_file: { value: 'key.p8', isPath: true } },
      secrets: {},
    });
    expect(readUrl('snowflake://account/a/b/c')).toBeUndefined();
    expect(readUrl('snowflake://')).toBeUndefined();
  });
});
