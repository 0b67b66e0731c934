/**
 * Traces of OpenTelemetry: opens what carries spans to a collector. Never in the way of a run: spans wait in memory, at the most so many, and what
 * cannot be told is dropped and counted.
 */
import type { Attributes, Context, Span } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { TraceSettings } from '../config/trace-settings.ts';
import { loadTracing, type TracingPackages } from './load-tracing.ts';
import type { TraceParent } from './traceparent.ts';

export type SpanKind = 'internal' | 'client' | 'consumer';

/** A span that is under way. Attributes are counts, ids and codes. */
export type OpenSpan = {
  readonly child: (name: string, attributes?: Attributes, kind?: SpanKind) => OpenSpan;
  readonly set: (attributes: Attributes) => void;
  /** @param errorCode what went wrong, by its code: never a text, which might hold more */
  readonly end: (errorCode?: string) => void;
};

export type Traces = {
  /** @param parent whose trace it belongs to; left out, one of its own */
  readonly begin: (name: string, attributes: Attributes, parent?: TraceParent) => OpenSpan;
  /** Sends what waits, for so long at the most. */
  readonly close: () => Promise<void>;
};

export type TracesTools = {
  readonly version: string;
  /** Spans did not arrive. Called when it begins, and at the end with all that were lost. */
  readonly onLost: (spans: number) => void;
  readonly load?: () => Promise<TracingPackages>;
};

const MAX_WAITING = 8_192;
const REQUEST_MS = 5_000;
const CLOSE_MS = 6_000;

/** @throws FatalError `traces-package-missing` */
export const openTraces = async (
  settings: TraceSettings,
  { version, onLost, load = loadTracing }: TracesTools,
): Promise<Traces> => {
  const { api, resources, sdk, exporter } = await load();
  const headers = Object.entries(settings.headers).map(([name, value]) => [name, value.reveal()] as const);
  const otlp = new exporter.OTLPTraceExporter({
    url: settings.endpoint,
    headers: Object.fromEntries(headers),
    timeoutMillis: REQUEST_MS,
  });
  const count = countSpans(otlp, onLost);
  const root = new sdk.TraceIdRatioBasedSampler(settings.ratio);
  const provider = new sdk.TracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ 'service.version': version, ...settings.resource })),
    sampler: settings.followsParent ? new sdk.ParentBasedSampler({ root }) : root,
    spanProcessors: [
      count.ended,
      new sdk.BatchSpanProcessor({
        exporter: count.exporter,
        maxQueueSize: MAX_WAITING,
        exportTimeoutMillis: CLOSE_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('capi-sync', version);
  const kinds = { internal: api.SpanKind.INTERNAL, client: api.SpanKind.CLIENT, consumer: api.SpanKind.CONSUMER };

  const open = (name: string, attributes: Attributes, kind: SpanKind, above: Context): OpenSpan => {
    const span: Span = tracer.startSpan(name, { attributes, kind: kinds[kind] }, above);
    const within = api.trace.setSpan(api.ROOT_CONTEXT, span);
    return {
      child: (childName, childAttributes = {}, childKind = 'internal') =>
        open(childName, childAttributes, childKind, within),
      set: (more) => void span.setAttributes(more),
      end: (errorCode) => {
        if (errorCode !== undefined)
          span.setAttribute('error.type', errorCode).setStatus({ code: api.SpanStatusCode.ERROR });
        span.end();
      },
    };
  };

  return {
    begin: (name, attributes, parent) => {
      const above =
        parent &&
        api.trace.setSpanContext(api.ROOT_CONTEXT, {
          traceId: parent.traceId,
          spanId: parent.spanId,
          traceFlags: parent.isSampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE,
          isRemote: true,
        });
      return open(name, attributes, parent ? 'consumer' : 'internal', above ?? api.ROOT_CONTEXT);
    },
    close: async () => {
      let timer: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), over]);
      clearTimeout(timer);
      if (count.lost() > 0) onLost(count.lost());
    },
  };
};

/** Counts what ended and what arrived: the queue of the SDK drops what is too much without a word. */
const countSpans = (otlp: SpanExporter, onLost: (spans: number) => void) => {
  let finished = 0;
  let arrived = 0;
  let isFailing = false;
  const ended: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span: ReadableSpan) => {
      if ((span.spanContext().traceFlags & 1) === 1) finished += 1;
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const exporter: SpanExporter = {
    export: (spans, done) =>
      otlp.export(spans, (result) => {
        const hasArrived = result.code === 0;
        if (hasArrived) arrived += spans.length;
        else if (!isFailing) onLost(spans.length);
        isFailing = !hasArrived;
        done(result);
      }),
    shutdown: () => otlp.shutdown(),
  };
  return { ended, exporter, lost: () => finished - arrived };
};
