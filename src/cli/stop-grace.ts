/** A stop waits for what is under way, but not for ever: the platform does not either. */

/** Aborts when `abort` does, or so long after `stop` did. `end` forgets the wait. */
export const withGrace = (
  stop: AbortSignal,
  abort: AbortSignal,
  graceMs: number,
): { readonly abort: AbortSignal; readonly end: () => void } => {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => over.abort(), graceMs);
  };
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return {
    abort: AbortSignal.any([abort, over.signal]),
    end: () => {
      stop.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
};
