/**
 * One batch to its end: retries with the same bytes, halves what Meta refuses until the bad event is alone, drops what grew too old,
 * and throws what an operator must mend. Knows nothing of state: the caller acks each accepted part at once.
 */
import { EXIT, FatalError, RetryableError } from '../errors.ts';
import type { EventRow } from '../mapping/mapped-row.ts';
import { ERROR_CODES, EVENT_SUBCODES } from '../meta/error-codes.ts';
import type { ConcurrencyLimit } from './limit-concurrency.ts';
import type { Pace } from './limit-rate.ts';
import type { PostEvents, Reply } from './post-events.ts';
import { backoffMs, type RetryPolicy } from './retry.ts';
import type { SystemicBreaker } from './systemic-breaker.ts';

type ErrorReply = Extract<Reply, { kind: 'error' }>;

export type Refusal = {
  readonly event: EventRow;
  readonly code: number | undefined;
  readonly subcode: number | undefined;
  readonly reason: string;
};
export type DeliveryResult = { readonly refused: readonly Refusal[]; readonly expired: readonly EventRow[] };

export type DeliveryTools = {
  readonly post: PostEvents;
  readonly limit: ConcurrencyLimit;
  /** The destination's own rate limit, where it has one. */
  readonly pace?: Pace | undefined;
  readonly breaker: SystemicBreaker;
  readonly retry: RetryPolicy;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborted: no further attempt is begun (a clean stop). */
  readonly stop: AbortSignal;
  /** Aborted: requests under way are cut (a forced stop). */
  readonly abort: AbortSignal;
  readonly count: { requests: number; retries: number; inDoubtResent: number };
};

/** Events this close to the edge of Meta's age window are not risked: one late event refuses the whole request. */
const AGE_MARGIN_SECONDS = 600;

/** Carries whether the events may have been processed, so that the caller knows what to keep as in doubt. */
export type UndeliveredError = (FatalError | RetryableError) & { maybeProcessed?: boolean };

/**
 * @param onAccepted called for each accepted part, before the next request; `whole` when nothing was split off
 * @throws FatalError (token, permission, dataset, policy, systemic rejection) · RetryableError `destination-unavailable`
 */
export const deliverBatch = async (
  events: readonly EventRow[],
  tools: DeliveryTools,
  onAccepted: (part: readonly EventRow[], whole: boolean) => Promise<void>,
): Promise<DeliveryResult> => {
  const refused: Refusal[] = [];
  const expired: EventRow[] = [];

  const deliverPart = async (part: readonly EventRow[], whole: boolean): Promise<void> => {
    const { young, reply } = await attempt(part, tools, expired);
    if (young.length === 0) return;
    if (reply.kind === 'accepted') {
      tools.breaker.accepted(young.length);
      await onAccepted(young, whole && young.length === events.length);
      return;
    }
    const only = young.length === 1 ? young[0] : undefined;
    if (only) {
      tools.breaker.refused(reply.subcode);
      refused.push({ event: only, code: reply.code, subcode: reply.subcode, reason: reply.reason });
      return;
    }
    const half = Math.ceil(young.length / 2);
    for (const side of [young.slice(0, half), young.slice(half)]) {
      tools.breaker.splitRequest();
      await deliverPart(side, false);
    }
  };

  await deliverPart(events, true);
  return { refused, expired };
};

/** Sends until there is an answer about the events themselves: accepted, `invalid` or `too_large`. Everything else is retried or thrown. */
const attempt = async (
  part: readonly EventRow[],
  tools: DeliveryTools,
  expired: EventRow[],
): Promise<{ young: readonly EventRow[]; reply: Reply }> => {
  const started = tools.now();
  let maybeProcessed = false;
  let young = part;
  for (let n = 1; ; n += 1) {
    young = withoutExpired(young, tools.now() / 1000, expired);
    if (young.length === 0) return { young, reply: { kind: 'accepted', traceId: undefined } };
    if (maybeProcessed) tools.count.inDoubtResent += young.length;
    const reply = await request(young, tools);
    if (reply.kind === 'accepted') return { young, reply };
    maybeProcessed ||= reply.maybeProcessed;
    if (reply.class === 'invalid' || reply.class === 'too_large') return { young, reply };
    if (reply.class !== 'throttle' && reply.class !== 'transient' && reply.class !== 'bad_response')
      throw stopFor(reply, maybeProcessed);
    const wait = Math.max(reply.retryAfterMs ?? 0, backoffMs(tools.retry, n, tools.random));
    const over = n >= attemptsFor(reply, tools.retry) || tools.now() - started + wait >= tools.retry.elapsedMs;
    if (over || tools.stop.aborted) throw unavailable(reply, maybeProcessed, tools.stop.aborted);
    tools.count.retries += 1;
    await tools.sleep(wait, tools.stop);
    if (tools.stop.aborted) throw unavailable(reply, maybeProcessed, true);
  }
};

const request = async (events: readonly EventRow[], tools: DeliveryTools): Promise<Reply> => {
  await tools.limit.acquire();
  try {
    const wait = tools.pace?.(events.length) ?? 0;
    if (wait > 0) await tools.sleep(wait, tools.stop);
    tools.count.requests += 1;
    const reply = await tools.post(
      events.map((event) => event.bytes),
      tools.abort,
    );
    if (reply.kind === 'accepted') tools.limit.succeeded();
    else if (reply.class === 'throttle') tools.limit.throttled();
    return reply;
  } finally {
    tools.limit.release();
  }
};

const withoutExpired = (events: readonly EventRow[], nowSeconds: number, expired: EventRow[]): readonly EventRow[] => {
  const isYoung = (event: EventRow): boolean =>
    event.eventTime >= nowSeconds - event.maxAgeSeconds + AGE_MARGIN_SECONDS;
  if (events.every(isYoung)) return events;
  expired.push(...events.filter((event) => !isYoung(event)));
  return events.filter(isYoung);
};

/** An answer that is no answer gets three tries: then something else listens at that address. */
const attemptsFor = (reply: ErrorReply, policy: RetryPolicy): number =>
  reply.class === 'bad_response' ? Math.min(3, policy.attempts) : policy.attempts;

const describe = (reply: ErrorReply): string => {
  if (reply.code === undefined) return reply.reason;
  const known = ERROR_CODES[`${reply.code}/${reply.subcode}`] ?? ERROR_CODES[String(reply.code)];
  const meaning = EVENT_SUBCODES[reply.subcode ?? -1] ?? known?.meaning ?? 'not documented';
  return `code ${reply.code}${reply.subcode === undefined ? '' : `/${reply.subcode}`}: ${meaning}`;
};

const STOP: Readonly<Record<'auth' | 'policy' | 'config', [code: string, text: string, hint: string]>> = {
  auth: [
    'destination-auth',
    'Meta refused the access token',
    'put a valid token into the environment and run again: no row was rejected, nothing is lost',
  ],
  policy: [
    'destination-policy',
    'Meta blocked this dataset or app for policy reasons',
    'look at the account quality page in Business Manager; no row was rejected',
  ],
  config: [
    'destination-config',
    'Meta does not know this dataset, version or address',
    'check dataset_id, api_version and base_url of the destination',
  ],
};

const stopFor = (reply: ErrorReply, maybeProcessed: boolean): UndeliveredError => {
  const [code, text, hint] = STOP[reply.class as keyof typeof STOP];
  const exitCode = reply.class === 'config' ? EXIT.config : EXIT.permission;
  return Object.assign(new FatalError(code, `${text} (${describe(reply)})`, { hint, exitCode }), { maybeProcessed });
};

const unavailable = (reply: ErrorReply, maybeProcessed: boolean, stopping: boolean): UndeliveredError => {
  const code = stopping
    ? 'interrupted'
    : reply.class === 'bad_response'
      ? 'destination-bad-response'
      : 'destination-unavailable';
  const text = stopping ? 'stopped while Meta did not answer' : `Meta could not take the events (${describe(reply)})`;
  return Object.assign(
    new RetryableError(code, text, {
      hint: 'nothing is lost: the next run continues from the checkpoint',
      exitCode: stopping ? EXIT.interrupted : EXIT.incomplete,
    }),
    { maybeProcessed },
  );
};
