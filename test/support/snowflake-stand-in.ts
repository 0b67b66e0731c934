/**
 * A stand-in of Snowflake on loopback: it speaks what snowflake-sdk speaks (sign-in, statements, polling, abort, renewal of tokens, results in
 * parts behind signed URLs) and answers with DuckDB. What it does not know it refuses.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  type Answer,
  failureOf,
  openEngine,
  type SnowflakeEngine,
  type WireColumn,
  type WireRow,
} from './snowflake-engine.ts';
import { keyPair, type Login, type User, whoIs } from './snowflake-sign-in.ts';
import { type SessionFacts, SnowflakeFailure } from './snowflake-sql.ts';

export type Warehouse = { readonly size: string; readonly auto_suspend: string };

export type StandInOptions = {
  /** Milliseconds until a statement that still works is answered with "in progress", to be asked for again. */
  readonly patience?: number;
  /** Rows that come with the answer itself; the rest is in parts of `chunkRows`. */
  readonly inlineRows?: number;
  readonly chunkRows?: number;
  readonly warehouses?: Readonly<Record<string, Warehouse>>;
};

export type Heard = {
  readonly sql: string;
  readonly binds: readonly (string | number)[];
  readonly isDescribeOnly: boolean;
};

export type StandIn = {
  readonly engine: SnowflakeEngine;
  readonly port: number;
  /** Of the user CAPI_READER, and a second one that was given to nobody. */
  readonly privateKey: string;
  readonly otherKey: string;
  /** Options of a connection, signed in by key. */
  readonly options: (more?: Record<string, unknown>) => Record<string, unknown>;
  readonly statements: Heard[];
  /** Settings of the last session. */
  readonly settings: () => Readonly<Record<string, string>>;
  readonly signIns: { readonly authenticator: string; readonly application: string }[];
  /** Requests by path: `/telemetry/send`. */
  readonly requests: Map<string, number>;
  /** Ids of statements that a client gave up. */
  readonly aborted: string[];
  readonly working: () => number;
  /** Session tokens have to be renewed; with `gone` the session is over. */
  readonly expire: (how?: 'gone') => void;
  /** So many of the next parts of results are answered with an error of the store. */
  failParts: number;
  readonly close: () => Promise<void>;
};

export const ACCOUNT = 'myorg-crm';
export const USER = 'CAPI_READER';
export const PASSWORD = 'correct horse battery';
export const TOKEN = 'pat-of-the-stand-in';

type Session = {
  user: string;
  facts: SessionFacts;
  parameters: Record<string, string>;
  isExpired: boolean;
  master: string;
};
type Query = {
  readonly id: string;
  readonly session: Session;
  readonly outcome: Promise<object>;
  readonly cancel: () => void;
};

const PARTIAL = { code: '333333', message: null, success: true };

export async function startSnowflake({
  patience = 45_000,
  inlineRows = 500,
  chunkRows = 10_000,
  warehouses = { CAPI_WH: { size: 'X-Small', auto_suspend: '60' } },
}: StandInOptions = {}): Promise<StandIn> {
  const engine = await openEngine();
  const mine = keyPair();
  const users: Record<string, User> = { [USER]: { publicKey: mine.publicKey, password: PASSWORD, token: TOKEN } };
  const sessions = new Map<string, Session>();
  const queries = new Map<string, Query>();
  const byRequest = new Map<string, Query>();
  const parts = new Map<string, { readonly body: Buffer; readonly key: string }>();
  const heard: Heard[] = [];
  const signIns: { authenticator: string; application: string }[] = [];
  const requests = new Map<string, number>();
  const aborted: string[] = [];
  let last: Session | undefined;
  let isWorking = 0;
  let port = 0;

  function signIn(
    body: {
      data?: Login & { CLIENT_ENVIRONMENT?: { APPLICATION?: string }; SESSION_PARAMETERS?: Record<string, unknown> };
    },
    params: URLSearchParams,
  ): object {
    const login = body.data ?? {};
    signIns.push({
      authenticator: login.AUTHENTICATOR ?? '',
      application: login.CLIENT_ENVIRONMENT?.APPLICATION ?? '',
    });
    const user = whoIs(login, ACCOUNT, users);
    const role = params.get('roleName')?.toUpperCase() ?? USER;
    if (role !== USER) {
      throw new SnowflakeFailure(
        '390189',
        '08004',
        `Role '${role}' specified in the connect string is not granted to this user.`,
      );
    }
    const warehouse = params.get('warehouse')?.toUpperCase();
    const token = randomUUID();
    const session: Session = {
      user,
      facts: {
        CURRENT_VERSION: '9.38.1',
        CURRENT_USER: user,
        CURRENT_ROLE: role,
        CURRENT_WAREHOUSE: warehouse !== undefined && warehouse in warehouses ? warehouse : undefined,
        CURRENT_DATABASE: params.get('databaseName')?.toUpperCase() ?? engine.database,
        CURRENT_SCHEMA: params.get('schemaName')?.toUpperCase() ?? engine.schema,
      },
      parameters: Object.fromEntries(
        Object.entries(login.SESSION_PARAMETERS ?? {}).map(([name, value]) => [name, String(value)]),
      ),
      isExpired: false,
      master: randomUUID(),
    };
    sessions.set(token, session);
    last = session;
    return done({
      token,
      masterToken: session.master,
      validityInSeconds: 3600,
      masterValidityInSeconds: 14_400,
      sessionId: sessions.size,
      parameters: [],
    });
  }

  function renew(master: string): object {
    const [old, session] = [...sessions].find(([, { master: known }]) => known === master) ?? [];
    if (old === undefined || session === undefined)
      throw new SnowflakeFailure('390114', '08004', 'Authentication token has expired.');
    const token = randomUUID();
    sessions.delete(old);
    sessions.set(token, { ...session, isExpired: false });
    return done({
      sessionToken: token,
      masterToken: master,
      validityInSecondsST: 3600,
      validityInSecondsMT: 14_400,
      sessionId: 1,
    });
  }

  function sessionOf(token: string): Session {
    const session = sessions.get(token);
    if (session === undefined)
      throw new SnowflakeFailure(
        '390111',
        '08004',
        'Session no longer exists. New login required to access the service.',
      );
    if (session.isExpired)
      throw new SnowflakeFailure('390112', '08004', 'Your session has expired. Please login again.');
    return session;
  }

  type QueryBody = {
    readonly sqlText: string;
    readonly describeOnly?: boolean;
    readonly bindings?: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
  };

  function begin(session: Session, body: QueryBody, requestId: string): Query {
    const id = randomUUID();
    const binds = Object.values(body.bindings ?? {}).map(({ type, value }) =>
      type === 'FIXED' ? Number(value) : value,
    );
    const isDescribeOnly = body.describeOnly === true;
    heard.push({ sql: body.sqlText, binds, isDescribeOnly });
    const own = ownAnswer(session, body.sqlText);
    const started = own === undefined ? engineQuery(session, body.sqlText, binds, isDescribeOnly) : undefined;
    isWorking += 1;
    const outcome = (async () => {
      try {
        return await resultOf(id, session, own ?? (await started!.answer));
      } catch (error) {
        const { code, sqlState, message } = failureOf(error);
        return {
          data: { errorCode: code, sqlState, queryId: id, internalError: false },
          code,
          message,
          success: false,
        };
      } finally {
        isWorking -= 1;
      }
    })();
    const query: Query = { id, session, outcome, cancel: () => started?.cancel() };
    queries.set(id, query);
    byRequest.set(requestId, query);
    return query;
  }

  function engineQuery(session: Session, sql: string, binds: readonly (string | number)[], isDescribeOnly: boolean) {
    if (!isDescribeOnly && session.facts.CURRENT_WAREHOUSE === undefined && /\bFROM\b/i.test(sql)) {
      const answer = Promise.reject(
        new SnowflakeFailure(
          '000606',
          '57P03',
          "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
        ),
      );
      return { answer: answer as Promise<Answer>, cancel: () => undefined };
    }
    return engine.start(sql, binds, session.facts, isDescribeOnly);
  }

  /** What is no query: settings, SHOW. Undefined: for the engine. */
  function ownAnswer(session: Session, sql: string): Answer | undefined {
    if (/^ALTER SESSION SET /i.test(sql)) {
      for (const [, name = '', value = ''] of sql.matchAll(/(\w+) = ('[^']*'|\w+)/g))
        session.parameters[name] = value.replaceAll("'", '');
      return table(['status'], [['Statement executed successfully.']]);
    }
    const like = /^SHOW WAREHOUSES LIKE '([^']*)'/i.exec(sql)?.[1];
    if (like !== undefined) {
      const found = Object.entries(warehouses).filter(([name]) => name === like);
      return table(
        ['name', 'state', 'size', 'auto_suspend'],
        found.map(([name, { size, auto_suspend }]) => [name, 'STARTED', size, auto_suspend]),
      );
    }
    if (/^SHOW PRIMARY KEYS IN (SCHEMA|DATABASE)/i.test(sql)) {
      const rows = engine
        .primaryKeys()
        .flatMap(({ table: of, columns }) => columns.map((column, at) => [engine.schema, of, column, String(at + 1)]));
      return table(['schema_name', 'table_name', 'column_name', 'key_sequence'], rows);
    }
    return undefined;
  }

  /** The whole result, as the service keeps it: some rows with the answer, the rest in parts at URLs of a store. */
  async function resultOf(id: string, session: Session, { columns, rows }: Answer): Promise<object> {
    const rowset: WireRow[] = [];
    const chunks: object[] = [];
    const key = randomBytes(32).toString('base64');
    let part: WireRow[] = [];
    let total = 0;
    const store = (): void => {
      const text = part.map((row) => JSON.stringify(row)).join(',');
      const body = gzipSync(text, { level: 1 });
      const path = `/store/${id}/${chunks.length}`;
      parts.set(path, { body, key });
      chunks.push({
        url: `http://127.0.0.1:${port}${path}?signature=${randomUUID()}`,
        rowCount: part.length,
        uncompressedSize: text.length,
        compressedSize: body.length,
      });
      part = [];
    };
    for await (const some of rows) {
      for (const row of some) {
        total += 1;
        if (rowset.length < inlineRows) rowset.push(row);
        else if (part.push(row) === chunkRows) store();
      }
    }
    if (part.length > 0) store();
    const { CURRENT_DATABASE, CURRENT_SCHEMA, CURRENT_WAREHOUSE, CURRENT_ROLE } = session.facts;
    return done({
      parameters: Object.entries(session.parameters).map(([name, value]) => ({ name, value })),
      rowtype: columns,
      rowset,
      total,
      returned: total,
      queryId: id,
      finalDatabaseName: CURRENT_DATABASE ?? null,
      finalSchemaName: CURRENT_SCHEMA ?? null,
      finalWarehouseName: CURRENT_WAREHOUSE ?? null,
      finalRoleName: CURRENT_ROLE ?? null,
      statementTypeId: 4096,
      version: 1,
      queryResultFormat: 'json',
      ...(chunks.length === 0 ? {} : { chunks, qrmk: key }),
    });
  }

  async function patiently({ id, outcome }: Query): Promise<object> {
    const late = new AbortController();
    const inProgress = wait(
      patience,
      { ...PARTIAL, data: { queryId: id, getResultUrl: `/queries/${id}/result` } },
      { signal: late.signal },
    );
    inProgress.catch(() => undefined);
    const answer = await Promise.race([outcome, inProgress]);
    late.abort();
    return answer;
  }

  function abort(query: Query | undefined): object {
    if (query === undefined)
      throw new SnowflakeFailure('000605', '57014', 'Identified SQL statement is not currently executing.');
    aborted.push(query.id);
    query.cancel();
    return done(null);
  }

  async function answerTo(request: IncomingMessage, url: URL, body: unknown): Promise<object> {
    const path = url.pathname;
    const token = /Token="([^"]*)"/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (path === '/session/v1/login-request') return signIn(body as Parameters<typeof signIn>[0], url.searchParams);
    if (path === '/session/token-request') return renew(token);
    if (path === '/session' && url.searchParams.get('delete') === 'true') {
      sessionOf(token);
      sessions.delete(token);
      return done(null);
    }
    const session = sessionOf(token);
    if (path === '/queries/v1/query-request')
      return patiently(begin(session, body as QueryBody, url.searchParams.get('requestId') ?? ''));
    if (path === '/queries/v1/abort-request')
      return abort(byRequest.get((body as { requestId?: string }).requestId ?? ''));
    const [, id = '', what] = /^\/queries\/([\w-]+)\/(result|abort-request)$/.exec(path) ?? [];
    const query = queries.get(id);
    if (what === 'abort-request') return abort(query);
    if (what === 'result' && query !== undefined) return patiently(query);
    throw new SnowflakeFailure('390404', '08004', `the stand-in does not know ${path}`);
  }

  function part(request: IncomingMessage, response: ServerResponse, path: string): void {
    const found = parts.get(path);
    if (standIn.failParts > 0) {
      standIn.failParts -= 1;
      response.writeHead(503).end();
    } else if (found === undefined || request.headers['x-amz-server-side-encryption-customer-key'] !== found.key) {
      response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code></Error>');
    } else {
      response.writeHead(200, { 'content-type': 'binary/octet-stream', 'content-encoding': 'gzip' }).end(found.body);
    }
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = url.pathname.replace(/[\da-f]{8}-[\da-f-]{27}/g, ':id');
    requests.set(name, (requests.get(name) ?? 0) + 1);
    if (url.pathname.startsWith('/store/')) return part(request, response, url.pathname);
    const sent: Buffer[] = [];
    for await (const bytes of request) sent.push(bytes as Buffer);
    const raw = Buffer.concat(sent);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw).toString() : raw.toString();
    const reply = await answerTo(request, url, text === '' ? {} : JSON.parse(text)).catch((error: unknown) => {
      const { code, message, sqlState } = failureOf(error);
      return { data: { sqlState }, code, message, success: false };
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;

  const standIn: StandIn = {
    engine,
    port,
    privateKey: mine.privateKey,
    otherKey: keyPair().privateKey,
    options: (more = {}) => ({
      account: ACCOUNT,
      user: USER,
      private_key: mine.privateKey,
      warehouse: 'CAPI_WH',
      host: '127.0.0.1',
      port,
      ...more,
    }),
    statements: heard,
    settings: () => last?.parameters ?? {},
    signIns,
    requests,
    aborted,
    working: () => isWorking,
    expire: (how) => {
      if (how === 'gone') sessions.clear();
      else for (const session of sessions.values()) session.isExpired = true;
    },
    failParts: 0,
    close: async () => {
      for (const query of queries.values()) query.cancel();
      await Promise.allSettled([...queries.values()].map(({ outcome }) => outcome));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      engine.close();
    },
  };
  return standIn;
}

const done = (data: unknown): object => ({ data, code: null, message: null, success: true });

/** A small result of the service's own. */
function table(names: readonly string[], rows: readonly WireRow[]): Answer {
  const columns = names.map(
    (name): WireColumn => ({ name, type: 'text', nullable: true, precision: null, scale: null }),
  );
  return {
    columns,
    rows: (async function* () {
      yield [...rows];
    })(),
  };
}
