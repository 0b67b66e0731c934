/** What Salesforce alone has: sign-in, sessions that expire, an API limit, parents' fields, jobs of Bulk API 2.0, transactions that commit late. The real client against the stand-in. */
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Page, ReadRange, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import { salesforce } from '../../connectors/salesforce/index.ts';
import { openOrg } from '../support/salesforce-org.ts';
import { type SalesforceServer, type ServerSettings, startSalesforce } from '../support/salesforce-server.ts';
import { CLIENT_ID, CLIENT_SECRET, USERNAME } from '../support/salesforce-tokens.ts';

const LEADS: ReadSpec = { table: 'Lead', primaryKey: ['Id'], cursor: 'SystemModstamp', onNull: 'error' };
const SECOND = 1_000;
const NOON = Date.UTC(2026, 10, 20, 12);

/** A clock that stands at noon until it is moved. */
const standingClock = () => {
  let at = NOON;
  return {
    now: () => at,
    move: (ms: number) => {
      at += ms;
    },
  };
};

const serve = async (settings: ServerSettings = {}): Promise<SalesforceServer> => {
  const server = await startSalesforce(settings);
  onTestFinished(() => server.close());
  return server;
};

const open = async ({ url }: SalesforceServer, options: Record<string, unknown> = {}): Promise<Source> => {
  const source = await salesforce.open(
    { login_url: url, client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...options },
    { baseDir: '/' },
  );
  onTestFinished(() => source.close());
  return source;
};

const read = async (
  source: Source,
  stream: Stream,
  range: Partial<ReadRange> = {},
): Promise<{ rows: Row[]; pages: Page[] }> => {
  const pages: Page[] = [];
  const whole = { columns: ['Id'], pageSize: 1_000, ...range };
  for await (const page of source.readPages(stream, whole, new AbortController().signal)) pages.push(page);
  return { rows: pages.flatMap(({ rows }) => rows), pages };
};

const failure = async (work: Promise<unknown>): Promise<{ code?: string; message?: string; hint?: string }> =>
  work.then(
    () => ({}),
    (error: unknown) => error as { code: string; message: string; hint: string },
  );

const addLeads = (server: SalesforceServer, count: number): string[] =>
  Array.from({ length: count }, (_, n) =>
    server.org.insert('Lead', { LastName: `Lead ${n}`, Email: `lead${n}@example.com`, Status: 'New' }),
  );

describe('sign-in', () => {
  it('by client credentials gives one session to all requests of a run', async () => {
    const server = await serve();
    const source = await open(server);
    addLeads(server, 3);
    await read(source, await source.describe(LEADS));
    expect(server.signIns()).toBe(1);
    expect((await source.inspect?.server())?.user).toBe(USERNAME);
  });

  it('by JWT bearer sends an assertion that the certificate of the app vouches for', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const server = await serve({ certificate: publicKey });
    const jwt = { client_secret: undefined, private_key: pem, username: USERNAME };
    addLeads(server, 3);
    const source = await open(server, jwt);
    expect((await read(source, await source.describe(LEADS))).rows).toHaveLength(3);
    // As an environment variable holds it, and for the other of Salesforce's two login hosts.
    const other = { ...jwt, private_key: pem.replaceAll('\n', '\\n'), audience: 'https://test.salesforce.com' };
    await (await open(server, other)).describe(LEADS);
    const wrong = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    for (const change of [
      { private_key: wrong.export({ type: 'pkcs8', format: 'pem' }) as string },
      { username: 'somebody@else.example' },
      { audience: 'https://elsewhere.example' },
    ]) {
      const error = await failure((await open(server, { ...jwt, ...change })).describe(LEADS));
      expect(error).toMatchObject({
        code: 'source-login-failed',
        hint: expect.stringMatching(/certificate|pre-authorized/),
      });
    }
  });

  it.each([
    ['an unknown consumer key', { client_id: '3MVG9.other' }, /consumer key/],
    ['a wrong consumer secret', { client_secret: 'WR0NGSECRET' }, /consumer secret/],
    ['neither secret nor key', { client_secret: undefined }, /client credentials/],
    ['secret and key at once', { private_key: 'x', username: 'y' }, /client credentials/],
    ['a key without a user', { client_secret: undefined, private_key: 'x' }, /username/],
    ['a key that is none', { client_secret: undefined, private_key: 'hunter2-x', username: 'y' }, /BEGIN PRIVATE KEY/],
  ])('is refused with the cure: %s', async (_, options, cure) => {
    const server = await serve();
    const error = await failure(open(server, options).then((source) => source.describe(LEADS)));
    expect(error).toMatchObject({ code: 'source-login-failed', hint: expect.stringMatching(cure) });
    expect(inspect(error)).not.toMatch(/WR0NGSECRET|hunter2/);
  });

  it('says what is wrong where the app has no user to run as, and where every new session is refused', async () => {
    const noUser = await failure((await open(await serve({ hasNoRunAs: true }))).describe(LEADS));
    expect(noUser).toMatchObject({ code: 'source-login-failed', hint: expect.stringContaining('Run As') });
    const server = await serve({ refusesSessions: true });
    const refused = await failure((await open(server)).describe(LEADS));
    expect(refused).toMatchObject({ code: 'source-permission', hint: expect.stringContaining('API Enabled') });
    expect(server.signIns()).toBeLessThan(6);
  });

  it('sends nothing to a place without TLS, and tells one that does not answer', async () => {
    for (const login_url of ['http://acme.my.salesforce.com', 'nonsense'])
      await expect(
        salesforce.open({ login_url, client_id: 'x', client_secret: 'y' }, { baseDir: '/' }),
      ).rejects.toMatchObject({ code: 'source-unreachable' });
    const server = await startSalesforce();
    await server.close();
    expect(await failure((await open(server)).describe(LEADS))).toMatchObject({ code: 'source-unreachable' });
  });
});

describe('what goes wrong on the way', () => {
  it('an expired session is opened anew, and the request sent again: no row is missing or doubled', async () => {
    const server = await serve({ fault: (n) => (n % 3 === 0 ? 'expire' : undefined), batch: 50 });
    const ids = addLeads(server, 500);
    const source = await open(server);
    const { rows } = await read(source, await source.describe(LEADS));
    expect(rows.map(([id]) => id)).toEqual(ids);
    expect(server.signIns()).toBeGreaterThan(3);
  });

  it('waits where too much is under way at once or Salesforce is away for a moment', async () => {
    const faults = ['busy', undefined, 'unavailable', undefined, 'busy', 'busy'] as const;
    const server = await serve({ fault: (n) => faults[n - 1] });
    const ids = addLeads(server, 10);
    const source = await open(server);
    const { rows } = await read(source, await source.describe(LEADS));
    expect(rows).toHaveLength(ids.length);
  });

  it('a connection that is cut ends the run, and nothing is lost: the next one reads on', async () => {
    const server = await serve({ fault: (n) => (n === 2 ? 'reset' : undefined) });
    addLeads(server, 10);
    const source = await open(server);
    const stream = await source.describe(LEADS);
    await expect(read(source, stream)).rejects.toMatchObject({ code: 'source-interrupted' });
    expect((await read(source, stream)).rows).toHaveLength(10);
  });

  it('calls that are used up stop it at once, with the cure', async () => {
    const server = await serve({ fault: () => 'limit' });
    expect(await failure((await open(server)).describe(LEADS))).toMatchObject({
      code: 'source-limit',
      hint: expect.stringContaining('run less often'),
    });
    expect(server.requests.filter((path) => path.includes('describe'))).toHaveLength(1);
  });

  it('names fields and objects of a refused query, and no value of it', async () => {
    const server = await serve();
    const source = await open(server);
    const secret = "Email = 'ada@example.com'";
    const cases: [Partial<ReadSpec>, string, RegExp][] = [
      [{ where: `${secret} AND Emial != null` }, 'unknown-column', /Emial/],
      [{ where: `${secret} AND` }, 'source-query-failed', /row \d+, column \d+/],
      [{ where: `${secret} ORDER BY Id` }, 'source-query-failed', /clause ORDER/],
      [{ where: `${secret}) OR (Id != null` }, 'source-query-failed', /parenthesis/],
      [{ where: `Email = 'ada@example.com` }, 'source-query-failed', /quote/],
      [{ where: `SystemModstamp > '2026-01-01'` }, 'unknown-column', /INVALID_FIELD/],
      [{ table: 'Leed' }, 'unknown-table', /Leed/],
      [{ primaryKey: ['Email'] }, 'cursor-type', /not Id/],
      [{ primaryKey: ['Id', 'Email'] }, 'cursor-type', /not Id/],
      [{ cursor: 'Email' }, 'cursor-type', /email/],
    ];
    for (const [change, code, said] of cases) {
      const error = await failure(source.describe({ ...LEADS, ...change }));
      expect(error, JSON.stringify(change)).toMatchObject({ code, message: expect.stringMatching(said) });
      expect(inspect(error)).not.toContain('ada@example.com');
    }
  });

  it('a checkpoint that holds no time or no Id is refused before it becomes part of a query', async () => {
    const server = await serve();
    const source = await open(server);
    const stream = await source.describe(LEADS);
    const id = addLeads(server, 1)[0]!;
    for (const after of [
      { cursor: "2026-01-01T00:00:00.000Z OR Id != ''", key: [id] },
      { cursor: '2026-01-01T00:00:00.000Z', key: ["x' OR Id != '"] },
    ])
      await expect(read(source, stream, { after })).rejects.toMatchObject({ code: 'cursor-format' });
    expect(server.queries).toEqual([]);
  });
});

describe('rights', () => {
  it('a field that field-level security hides is no column, and the hint says so', async () => {
    const server = await serve();
    server.org.hide('Lead', 'Email');
    const source = await open(server);
    expect((await source.describe(LEADS)).columns.map(({ name }) => name)).not.toContain('Email');
    const query = 'SELECT Id, Email, SystemModstamp FROM Lead';
    const { table: _, ...spec } = LEADS;
    expect(await failure(source.describe({ ...spec, query }))).toMatchObject({
      code: 'unknown-column',
      hint: expect.stringContaining('field-level security'),
    });
  });

  it('an object without the permission Read is told as one that cannot be seen', async () => {
    const server = await serve();
    server.org.hide('Lead');
    expect(await failure((await open(server)).describe(LEADS))).toMatchObject({ code: 'unknown-table' });
  });

  it('check tells the API calls, an index that the cursor has not, and rights that are more than reading', async () => {
    const server = await serve();
    server.setUsed(1233);
    const source = await open(server);
    expect(await source.inspect?.server()).toMatchObject({
      version: 'Salesforce API 62.0',
      costs: [{ isGood: true, text: expect.stringContaining("1,234 of the org's 100,000 API calls") }],
    });
    server.setUsed(95_000);
    expect(await source.inspect?.server()).toMatchObject({ costs: [{ isGood: false }] });
    const facts = async (cursor: string) => source.inspect?.relation(await source.describe({ ...LEADS, cursor }));
    expect(await facts('SystemModstamp')).toMatchObject({ layout: { isGood: true }, hasUniqueKey: true, writes: [] });
    expect(await facts('LastModifiedDate')).toMatchObject({
      layout: { isGood: false, cure: expect.stringContaining('SystemModstamp') },
    });
    server.org.allowWriting();
    const later = await open(server);
    expect(await later.inspect?.relation(await later.describe(LEADS))).toMatchObject({
      writes: ['create', 'edit', 'delete'],
      cures: { privileges: expect.stringContaining('Lead: Read') },
    });
  });
});

describe('the API limit', () => {
  it('stops a run before it reads where fewer calls are left than are kept for others', async () => {
    const server = await serve({ limit: 1_000 });
    server.setUsed(950);
    const error = await failure((await open(server, { api_reserve: 100 })).describe(LEADS));
    expect(error).toMatchObject({
      code: 'source-limit',
      message: expect.stringContaining("49 of the org's 1,000 API calls"),
    });
    expect(server.queries).toEqual([]);
    server.setUsed(800);
    await (await open(server, { api_reserve: 100 })).describe(LEADS);
  });

  it('stops a run while it reads, between two pages', async () => {
    const server = await serve({ limit: 1_000, batch: 10 });
    addLeads(server, 100);
    server.setUsed(895);
    const source = await open(server, { api_reserve: 100 });
    const stream = await source.describe(LEADS);
    let rows = 0;
    const reading = (async () => {
      for await (const page of source.readPages(
        stream,
        { columns: ['Id'], pageSize: 10 },
        new AbortController().signal,
      ))
        rows += page.rows.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'source-limit' });
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(100);
  });
});

describe('columns', () => {
  it('of a table are its fields, and of records that it points to those that the mapping wants: one describe each', async () => {
    const server = await serve();
    const owner = server.org.insert('User', { Username: 'o', Name: 'Olga Owner', Email: 'olga@example.com' });
    server.org.insert('Lead', { LastName: 'With', OwnerId: owner, Status: 'New' });
    server.org.insert('Lead', { LastName: 'Without', Status: 'New' });
    const source = await open(server);
    const stream = await source.describe({ ...LEADS, wants: ['Owner.Email', 'LastName', 'Nobody.Email'] });
    const names = stream.columns.map(({ name }) => name);
    expect(names).toContain('Owner.Email');
    expect(names).not.toContain('Nobody.Email');
    expect(names).not.toContain('Address'); // compound: its parts are fields of their own
    const { rows } = await read(source, stream, { columns: ['LastName', 'Owner.Email'] });
    expect(rows).toEqual([
      ['With', 'olga@example.com'],
      ['Without', null],
    ]);
    expect(server.requests.filter((path) => path.endsWith('/describe'))).toHaveLength(2);
  });

  it('of a query are what it selects, up several parents, in whatever case they are written', async () => {
    const server = await serve();
    const account = server.org.insert('Account', { Name: 'Acme' });
    const contact = server.org.insert('Contact', { LastName: 'Hill', Email: 'hill@example.com', AccountId: account });
    const id = server.org.insert('Opportunity', {
      Name: 'Pumps',
      ContactId: contact,
      StageName: 'New',
      CloseDate: '2026-11-20',
    });
    server.org.update('Opportunity', id, { StageName: 'Won' });
    const source = await open(server);
    const query = `select Id, NewValue, CreatedDate, opportunity.CONTACT.account.name
      from OpportunityFieldHistory where Field = 'StageName';`;
    const stream = await source.describe({ query, primaryKey: ['Id'], cursor: 'CreatedDate', onNull: 'error' });
    expect(stream.columns.map(({ name }) => name)).toEqual([
      'Id',
      'NewValue',
      'CreatedDate',
      'opportunity.CONTACT.account.name',
    ]);
    const { rows } = await read(source, stream, { columns: ['NewValue', 'opportunity.CONTACT.account.name'] });
    expect(rows).toEqual([['Won', 'Acme']]);
  });

  it('keep the exact digits of numbers, and are the same text by both APIs', async () => {
    const server = await serve({ batch: 500 });
    // More digits than a double holds, a number as Java writes it, an empty one; texts that a CSV has to quote.
    const odd = [
      { AnnualRevenue: '9007199254740993.25', LastName: 'comma, "quotes"\nand a line' },
      { AnnualRevenue: 12_500_000, LastName: 'ünï ☃ 🎉' },
      { AnnualRevenue: null, LastName: "O'Neil", HasOptedOutOfEmail: true },
      { AnnualRevenue: 19.9, LastName: ',' },
    ];
    for (let n = 0; n < 3_000; n += 1)
      server.org.insert('Lead', { Status: 'New', ...odd[n % odd.length]!, NumberOfEmployees: n });
    const columns = [
      'Id',
      'AnnualRevenue',
      'LastName',
      'HasOptedOutOfEmail',
      'NumberOfEmployees',
      'SystemModstamp',
      'FirstName',
    ];
    const rest = await open(server);
    const short = await read(rest, await rest.describe(LEADS), { columns });
    const bulk = await open(server, { bulk_from: 2_000 });
    const long = await read(bulk, await bulk.describe(LEADS), { columns });
    expect(server.bulkJobs()).toHaveLength(1);
    expect(long).toEqual(short);
    expect(short.rows.slice(0, 4).map(([, revenue]) => revenue)).toEqual([
      '9007199254740993.25',
      '12500000',
      null,
      '19.9',
    ]);
    expect(short.rows[3]).toEqual([
      expect.any(String),
      '19.9',
      ',',
      'false',
      '3',
      expect.stringMatching(/:\d\d\.000Z$/),
      null,
    ]);
  });

  it('of deleted records too, where the query says ALL ROWS', async () => {
    const server = await serve();
    const [, gone = ''] = addLeads(server, 3);
    server.org.remove('Lead', gone);
    const source = await open(server, { bulk_from: 2_000 });
    const spec = (rows: string): ReadSpec => ({
      query: `SELECT Id, IsDeleted, SystemModstamp FROM Lead WHERE Status = 'New'${rows}`,
      primaryKey: ['Id'],
      cursor: 'SystemModstamp',
      onNull: 'error',
    });
    const deleted = async (rows: string): Promise<number> =>
      (await read(source, await source.describe(spec(rows)), { columns: ['IsDeleted'] })).rows.filter(
        ([cell]) => cell === 'true',
      ).length;
    expect(await deleted('')).toBe(0);
    expect(await deleted(' ALL ROWS')).toBe(1);
  });
});

describe('pages', () => {
  it('hold thousands of records of one second apart by Id, whose case counts', async () => {
    const clock = standingClock();
    const server = await serve({ org: openOrg(clock.now), batch: 173 });
    const ids = addLeads(server, 5_000);
    const source = await open(server);
    const { rows, pages } = await read(source, await source.describe(LEADS), { pageSize: 700 });
    expect(rows.map(([id]) => id)).toEqual(ids);
    expect(new Set(pages.map(({ end }) => end.cursor))).toEqual(new Set(['2026-11-20T12:00:00.000Z']));
    // Some pair of them differs by case alone.
    expect(new Set(ids.map((id) => id.slice(0, 15).toLowerCase())).size).toBeLessThan(ids.length);
  });

  it('never fetch the rest of a result that is open: a record that changes meanwhile would stand out of its place', async () => {
    const clock = standingClock();
    const org = openOrg(clock.now);
    const changing: string[] = [];
    const server = await serve({
      org,
      batch: 100,
      before: (n) => {
        clock.move(SECOND);
        const id = changing[n * 40];
        if (id !== undefined) org.update('Lead', id, { Company: `change ${n}` });
      },
    });
    for (let n = 0; n < 1_000; n += 1) {
      if (n % 10 === 0) clock.move(SECOND);
      changing.push(org.insert('Lead', { LastName: `Lead ${n}`, Status: 'New' }));
    }
    const source = await open(server);
    const { rows } = await read(source, await source.describe(LEADS));
    expect(new Set(rows.map(([id]) => id)).size).toBe(1_000);
    expect(server.requests.some((path) => /\/query\/./.test(path))).toBe(false);
  });

  it('by keys may come in batches, whose order does not matter', async () => {
    const server = await serve({ batch: 60 });
    const ids = addLeads(server, 450);
    const source = await open(server);
    const rows = await source.readKeys(
      await source.describe(LEADS),
      ['Id', 'LastName'],
      ids.map((id) => [id]),
    );
    expect(new Set(rows.map(([id]) => id))).toEqual(new Set(ids));
    expect(server.requests.some((path) => /\/query\/./.test(path))).toBe(true);
    // The 15 letters and digits that people copy out of a URL.
    expect(await source.readKeys(await source.describe(LEADS), ['LastName'], [[ids[7]!.slice(0, 15)]])).toEqual([
      ['Lead 7'],
    ]);
  });

  it('of a large range come from one bulk job, in parts, and the job is thrown away', async () => {
    const server = await serve();
    const ids = addLeads(server, 25_000);
    const source = await open(server, { bulk_from: 5_000 });
    const { rows, pages } = await read(source, await source.describe(LEADS));
    expect(rows.map(([id]) => id)).toEqual(ids);
    expect(pages.every((page) => page.rows.length === 1_000)).toBe(true);
    expect(server.bulkJobs()).toEqual([{ id: expect.any(String), state: 'JobComplete', deleted: true }]);
    expect(server.requests.filter((path) => path.endsWith('/results'))).toHaveLength(3);
  });

  it('of a large range that is looked at only begin no bulk job', async () => {
    const server = await serve();
    addLeads(server, 6_000);
    const source = await open(server, { bulk_from: 2_000 });
    const range = { columns: ['Id'], pageSize: 10 };
    for await (const _page of source.readPages(await source.describe(LEADS), range, new AbortController().signal))
      break;
    expect(server.bulkJobs()).toEqual([]);
  });

  it('that nobody waits for any more end the bulk job at Salesforce', async () => {
    const stop = new AbortController();
    const server = await serve({ before: (_, path) => void (/jobs\/query\/\w+$/.test(path) && stop.abort()) });
    addLeads(server, 6_000);
    const source = await open(server, { bulk_from: 2_000 });
    let rows = 0;
    for await (const page of source.readPages(
      await source.describe(LEADS),
      { columns: ['Id'], pageSize: 1_000 },
      stop.signal,
    ))
      rows += page.rows.length;
    expect(rows).toBeLessThan(6_000);
    expect(server.bulkJobs()).toEqual([{ id: expect.any(String), state: 'Aborted', deleted: true }]);
  });

  it('in an order that is not that of (cursor, Id) stop the reading instead of losing rows', async () => {
    const server = await serve();
    const [first = '', second = ''] = addLeads(server, 2);
    // The stand-in finds the two in order, and hands them over the other way round.
    const records = server.org.records('Lead') as Map<string, Record<string, unknown>>;
    const [a, b] = [records.get(first)!, records.get(second)!];
    const source = await open(server);
    const stream = await source.describe(LEADS);
    records.set(first, { ...a, Id: second });
    records.set(second, { ...b, Id: first });
    await expect(read(source, stream)).rejects.toMatchObject({
      code: 'source-query-failed',
      message: expect.stringContaining('order of (cursor, Id)'),
    });
  });
});

describe('what commits late', () => {
  it('holds the horizon at the start of the transaction, as Salesforce tells it, for as long as max_stall allows', async () => {
    const clock = standingClock();
    const org = openOrg(clock.now);
    const server = await serve({ org });
    const source = await open(server);
    addLeads(server, 1);
    clock.move(60 * SECOND);
    const transaction = org.begin();
    transaction.insert('Lead', { LastName: 'Late', Status: 'New' });
    clock.move(5 * 60 * SECOND);
    addLeads(server, 1);
    clock.move(2 * 60 * SECOND);
    const stream = await source.describe(LEADS);
    const began = '2026-11-20T12:01:00.000Z';
    expect(await source.horizon(stream, 60, 900)).toMatchObject({
      before: began,
      guard: 'transactions',
      openFor: 420,
      isStalled: false,
    });
    expect(await source.horizon(stream, 60, 120)).toMatchObject({
      before: '2026-11-20T12:05:00.000Z',
      isStalled: true,
    });
    expect(await source.horizon(stream, 60)).toMatchObject({ before: '2026-11-20T12:07:00.000Z', guard: 'lag' });
    expect((await read(source, stream, { before: began })).rows).toHaveLength(1);
    transaction.commit();
    const { before, openFor } = await source.horizon(stream, 60, 900);
    expect([before, openFor]).toEqual(['2026-11-20T12:07:00.000Z', undefined]);
    expect((await read(source, stream, { before: before! })).rows).toHaveLength(3);
  });

  it('is left to lag and lookback where Salesforce does not tell of it', async () => {
    const server = await serve();
    server.org.define({
      name: 'Untold__c',
      prefix: 'a02',
      fields: { Id: { type: 'id', nillable: false }, SystemModstamp: { type: 'datetime', nillable: false } },
      isReplicated: false,
    });
    const source = await open(server);
    const stream = await source.describe({ ...LEADS, table: 'Untold__c' });
    expect(await source.horizon(stream, 60, 900)).toMatchObject({ guard: 'lag', openFor: undefined });
    // A time that people may write says nothing of transactions.
    const stages = await source.describe({
      ...LEADS,
      table: 'Opportunity',
      cursor: 'LastStageChangeDate',
      onNull: 'skip',
    });
    expect(await source.horizon(stages, 60, 900)).toMatchObject({ guard: 'lag' });
  });

  it('whole seconds: a bound between two of them loses neither', async () => {
    const clock = standingClock();
    const org = openOrg(clock.now);
    const server = await serve({ org });
    const source = await open(server);
    addLeads(server, 1);
    clock.move(1_500);
    const stream = await source.describe(LEADS);
    const from = await source.cursorAt(stream, '2026-11-20T12:00:00.500Z');
    expect(from).toBe('2026-11-20T12:00:01.000Z');
    expect((await read(source, stream, { from })).rows).toHaveLength(0);
    expect((await read(source, stream, { before: from })).rows).toHaveLength(1);
    expect((await source.horizon(stream, 0)).before).toBe('2026-11-20T12:00:01.000Z');
    expect(await source.shiftBack(stream, '2026-11-20T12:00:01.000Z', 0.5)).toBe('2026-11-20T12:00:00.000Z');
  });
});

it('reads a small object whole, by Id, for a snapshot', async () => {
  const server = await serve({ batch: 40 });
  const ids = addLeads(server, 100);
  const source = await open(server);
  const stream = await source.describe({ ...LEADS, cursor: 'Id', byKey: true });
  const { rows, pages } = await read(source, stream, { pageSize: 30 });
  expect(rows.map(([id]) => id)).toEqual(ids);
  expect((await read(source, stream, { after: pages[1]!.end })).rows).toHaveLength(40);
  expect(await source.countUpTo(stream, 50)).toBe(51);
});
