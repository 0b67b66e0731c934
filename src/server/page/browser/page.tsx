/** The frame of the page: its head, what it shows by the address, and what it says aloud. */
import { useEffect, useState } from 'preact/hooks';
import { token } from './api.ts';
import { Detail } from './detail.tsx';
import { ago, clock } from './format.ts';
import { ThemeIcon } from './icons.tsx';
import { headline, Overview } from './overview.tsx';
import type { PageState, Store } from './store.ts';
import { nextTheme, readTheme } from './theme.ts';
import { TokenDialog } from './token-dialog.tsx';

const CONNECTION: Readonly<Record<PageState['connection'], string>> = {
  live: 'live',
  polling: 'every few seconds',
  lost: 'no answer',
  starting: 'connecting',
};

const Head = ({ state, store }: { state: PageState; store: Store }) => {
  const [theme, setTheme] = useState(readTheme());
  const { overview, connection, lastReadAt, now } = state;
  return (
    <header class="head">
      <a class="brand" href="#/">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true" focusable="false">
          <rect width="32" height="32" rx="8" class="brand-back" />
          <path d="M7 20.500c5 0 5.500-9 9-9s4 9 9 9" class="brand-line" />
        </svg>
        capi-sync
      </a>
      {overview && <span class="version">{overview.version}</span>}
      <span
        class={`connection connection-${connection}`}
        title={lastReadAt === undefined ? '' : `read ${ago(lastReadAt, now)}`}
      >
        {CONNECTION[connection]}
      </span>
      <span class="tools">
        {(overview?.actions || state.locked) &&
          (token.get() === null ? (
            <button type="button" class="plain" onClick={store.askToken}>
              Enter token
            </button>
          ) : (
            <button type="button" class="plain" onClick={store.forgetToken}>
              Forget token
            </button>
          ))}
        <button
          type="button"
          class="plain icon"
          aria-label={`Theme: ${theme}`}
          title={`Theme: ${theme}`}
          onClick={() => setTheme(nextTheme())}
        >
          <ThemeIcon theme={theme} />
        </button>
      </span>
    </header>
  );
};

const Problems = ({ state }: { state: PageState }) => {
  const { overview, connection, lastReadAt, now } = state;
  const problem = overview?.config.problem;
  return (
    <>
      {connection === 'lost' && !state.locked && (
        <p class="banner banner-bad" role="status">
          The server does not answer.{lastReadAt !== undefined && ` What is shown is from ${clock(lastReadAt, now)}.`}{' '}
          It is asked again, less and less often.
        </p>
      )}
      {overview?.stopping && (
        <p class="banner banner-warn" role="status">
          This instance is stopping: nothing new begins here.
        </p>
      )}
      {problem && (
        <div class="banner banner-bad" role="status">
          <p>
            <b>The files changed and were not taken over</b> ({clock(problem.at, now)}): what was in force before still
            is. Mend {problem.count === 1 ? 'this' : `these ${problem.count}`}, then save again.
          </p>
          <ul>
            {problem.problems.map((text) => (
              <li key={text}>
                <code>{text}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
};

const Content = ({ state, store }: { state: PageState; store: Store }) => {
  const { route, overview, detail, missing } = state;
  if (route.mapping !== undefined) {
    if (missing)
      return (
        <section class="top">
          <h1 tabIndex={-1}>There is no mapping “{route.mapping}”</h1>
          <p>
            <a href="#/">← All mappings</a>
          </p>
        </section>
      );
    return detail && detail.name === route.mapping ? (
      <Detail data={detail} state={state} store={store} />
    ) : (
      <p class="loading">Reading…</p>
    );
  }
  if (overview) return <Overview data={overview} state={state} store={store} />;
  return <p class="loading">{state.locked ? 'Nothing is shown without the token.' : 'Reading…'}</p>;
};

export const Page = ({ state, store }: { state: PageState; store: Store }) => {
  const { route, overview, notice, ask, detail } = state;
  const title = route.mapping ?? (overview && headline(overview));
  useEffect(() => {
    document.title = title === undefined ? 'capi-sync' : `${title} · capi-sync`;
  }, [title]);
  // A new view begins at its heading; the first one is left where the browser puts it.
  const isThere = route.mapping === undefined ? overview !== undefined : detail?.name === route.mapping;
  useEffect(() => {
    if (!isThere || (route.mapping === undefined && document.activeElement === document.body)) return;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }, [route.mapping, isThere]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>('main')?.focus()}>
        To the content
      </button>
      <Head state={state} store={store} />
      <main id="main" tabIndex={-1}>
        <Problems state={state} />
        <Content state={state} store={store} />
      </main>
      <p class={notice?.isError ? 'notice notice-bad' : 'notice'} role="status" aria-live="polite">
        {notice?.text ?? ''}
      </p>
      <TokenDialog ask={ask} store={store} />
    </>
  );
};
