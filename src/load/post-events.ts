/**
 * The only HTTP client to Meta: one POST of one batch, its answer parsed and classified. No retry, no state.
 * The token goes in the Authorization header and nowhere else. https://developers.facebook.com/docs/marketing-api/conversions-api/using-the-api (2026-09-12)
 */
import { Pool } from 'undici';
import { classifyError, type ErrorClass } from '../meta/error-codes.ts';
import { readRetryAfter, readUsage, type Usage } from './read-usage.ts';

export type PostTarget = {
  /** e.g. https://graph.facebook.com */
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly datasetId: string;
  readonly accessToken: string;
  readonly testEventCode?: string | undefined;
  readonly partnerAgent?: string | undefined;
  /** Whole-request deadline, milliseconds. */
  readonly timeoutMs: number;
  readonly connections: number;
};

export type Reply =
  | { readonly kind: 'accepted'; readonly traceId: string | undefined; readonly usage?: Usage | undefined }
  | {
      readonly kind: 'error';
      readonly class: ErrorClass;
      /** Meta's codes where the body had them. */
      readonly code: number | undefined;
      readonly subcode: number | undefined;
      readonly status: number | undefined;
      /** False only when Meta certainly did not process the events. */
      readonly maybeProcessed: boolean;
      readonly retryAfterMs: number | undefined;
      readonly traceId: string | undefined;
      /** What happened on the wire, in our words: `timeout`, `connection-refused`, … */
      readonly reason: string;
    };

/** Which batch a request belongs to: for whoever watches the requests. */
export type BatchMark = { readonly runId: number; readonly batchId: number };

export type PostEvents = {
  /** @param events each event's JSON text as UTF-8; 1 to 1,000 */
  (events: readonly Uint8Array[], signal: AbortSignal, batch?: BatchMark): Promise<Reply>;
  readonly close: () => Promise<void>;
};

const COMMA = 0x2c;
const MAX_ANSWER_BYTES = 1_048_576;

/** Whatever NODE_TLS_REJECT_UNAUTHORIZED says: the token is for nobody who cannot prove who they are. NODE_EXTRA_CA_CERTS adds an authority. */
export const TRUSTED = { rejectUnauthorized: true } as const;

/** Failures before a byte of the body could arrive. */
const NOT_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection-refused',
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'host-unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'no-tls',
};
const CERTIFICATE = /^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET))/;

/** The parts of a body around the events; made once. */
const envelope = (target: PostTarget): { head: Uint8Array; tail: Uint8Array } => {
  const extra = {
    ...(target.partnerAgent !== undefined && { partner_agent: target.partnerAgent }),
    ...(target.testEventCode !== undefined && { test_event_code: target.testEventCode }),
  };
  const rest = JSON.stringify(extra).slice(1, -1);
  return { head: Buffer.from('{"data":['), tail: Buffer.from(rest === '' ? ']}' : `],${rest}}`) };
};

/** Request bodies, used again: a megabyte for each of thousands of requests would be left to the garbage collector. */
const bodyPool = (head: Uint8Array, tail: Uint8Array) => {
  const spare: Buffer[] = [];
  return {
    /** The body of these events, and the memory it stands in. */
    fill: (events: readonly Uint8Array[]): { body: Buffer; memory: Buffer } => {
      const size = events.reduce((sum, event) => sum + event.length + 1, head.length + tail.length - 1);
      const found = spare.findIndex((each) => each.length >= size);
      const memory =
        found === -1 ? Buffer.allocUnsafeSlow(Math.ceil(size * 1.25)) : (spare.splice(found, 1)[0] as Buffer);
      memory.set(head, 0);
      let at = head.length;
      for (const [n, event] of events.entries()) {
        if (n > 0) memory[at++] = COMMA;
        memory.set(event, at);
        at += event.length;
      }
      memory.set(tail, at);
      return { body: memory.subarray(0, size), memory };
    },
    /** Only what was read to its end by the far side: anything else may still be on its way to the socket. */
    giveBack: (memory: Buffer): void => void spare.push(memory),
  };
};

export const openPostEvents = (target: PostTarget): PostEvents => {
  const http = new Pool(target.baseUrl, {
    connections: target.connections,
    pipelining: 1,
    connect: TRUSTED,
    // A deadline does not reach a request that waits for its connection: this does.
    connectTimeout: Math.min(5_000, target.timeoutMs),
    headersTimeout: target.timeoutMs,
    bodyTimeout: 15_000,
    maxResponseSize: MAX_ANSWER_BYTES,
  });
  const { head, tail } = envelope(target);
  const pool = bodyPool(head, tail);
  const path = `/${target.apiVersion}/${target.datasetId}/events`;
  const headers = {
    authorization: `Bearer ${target.accessToken}`,
    'content-type': 'application/json',
    'user-agent': 'capi-sync',
  };

  const post = async (events: readonly Uint8Array[], signal: AbortSignal): Promise<Reply> => {
    const { body, memory } = pool.fill(events);
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(target.timeoutMs)]);
      const answer = await http.request({ path, method: 'POST', headers, body, signal: deadline });
      const text = await answer.body.text();
      if (answer.statusCode === 200) pool.giveBack(memory);
      const usage = readUsage(answer.headers);
      const retryAfter = readRetryAfter(answer.headers['retry-after'], Date.now());
      const reply = readReply(answer.statusCode, text, retryAfter, events.length);
      if (usage === undefined) return reply;
      if (reply.kind === 'accepted') return { ...reply, usage };
      // Only a throttled request waits for it: another error has nothing to do with limits.
      if (reply.class !== 'throttle' || usage.regainMs === 0) return reply;
      return { ...reply, retryAfterMs: Math.max(usage.regainMs, retryAfter ?? 0) };
    } catch (error) {
      return transportFailure(error);
    }
  };
  return Object.assign(post, { close: () => http.close() });
};

/** An answer counts as accepted only if it is a 200, JSON, and names exactly as many events as were sent. */
export const readReply = (status: number, text: string, retryAfterMs: number | undefined, sent: number): Reply => {
  const body = parse(text);
  const traceId = typeof body?.fbtrace_id === 'string' ? body.fbtrace_id : undefined;
  if (status === 200 && body?.events_received === sent) return { kind: 'accepted', traceId };
  const error = body?.error as Record<string, unknown> | undefined;
  const code = typeof error?.code === 'number' ? error.code : undefined;
  const subcode = typeof error?.error_subcode === 'number' ? error.error_subcode : undefined;
  const kind = status < 300 ? 'bad_response' : classifyError(code, subcode, error?.is_transient === true, status);
  return {
    kind: 'error',
    class: kind,
    code,
    subcode,
    status,
    // A Graph error says that nothing was processed; any other answer leaves it open.
    maybeProcessed: code === undefined && status !== 413 && status !== 429 && status !== 401 && status !== 403,
    retryAfterMs,
    traceId: typeof error?.fbtrace_id === 'string' ? error.fbtrace_id : traceId,
    reason: code === undefined ? `http-${status}` : subcode === undefined ? `meta-${code}` : `meta-${code}-${subcode}`,
  };
};

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

export const transportFailure = (error: unknown): Reply => {
  const name = (error as Error | undefined)?.name;
  const code = codeOf(error);
  const none = { code: undefined, subcode: undefined, status: undefined, retryAfterMs: undefined, traceId: undefined };
  if (name === 'TimeoutError')
    return { kind: 'error', class: 'transient', ...none, maybeProcessed: true, reason: 'timeout' };
  if (code !== undefined && CERTIFICATE.test(code))
    return { kind: 'error', class: 'config', ...none, maybeProcessed: false, reason: 'certificate' };
  const notSent = code === undefined ? undefined : NOT_SENT[code];
  if (notSent !== undefined)
    return { kind: 'error', class: 'transient', ...none, maybeProcessed: false, reason: notSent };
  return { kind: 'error', class: 'transient', ...none, maybeProcessed: true, reason: 'connection-lost' };
};

const codeOf = (error: unknown): string | undefined => {
  for (
    let at = error as { code?: unknown; cause?: unknown; errors?: unknown[] } | undefined;
    at;
    at = (at.cause ?? at.errors?.[0]) as typeof at
  ) {
    if (typeof at.code === 'string') return at.code;
  }
  return undefined;
};
