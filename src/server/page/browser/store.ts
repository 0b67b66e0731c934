/** What the page knows, and how it keeps knowing: events say that something changed, then it is read again; hidden pages rest. */
import type { Detail, LiveRun, Overview, Range } from '../../read-models/page-data.ts';
import { type Action, act, Refused, read, readEvents, TokenWanted, token } from './api.ts';

export type Route = { readonly mapping: string | undefined; readonly range: Range };
export type Notice = { readonly text: string; readonly isError: boolean };
/** What waits for the token, and why it was asked for. */
export type Ask = { readonly reason: string; readonly then: () => void };

export type PageState = {
  readonly route: Route;
  readonly overview: Overview | undefined;
  readonly detail: Detail | undefined;
  readonly missing: boolean;
  /** Reading needs the token, too, and it was not given. */
  readonly locked: boolean;
  /** Newer than what was read: how far runs are. */
  readonly live: Readonly<Record<string, LiveRun | undefined>>;
  readonly connection: 'live' | 'polling' | 'lost' | 'starting';
  readonly lastReadAt: number | undefined;
  /** Epoch seconds by the server's clock. */
  readonly now: number;
  readonly notice: Notice | undefined;
  readonly ask: Ask | undefined;
  readonly busy: string | undefined;
};

/** With events: a safety net. Without: how the page stays live. */
const POLL_LIVE_MS = 30_000;
const POLL_MS = 5_000;
const MOST_MS = 60_000;
/** Events come in flocks. */
const SETTLE_MS = 250;
const TICK_MS = 5_000;
const NOTICE_MS = 8_000;

export const RANGE_NAMES: readonly Range[] = ['24h', '7d', '30d'];

const readRoute = (): Route => {
  const [, name, range] = /^#\/m\/([^/?]+)(?:\?range=(\w+))?$/.exec(location.hash) ?? [];
  return {
    mapping: name === undefined ? undefined : decodeURIComponent(name),
    range: RANGE_NAMES.find((each) => each === range) ?? '7d',
  };
};

export const linkTo = (mapping: string, range: Range = '7d'): string =>
  `#/m/${encodeURIComponent(mapping)}${range === '7d' ? '' : `?range=${range}`}`;

export const openStore = (onChange: (state: PageState) => void) => {
  let offset = 0;
  const now = (): number => Math.floor((Date.now() + offset) / 1000);
  let state: PageState = {
    route: readRoute(),
    overview: undefined,
    detail: undefined,
    missing: false,
    locked: false,
    live: {},
    connection: 'starting',
    lastReadAt: undefined,
    now: now(),
    notice: undefined,
    ask: undefined,
    busy: undefined,
  };
  const etags = new Map<string, string>();
  let failures = 0;
  let timer = 0;
  let noticeTimer = 0;
  let awake = new AbortController();
  let reading: Promise<void> | undefined;
  let readAgain = false;

  const set = (change: Partial<PageState>): void => {
    state = { ...state, ...change, now: now() };
    onChange(state);
  };
  const say = (text: string, isError = false): void => {
    clearTimeout(noticeTimer);
    noticeTimer = setTimeout(() => set({ notice: undefined }), NOTICE_MS);
    set({ notice: { text, isError } });
  };

  const readOne = async <T>(path: string, put: (value: T) => void): Promise<void> => {
    const answer = await read<T>(path, etags.get(path) ?? null, awake.signal);
    if (!answer) return;
    if (answer.etag !== null) etags.set(path, answer.etag);
    if (answer.serverTime !== undefined) offset = answer.serverTime - Date.now();
    put(answer.value);
  };

  const readAll = async (): Promise<void> => {
    const { mapping, range } = state.route;
    const wanted = mapping === undefined ? undefined : `/api/mappings/${encodeURIComponent(mapping)}?range=${range}`;
    try {
      await Promise.all([
        readOne<Overview>('/api/overview', (overview) => set({ overview })),
        wanted !== undefined &&
          readOne<Detail>(wanted, (detail) => {
            if (state.route.mapping === detail.name && state.route.range === detail.range)
              set({ detail, missing: false });
          }),
      ]);
      failures = 0;
      set({ locked: false, lastReadAt: now(), ...(state.connection === 'live' ? {} : { connection: 'polling' }) });
    } catch (error) {
      if (awake.signal.aborted) return;
      if (error instanceof TokenWanted) {
        set({ locked: true, connection: 'lost' });
        return askFor('This server shows nothing without its token.', () => void refresh());
      }
      if (error instanceof Refused && wanted !== undefined) set({ missing: true });
      failures += 1;
      set({ connection: 'lost' });
    }
  };

  /** Never two at a time; what comes meanwhile is one more. */
  const refresh = async (): Promise<void> => {
    if (reading) {
      readAgain = true;
      return reading;
    }
    reading = readAll();
    await reading;
    reading = undefined;
    if (readAgain) {
      readAgain = false;
      return refresh();
    }
    if (!state.locked) plan();
  };

  const plan = (after?: number): void => {
    clearTimeout(timer);
    if (document.hidden) return;
    // A server that is starting answers soon; one that is gone is asked less and less often.
    const usual =
      failures > 0
        ? Math.min(MOST_MS, 1_000 * 2 ** (failures - 1))
        : state.connection === 'live'
          ? POLL_LIVE_MS
          : POLL_MS;
    timer = setTimeout(() => void refresh(), after ?? usual);
  };

  const listen = async (signal: AbortSignal): Promise<void> => {
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        await readEvents(signal, (event, data) => {
          if (event === 'hello') {
            tries = 0;
            set({ connection: 'live' });
            plan(SETTLE_MS);
          } else if (event === 'progress') {
            const { mapping, run } = data as { mapping: string; run: LiveRun | null };
            set({ live: { ...state.live, [mapping]: run ?? undefined } });
          } else {
            const { mapping } = data as { mapping?: string };
            if (mapping !== undefined) set({ live: { ...state.live, [mapping]: undefined } });
            plan(SETTLE_MS);
          }
        });
      } catch (error) {
        if (error instanceof TokenWanted) return;
      }
      if (signal.aborted) return;
      set({ connection: failures > 0 ? 'lost' : 'polling' });
      plan();
      await new Promise((resolve) => setTimeout(resolve, Math.min(MOST_MS, 1000 * 2 ** Math.min(tries, 6))));
    }
  };

  const wake = (): void => {
    awake = new AbortController();
    void refresh();
    void listen(awake.signal);
  };

  const askFor = (reason: string, then: () => void): void => {
    token.clear();
    set({ ask: { reason, then } });
  };

  const perform = async (mapping: string, action: Action, done: string): Promise<void> => {
    if (token.get() === null)
      return askFor('Actions need the token of this server.', () => void perform(mapping, action, done));
    set({ busy: `${mapping} ${action.path}` });
    try {
      const result = await act(mapping, action);
      say(result === 'queued' ? `${mapping}: waits for a free place` : `${mapping}: ${done}`);
      plan(SETTLE_MS);
    } catch (error) {
      if (error instanceof TokenWanted) askFor(`Refused: ${error.message}`, () => void perform(mapping, action, done));
      else say(`${mapping}: ${error instanceof Refused ? error.message : 'the server does not answer'}`, true);
    } finally {
      set({ busy: undefined });
    }
  };

  addEventListener('hashchange', () => {
    const route = readRoute();
    const isOther = route.mapping !== state.route.mapping;
    set({ route, missing: false, ...(isOther ? { detail: undefined } : {}) });
    void refresh();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      clearTimeout(timer);
      awake.abort();
    } else wake();
  });
  setInterval(() => {
    if (!document.hidden) set({});
  }, TICK_MS);
  wake();

  return {
    state: () => state,
    perform: (mapping: string, action: Action, done: string) => void perform(mapping, action, done),
    askToken: () =>
      askFor('The token of this server (server.token) allows actions.', () => say('kept until this tab is closed')),
    giveToken: (value: string): void => {
      const then = state.ask?.then;
      token.set(value);
      set({ ask: undefined });
      if (state.connection !== 'live') {
        awake.abort();
        wake();
      }
      then?.();
    },
    forgetToken: (): void => {
      token.clear();
      say('the token is forgotten');
    },
    cancelAsk: (): void => set({ ask: undefined }),
  };
};

export type Store = ReturnType<typeof openStore>;
