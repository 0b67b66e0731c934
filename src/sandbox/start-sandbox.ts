import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAccess, tokenOf } from './access.ts';
import { answerEvents, type EventsEndpoint } from './answer-events.ts';
import { answerControl, type Controlled } from './control-routes.ts';
import { createFaultSchedule } from './fault-schedule.ts';
import { type Answer, json, send, unknownPath } from './graph-answer.ts';
import { createReceivedEvents } from './received-events.ts';
import { createRequestCounts } from './request-counts.ts';
import type { Sandbox, SandboxOptions } from './sandbox-types.ts';

export type { Refusal, Sandbox, SandboxEvent, SandboxOptions, SandboxStats } from './sandbox-types.ts';

const KEEP_EVENTS = 1000;
/** Longer than clients keep idle connections, so that it is never the sandbox that drops one unasked. */
const KEEP_ALIVE_MS = 120_000;

const GRAPH_PATH = /^\/(v\d+\.\d+)\/([^/]+)(\/events)?\/?$/;
/** The page needs its own styles and nothing else; answers of a sandbox are never worth a cache. */
const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const answerDataset = (
  { access }: EventsEndpoint,
  request: IncomingMessage,
  datasetId: string,
  tokenInUrl: string | undefined,
): Answer =>
  access.refusal(tokenOf(request.headers, undefined, tokenInUrl), datasetId) ??
  json(200, { id: datasetId, name: 'Sandbox' });

const route = async (
  endpoint: EventsEndpoint,
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  // An absolute URL in the request line, or nonsense, is not a path of ours.
  const url = URL.parse(`http://sandbox${request.url ?? '/'}`);
  if (url === null) return send(response, unknownPath());
  const tokenInUrl = url.searchParams.get('access_token') ?? undefined;
  if (tokenInUrl !== undefined) endpoint.counts.tokenSeenInUrl();
  const [, version, datasetId, events] = GRAPH_PATH.exec(url.pathname) ?? [];
  if (version !== undefined && datasetId !== undefined) {
    if (events !== undefined && request.method === 'POST') {
      return answerEvents(endpoint, { version, datasetId, tokenInUrl }, request, response);
    }
    if (events === undefined && request.method === 'GET') {
      return send(response, answerDataset(endpoint, request, datasetId, tokenInUrl));
    }
  }
  send(response, (await answerControl(controlled, request, url)) ?? unknownPath(), PAGE_HEADERS);
};

/**
 * Starts a local Conversions API on 127.0.0.1. It checks, answers, deduplicates and counts like Meta's as far as that
 * is known, and shows on its page what arrived.
 *
 * Its rules are written from Meta's documents, apart from the connector's own, so that each can test the other: nothing
 * here may import from outside src/sandbox.
 * @throws the listen error, such as EADDRINUSE.
 */
export const startSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const received = createReceivedEvents(options.keepEvents ?? KEEP_EVENTS);
  const counts = createRequestCounts();
  const schedule = createFaultSchedule(options.random ?? Math.random);
  const access = createAccess(options.token, options.datasets);
  schedule.set(options.faults ?? []);

  const endpoint: EventsEndpoint = {
    access,
    received,
    counts,
    schedule,
    refuse: options.refuse,
    now: options.now ?? Date.now,
  };
  const controlled: Controlled = {
    stats: () => ({ ...counts.stats(), ...received.stats() }),
    events: received.kept,
    deliveries: received.deliveries,
    setFaults: schedule.set,
    setToken: access.setToken,
    reset: () => {
      counts.reset();
      received.reset();
      schedule.restart();
    },
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    route(endpoint, controlled, request, response).catch(() => {
      // Only the caller's `refuse` can throw here: it is the test that is wrong, and it shall see a clear answer.
      if (!response.headersSent) send(response, json(500, { error: 'the sandbox itself failed' }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  let closed: Promise<void> | undefined;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}`,
    ...controlled,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
};
