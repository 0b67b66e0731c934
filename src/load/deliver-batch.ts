/**
 * One batch to its end: retries with the same bytes, halves what Meta refuses until the bad event is alone, drops what grew too old,
 * and throws what an operator must mend. Knows nothing of state: the caller acks each accepted part at once.
 */
import { EXIT, FatalError, RetryableError } from '../errors.ts';
import type { EventRow } from '../mapping/mapped-row.ts';
import { ERROR_CODES, EVENT_SUBCODES } from '../meta/error-codes.ts';
import type { Gate } from './gate.ts';
import type { BatchMark, PostEvents, Reply } from './post-events.ts';
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
  /** Shared by all that is sent to this destination. */
  readonly gate: Gate;
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
  readonly batch?: BatchMark | undefined;
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

  /** @returns whether all of it was accepted */
  const deliverPart = async (part: readonly EventRow[], whole: boolean): Promise<boolean> => {
    const { young, reply } = await attempt(part, tools, expired);
    if (young.length === 0) return false;
    if (reply.kind === 'accepted') {
      tools.breaker.accepted(young.length);
      await onAccepted(young, whole && young.length === events.length);
      return young.length === part.length;
    }
    const only = young.length === 1 ? young[0] : undefined;
    if (only) {
      tools.breaker.refused(reply.subcode);
      refused.push({ event: only, code: reply.code, subcode: reply.subcode, reason: reply.reason });
      return false;
    }
    await split(young, reply.class === 'invalid');
    return false;
  };

  /** @param byEvent refused for one of its events, not for its size */
  const split = async (part: readonly EventRow[], byEvent: boolean): Promise<void> => {
    const half = Math.ceil(part.length / 2);
    const rest = part.slice(half);
    tools.breaker.splitRequest();
    const isFirstGood = await deliverPart(part.slice(0, half), false);
    // Then the bad event is in the rest, which need not be asked for as a whole. A single event is never judged without its own answer.
    if (isFirstGood && byEvent && rest.length > 1) return split(rest, byEvent);
    tools.breaker.splitRequest();
    await deliverPart(rest, false);
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
  let last: ErrorReply | undefined;
  for (let n = 1; ; n += 1) {
    const leave = await tools.gate.enter(young.length, tools.stop, n > 1);
    if (!leave) throw unavailable(last ?? tools.gate.lastError(), maybeProcessed, tools.stop.aborted);
    let reply: Reply | undefined;
    try {
      // After the wait for a place, however long it was: age is what it is when the request goes.
      young = withoutExpired(young, tools.now() / 1000, expired);
      reply =
        young.length === 0 ? { kind: 'accepted', traceId: undefined } : await request(young, maybeProcessed, tools);
    } finally {
      leave(young.length === 0 ? undefined : reply);
    }
    if (reply.kind === 'accepted') return { young, reply };
    last = reply;
    maybeProcessed ||= reply.maybeProcessed;
    if (reply.class === 'invalid' || reply.class === 'too_large') return { young, reply };
    if (reply.class !== 'throttle' && reply.class !== 'transient' && reply.class !== 'bad_response')
      throw stopFor(reply, maybeProcessed);
    // What is throttled costs the budget nothing: Meta said when to come again.
    const budget = reply.class === 'throttle' ? 0 : tools.gate.retryWait();
    const wait = Math.max(reply.retryAfterMs ?? 0, backoffMs(tools.retry, n, tools.random), budget);
    const over = n >= attemptsFor(reply, tools.retry) || tools.now() - started + wait >= tools.retry.elapsedMs;
    if (over || tools.stop.aborted) throw unavailable(reply, maybeProcessed, tools.stop.aborted);
    tools.count.retries += 1;
    await tools.sleep(wait, tools.stop);
    if (tools.stop.aborted) throw unavailable(reply, maybeProcessed, true);
  }
};

const request = (events: readonly EventRow[], isRepeat: boolean, tools: DeliveryTools): Promise<Reply> => {
  if (isRepeat) tools.count.inDoubtResent += events.length;
  tools.count.requests += 1;
  return tools.post(
    events.map((event) => event.bytes),
    tools.abort,
    tools.batch,
  );
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

const unavailable = (reply: ErrorReply | undefined, maybeProcessed: boolean, stopping: boolean): UndeliveredError => {
  const code = stopping
    ? 'interrupted'
    : reply?.class === 'bad_response'
      ? 'destination-bad-response'
      : 'destination-unavailable';
  const text = stopping
    ? 'stopped while Meta did not answer'
    : `Meta could not take the events (${reply ? describe(reply) : 'it asked for a pause'})`;
  return Object.assign(
    new RetryableError(code, text, {
      hint: 'nothing is lost: the next run continues from the checkpoint',
      exitCode: stopping ? EXIT.interrupted : EXIT.incomplete,
    }),
    { maybeProcessed },
  );
};
