/** Asks the server. The token is asked for once and kept in this tab only; it goes in a header, never into an address. */

const TOKEN = 'capi-sync-token';

export const token = {
  get: (): string | null => sessionStorage.getItem(TOKEN),
  set: (value: string): void => sessionStorage.setItem(TOKEN, value),
  clear: (): void => sessionStorage.removeItem(TOKEN),
};

/** The server wants a token, or another one. */
export class TokenWanted extends Error {}
/** The server answered, and not with what was asked for. */
export class Refused extends Error {}

export const headers = (): Record<string, string> => {
  const value = token.get();
  return value === null ? {} : { authorization: `Bearer ${value}` };
};

const refusal = async (response: Response): Promise<Error> => {
  const body = (await response.json().catch(() => undefined)) as
    | { error?: { message?: string; hint?: string | null } }
    | undefined;
  const text = [body?.error?.message ?? `the server answered ${response.status}`, body?.error?.hint]
    .filter(Boolean)
    .join(': ');
  return response.status === 401 ? new TokenWanted(text) : new Refused(text);
};

export type Answer<T> = { readonly value: T; readonly etag: string | null; readonly serverTime: number | undefined };

/** @returns undefined when nothing changed since `etag` */
export const read = async <T>(
  path: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<Answer<T> | undefined> => {
  const response = await fetch(path, {
    headers: { ...headers(), ...(etag === null ? {} : { 'if-none-match': etag }) },
    cache: 'no-store',
    signal,
  });
  if (response.status === 304) return undefined;
  if (!response.ok) throw await refusal(response);
  const time = Number(response.headers.get('x-server-time'));
  return {
    value: (await response.json()) as T,
    etag: response.headers.get('etag'),
    serverTime: time > 0 ? time : undefined,
  };
};

export type Action =
  | { readonly path: 'run' | 'pause' | 'resume' }
  | { readonly path: 'dead-letters/retry'; readonly body: { readonly code: string } | { readonly all: true } };

/** @returns what became of it: started, queued, running or done */
export const act = async (mapping: string, action: Action): Promise<string> => {
  const response = await fetch(`/api/mappings/${encodeURIComponent(mapping)}/${action.path}`, {
    method: 'POST',
    headers: { ...headers(), 'content-type': 'application/json' },
    body: JSON.stringify('body' in action ? action.body : {}),
  });
  if (!response.ok) throw await refusal(response);
  return ((await response.json()) as { state: string }).state;
};

/** Reads the stream of events until it ends. By fetch, because an EventSource cannot send a token. */
export const readEvents = async (
  signal: AbortSignal,
  onEvent: (event: string, data: unknown) => void,
): Promise<void> => {
  const response = await fetch('/api/events', { headers: headers(), cache: 'no-store', signal });
  if (!response.ok || !response.body) throw await refusal(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string): string | undefined =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim();
      const event = field('event');
      if (event !== undefined) onEvent(event, JSON.parse(field('data') ?? 'null'));
    }
  }
};
