import { SourceError } from '../connector.ts';
import { interrupted } from '../sql/driver-errors.ts';
import type { Send } from './client.ts';
import { noAnswer, type Refusal, refusalOf } from './errors.ts';
import type { Clock, Pace } from './pace.ts';

export type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
};

/** `body` is what the JSON held: of a shape that only HubSpot answers for. `date`: the header of that name. */
export type Answer = { readonly body: Readonly<Record<string, unknown>>; readonly date: string | undefined };

/** One request, within the limits of the account. Throws SourceError; `doing` says what failed: `read a page of contacts`. */
export type Ask = (call: Call, doing: string, signal?: AbortSignal) => Promise<Answer>;

export type AskTools = Clock & {
  readonly send: Send;
  readonly paces: { readonly search: Pace; readonly any: Pace };
  readonly server: string;
  readonly timeoutMs: number;
};

/**
 * Every request is one that reads, so a repeat does no harm: what HubSpot throttles is asked again when its window has passed, what fails on its
 * side a few times. Whatever lasts longer ends the run, and the next one goes on from the checkpoint.
 */
export function openAsk(tools: AskTools): Ask {
  const { now, sleep, paces } = tools;
  return async (call, doing, signal) => {
    const since = now();
    for (let attempt = 1; ; attempt += 1) {
      if (call.path.endsWith('/search')) await paces.search(signal);
      await paces.any(signal);
      if (signal?.aborted) throw stopped(doing);
      const outcome = await once(tools, call, doing, signal);
      if ('body' in outcome) return outcome;
      const { error, again } = outcome;
      if (signal?.aborted || again === undefined) throw error;
      const wait = again.waitMs * Math.min(attempt, 4);
      if (now() + wait - since > again.patienceMs) throw error;
      await sleep(wait, signal);
    }
  };
}

async function once(tools: AskTools, call: Call, doing: string, signal?: AbortSignal): Promise<Answer | Refusal> {
  const { send, server } = tools;
  const limit = deadline(tools, doing, signal);
  try {
    // The client takes no signal: what is given up is left to end by itself.
    return await Promise.race([exchange(send, call, doing, server), limit.over]);
  } catch (error) {
    if (error instanceof SourceError) return { error };
    return noAnswer(error, doing, server);
  } finally {
    limit.clear();
  }
}

async function exchange(send: Send, call: Call, doing: string, server: string): Promise<Answer | Refusal> {
  const response = await send(call);
  const body = parsed(await response.text());
  if (!response.ok) return refusalOf(response.status, body, doing, server);
  if (typeof body !== 'object' || body === null) return noAnswer(undefined, doing, server);
  const partial = partialFailure(response.status, body);
  if (partial !== undefined) return refusalOf(partial, undefined, doing, server);
  return { body: body as Answer['body'], date: response.headers.get('date') ?? undefined };
}

/** 207: some of a batch failed. What is not there is no failure; anything else is asked for again. */
function partialFailure(status: number, body: object): number | undefined {
  if (status !== 207 || !('errors' in body) || !Array.isArray(body.errors)) return undefined;
  const isMissing = (each: { readonly category?: unknown }): boolean => each?.category === 'OBJECT_NOT_FOUND';
  return body.errors.every(isMissing) ? undefined : 500;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the page of a proxy
  }
}

function deadline({ timeoutMs, server }: AskTools, doing: string, signal?: AbortSignal) {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(interrupted(undefined, doing, server, 'no answer in time')), timeoutMs);
    stop = () => reject(stopped(doing));
    signal?.addEventListener('abort', stop, { once: true });
  });
  return {
    over,
    clear: () => {
      clearTimeout(timer);
      if (stop) signal?.removeEventListener('abort', stop);
    },
  };
}

function stopped(doing: string): SourceError {
  return new SourceError('source-interrupted', `could not ${doing}: it was stopped`);
}
