/** However many pages are open, state is asked once for all of them; and a question that is under way is not asked again. */

type Kept = { readonly value: Promise<unknown>; readonly until: number };

export type Memory = {
  readonly remember: <T>(key: string, read: () => Promise<T>) => Promise<T>;
  /** What was read, or is being read, is no longer so. */
  readonly forget: () => void;
};

/**
 * @param forMs how long an answer holds
 * @param now milliseconds
 */
export const rememberBriefly = (forMs: number, now: () => number): Memory => {
  const kept = new Map<string, Kept>();
  const remember = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const time = now();
    const known = kept.get(key);
    if (known && known.until > time) return known.value as Promise<T>;
    for (const [old, { until }] of kept) if (until <= time) kept.delete(old);
    const value = read();
    kept.set(key, { value, until: time + forMs });
    // An answer that failed is asked for again.
    value.catch(() => {
      if (kept.get(key)?.value === value) kept.delete(key);
    });
    return value;
  };
  return { remember, forget: () => kept.clear() };
};
