/** How the connector meets a server: logins, TLS, errors by number, statements that are given up, a server that goes. On the stand-in. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReadSpec, Source, Stream } from '../../connectors/connector.ts';
import { mssql } from '../../connectors/mssql/index.ts';
import { DATABASE, ENTRA_TOKEN, PASSWORD, type SqlServer, startSqlServer, USER } from '../support/tds-engine.ts';

let server: SqlServer;
let secure: SqlServer;
let folder = '';
const opened: Source[] = [];

const open = async (changes: Record<string, unknown> = {}, at: SqlServer = server): Promise<Source> => {
  const login = { host: '127.0.0.1', port: at.port, user: USER, password: PASSWORD, database: DATABASE };
  const source = await mssql.open({ ...login, ...changes }, { baseDir: folder });
  opened.push(source);
  return source;
};

const SPEC: ReadSpec = { table: 'orders', primaryKey: ['id'], cursor: 'at', timezone: 'UTC', onNull: 'error' };

const pages = (source: Source, stream: Stream, signal = new AbortController().signal) =>
  source.readPages(stream, { columns: ['id'], pageSize: 100 }, signal)[Symbol.asyncIterator]();

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'capi-sync-mssql-'));
  const subject = '-subj /CN=sql.example -addext subjectAltName=DNS:sql.example';
  execFileSync(
    'openssl',
    [
      ...`req -x509 -newkey rsa:2048 -nodes -days 2 ${subject}`.split(' '),
      '-keyout',
      join(folder, 'key.pem'),
      '-out',
      join(folder, 'ca.pem'),
    ],
    { stdio: 'ignore' },
  );
  server = await startSqlServer();
  secure = await startSqlServer({
    tls: { key: readFileSync(join(folder, 'key.pem'), 'utf8'), cert: readFileSync(join(folder, 'ca.pem'), 'utf8') },
  });
});
beforeEach(async () => {
  server.rights.denied = [];
  server.rights.grants = ['SELECT'];
  for (const each of [server, secure]) {
    await each.create({
      name: 'orders',
      columns: [
        { name: 'id', type: 'int', notNull: true },
        { name: 'at', type: 'datetime2(3)', notNull: true },
        { name: 'email', type: 'nvarchar(200)' },
      ],
      indexes: [{ columns: ['id'], isPrimary: true, isClustered: true }],
    });
    const rows = Array.from({ length: 2000 }, (_, id) => ({
      id,
      at: `2026-11-20 10:00:${String(id % 60).padStart(2, '0')}`,
      email: 'ada@example.com',
    }));
    const transaction = await each.begin();
    await transaction.insert('orders', ...rows.slice(0, each === server ? 400 : 3));
    await transaction.commit();
  }
});
afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
});
afterAll(async () => {
  await server.close();
  await secure.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a login', () => {
  it("sends what the options say: the password as the protocol hides it, the program's name, and whether it only reads", async () => {
    await (await open({ application_intent: 'read-only' })).describe(SPEC);
    expect(server.logins.at(-1)).toEqual({
      user: USER,
      password: PASSWORD,
      database: DATABASE,
      appName: 'capi-sync',
      readOnlyIntent: true,
      token: undefined,
    });
    await (await open()).describe(SPEC);
    expect(server.logins.at(-1)?.readOnlyIntent).toBe(false);
  });

  it('makes its session give way in a deadlock, read dates as year, month, day, and read what is committed, or snapshots', async () => {
    const settings = async (changes: Record<string, unknown>): Promise<string> => {
      server.statements.length = 0;
      await (await open(changes)).describe(SPEC);
      const batches = server.statements.filter(({ isBatch }) => isBatch === true);
      return batches.map(({ sql }) => sql.toLowerCase()).join('\n');
    };
    const plain = await settings({});
    for (const setting of [
      'set deadlock_priority low',
      'set dateformat ymd',
      'set transaction isolation level read committed',
    ])
      expect(plain).toContain(setting);
    expect(await settings({ isolation: 'snapshot' })).toContain('set transaction isolation level snapshot');
  });

  it('by an access token of Microsoft Entra ID needs no user', async () => {
    const source = await open({ user: undefined, password: undefined, access_token: ENTRA_TOKEN });
    expect((await source.describe(SPEC)).columns).toHaveLength(3);
    const wrong = await thrownBy((await open({ access_token: 'expired.token.text' })).describe(SPEC));
    expect(wrong).toMatchObject({ code: 'source-login-failed' });
    expect(inspect(wrong, { depth: 0 })).not.toContain('expired.token.text');
  });

  it.each([
    [{ password: 'wr0ng-password' }, 'source-login-failed', 'error 18456'],
    [{ database: 'nowhere' }, 'source-login-failed', 'error 4060'],
  ])("that is refused says why by the server's number: %o", async (changes, code, text) => {
    const error = (await thrownBy((await open(changes)).describe(SPEC))) as Error & { hint: string };
    expect(error).toMatchObject({ name: 'SourceError', code, message: expect.stringContaining(text) });
    expect(error.hint).toBeTruthy();
    expect(`${error.message}${error.hint}`).not.toContain('wr0ng');
  });

  it("is tried again by the client where the server is not ready yet, and is another try's matter after that", async () => {
    const notReady = { number: 40613, severity: 17, text: "Database 'shop' on server 'x' is not currently available." };
    server.failNext('login', notReady);
    expect((await (await open()).describe(SPEC)).columns).toHaveLength(3);
    for (let at = 0; at < 5; at += 1) server.failNext('login', notReady);
    const error = await thrownBy((await open()).describe(SPEC));
    expect(error).toMatchObject({ code: 'source-unreachable', message: expect.stringContaining('40613') });
    while (
      await open()
        .then((each) => each.describe(SPEC))
        .then(
          () => false,
          () => true,
        )
    );
  });

  it('finds no server where none listens', async () => {
    const { port } = await startSqlServer().then(async (gone) => {
      await gone.close();
      return gone;
    });
    expect(await thrownBy((await open({ port })).describe(SPEC))).toMatchObject({ code: 'source-unreachable' });
  });

  it('comes from a URL too', async () => {
    const url = `mssql://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}/${DATABASE}`;
    const source = await mssql.open({ url }, { baseDir: folder });
    opened.push(source);
    expect((await source.describe(SPEC)).columns).toHaveLength(3);
    expect(mssql.fromUrl?.read(url)).toEqual({
      options: {},
      secrets: { url },
      examples: { url: 'mssql://user:password@host/database' },
      name: DATABASE,
    });
  });
});

describe('TLS', () => {
  it('is verified against the authority that is given, and against the name in the certificate', async () => {
    const source = await open({ tls: { ca: 'ca.pem' }, host_name_in_certificate: 'sql.example' }, secure);
    expect((await source.describe(SPEC)).columns).toHaveLength(3);
    expect((await source.inspect!.server()).transport).toBe('tls');
    expect(secure.logins.at(-1)?.password).toBe(PASSWORD);
  });

  it.each([
    ['an authority that nobody knows', { tls: 'verify', host_name_in_certificate: 'sql.example' }],
    ['a certificate of another host', { tls: { ca: 'ca.pem' }, host_name_in_certificate: 'other.example' }],
  ])('refuses %s before the password is sent', async (_, changes) => {
    const before = secure.logins.length;
    expect(await thrownBy((await open(changes, secure)).describe(SPEC))).toMatchObject({ code: 'source-tls' });
    expect(secure.logins).toHaveLength(before);
  });

  it('that a server does not offer is an error, and no reason to send the password in clear', async () => {
    const before = server.logins.length;
    expect(await thrownBy((await open({ tls: 'verify' })).describe(SPEC))).toMatchObject({ code: 'source-tls' });
    expect(server.logins).toHaveLength(before);
  });
});

describe('a statement', () => {
  /** Each combination of four rows: minutes of work. */
  const LONG =
    'id + (SELECT COUNT(*) FROM orders AS a, orders AS b, orders AS c, orders AS d WHERE a.id + b.id + c.id + d.id = -1) >= 0';

  it('that works is given up at the server when its reader is: an attention, and the connection lives on', async () => {
    const source = await open({ pool: 1 });
    const stream = await source.describe({ ...SPEC, where: LONG });
    const [before, logins] = [server.attentions(), server.logins.length];
    const giveUp = new AbortController();
    const started = Date.now();
    const reading = pages(source, stream, giveUp.signal).next();
    setTimeout(() => giveUp.abort(), 300);
    expect(await reading).toEqual({ done: true, value: undefined });
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(server.attentions()).toBe(before + 1);
    const plain = await source.describe(SPEC);
    expect((await pages(source, plain).next()).value?.rows).toHaveLength(100);
    expect(server.logins.length - logins).toBeLessThanOrEqual(1);
  });

  it('that takes longer than statement_timeout is given up too, and says so', async () => {
    const source = await open({ statement_timeout: 1 });
    const stream = await source.describe({ ...SPEC, where: LONG });
    const before = server.attentions();
    expect(await thrownBy(pages(source, stream).next())).toMatchObject({
      code: 'source-query-failed',
      message: expect.stringContaining('statement_timeout'),
    });
    expect(server.attentions()).toBe(before + 1);
  });

  it.each([
    [208, 16, "Invalid object name 'dbo.orders'.", 'unknown-table', 'dbo.orders'],
    [207, 16, "Invalid column name 'stauts'.", 'unknown-column', 'stauts'],
    [
      229,
      14,
      "The SELECT permission was denied on the object 'orders', database 'shop', schema 'dbo'.",
      'source-permission',
      'orders',
    ],
    [
      1205,
      13,
      'Transaction (Process ID 51) was deadlocked on lock resources with another process.',
      'source-interrupted',
      'deadlock',
    ],
    [
      245,
      16,
      "Conversion failed when converting the nvarchar value 'ada@example.com' to data type int.",
      'source-query-failed',
      'error 245',
    ],
    [40613, 17, "Database 'shop' on server 'x' is not currently available.", 'source-interrupted', 'error 40613'],
    [3952, 16, 'Snapshot isolation transaction failed accessing database', 'source-query-failed', 'snapshots'],
    [1222, 16, 'Lock request time out period exceeded.', 'source-interrupted', '1222'],
  ])(
    'that fails with error %i is told in our words, without a value of a row',
    async (number, severity, text, code, told) => {
      const source = await open();
      const stream = await source.describe(SPEC);
      server.failNext('ORDER BY', { number, severity, text });
      const error = await thrownBy(pages(source, stream).next());
      expect(error).toMatchObject({ name: 'SourceError', code, message: expect.stringContaining(told) });
      const { message, hint } = error as { message: string; hint?: string };
      expect(`${message}${hint}`).not.toContain('ada@example.com');
      // The next one works, on this connection or on another.
      expect((await pages(source, stream).next()).value?.rows).toHaveLength(100);
    },
  );

  it('is interrupted when the server goes, and the next one finds it again', async () => {
    const source = await open();
    const stream = await source.describe({ ...SPEC, where: LONG });
    const reading = thrownBy(pages(source, stream).next());
    setTimeout(() => server.cut(), 200);
    expect(await reading).toMatchObject({ code: 'source-interrupted' });
    expect((await source.describe(SPEC)).columns).toHaveLength(3);
  });

  it("binds values and casts them to the column's type; the first rows by TOP, names in brackets", async () => {
    const source = await open();
    const stream = await source.describe({ ...SPEC, where: "email <> '?'" });
    const first = await pages(source, stream).next();
    server.statements.length = 0;
    await source
      .readPages(stream, { columns: ['email'], pageSize: 10, after: first.value!.end }, new AbortController().signal)
      [Symbol.asyncIterator]()
      .next();
    const [{ sql, values } = { sql: '', values: {} }] = server.statements;
    expect(sql.replaceAll(/\s+/g, ' ')).toBe(
      'SELECT TOP (@p1) [email], CONVERT(nvarchar(23), [at], 121), CONVERT(nvarchar(20), [id]) FROM [dbo].[orders] WHERE [at] >= CONVERT(datetime2(3), @p2, 121) ' +
        "AND ([at] > CONVERT(datetime2(3), @p3, 121) OR ([id] > CONVERT(int, @p4))) AND ( email <> '?' ) ORDER BY [at], [id]",
    );
    expect(values).toEqual({
      p1: 11n,
      p2: first.value!.end.cursor,
      p3: first.value!.end.cursor,
      p4: first.value!.end.key[0],
    });
  });
});

describe('a table and a query', () => {
  it('are described by the server; what has no name, no order or a foreign clause is refused', async () => {
    const source = await open();
    const query = 'SELECT id, at, email AS buyer FROM dbo.orders WHERE id < 10';
    const { table: _, ...rest } = SPEC;
    const stream = await source.describe({ ...rest, query });
    expect(stream.columns.map(({ name }) => name)).toEqual(['id', 'at', 'buyer']);
    expect((await pages(source, stream).next()).value?.rows).toHaveLength(10);
    const refused = async (change: Partial<ReadSpec>) => thrownBy(source.describe({ ...SPEC, ...change }));
    expect(await refused({ where: 'id > 1 LIMIT 5' })).toMatchObject({ code: 'source-query-failed' });
    expect(await refused({ where: '1 = 1) OR (1 = 1' })).toMatchObject({ code: 'source-query-failed' });
    expect(await refused({ table: 'order' })).toMatchObject({ code: 'unknown-table', hint: 'did you mean "orders"?' });
    expect(await refused({ table: 'sales.orders' })).toMatchObject({ code: 'unknown-table' });
    server.rights.denied = ['orders'];
    expect(await refused({})).toMatchObject({
      code: 'source-permission',
      hint: expect.stringContaining('GRANT SELECT'),
    });
  });

  it('of other schemas are named with theirs; odd names are quoted', async () => {
    await server.create({
      schema: 'sales',
      name: 'odd ] name',
      columns: [
        { name: 'key [x]', type: 'int', notNull: true },
        { name: 'select', type: 'datetime2(7)', notNull: true },
      ],
    });
    await server.insert('odd ] name', { 'key [x]': 1, select: '2026-11-20 10:00:00' });
    const source = await open();
    const stream = await source.describe({
      ...SPEC,
      table: 'sales.odd ] name',
      primaryKey: ['key [x]'],
      cursor: 'select',
    });
    const first = await source
      .readPages(stream, { columns: ['key [x]'], pageSize: 5 }, new AbortController().signal)
      [Symbol.asyncIterator]()
      .next();
    expect(first.value?.rows).toEqual([['1']]);
  });
});

describe('what check is told', () => {
  it('an index to paste, a key that is guarded, rights that are more than reading, and a grant', async () => {
    const source = await open();
    const stream = await source.describe(SPEC);
    expect(await source.inspect!.relation(stream)).toMatchObject({
      isTable: true,
      hasUniqueKey: true,
      hasCursorIndex: false,
      writes: [],
      cures: { cursorIndex: 'CREATE INDEX capi_sync_cursor ON [dbo].[orders] ([at], [id]);' },
    });
    server.rights.grants = ['SELECT', 'INSERT', 'DELETE'];
    server.rights.seesServer = false;
    expect(await source.inspect!.relation(stream)).toMatchObject({
      writes: ['INSERT', 'DELETE'],
      cures: { privileges: `DENY INSERT, DELETE ON [dbo].[orders] TO [${USER}];` },
    });
    expect(await source.inspect!.server()).toMatchObject({
      version: 'SQL Server 16.0.4135.4',
      user: USER,
      transport: 'local',
      isReadOnly: false,
      transactions: { grant: `USE master; GRANT VIEW SERVER PERFORMANCE STATE TO [${USER}];` },
    });
    server.rights.seesServer = true;
    const slow = await server.begin();
    expect((await source.inspect!.server()).transactions).toEqual({ oldestSeconds: 0 });
    await slow.rollback();
  });

  it('an index on the cursor serves when the clustered key follows it, said or not', async () => {
    const columns = [
      { name: 'id', type: 'int', notNull: true },
      { name: 'at', type: 'datetime2(3)', notNull: true },
    ];
    const key = { columns: ['id'], isPrimary: true, isClustered: true };
    const source = await open();
    const serves = async (...indexes: { columns: string[] }[]): Promise<boolean> => {
      await server.create({ name: 'orders', columns, indexes: [key, ...indexes] });
      return (await source.inspect!.relation(await source.describe(SPEC))).hasCursorIndex;
    };
    expect(await serves({ columns: ['at'] })).toBe(true);
    expect(await serves({ columns: ['at', 'id'] })).toBe(true);
    expect(await serves({ columns: ['id', 'at'] })).toBe(false);
  });
});
