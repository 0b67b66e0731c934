/** Deduplicate page, 2026-09-12: 48 hours from the first receipt. */
const WINDOW_SECONDS = 48 * 3600;
/** Offline Events page, 2026-09-12: 7 days at most. */
export const STORE_WINDOW_SECONDS = 7 * 86_400;

type Ids = {
  /** event_id to the Unix second that opened its current window. */
  readonly firstSeen: Map<string, number>;
  /** Only ids accepted more than once, so that a million different ids cost one Map entry each. */
  readonly repeated: Map<string, number>;
};

export type DeliveryMemory = {
  readonly isDuplicate: (dataset: string, name: string, id: string, nowMilliseconds: number) => boolean;
  /** Counts the delivery; true when it is a duplicate. */
  readonly record: (dataset: string, name: string, id: string, nowMilliseconds: number) => boolean;
  readonly deliveries: () => ReadonlyMap<string, number>;
  readonly reset: () => void;
};

/** Remembers every event_name and id per dataset. Nested maps, as a joined key would double the memory. */
export const createDeliveryMemory = (windowSeconds = WINDOW_SECONDS): DeliveryMemory => {
  const datasets = new Map<string, Map<string, Ids>>();

  const idsOf = (dataset: string, name: string): Ids => {
    let names = datasets.get(dataset);
    if (names === undefined) {
      names = new Map();
      datasets.set(dataset, names);
    }
    let ids = names.get(name);
    if (ids === undefined) {
      ids = { firstSeen: new Map(), repeated: new Map() };
      names.set(name, ids);
    }
    return ids;
  };
  const isWithin = (first: number | undefined, now: number) => first !== undefined && now - first < windowSeconds;
  const toSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000);

  return {
    isDuplicate: (dataset, name, id, now) =>
      isWithin(datasets.get(dataset)?.get(name)?.firstSeen.get(id), toSeconds(now)),
    record: (dataset, name, id, nowMilliseconds) => {
      const { firstSeen, repeated } = idsOf(dataset, name);
      const now = toSeconds(nowMilliseconds);
      const first = firstSeen.get(id);
      if (first !== undefined) repeated.set(id, (repeated.get(id) ?? 1) + 1);
      if (isWithin(first, now)) return true;
      firstSeen.set(id, now);
      return false;
    },
    deliveries: () => {
      const counts = new Map<string, number>();
      for (const names of datasets.values()) {
        for (const [name, { firstSeen, repeated }] of names) {
          for (const id of firstSeen.keys()) {
            const key = `${name}\u0000${id}`;
            counts.set(key, (counts.get(key) ?? 0) + (repeated.get(id) ?? 1));
          }
        }
      }
      return counts;
    },
    reset: () => datasets.clear(),
  };
};
