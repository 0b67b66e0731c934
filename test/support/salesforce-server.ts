/**
 * A stand-in of Salesforce on loopback: the token endpoint, describes, queries, "updated" and query jobs of Bulk API 2.0 over an org in memory.
 * Its rules are those of Salesforce's REST API, Bulk API 2.0 and OAuth documentation (read on 2026-11-30), not of the client or the connector.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBulkJobs } from './salesforce-bulk.ts';
import { describeGlobal, describeObject } from './salesforce-describe.ts';
import { evaluate, follow, type Result } from './salesforce-evaluate.ts';
import type { FieldShape } from './salesforce-objects.ts';
import { type Org, openOrg, type Value } from './salesforce-org.ts';
import { SoqlError } from './salesforce-soql.ts';
import { openTokens, type TokenSettings } from './salesforce-tokens.ts';

export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of `body`. */
  readonly csv?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What goes wrong with a request, by its number from 1. `expire`: every session ends before it is looked at. */
export type Fault = 'expire' | 'busy' | 'limit' | 'unavailable' | 'reset' | undefined;

export type ServerSettings = TokenSettings & {
  readonly org?: Org;
  readonly fault?: (n: number, path: string) => Fault;
  /** API calls of 24 hours. */
  readonly limit?: number;
  /** Records of one reply; Salesforce gives fewer than 2,000 of wide ones. */
  readonly batch?: number;
  /** Called before each request is answered: the org changes while it is read. */
  readonly before?: (n: number, path: string) => void;
};

export type SalesforceServer = {
  readonly url: string;
  readonly org: Org;
  /** Method and path of each request, without its query. */
  readonly requests: readonly string[];
  /** Every SOQL that came, by whichever way. */
  readonly queries: readonly string[];
  /** Of the token endpoint, too. */
  readonly signIns: () => number;
  readonly expireSessions: () => void;
  readonly setUsed: (calls: number) => void;
  readonly bulkJobs: () => readonly { readonly id: string; readonly state: string; readonly deleted: boolean }[];
  readonly close: () => Promise<void>;
};

const error = (status: number, errorCode: string, message: string): Answer => ({
  status,
  body: [{ message, errorCode }],
});

const FAULTS: Readonly<Record<'expire' | 'busy' | 'limit' | 'unavailable', Answer>> = {
  expire: error(401, 'INVALID_SESSION_ID', 'Session expired or invalid'),
  busy: error(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'),
  limit: error(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'),
  unavailable: error(503, 'SERVER_UNAVAILABLE', "We're not able to process your request right now. Try again later."),
};

const NOT_FOUND = error(404, 'NOT_FOUND', 'The requested resource does not exist');

export const startSalesforce = async (settings: ServerSettings = {}): Promise<SalesforceServer> => {
  const { org = openOrg(), fault = () => undefined, limit = 100_000, batch = 2_000, before } = settings;
  const requests: string[] = [];
  const queries: string[] = [];
  const results = new Map<string, Result>();
  let used = 0;
  let counted = 0;

  const run = (soql: string, withDeleted: boolean): Result => {
    queries.push(soql);
    return evaluate(org, soql, withDeleted);
  };
  const tokens = openTokens(org, settings);
  const jobs = openBulkJobs(org, run);

  /** From one record on, as they are now; who was deleted meanwhile is left out. */
  const batchOf = (result: Result, from: number, base: string, locator: string, size: number): Answer => {
    const { ids, fields, object } = result;
    if (fields === undefined) return { status: 200, body: { totalSize: ids.length, done: true, records: [] } };
    const now = ids
      .slice(from, from + size)
      .map((id) => org.records(object).get(id))
      .filter((record) => record !== undefined);
    const records = now.map((record) => {
      const written: Record<string, unknown> = {
        attributes: { type: object, url: `${base}/sobjects/${object}/${record.Id}` },
      };
      for (const way of fields) place(written, way.name.split('.'), jsonOf(follow(org, record, way), way.shape));
      return written;
    });
    const isDone = from + size >= ids.length;
    return {
      status: 200,
      body: {
        totalSize: ids.length,
        done: isDone,
        ...(isDone ? {} : { nextRecordsUrl: `${base}/query/${locator}-${from + size}` }),
        records,
      },
    };
  };

  const query = (base: string, soql: string, withDeleted: boolean, wanted: string | undefined): Answer => {
    const result = run(soql, withDeleted);
    const locator = `01g${String(results.size + 1).padStart(15, '0')}`;
    const size = Math.min(batch, Math.max(1, Number(/batchSize=(\d+)/.exec(wanted ?? '')?.[1] ?? 2_000)));
    const answer = batchOf(result, 0, base, locator, size);
    if (result.ids.length > size) results.set(locator, result);
    return answer;
  };

  const updated = (object: string, search: URLSearchParams): Answer => {
    const shape = org.objects.get(object);
    if (shape === undefined || org.isHidden(object)) return NOT_FOUND;
    if (shape.isReplicated === false) return error(400, 'INVALID_OPERATION', `${object} is not replicateable`);
    // The seconds of both are ignored.
    const [start = Number.NaN, end = Number.NaN] = ['start', 'end'].map(
      (name) => Math.floor(Date.parse(search.get(name) ?? '') / 60_000) * 60_000,
    );
    if (Number.isNaN(start) || Number.isNaN(end))
      return error(400, 'INVALID_REPLICATION_DATE', 'startDate or endDate cannot be read');
    if (start >= end) return error(400, 'INVALID_REPLICATION_DATE', 'startDate before endDate is required');
    if (org.now() - start > 30 * 86_400_000)
      return error(400, 'INVALID_REPLICATION_DATE', 'startDate cannot be more than 30 days ago');
    const ids = [...org.records(object).values()]
      .filter(({ SystemModstamp, LastModifiedDate, CreatedDate }) => {
        const at = Date.parse(String(SystemModstamp ?? LastModifiedDate ?? CreatedDate));
        return at >= start && at < end;
      })
      .map(({ Id }) => Id);
    const covered = Math.min(end, org.oldestOpen() ?? end);
    return {
      status: 200,
      body: { ids, latestDateCovered: `${new Date(covered).toISOString().slice(0, 19)}.000+0000` },
    };
  };

  const route = (request: IncomingMessage, path: string, search: URLSearchParams, body: string): Answer => {
    const found = /^(\/services\/data\/v\d\d\.\d)(\/.*)?$/.exec(path);
    const [, base = '', rest = ''] = found ?? [];
    if (found === null) return NOT_FOUND;
    if (rest === '' || rest === '/')
      return { status: 200, body: { sobjects: `${base}/sobjects`, query: `${base}/query`, jobs: `${base}/jobs` } };
    if (rest === '/sobjects') return { status: 200, body: describeGlobal(org) };
    const described = /^\/sobjects\/(\w+)\/describe$/.exec(rest)?.[1];
    if (described !== undefined) {
      const shape = describeObject(org, described);
      return shape === undefined ? NOT_FOUND : { status: 200, body: shape };
    }
    const changed = /^\/sobjects\/(\w+)\/updated\/?$/.exec(rest)?.[1];
    if (changed !== undefined) return updated(changed, search);
    if (rest === '/query' || rest === '/queryAll')
      return query(base, search.get('q') ?? '', rest === '/queryAll', header(request, 'sforce-query-options'));
    const [, locator = '', from] = /^\/query\/(\w+)-(\d+)$/.exec(rest) ?? [];
    if (from !== undefined) {
      const result = results.get(locator);
      return result === undefined
        ? error(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
        : batchOf(result, Number(from), base, locator, batch);
    }
    return rest.startsWith('/jobs/query')
      ? jobs.answer(request.method ?? 'GET', rest.slice('/jobs/query'.length), search, body)
      : NOT_FOUND;
  };

  const answer = (request: IncomingMessage, body: string, url: URL): Answer => {
    if (url.pathname === '/services/oauth2/token') return tokens.answer(new URLSearchParams(body), address());
    counted += 1;
    before?.(counted, url.pathname);
    const wrong = fault(counted, url.pathname);
    if (wrong === 'reset') {
      request.socket.destroy();
      return { status: 0 };
    }
    if (wrong === 'expire') tokens.expire();
    else if (wrong !== undefined) return FAULTS[wrong];
    if (!tokens.isValid(header(request, 'authorization'))) return FAULTS.expire;
    used += 1;
    if (used > limit) return FAULTS.limit;
    try {
      return route(request, url.pathname, url.searchParams, body);
    } catch (thrown) {
      if (thrown instanceof SoqlError) return error(400, thrown.errorCode, thrown.message);
      throw thrown;
    }
  };

  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      requests.push(`${request.method} ${url.pathname}`);
      send(response, answer(request, body, url), { 'sforce-limit-info': `api-usage=${used}/${limit}` }, org.now());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: address(),
    org,
    requests,
    queries,
    signIns: tokens.count,
    expireSessions: tokens.expire,
    setUsed: (calls) => {
      used = calls;
    },
    bulkJobs: jobs.list,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const send = (
  response: ServerResponse,
  { status, body, csv, headers }: Answer,
  limits: Record<string, string>,
  now: number,
): void => {
  if (status === 0) return;
  const type = csv === undefined ? 'application/json;charset=UTF-8' : 'text/csv';
  response.writeHead(status, { date: new Date(now).toUTCString(), 'content-type': type, ...limits, ...headers });
  response.end(status === 204 ? undefined : (csv ?? JSON.stringify(body)));
};

/** Java writes doubles: 1.25E7 from ten million on, and a point in every one of them. JSON.rawJSON writes digits as they are given. */
const jsonOf = (value: Value, { type }: FieldShape): unknown => {
  if (value === null) return null;
  if (type === 'datetime') return String(value).replace('Z', '+0000');
  if (type !== 'double' && type !== 'currency') return value;
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(javaDouble(value));
};

/** A text is written as it stands, for numbers that no double holds. */
const javaDouble = (value: string | number | boolean): string => {
  if (typeof value !== 'number') return String(value);
  if (Math.abs(value) >= 1e7) {
    const [digits = '', exponent = ''] = value.toExponential().split('e+');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
};

/** `Owner.Email` as `{Owner: {Email}}`; a parent that is missing is null. */
const place = (into: Record<string, unknown>, path: readonly string[], value: unknown): void => {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  if (value === null && into[name] === undefined) into[name] = null;
  if (value === null && into[name] === null) return;
  const inner = (into[name] ?? {}) as Record<string, unknown>;
  into[name] = inner;
  place(inner, rest, value);
};
