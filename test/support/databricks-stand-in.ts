/**
 * A stand-in of a Databricks SQL warehouse on loopback, over TLS: it speaks the Thrift protocol that @databricks/sql speaks (sessions, statements,
 * polling, results in parts, cancelling), signs in by token and by OAuth, and answers with DuckDB. What it does not know it refuses.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Answer,
  type DatabricksEngine,
  type DatabricksFailure,
  openEngine,
  type WireRow,
} from './databricks-engine.ts';

// The vendor's own messages and wire format; only the answers are ours.
const load = createRequire(createRequire(import.meta.url).resolve('@databricks/sql'));
const thrift = load('thrift');
const { Processor } = load('../thrift/TCLIService');
const t = load('../thrift/TCLIService_types');
const Int64 = load('node-int64');

export const TOKEN = 'dapi-token-of-the-stand-in';
export const CLIENT = { id: '7f3c0000-1111-2222-3333-444455556666', secret: 'dose-secret-of-the-stand-in' } as const;
export const HTTP_PATH = '/sql/1.0/warehouses/0123456789abcdef';

export type Heard = {
  readonly sql: string;
  readonly binds: Readonly<Record<string, string>>;
  readonly asksForText: boolean;
};

export type StandIn = {
  readonly engine: DatabricksEngine;
  readonly port: number;
  /** Options of a connection, signed in by token; `ca` is a file. */
  readonly options: (more?: Record<string, unknown>) => Record<string, unknown>;
  readonly statements: Heard[];
  /** Requests that carried a token, by path. */
  readonly tokens: { readonly path: string; readonly authorization: string }[];
  readonly cancelled: string[];
  /** Rows that each request for results took at the most, of results of more than three rows. */
  readonly fetches: number[];
  readonly working: () => number;
  readonly sessions: () => number;
  /** So many of the next requests are answered by this HTTP status. */
  readonly answerWith: (status: number, times: number) => void;
  /** What is open is forgotten, as when a warehouse is started anew. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
};

type Query = {
  readonly id: string;
  readonly cancel: () => void;
  readonly answer: Promise<Answer>;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  failure?: DatabricksFailure;
  found?: Answer;
  rest: WireRow[];
  isOver: boolean;
};

const newGuid = (): Buffer => Buffer.from(randomUUID().replaceAll('-', ''), 'hex');

const SUCCESS = new t.TStatus({ statusCode: t.TStatusCode.SUCCESS_STATUS });
const refused = (message: string, sqlState = 'HY000') =>
  new t.TStatus({ statusCode: t.TStatusCode.ERROR_STATUS, errorMessage: message, sqlState });
const NO_SESSION = new t.TStatus({
  statusCode: t.TStatusCode.INVALID_HANDLE_STATUS,
  errorMessage: 'Invalid SessionHandle: the session is closed',
});

function certificate(folder: string): { key: string; cert: string; file: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const args = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
  execFileSync('openssl', [...args.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8'), file: cert };
}

export async function startDatabricks(): Promise<StandIn> {
  const engine = await openEngine();
  const folder = mkdtempSync(join(tmpdir(), 'capi-sync-databricks-'));
  const { key, cert, file } = certificate(folder);
  const sessions = new Set<string>();
  const queries = new Map<string, Query>();
  const issued = new Set<string>();
  const statements: Heard[] = [];
  const tokens: StandIn['tokens'] = [];
  const cancelled: string[] = [];
  const fetches: number[] = [];
  let fault = { status: 0, times: 0 };

  const idOf = (handle: { operationId?: { guid: Buffer }; sessionId?: { guid: Buffer } }): string =>
    (handle.operationId ?? handle.sessionId)!.guid.toString('hex');

  const handler = {
    OpenSession: async (_req: unknown) => {
      const guid = newGuid();
      sessions.add(guid.toString('hex'));
      return new t.TOpenSessionResp({
        status: SUCCESS,
        serverProtocolVersion: t.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8,
        sessionHandle: new t.TSessionHandle({
          sessionId: new t.THandleIdentifier({ guid, secret: randomBytes(16) }),
          serverProtocolVersion: t.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8,
        }),
      });
    },
    CloseSession: async ({ sessionHandle }: { sessionHandle: never }) => {
      sessions.delete(idOf(sessionHandle));
      return new t.TCloseSessionResp({ status: SUCCESS });
    },
    ExecuteStatement: async (req: {
      sessionHandle: never;
      statement: string;
      canReadArrowResult?: boolean;
      canDownloadResult?: boolean;
      parameters?: { name?: string; value?: { stringValue?: string } }[];
    }) => {
      if (!sessions.has(idOf(req.sessionHandle))) return new t.TExecuteStatementResp({ status: NO_SESSION });
      const binds = Object.fromEntries(
        (req.parameters ?? []).map(({ name, value }) => [name ?? '', value?.stringValue ?? '']),
      );
      statements.push({
        sql: req.statement,
        binds,
        asksForText: req.canReadArrowResult === false && req.canDownloadResult === false,
      });
      const guid = newGuid();
      const { answer, cancel } = engine.start(req.statement, binds);
      const query: Query = { id: guid.toString('hex'), answer, cancel, state: 'running', rest: [], isOver: false };
      queries.set(query.id, query);
      answer.then(
        (found) => {
          query.found = found;
          if (query.state === 'running') query.state = 'done';
        },
        (error: DatabricksFailure) => {
          query.failure = error;
          if (query.state === 'running') query.state = 'failed';
        },
      );
      await Promise.race([answer.catch(() => undefined), wait(50)]); // Most are done before the client asks.
      return new t.TExecuteStatementResp({
        status: SUCCESS,
        operationHandle: new t.TOperationHandle({
          operationId: new t.THandleIdentifier({ guid, secret: randomBytes(16) }),
          operationType: t.TOperationType.EXECUTE_STATEMENT,
          hasResultSet: true,
        }),
      });
    },
    GetOperationStatus: async ({ operationHandle }: { operationHandle: never }) => {
      const query = queries.get(idOf(operationHandle));
      if (query === undefined) return new t.TGetOperationStatusResp({ status: NO_SESSION });
      const { RUNNING_STATE, FINISHED_STATE, ERROR_STATE, CANCELED_STATE } = t.TOperationState;
      const states = { running: RUNNING_STATE, done: FINISHED_STATE, failed: ERROR_STATE, cancelled: CANCELED_STATE };
      return new t.TGetOperationStatusResp({
        status: SUCCESS,
        operationState: states[query.state],
        hasResultSet: true,
        ...(query.state === 'failed'
          ? {
              displayMessage: query.failure!.message,
              errorMessage: query.failure!.message,
              sqlState: query.failure!.sqlState,
            }
          : {}),
      });
    },
    GetResultSetMetadata: async ({ operationHandle }: { operationHandle: never }) => {
      const query = queries.get(idOf(operationHandle));
      if (query?.found === undefined) return new t.TGetResultSetMetadataResp({ status: refused('no result') });
      const columns = query.found.columns.map(
        ({ name, type }, at) =>
          new t.TColumnDesc({
            columnName: name,
            position: at + 1,
            typeDesc: new t.TTypeDesc({
              types: [
                new t.TTypeEntry({
                  primitiveEntry: new t.TPrimitiveTypeEntry({
                    type: type === 'string' ? t.TTypeId.STRING_TYPE : t.TTypeId.BIGINT_TYPE,
                  }),
                }),
              ],
            }),
          }),
      );
      return new t.TGetResultSetMetadataResp({
        status: SUCCESS,
        schema: new t.TTableSchema({ columns }),
        resultFormat: t.TSparkRowSetType.COLUMN_BASED_SET,
      });
    },
    FetchResults: async (req: { operationHandle: never; maxRows: { toNumber: () => number } }) => {
      const query = queries.get(idOf(req.operationHandle));
      if (query?.found === undefined) return new t.TFetchResultsResp({ status: NO_SESSION });
      const most = req.maxRows.toNumber();
      while (query.rest.length <= most && !query.isOver) {
        const next = await query.found.rows.next();
        if (next.done) query.isOver = true;
        else query.rest.push(...next.value);
      }
      const rows = query.rest.splice(0, most);
      if (rows.length > 3) fetches.push(most);
      const columns = query.found.columns.map(({ type }, at) => {
        const cells = rows.map((row) => row[at] ?? null);
        const nulls = Buffer.alloc(Math.ceil(cells.length / 8));
        for (const [n, cell] of cells.entries()) if (cell === null) nulls[n >> 3]! |= 1 << (n & 7);
        return type === 'string'
          ? new t.TColumn({ stringVal: new t.TStringColumn({ values: cells.map((cell) => cell ?? ''), nulls }) })
          : new t.TColumn({
              i64Val: new t.TI64Column({ values: cells.map((cell) => new Int64(Number(cell ?? 0))), nulls }),
            });
      });
      return new t.TFetchResultsResp({
        status: SUCCESS,
        hasMoreRows: query.rest.length > 0,
        results: new t.TRowSet({ startRowOffset: new Int64(0), rows: [], columns }),
      });
    },
    CancelOperation: async ({ operationHandle }: { operationHandle: never }) => {
      const query = queries.get(idOf(operationHandle));
      if (query !== undefined) {
        query.state = 'cancelled';
        cancelled.push(query.id);
        query.cancel();
        queries.delete(query.id);
      }
      return new t.TCancelOperationResp({ status: SUCCESS });
    },
    CloseOperation: async ({ operationHandle }: { operationHandle: never }) => {
      const id = idOf(operationHandle);
      queries.get(id)?.cancel();
      queries.delete(id);
      return new t.TCloseOperationResp({ status: SUCCESS });
    },
  };
  const processor = new Processor(handler);

  const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    return Buffer.concat(parts);
  };

  const server = createServer({ key, cert }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { authorization = '', host } = request.headers;
    tokens.push({ path: request.url ?? '', authorization });
    if (request.url === '/oidc/v1/token') {
      const right = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`;
      if (authorization !== right || !body.toString().includes('grant_type=client_credentials')) {
        response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"error":"invalid_client"}');
        return;
      }
      const token = `oauth-${randomBytes(8).toString('hex')}`;
      issued.add(token);
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 }));
      return;
    }
    const token = authorization.replace(/^Bearer /, '');
    if (token !== TOKEN && !issued.has(token)) {
      response.writeHead(401, { 'x-thriftserver-error-message': `invalid token for ${host}` }).end();
      return;
    }
    if (request.url !== HTTP_PATH) {
      response.writeHead(404).end();
      return;
    }
    if (fault.times > 0) {
      fault.times -= 1;
      response
        .writeHead(fault.status, { 'Retry-After': '1', 'x-thriftserver-error-message': 'TEMPORARILY_UNAVAILABLE' })
        .end();
      return;
    }
    const output = new thrift.TBinaryProtocol(
      new thrift.TBufferedTransport(undefined, (answered: Buffer) => {
        response.writeHead(200, { 'Content-Type': 'application/x-thrift' }).end(answered);
      }),
    );
    thrift.TBufferedTransport.receiver(
      (input: unknown) => processor.process(new thrift.TBinaryProtocol(input), output),
      0,
    )(body);
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    engine,
    port,
    options: (more = {}) => ({ host: 'localhost', port, http_path: HTTP_PATH, ca: file, token: TOKEN, ...more }),
    statements,
    tokens,
    cancelled,
    fetches,
    working: () => [...queries.values()].filter(({ state }) => state === 'running').length,
    sessions: () => sessions.size,
    answerWith: (status, times) => {
      fault = { status, times };
    },
    forget: () => {
      sessions.clear();
      queries.clear();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      for (const { cancel } of queries.values()) cancel();
      engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
