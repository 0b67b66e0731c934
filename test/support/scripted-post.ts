import type { PostEvents, Reply } from '../../src/load/post-events.ts';
import type { EventRow } from '../../src/mapping/mapped-row.ts';

export const ACCEPTED: Reply = { kind: 'accepted', traceId: undefined };

/** An error answer; what is left out is what a refused event (100/2804019) has. */
export const refusal = (changes: Partial<Extract<Reply, { kind: 'error' }>> = {}): Reply => ({
  kind: 'error',
  class: 'invalid',
  code: 100,
  subcode: 2804019,
  status: 400,
  maybeProcessed: false,
  retryAfterMs: undefined,
  traceId: undefined,
  reason: 'meta-100-2804019',
  ...changes,
});
export const TIMEOUT = refusal({
  class: 'transient',
  code: undefined,
  subcode: undefined,
  status: undefined,
  maybeProcessed: true,
  reason: 'timeout',
});
export const THROTTLED = refusal({ class: 'throttle', code: 80_004, subcode: undefined, reason: 'meta-80004' });

export type ScriptedPost = PostEvents & {
  /** The events of each request, as they came. */
  readonly requests: (readonly string[])[];
  /** Requests under way at once, at the most. */
  readonly widest: () => number;
};

/** A far side that answers as told. @param answer gets the events' JSON texts and the number of the request, from 0 */
export const scriptedPost = (
  answer: (events: readonly string[], request: number, signal: AbortSignal) => Reply | Promise<Reply>,
): ScriptedPost => {
  const requests: (readonly string[])[] = [];
  let underWay = 0;
  let widest = 0;
  const post = async (given: readonly Uint8Array[], signal: AbortSignal): Promise<Reply> => {
    const events = given.map(textOf);
    requests.push(events);
    underWay += 1;
    widest = Math.max(widest, underWay);
    try {
      const number = requests.length - 1;
      await Promise.resolve();
      return await answer(events, number, signal);
    } finally {
      underWay -= 1;
    }
  };
  return Object.assign(post, { requests, widest: () => widest, close: async () => undefined });
};

/** The text of an event's bytes. */
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Refuses each request that holds one of these; accepts every other. */
export const refusing = (bad: ReadonlySet<string>): ScriptedPost =>
  scriptedPost((events) => (events.some((event) => bad.has(event)) ? refusal() : ACCEPTED));

/** An event of no meaning: its JSON is its name. */
export const eventRow = (name: string, changes: Partial<EventRow> = {}): EventRow => ({
  rowKey: [name],
  dedupKey: Buffer.from(name).toString('hex').padStart(32, '0').slice(-32),
  bytes: Buffer.from(JSON.stringify(name)),
  eventTime: 1_700_000_000,
  maxAgeSeconds: 604_800,
  ...changes,
});
