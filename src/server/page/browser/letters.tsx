/** Rows that could not be sent, by reason: what it means, what to do, and a way to try them again. Codes and counts only. */
import type { Detail } from '../../read-models/page-data.ts';
import { count, sentence } from './format.ts';
import type { Store } from './store.ts';

type Props = {
  readonly mapping: Detail;
  readonly store: Store;
  readonly canAct: boolean;
  readonly busy: string | undefined;
};

export const Letters = ({ mapping: { name, letters, deadLetters }, store, canAct, busy }: Props) => {
  if (letters.length === 0) return <p class="empty">None: every row that was read could be sent.</p>;
  const isBusy = busy === `${name} dead-letters/retry`;
  const retry = (code: string | undefined): void =>
    store.perform(
      name,
      { path: 'dead-letters/retry', body: code === undefined ? { all: true } : { code } },
      'its dead letters are read again',
    );
  return (
    <>
      <ul class="letters">
        {letters.map(({ code, field, rows, meaning, cure }) => (
          <li key={`${code} ${field}`}>
            <p class="rows">{count(rows)}</p>
            <div>
              <p class="what">
                <code>{code}</code>{' '}
                {field !== undefined && (
                  <span class="quiet">
                    in <code>{field}</code>
                  </span>
                )}
              </p>
              {meaning !== undefined && <p>{sentence(meaning)}</p>}
              {cure !== undefined && <p class="cure">{sentence(cure)}</p>}
            </div>
            {canAct && (
              <button
                type="button"
                disabled={isBusy}
                onClick={() => retry(code)}
                aria-label={`Retry: ${code} of ${name}`}
              >
                Retry
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="note">
        Which rows they are: <code>capi-sync dead-letters list {name}</code>. Keys of rows are not shown on this page.{' '}
        {canAct && letters.length > 1 && (
          <button type="button" class="link" disabled={isBusy} onClick={() => retry(undefined)}>
            Retry all {count(deadLetters)}
          </button>
        )}
      </p>
    </>
  );
};
