/** The header by which a caller says to which trace a run belongs. https://www.w3.org/TR/trace-context/#traceparent-header (2026-11-30) */
export type TraceParent = { readonly traceId: string; readonly spanId: string; readonly isSampled: boolean };

/** Later versions may be longer; what is known of them stands in the same places. */
const HEADER = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** @returns undefined for whatever is no such header: the run then begins a trace of its own */
export const readTraceParent = (header: string | undefined): TraceParent | undefined => {
  const [, version, traceId, spanId, flags, rest] = HEADER.exec(header?.trim() ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
};
