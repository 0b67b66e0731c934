/** A collector on loopback: takes OTLP over HTTP as JSON, and keeps what came. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ReceivedSpan = {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly statusCode: number;
  readonly statusMessage: string | undefined;
  readonly events: number;
};

export type OtlpReceiver = {
  readonly url: string;
  readonly spans: () => readonly ReceivedSpan[];
  readonly resource: () => Readonly<Record<string, unknown>>;
  readonly requests: () => readonly { readonly path: string; readonly headers: NodeJS.Dict<string | string[]> }[];
  /** All that came, as it came. */
  readonly text: () => string;
  readonly answerWith: (status: number) => void;
  readonly close: () => Promise<void>;
};

type Pair = { key: string; value: Record<string, unknown> };
type Wire = {
  resourceSpans: {
    resource: { attributes: Pair[] };
    scopeSpans: {
      spans: {
        name: string;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        kind: number;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        attributes: Pair[];
        events?: unknown[];
        status?: { code?: number; message?: string };
      }[];
    }[];
  }[];
};

const plain = (pairs: readonly Pair[]): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));

export const openOtlpReceiver = async (): Promise<OtlpReceiver> => {
  const bodies: Wire[] = [];
  const texts: string[] = [];
  const requests: { path: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers });
      texts.push(text);
      if (status === 200) bodies.push(JSON.parse(text) as Wire);
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () =>
      bodies.flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) =>
            spans.map((span) => ({
              name: span.name,
              traceId: span.traceId,
              spanId: span.spanId,
              parentSpanId: span.parentSpanId || undefined,
              kind: span.kind,
              startNs: BigInt(span.startTimeUnixNano),
              endNs: BigInt(span.endTimeUnixNano),
              attributes: plain(span.attributes),
              statusCode: span.status?.code ?? 0,
              statusMessage: span.status?.message,
              events: span.events?.length ?? 0,
            })),
          ),
        ),
      ),
    resource: () => plain(bodies[0]?.resourceSpans[0]?.resource.attributes ?? []),
    requests: () => requests,
    text: () => texts.join('\n'),
    answerWith: (code) => {
      status = code;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
