import { type Fault, withFaultDefaults } from './faults.ts';
import type { Refusal, ShapedEvent } from './sandbox-types.ts';

export type FaultSchedule = {
  readonly set: (faults: readonly Fault[]) => void;
  readonly restart: () => void;
  /** A throttle fault is set: answers carry usage headers. */
  readonly showsUsage: () => boolean;
  /**
   * Counts one event request of `events` events and tells what goes wrong with it: the fault that decides the answer,
   * and the check of the refuse faults.
   */
  readonly next: (events: number) => {
    readonly fault: Fault | undefined;
    readonly refuse: ((event: ShapedEvent) => Refusal | undefined) | undefined;
  };
};

/** FNV-1a as a share of 1: stable over runs, so that a refused event stays refused. */
const stableShare = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // Ids that differ only at the end differ only in the low bits, so these are mixed into the high ones.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

const identityOf = ({ event_name, event_id, event_time, user_data }: ShapedEvent): string =>
  `${event_name}\u0000${event_id ?? `${event_time}\u0000${JSON.stringify(user_data)}`}`;

const isTarget = (fault: Fault, event: ShapedEvent): boolean =>
  (fault.event_id !== undefined && event.event_id === fault.event_id) ||
  (fault.order_id !== undefined && event.custom_data?.order_id === fault.order_id) ||
  (fault.share !== undefined && stableShare(identityOf(event)) < fault.share);

/** Which faults act on which request. Requests are numbered as their bodies arrive. */
export const createFaultSchedule = (random: () => number): FaultSchedule => {
  let scheduled: { readonly fault: Fault; used: number }[] = [];
  let requests = 0;

  const restart = () => {
    requests = 0;
    for (const each of scheduled) each.used = 0;
  };

  const isDue = ({ fault, used }: { readonly fault: Fault; readonly used: number }): boolean => {
    const { after = 0, every = 1, rate = 1, times = Number.POSITIVE_INFINITY } = fault;
    return used < times && requests > after && (requests - after) % every === 0 && (rate >= 1 || random() < rate);
  };

  return {
    set: (faults) => {
      scheduled = faults.map((fault) => ({ fault: withFaultDefaults(fault), used: 0 }));
      restart();
    },
    restart,
    showsUsage: () => scheduled.some(({ fault }) => fault.kind === 'throttle'),
    next: (events) => {
      requests++;
      const deciding = scheduled.find(
        (each) =>
          each.fault.kind !== 'refuse' &&
          !(each.fault.kind === 'too-large' && events <= (each.fault.max ?? 0)) &&
          isDue(each),
      );
      if (deciding !== undefined) deciding.used++;
      const refusing = scheduled.filter((each) => each.fault.kind === 'refuse' && isDue(each));
      const refuse = (event: ShapedEvent): Refusal | undefined => {
        const found = refusing.find(({ fault }) => isTarget(fault, event));
        if (found === undefined) return undefined;
        // A refuse fault matches a request when it refuses it: the first event that it meets, as that ends the check.
        found.used++;
        return { subcode: found.fault.subcode ?? 0 };
      };
      return { fault: deciding?.fault, refuse: refusing.length === 0 ? undefined : refuse };
    },
  };
};
