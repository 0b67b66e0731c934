/** BigQuery as a service: who logs in, what is cancelled, what is tried again, what is too much; and rows that never stand in memory all at once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { bigquery } from '../../connectors/bigquery/index.ts';
import type { Source } from '../../connectors/connector.ts';
import { openBigquery, readAll, specOf } from '../support/bigquery-reading.ts';
import { type BigqueryStandIn, startBigquery } from '../support/bigquery-server.ts';
import { ApiProblem } from '../support/bigquery-sql.ts';

let standIn: BigqueryStandIn;
let source: Source;
beforeAll(async () => {
  standIn = await startBigquery();
  await standIn.execute('CREATE TABLE marts.orders (id INT64, at TIMESTAMP, note STRING)');
  await standIn.insert(
    "INSERT INTO orders SELECT i, TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(i), 'secret value' FROM range(12000) AS r(i)",
  );
  source = await openBigquery(standIn);
});
afterEach(() => {
  vi.unstubAllEnvs();
  standIn.queries.splice(0);
  standIn.requests.splice(0);
});
afterAll(async () => {
  await source.close();
  await standIn.close();
});

const problemOf = (work: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> =>
  work.then(
    () => new Error('it did not fail'),
    (reason: Error) => reason,
  );

describe('who logs in', () => {
  it('is a service account, whose key signs for a token that all requests carry; a token that expired is made anew', async () => {
    const signedIn = standIn.signIn.count();
    const own = await openBigquery(standIn);
    const stream = await own.describe(specOf('orders'));
    expect(await own.inspect?.server()).toMatchObject({ version: 'BigQuery', user: standIn.signIn.email });
    expect(standIn.signIn.count()).toBe(signedIn + 1);
    await own.countUpTo(stream, 1);
    expect(standIn.signIn.count()).toBe(signedIn + 1);
  });

  it('is a workload with a token of its own, by the application default credentials of the machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'capi-sync-bigquery-'));
    const token = join(folder, 'token');
    writeFileSync(token, standIn.signIn.subjectToken);
    writeFileSync(join(folder, 'adc.json'), standIn.signIn.federation(standIn.url, token));
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'adc.json'));
    const { credentials: _, ...options } = standIn.options();
    const own = await bigquery.open(options, { baseDir: folder });
    expect(
      (await readAll(own, await own.describe(specOf('orders')), { before: '2026-01-01 00:00:02+00' })).rows,
    ).toHaveLength(2);
    writeFileSync(token, 'somebody else');
    const other = await bigquery.open(options, { baseDir: folder });
    expect(await problemOf(other.describe(specOf('orders')))).toMatchObject({ code: 'source-login-failed' });
    rmSync(folder, { recursive: true });
  });

  it.each([
    [
      'a key that Google does not know',
      () => standIn.signIn.strangerKey(`${standIn.url}/token`),
      /refused the credentials \(invalid_grant\)/,
      /make a new key/,
    ],
    [
      'a key that is cut off',
      () => standIn.signIn.key(`${standIn.url}/token`).replace(/KEY-----.{200}/, 'KEY-----'),
      /private key .* cannot be read/,
      /JSON file as Google gave it/,
    ],
    ['no JSON', () => 'hunter2-is-no-json', /are not JSON/, /\$\{file:/],
    [
      'JSON of something else',
      () => '{"type":"service_account"}',
      /no "client_email" or no "private_key"/,
      /\$\{file:/,
    ],
  ])('is refused with %s, in one sentence with the cure', async (_, credentials, message, hint) => {
    const given = credentials();
    const work = openBigquery(standIn, { credentials: given }).then((own) => own.describe(specOf('orders')));
    const error = await problemOf(work);
    expect(error).toMatchObject({ name: 'SourceError', code: 'source-login-failed' });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(inspect({ ...error, message: error.message, cause: undefined })).not.toMatch(/hunter2|BEGIN|private_key_id/);
  });

  it('is refused with a token that BigQuery does not take', async () => {
    standIn.fail(/\/jobs/, new ApiProblem(401, 'authError', 'Request had invalid authentication credentials.'));
    expect(await problemOf(source.inspect!.server())).toMatchObject({ code: 'source-login-failed' });
  });

  it('never sends a key over the network in clear', async () => {
    expect(await problemOf(openBigquery(standIn, { endpoint: 'http://bigquery.internal' }))).toMatchObject({
      code: 'source-tls',
    });
    const credentials = standIn.signIn.key('http://tokens.internal/token');
    expect(await problemOf(openBigquery(standIn, { credentials }))).toMatchObject({ code: 'source-tls' });
  });
});

describe('a query', () => {
  it('that is given up is cancelled at the server, and the reading ends quietly', async () => {
    const stream = await source.describe(specOf('orders'));
    standIn.requests.splice(0);
    const release = standIn.hold();
    onTestFinished(release);
    const stop = new AbortController();
    const reading = source.readPages(stream, { columns: ['id'], pageSize: 10 }, stop.signal)[Symbol.asyncIterator]();
    const first = reading.next();
    while (!standIn.requests.some((line) => line.includes('/queries/'))) await wait(5);
    const [job] = /capi_sync_[\w-]+/.exec(standIn.requests.at(-1) ?? '') ?? [];
    stop.abort();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(standIn.cancelled).toEqual([job]);
    expect(standIn.requests.at(-1)).toMatch(/^POST .*\/cancel\?.*location=europe-west1/);
    release();
    expect((await readAll(source, stream)).rows).toHaveLength(12_000);
    expect(standIn.cancelled).toHaveLength(1);
  });

  it('is one for a range, its result taken in pages as they are wanted', async () => {
    const stream = await source.describe(specOf('orders'));
    const pages = () => standIn.requests.filter((line) => line.startsWith('GET') && line.includes('/queries/')).length;
    standIn.requests.splice(0);
    const reading = source
      .readPages(stream, { columns: ['id'], pageSize: 1000 }, new AbortController().signal)
      [Symbol.asyncIterator]();
    await reading.next();
    expect(pages()).toBe(1);
    for (let n = 1; n < 6; n += 1) await reading.next();
    expect(pages()).toBe(2);
    await reading.return?.();
    expect(standIn.queries.filter(({ sql }) => sql.includes('ORDER BY'))).toHaveLength(1);
  });

  it('carries labels and priority, and the names of the jobs say whose they are', async () => {
    const own = await openBigquery(standIn, { labels: { team: 'crm' }, priority: 'batch' });
    await readAll(own, await own.describe(specOf('orders', { onNull: 'skip' })), { before: '2026-01-01 00:00:01+00' });
    const query = standIn.queries.find(({ sql }) => sql.includes('ORDER BY'));
    expect(query).toMatchObject({ labels: { team: 'crm' }, priority: 'BATCH', maximumBytesBilled: 10 * 2 ** 30 });
    expect(query?.parameters.map(({ parameterType }) => parameterType.type)).toEqual(['TIMESTAMP']);
  });

  it('that takes longer than the server holds an answer back is asked for again', async () => {
    const stream = await source.describe(specOf('orders', { onNull: 'skip' }));
    standIn.requests.splice(0);
    standIn.patience(20);
    const release = standIn.hold();
    onTestFinished(release);
    const asked = (): number => standIn.requests.filter((line) => line.includes('/queries/')).length;
    const timer = setInterval(() => asked() > 3 && release(), 5);
    onTestFinished(() => clearInterval(timer));
    expect((await readAll(source, stream, { before: '2026-01-01 00:00:05+00' })).rows).toHaveLength(5);
    standIn.patience(10_000);
    expect(asked()).toBeGreaterThan(3);
    expect(standIn.cancelled).toHaveLength(1);
  });
});

describe('an error', () => {
  const describing = (): Promise<unknown> => source.describe(specOf('orders', { onNull: 'skip' }));

  it.each([
    [new ApiProblem(503, 'backendError', 'Error encountered during execution. Retrying may solve the problem.')],
    [new ApiProblem(500, 'internalError', 'An internal error occurred')],
  ])('that passes is waited out by the client: %s', async (problem) => {
    standIn.fail(/\/tables\/orders/, problem, 1);
    await describing();
    expect(standIn.requests.filter((line) => line.includes('/tables/orders'))).toHaveLength(2);
  });

  it('that stays is worth another run', async () => {
    standIn.fail(/\/tables\/orders/, new ApiProblem(503, 'backendError', 'Error encountered during execution.'), 3);
    expect(await problemOf(describing())).toMatchObject({ code: 'source-interrupted' });
    // The client waits out 429 and 5xx only.
    standIn.fail(
      /\/tables\/orders/,
      new ApiProblem(403, 'rateLimitExceeded', 'Exceeded rate limits: too many requests'),
    );
    expect(await problemOf(describing())).toMatchObject({ code: 'source-interrupted' });
  });

  it.each([
    [
      new ApiProblem(
        403,
        'accessDenied',
        'Access Denied: Table shop-analytics:marts.orders: User does not have permission to query table, or perhaps it does not exist. Permission bigquery.tables.get denied',
      ),
      'source-permission',
      'permission denied: shop-analytics:marts.orders (bigquery.tables.get)',
      'roles/bigquery.dataViewer',
    ],
    [
      new ApiProblem(
        403,
        'accessDenied',
        'Access Denied: Project shop-analytics: User does not have bigquery.jobs.create permission in project shop-analytics.',
      ),
      'source-permission',
      'permission denied: shop-analytics (bigquery.jobs.create)',
      'roles/bigquery.jobUser',
    ],
    [
      new ApiProblem(403, 'quotaExceeded', 'Quota exceeded: Your project exceeded quota'),
      'source-query-failed',
      'a quota is used up',
      'Quotas',
    ],
    [
      new ApiProblem(403, 'billingNotEnabled', 'Billing has not been enabled'),
      'source-permission',
      'the project has no billing',
      'bigquery.googleapis.com',
    ],
    [
      new ApiProblem(404, 'notFound', 'Not found: Project nonsuch'),
      'source-login-failed',
      'there is no such project',
      'project',
    ],
    [
      new ApiProblem(400, 'invalidQuery', "Could not cast literal 'secret value' to type INT64 at [1:9]"),
      'source-query-failed',
      'BigQuery refused it (invalidQuery) at 1:9 of the statement',
      '',
    ],
    [
      new ApiProblem(403, 'responseTooLarge', 'Response too large to return.'),
      'source-query-failed',
      'too large',
      '--since',
    ],
    [
      new ApiProblem(400, 'resourcesExceeded', 'Resources exceeded during query execution'),
      'source-query-failed',
      'too large',
      '--since',
    ],
    [
      new ApiProblem(400, 'invalidQuery', 'Function not found: MY_FN at [1:8]'),
      'source-query-failed',
      'no such function: MY_FN',
      '',
    ],
  ])('is told in our words, with nothing of a row in it: %s', async (problem, code, message, hint) => {
    standIn.fail(/POST .*\/jobs/, problem);
    const error = await problemOf(source.inspect!.server());
    expect(error).toMatchObject({ name: 'SourceError', code, message: expect.stringContaining(message) });
    expect(error.hint ?? '').toContain(hint);
    expect(error.message + error.hint).not.toContain('secret value');
  });

  it('of a job that fails while it works is told when its result is asked for', async () => {
    const stream = await source.describe(specOf('orders', { onNull: 'skip' }));
    standIn.fail(
      /GET .*\/queries\//,
      new ApiProblem(400, 'stopped', 'Job execution was cancelled: Job timed out after 300s'),
    );
    expect(await problemOf(readAll(source, stream))).toMatchObject({
      code: 'source-query-failed',
      message: expect.stringContaining('longer than statement_timeout'),
    });
  });

  it('of a place that does not answer is told as that', async () => {
    const nowhere = await openBigquery(standIn, { endpoint: 'http://127.0.0.1:9' });
    expect(await problemOf(nowhere.describe(specOf('orders')))).toMatchObject({ code: 'source-unreachable' });
  });

  it('of a dataset in another place says so', async () => {
    const elsewhere = await openBigquery(standIn, { location: 'US' });
    expect(await problemOf(elsewhere.describe(specOf('orders')))).toMatchObject({
      code: 'unknown-table',
      hint: expect.stringContaining('location'),
    });
  });

  it('of a misspelt name suggests the right one', async () => {
    for (const [table, hint] of [
      ['orderz', 'did you mean "orders"?'],
      ['marts.ordres', 'did you mean "marts.orders"?'],
      ['mart.orders', 'did you mean "marts.orders"?'],
    ] as const)
      expect(await problemOf(source.describe(specOf(table)))).toMatchObject({ code: 'unknown-table', hint });
  });
});

it('says in one line what to install where the client is missing', async () => {
  vi.doMock('@google-cloud/bigquery', () => {
    throw new Error('Cannot find package');
  });
  const error = await problemOf(openBigquery(standIn));
  vi.doUnmock('@google-cloud/bigquery');
  expect(error).toMatchObject({ code: 'source-driver-missing', hint: 'npm i @google-cloud/bigquery@^9.3.0' });
});

it('reads 400,000 rows without holding more than a few pages of them', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await standIn.execute('CREATE TABLE marts.many (id INT64, at TIMESTAMP, note STRING)');
  await standIn.insert(
    "INSERT INTO many SELECT i, TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_microseconds(i // 7), repeat(chr(97 + (i % 26)::INTEGER), 200) || i FROM range(400000) AS r(i)",
  );
  const stream = await source.describe(specOf('many'));
  const heap: number[] = [];
  let rows = 0;
  for await (const page of source.readPages(
    stream,
    { columns: ['note'], pageSize: 1000 },
    new AbortController().signal,
  )) {
    rows += page.rows.length;
    if (rows % 50_000 !== 0) continue;
    collect();
    heap.push(process.memoryUsage().heapUsed / 2 ** 20);
  }
  expect(rows).toBe(400_000);
  // The rows are 80 MiB and more; client, stand-in and test together grow by less than 20 between the first 50,000 and the last.
  expect(Math.max(...heap) - heap[0]!).toBeLessThan(20);
  console.info(`heap after each 50,000 rows, MiB: ${heap.map((each) => each.toFixed(1)).join(' ')}`);
}, 240_000);
