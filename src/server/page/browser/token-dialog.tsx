/** Asks for the token, once a tab. It never leaves the tab but in the header of a request to this server. */
import { useEffect, useRef } from 'preact/hooks';
import type { Ask, Store } from './store.ts';

export const TokenDialog = ({ ask, store }: { ask: Ask | undefined; store: Store }) => {
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const isOpen = ask !== undefined;
  useEffect(() => {
    if (isOpen && !dialog.current?.open) {
      dialog.current?.showModal();
      input.current?.focus();
    }
    if (!isOpen) dialog.current?.close();
  }, [isOpen]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const value = input.current?.value.trim() ?? '';
    if (input.current) input.current.value = '';
    if (value !== '') store.giveToken(value);
  };
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={() => store.cancelAsk()}>
      <form onSubmit={submit}>
        <h2 id="token-title">Token</h2>
        <p>{ask?.reason ?? ''}</p>
        <label>
          <span>server.token</span>
          <input ref={input} type="password" autocomplete="off" spellcheck={false} required />
        </label>
        <p class="note">Kept until this tab is closed, nowhere else.</p>
        <div class="actions">
          <button type="submit">Go on</button>
          <button type="button" class="plain" onClick={() => store.cancelAsk()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
};
