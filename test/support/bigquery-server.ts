/**
 * A stand-in for BigQuery on loopback: its REST API v2 as Google's pages describe it (https://cloud.google.com/bigquery/docs/reference/rest, read
 * 2026-11-30), strict about what it is asked, with the sign-in of Google before it and DuckDB behind it. Not written from what the connector sends.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DuckDBValue } from '@duckdb/node-api';
import { type Engine, openEngine, type Query, type Result } from './bigquery-engine.ts';
import { openSignIn, type SignIn } from './bigquery-sign-in.ts';
import { ApiProblem, type Parameter } from './bigquery-sql.ts';
import { wireValue } from './bigquery-types.ts';

export type AskedQuery = {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
  readonly isDry: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: string | undefined;
  readonly maximumBytesBilled: number | undefined;
  /** Tables whose partitions its conditions narrow. */
  readonly pruned: readonly string[];
  readonly bytes: number;
};

export type BigqueryStandIn = {
  readonly url: string;
  readonly project: string;
  readonly signIn: SignIn;
  /** Options of a connection, with the key of an account. */
  readonly options: (more?: Record<string, unknown>) => Record<string, unknown>;
  readonly execute: Engine['execute'];
  readonly insert: Engine['insert'];
  /** Every query job, dry runs too. */
  readonly queries: AskedQuery[];
  /** `GET /bigquery/v2/...`, in order. */
  readonly requests: string[];
  /** Jobs that were cancelled before they were done. */
  readonly cancelled: string[];
  /** The next requests whose line matches are answered with this, so many times. */
  readonly fail: (line: RegExp, problem: ApiProblem, times?: number) => void;
  /** Query jobs go on working until they are cancelled, or until the function is called. */
  readonly hold: () => () => void;
  /** How long a question for a result is held at the most, in milliseconds: 10,000 unless said. */
  readonly patience: (milliseconds: number) => void;
  /** What testIamPermissions grants. */
  readonly permissions: Set<string>;
  readonly close: () => Promise<void>;
};

type Job = {
  readonly id: string;
  readonly location: string;
  readonly query: AskedQuery;
  state: 'RUNNING' | 'DONE';
  problem?: ApiProblem;
  result?: Result;
  readonly done: PromiseWithResolvers<void>;
  /** The page given last, for a question that is repeated. */
  page?: { readonly from: number; readonly rows: DuckDBValue[][] };
  given: number;
};

type JobConfiguration = {
  readonly dryRun?: boolean;
  readonly labels?: Record<string, string>;
  readonly jobTimeoutMs?: string;
  readonly query?: {
    readonly query?: string;
    readonly useLegacySql?: boolean;
    readonly parameterMode?: string;
    readonly queryParameters?: readonly Parameter[];
    readonly maximumBytesBilled?: string;
    readonly priority?: string;
    readonly defaultDataset?: { readonly datasetId: string; readonly projectId?: string };
  };
};
type JobResource = {
  readonly configuration?: JobConfiguration;
  readonly jobReference?: { readonly jobId?: string; readonly location?: string };
};

const LOCATION = 'europe-west1';
const LEAST_BILLED = 10 * 2 ** 20;
/** Parameters of each method; the API refuses others. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  results: ['location', 'maxResults', 'pageToken', 'startIndex', 'timeoutMs', 'formatOptions.useInt64Timestamp'],
  job: ['location'],
  list: ['maxResults', 'pageToken', 'all', 'filter'],
  table: ['selectedFields', 'view'],
  insert: [],
};

export async function startBigquery(project = 'shop-analytics'): Promise<BigqueryStandIn> {
  const signIn = openSignIn(project);
  const engine = await openEngine(project, signIn.email);
  const jobs = new Map<string, Job>();
  const queries: AskedQuery[] = [];
  const requests: string[] = [];
  const cancelled: string[] = [];
  const permissions = new Set<string>();
  const faults: { line: RegExp; problem: ApiProblem; times: number }[] = [];
  let held: PromiseWithResolvers<void> | undefined;
  let patience = 10_000;

  function allow(url: URL, method: string): void {
    for (const name of url.searchParams.keys()) {
      if (name === 'prettyPrint' || PARAMETERS[method]?.includes(name)) continue;
      throw new ApiProblem(
        400,
        'badRequest',
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter.`,
      );
    }
  }

  function resource(job: Job): object {
    const { problem } = job;
    const proto = problem && { reason: problem.reason, location: 'query', message: problem.message };
    return {
      kind: 'bigquery#job',
      id: `${project}:${job.location}.${job.id}`,
      jobReference: { projectId: project, jobId: job.id, location: job.location },
      status: { state: job.state, ...(proto && { errorResult: proto, errors: [proto] }) },
      statistics: { creationTime: '1', query: { totalBytesProcessed: String(job.query.bytes) } },
    };
  }

  async function insert(body: JobResource): Promise<object> {
    const { configuration = {}, jobReference } = body;
    const { query: settings, dryRun: isDry = false } = configuration;
    if (settings?.query === undefined) throw new ApiProblem(400, 'required', 'Required parameter is missing: query');
    if (settings.useLegacySql !== false) throw new ApiProblem(400, 'invalidQuery', 'legacy SQL is not spoken here');
    const id = jobReference?.jobId ?? '';
    if (!isDry && jobs.has(id))
      throw new ApiProblem(409, 'duplicate', `Already Exists: Job ${project}:${LOCATION}.${id}`);
    if (settings.queryParameters !== undefined && settings.parameterMode !== 'NAMED')
      throw new ApiProblem(400, 'invalid', 'parameterMode must be NAMED where parameters have names');
    const query: Query = {
      text: settings.query,
      parameters: settings.queryParameters ?? [],
      dataset: settings.defaultDataset?.datasetId,
    };
    const limit = settings.maximumBytesBilled === undefined ? undefined : Number(settings.maximumBytesBilled);
    const asked = {
      sql: query.text,
      parameters: query.parameters,
      isDry,
      labels: configuration.labels ?? {},
      priority: settings.priority,
      maximumBytesBilled: limit,
    };
    const hasPlace = query.dataset !== undefined || /\bFROM\s+`/i.test(query.text);
    const location = jobReference?.location ?? (hasPlace ? LOCATION : 'US');
    let plan: Awaited<ReturnType<Engine['plan']>>;
    try {
      if (hasPlace && location.toLowerCase() !== LOCATION)
        throw new ApiProblem(
          404,
          'notFound',
          `Not found: Dataset ${project}:${query.dataset ?? 'marts'} was not found in location ${location}`,
        );
      plan = await engine.plan(query);
    } catch (error) {
      queries.push({ ...asked, pruned: [], bytes: 0 });
      if (isDry || !(error instanceof ApiProblem)) throw error;
      const job: Job = {
        id,
        location,
        query: queries.at(-1)!,
        state: 'DONE',
        problem: error,
        done: Promise.withResolvers(),
        given: 0,
      };
      jobs.set(id, job);
      return resource(job);
    }
    const { bytes, pruned, fields, statementType } = plan;
    queries.push({ ...asked, pruned, bytes });
    if (isDry) {
      return {
        kind: 'bigquery#job',
        configuration,
        jobReference: { projectId: project, location },
        status: { state: 'DONE' },
        statistics: {
          totalBytesProcessed: String(bytes),
          query: { totalBytesProcessed: String(bytes), schema: { fields }, statementType },
        },
      };
    }
    const job: Job = {
      id,
      location,
      query: queries.at(-1)!,
      state: 'RUNNING',
      done: Promise.withResolvers(),
      given: 0,
    };
    jobs.set(id, job);
    const billed = bytes === 0 ? 0 : Math.max(bytes, LEAST_BILLED);
    if (statementType !== 'SELECT')
      end(
        job,
        new ApiProblem(
          403,
          'accessDenied',
          `Access Denied: Dataset ${project}:marts: Permission bigquery.tables.updateData denied`,
        ),
      );
    else if (limit !== undefined && billed > limit) {
      const message = `Query exceeded limit for bytes billed: ${limit}. ${billed} or higher required.`;
      end(job, new ApiProblem(400, 'bytesBilledLimitExceeded', message));
    } else void work(job, query);
    return resource(job);
  }

  function end(job: Job, problem?: ApiProblem): void {
    job.state = 'DONE';
    if (problem) job.problem = problem;
    job.done.resolve();
  }

  async function work(job: Job, query: Query): Promise<void> {
    await held?.promise;
    if (job.state === 'DONE') return;
    try {
      job.result = await engine.start(query);
      end(job);
    } catch (error) {
      end(
        job,
        error instanceof ApiProblem ? error : new ApiProblem(500, 'internalError', 'An internal error occurred'),
      );
    }
  }

  function jobOf(id: string, url: URL): Job {
    const job = jobs.get(id);
    const place = url.searchParams.get('location') ?? 'US';
    if (job === undefined || job.location.toLowerCase() !== place.toLowerCase())
      throw new ApiProblem(404, 'notFound', `Not found: Job ${project}:${place}.${id}`);
    return job;
  }

  async function results(job: Job, { searchParams }: URL): Promise<object> {
    const timeout = Math.min(Number(searchParams.get('timeoutMs') ?? patience), patience);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([job.done.promise, new Promise((resolve) => (timer = setTimeout(resolve, timeout)))]);
    clearTimeout(timer);
    const jobReference = { projectId: project, jobId: job.id, location: job.location };
    const common = { kind: 'bigquery#getQueryResultsResponse', jobReference };
    if (job.state === 'RUNNING') return { ...common, jobComplete: false };
    if (job.problem) throw job.problem;
    const { fields, totalRows, take } = job.result!;
    const from = Number(searchParams.get('pageToken')?.split('.')[1] ?? 0);
    if (job.page?.from !== from) {
      if (from !== job.given)
        throw new ApiProblem(400, 'invalid', 'the stand-in gives pages in order, and the last one again');
      job.page = { from, rows: await take(Number(searchParams.get('maxResults') ?? 10_000)) };
      job.given = from + job.page.rows.length;
    }
    const { rows } = job.page;
    const next = from + rows.length;
    const options = { useInt64Timestamp: searchParams.get('formatOptions.useInt64Timestamp') === 'true' };
    return {
      ...common,
      jobComplete: true,
      schema: { fields },
      totalRows: String(totalRows),
      totalBytesProcessed: String(job.query.bytes),
      cacheHit: false,
      ...(next < totalRows && { pageToken: `page.${next}` }),
      ...(rows.length > 0 && {
        rows: rows.map((row) => ({
          f: fields.map((field, at) => ({ v: wireValue(row[at] ?? null, field, options) })),
        })),
      }),
    };
  }

  async function tableResource(dataset: string, name: string): Promise<object> {
    const table = engine.tables().find((each) => each.dataset === dataset && each.table === name);
    if (table === undefined) throw new ApiProblem(404, 'notFound', `Not found: Table ${project}:${dataset}.${name}`);
    const { fields, partition, clustering, primaryKey, requireFilter } = table;
    const field = partition && partition.column !== '_PARTITIONTIME' ? { field: partition.column } : {};
    return {
      kind: 'bigquery#table',
      type: 'TABLE',
      tableReference: { projectId: project, datasetId: dataset, tableId: name },
      schema: { fields },
      numRows: String(await engine.countRows(table)),
      location: LOCATION,
      ...(partition && partition.unit !== 'RANGE' && { timePartitioning: { type: partition.unit, ...field } }),
      ...(partition?.unit === 'RANGE' && {
        rangePartitioning: { ...field, range: { start: '0', end: '1000000', interval: '1000' } },
      }),
      ...(requireFilter && { requirePartitionFilter: true }),
      ...(clustering.length > 0 && { clustering: { fields: clustering } }),
      ...(primaryKey.length > 0 && { tableConstraints: { primaryKey: { columns: primaryKey } } }),
    };
  }

  function listTables(dataset: string, { searchParams }: URL): object {
    const all = engine.tables().filter((each) => each.dataset === dataset);
    if (all.length === 0) throw new ApiProblem(404, 'notFound', `Not found: Dataset ${project}:${dataset}`);
    const from = Number(searchParams.get('pageToken') ?? 0);
    const size = Math.min(Number(searchParams.get('maxResults') ?? 50), 3);
    return {
      kind: 'bigquery#tableList',
      totalItems: all.length,
      tables: all.slice(from, from + size).map(({ table }) => ({
        kind: 'bigquery#table',
        type: 'TABLE',
        tableReference: { projectId: project, datasetId: dataset, tableId: table },
      })),
      ...(from + size < all.length && { nextPageToken: String(from + size) }),
    };
  }

  async function api(method: string, url: URL, body: () => Promise<string>): Promise<object> {
    const [, of = '', rest = ''] =
      /^\/bigquery\/v2\/projects\/([^/]+)\/(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    if (of !== project) throw new ApiProblem(404, 'notFound', `Not found: Project ${of}`);
    const [kind, first = '', second, third = ''] = rest.split('/');
    if (method === 'POST' && rest === 'jobs') {
      allow(url, 'insert');
      return insert(JSON.parse(await body()) as JobResource);
    }
    if (kind === 'jobs' && (method === 'GET' || second === 'cancel')) {
      allow(url, 'job');
      const job = jobOf(first, url);
      if (second !== 'cancel') return resource(job);
      if (job.state === 'RUNNING') {
        cancelled.push(job.id);
        end(job, new ApiProblem(499, 'stopped', 'Job execution was cancelled: User requested cancellation'));
      }
      return { kind: 'bigquery#jobCancelResponse', job: resource(job) };
    }
    if (method === 'GET' && kind === 'queries') {
      allow(url, 'results');
      return results(jobOf(first, url), url);
    }
    if (method === 'GET' && kind === 'datasets' && first === '') {
      allow(url, 'list');
      const names = [...new Set(engine.tables().map(({ dataset }) => dataset))];
      return {
        datasets: names.map((datasetId) => ({
          datasetReference: { projectId: project, datasetId },
          location: LOCATION,
        })),
      };
    }
    if (kind === 'datasets' && second === 'tables') {
      if (method === 'POST' && third.endsWith(':testIamPermissions')) {
        const asked = (JSON.parse(await body()) as { permissions: string[] }).permissions;
        return { permissions: asked.filter((each) => permissions.has(each)) };
      }
      allow(url, third === '' ? 'list' : 'table');
      return third === '' ? listTables(first, url) : tableResource(first, third);
    }
    throw new ApiProblem(404, 'notFound', 'Not Found');
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const method = request.method ?? '';
    const line = `${method} ${url.pathname}${url.search}`;
    requests.push(line);
    const body = async (): Promise<string> => {
      let text = '';
      for await (const part of request.setEncoding('utf8')) text += part;
      return text;
    };
    const send = (status: number, answer: object): void => {
      response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(answer));
    };
    try {
      const fault = faults.find((each) => each.times > 0 && each.line.test(line));
      if (fault) {
        fault.times -= 1;
        throw fault.problem;
      }
      if (method === 'POST' && (url.pathname === '/token' || url.pathname === '/v1/token')) {
        const form = new URLSearchParams(await body());
        const answer = url.pathname === '/token' ? signIn.token(form) : signIn.sts(form);
        return send(answer.status, answer.body);
      }
      if (!signIn.isValid(request.headers.authorization))
        throw new ApiProblem(401, 'authError', 'Request had invalid authentication credentials.');
      send(200, await api(method, url, body));
    } catch (error) {
      const problem = error instanceof ApiProblem ? error : new ApiProblem(500, 'internalError', String(error));
      const { status: code, reason, message } = problem;
      send(code, { error: { code, message, errors: [{ message, domain: 'global', reason }], status: reason } });
    }
  }

  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    project,
    signIn,
    options: (more = {}) => ({
      project,
      dataset: 'marts',
      endpoint: url,
      location: LOCATION,
      credentials: signIn.key(`${url}/token`),
      ...more,
    }),
    execute: engine.execute,
    insert: engine.insert,
    queries,
    requests,
    cancelled,
    permissions,
    fail: (line, problem, times = 1) => void faults.push({ line, problem, times }),
    patience: (milliseconds) => {
      patience = milliseconds;
    },
    hold: () => {
      const holding = Promise.withResolvers<void>();
      held = holding;
      return () => {
        held = undefined;
        holding.resolve();
      };
    },
    close: async () => {
      held?.resolve();
      for (const { result } of jobs.values()) result?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      engine.close();
    },
  };
}
