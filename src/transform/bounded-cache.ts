/**
 * A cache that never holds more than twice `limit` entries: two generations, the older one forgotten when the younger is full.
 * Cheaper than a strict LRU, and what is in use stays. Lives in memory only.
 */
export const boundedCache = <V>(limit: number): { get(key: string): V | undefined; set(key: string, value: V): V } => {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  const set = (key: string, value: V): V => {
    if (young.size >= limit) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
    return value;
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      return aged === undefined ? undefined : set(key, aged);
    },
    set,
  };
};
