/** HubSpot's limits, as its page "API usage guidelines and limits" has them (read 2026-11-30). */
export type Limits = {
  /** Of the whole account; answers of the search carry no headers about it. */
  readonly searchesPerSecond: number;
  readonly perTenSeconds: number;
  readonly perDay: number;
};

export const FREE: Limits = { searchesPerSecond: 5, perTenSeconds: 100, perDay: 250_000 };

export type Throttled = { readonly policyName: string; readonly message: string };

export const openLimits = (limits: Limits) => {
  const searches: number[] = [];
  const all: number[] = [];
  let today = 0;
  const isFull = (times: number[], most: number, windowMs: number, now: number): boolean => {
    while (times[0] !== undefined && times[0] <= now - windowMs) times.shift();
    if (times.length >= most) return true;
    times.push(now);
    return false;
  };
  return {
    perDay: limits.perDay,
    /** Undefined: it may go on. */
    take: (isSearch: boolean): Throttled | undefined => {
      const now = performance.now();
      today += 1;
      if (today > limits.perDay) return { policyName: 'DAILY', message: 'You have reached your daily limit.' };
      if (isSearch && isFull(searches, limits.searchesPerSecond, 1_000, now))
        return { policyName: 'SECONDLY', message: 'You have reached your secondly limit.' };
      if (isFull(all, limits.perTenSeconds, 10_000, now))
        return { policyName: 'TEN_SECONDLY_ROLLING', message: 'You have reached your ten_secondly_rolling limit.' };
      return undefined;
    },
    headers: (): Record<string, string> => ({
      'X-HubSpot-RateLimit-Daily': String(limits.perDay),
      'X-HubSpot-RateLimit-Daily-Remaining': String(Math.max(0, limits.perDay - today)),
      'X-HubSpot-RateLimit-Interval-Milliseconds': '10000',
      'X-HubSpot-RateLimit-Max': String(limits.perTenSeconds),
      'X-HubSpot-RateLimit-Remaining': String(Math.max(0, limits.perTenSeconds - all.length)),
    }),
  };
};
