/** Time, handed in: tests have a clock of their own. */
export type Clock = {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Does the work after so many milliseconds. @returns takes it back */
  readonly after: (ms: number, work: () => void) => () => void;
};

export const systemClock: Clock = {
  now: Date.now,
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

/** Waits so long, or until it is told to end. */
export const waitFor = (ms: number, end: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (end.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      end.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    end.addEventListener('abort', done);
  });

/** Waits for the work, but no longer than that; leaves no timer behind. */
export const atMost = async (ms: number, work: Promise<unknown>): Promise<void> => {
  const over = new AbortController();
  await Promise.race([work, waitFor(ms, over.signal)]);
  over.abort();
};
