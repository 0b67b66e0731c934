import { hash } from 'node:crypto';
import { createDeliveryMemory, STORE_WINDOW_SECONDS } from './delivery-memory.ts';
import type { SandboxEvent, SandboxStats, ShapedEvent } from './sandbox-types.ts';

/** What the events of one accepted request have in common. */
export type Arrival = {
  readonly receivedAt: number;
  readonly datasetId: string;
  readonly testEventCode?: string;
  readonly partnerAgent?: string;
};

export type ReceivedEvents = {
  /** The event as it would be kept, without keeping it. */
  readonly preview: (event: ShapedEvent, arrival: Arrival) => SandboxEvent;
  readonly store: (events: readonly ShapedEvent[], arrival: Arrival) => void;
  readonly kept: () => readonly SandboxEvent[];
  readonly deliveries: () => ReadonlyMap<string, number>;
  readonly stats: () => Omit<SandboxStats, 'requests' | 'requestsByOutcome' | 'refusedRequests' | 'tokenInUrl'>;
  readonly reset: () => void;
};

type Kept = { readonly event: ShapedEvent; readonly arrival: Arrival; readonly duplicate: boolean };
type NameCount = { count: number; duplicates: number; readonly value: Map<string, number> };

const bump = (counts: Map<string, number>, key: string, by = 1) => counts.set(key, (counts.get(key) ?? 0) + by);

/** Sums of money are shown without the dust of binary fractions. */
const rounded = (sum: number) => Math.round(sum * 1e4) / 1e4;

/**
 * What makes two store events one (Offline Events page, 2026-09-12): event_time, event_name, item_number, and the order or else the same
 * user_data. event_id plays no part. The name is left to the memory.
 */
const storeIdentity = ({ event_time, user_data, custom_data }: ShapedEvent): string => {
  const order = custom_data?.order_id;
  const who = order === undefined || order === '' ? hash('sha1', JSON.stringify(user_data)) : `order ${String(order)}`;
  return `${event_time} ${String(custom_data?.item_number ?? '')} ${who}`;
};

/** Everything that was accepted: complete counts and ids, and the last `keep` events in full. */
export const createReceivedEvents = (keep: number): ReceivedEvents => {
  const memory = createDeliveryMemory();
  const storeMemory = createDeliveryMemory(STORE_WINDOW_SECONDS);
  /** Ids of store events, only to count deliveries by. */
  const storeIds = createDeliveryMemory();
  let kept: Kept[] = [];
  let accepted = 0;
  let duplicates = 0;
  let largestBatch = 0;
  const names = new Map<string, NameCount>();
  const matchKeys = new Map<string, number>();
  const actionSources = new Map<string, number>();

  const countOf = (name: string): NameCount => {
    let count = names.get(name);
    if (count === undefined) {
      count = { count: 0, duplicates: 0, value: new Map() };
      names.set(name, count);
    }
    return count;
  };

  /** Store events are compared among themselves; of all others, one without event_id never is a duplicate. Counts deliveries by id. */
  const isRepeat = (event: ShapedEvent, { datasetId, receivedAt }: Arrival): boolean => {
    const { event_name: name, event_id: id } = event;
    const isStore = event.action_source === 'physical_store';
    const ids = isStore ? storeIds : memory;
    const isKnown = id !== undefined && id !== '' && ids.record(datasetId, name, id, receivedAt);
    return isStore ? storeMemory.record(datasetId, name, storeIdentity(event), receivedAt) : isKnown;
  };

  /** Counts one event; true when it is a duplicate. */
  const count = (event: ShapedEvent, arrival: Arrival): boolean => {
    const { event_name: name, user_data: userData, custom_data: customData } = event;
    const counted = countOf(name);
    if (isRepeat(event, arrival)) {
      duplicates++;
      counted.duplicates++;
      return true;
    }
    counted.count++;
    if (customData?.value !== undefined && typeof customData.currency === 'string') {
      bump(counted.value, customData.currency.toUpperCase(), Number(customData.value));
    }
    for (const key in userData) bump(matchKeys, key);
    bump(actionSources, event.action_source);
    return false;
  };

  return {
    preview: (event, arrival) => ({
      ...event,
      ...arrival,
      duplicate:
        event.action_source === 'physical_store'
          ? storeMemory.isDuplicate(arrival.datasetId, event.event_name, storeIdentity(event), arrival.receivedAt)
          : event.event_id !== undefined &&
            memory.isDuplicate(arrival.datasetId, event.event_name, event.event_id, arrival.receivedAt),
    }),
    store: (events, arrival) => {
      const firstKept = events.length - keep;
      for (const [index, event] of events.entries()) {
        const duplicate = count(event, arrival);
        if (index >= firstKept) kept.push({ event, arrival, duplicate });
      }
      accepted += events.length;
      largestBatch = Math.max(largestBatch, events.length);
      // Trimmed at twice the size, so that the cost per event stays constant.
      if (kept.length >= keep * 2) kept = keep === 0 ? [] : kept.slice(-keep);
    },
    kept: () =>
      kept
        .slice(Math.max(0, kept.length - keep))
        .map(({ event, arrival, duplicate }) => ({ ...event, ...arrival, duplicate })),
    deliveries: () => {
      const counts = new Map(memory.deliveries());
      for (const [key, count] of storeIds.deliveries()) bump(counts, key, count);
      return counts;
    },
    stats: () => ({
      eventsAccepted: accepted,
      eventsUnique: accepted - duplicates,
      duplicates,
      largestBatch,
      byEventName: Object.fromEntries(
        [...names].map(([name, { count, duplicates, value }]) => [
          name,
          {
            count,
            duplicates,
            value: Object.fromEntries([...value].map(([currency, sum]) => [currency, rounded(sum)])),
          },
        ]),
      ),
      matchKeyCoverage: Object.fromEntries(matchKeys),
      actionSources: Object.fromEntries(actionSources),
    }),
    reset: () => {
      memory.reset();
      storeMemory.reset();
      storeIds.reset();
      kept = [];
      accepted = 0;
      duplicates = 0;
      largestBatch = 0;
      names.clear();
      matchKeys.clear();
      actionSources.clear();
    },
  };
};
