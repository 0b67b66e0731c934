import { createHash } from 'node:crypto';
import type { Sandbox } from '../../../src/sandbox/start-sandbox.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The clock of these tests, epoch milliseconds. */
export const NOW = Date.UTC(2026, 10, 20, 12);
export const NOW_SECONDS = NOW / 1000;
export const TOKEN = 'EAAtoken-of-a-test';
export const DATASET = '1234567890';

export type Json = Record<string, unknown>;

/** An event that every rule accepts, with the changes on top; a change of undefined takes the key away. */
export const goodEvent = (changes: Json = {}): Json => ({
  event_name: 'Purchase',
  event_time: NOW_SECONDS - 60,
  event_id: 'order-1',
  action_source: 'email',
  user_data: { em: [sha256('ada@example.com')] },
  custom_data: { value: 19.9, currency: 'USD', order_id: 'A-1' },
  ...changes,
});

/** What a test reads of an answer: the body of a success or of Graph's error. */
export type Answered = {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly events_received?: number;
  readonly error?: {
    readonly [key: string]: unknown;
    readonly code?: number;
    error_subcode?: number;
    error_user_msg?: string;
  };
};

const parsed = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
};

export const answered = async (response: Response): Promise<Answered> => {
  const text = await response.text();
  return { ...parsed(text), status: response.status, text, headers: response.headers };
};

export const eventsUrl = (sandbox: Sandbox, dataset = DATASET): string => `${sandbox.url}/v26.0/${dataset}/events`;

export const postEvents = async (
  sandbox: Sandbox,
  data: unknown,
  {
    dataset = DATASET,
    token = TOKEN,
    body = {},
    signal,
  }: { dataset?: string; token?: string; body?: Json; signal?: AbortSignal } = {},
): Promise<Answered> =>
  answered(
    await fetch(eventsUrl(sandbox, dataset), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ data, ...body }),
      redirect: 'manual',
      ...(signal === undefined ? {} : { signal }),
    }),
  );
