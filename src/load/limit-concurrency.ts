/** How many requests may be under way. Throttling halves it, success brings it back by one; waiting is first come, first served. */

export type ConcurrencyLimit = {
  readonly acquire: () => Promise<void>;
  readonly release: () => void;
  readonly throttled: () => void;
  readonly succeeded: () => void;
  readonly current: () => number;
};

export const limitConcurrency = (maximum: number): ConcurrencyLimit => {
  let limit = maximum;
  let active = 0;
  let streak = 0;
  const waiting: (() => void)[] = [];
  const admit = (): void => {
    while (active < limit && waiting.length > 0) {
      active += 1;
      waiting.shift()?.();
    }
  };
  return {
    acquire: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        admit();
      }),
    release: () => {
      active -= 1;
      admit();
    },
    throttled: () => {
      limit = Math.max(1, Math.floor(limit / 2));
      streak = 0;
    },
    succeeded: () => {
      streak += 1;
      if (streak < 10 || limit >= maximum) return;
      limit += 1;
      streak = 0;
      admit();
    },
    current: () => limit,
  };
};
