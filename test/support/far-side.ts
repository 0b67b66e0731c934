/** The sandbox in the test's own process, with a record of what every event looked like and which order it stands for. */
import { createHash } from 'node:crypto';
import { type Sandbox, type SandboxEvent, type SandboxOptions, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { TOKEN } from './sync-project.ts';

/** How one order arrived. */
export type Arrival = {
  /** event_ids under which it was accepted: more than one is the same order counted twice. */
  readonly ids: ReadonlySet<string>;
  /** How often it was accepted, over all of them. */
  readonly times: number;
};

export type FarSide = Sandbox & {
  /** order_id → how it arrived. */
  readonly arrivals: () => ReadonlyMap<string, Arrival>;
  /** event_ids that came with different contents. */
  readonly changed: () => readonly string[];
  /** Acceptances above the first of each event_name and event_id. */
  readonly repeats: () => number;
};

/** @param options `refuse` is asked after the event was recorded */
export const openFarSide = async ({ refuse, ...options }: SandboxOptions = {}): Promise<FarSide> => {
  const known = new Map<string, { readonly order: string; readonly digest: string }>();
  const changed = new Set<string>();
  const record = (event: SandboxEvent): void => {
    const { receivedAt: _, duplicate: __, datasetId: ___, ...sent } = event;
    const id = `${event.event_name}\u0000${event.event_id}`;
    const digest = createHash('sha256').update(JSON.stringify(sent)).digest('base64');
    const first = known.get(id);
    if (first === undefined) known.set(id, { order: String(event.custom_data?.order_id), digest });
    else if (first.digest !== digest) changed.add(id);
  };
  const sandbox = await startSandbox({
    token: TOKEN,
    ...options,
    refuse: (event) => {
      record(event);
      return refuse?.(event);
    },
  });
  return {
    ...sandbox,
    arrivals: () => {
      const all = new Map<string, { ids: Set<string>; times: number }>();
      for (const [id, times] of sandbox.deliveries()) {
        const order = known.get(id)?.order ?? `an event nobody saw: ${id}`;
        const arrival = all.get(order) ?? { ids: new Set(), times: 0 };
        arrival.ids.add(id);
        arrival.times += times;
        all.set(order, arrival);
      }
      return all;
    },
    changed: () => [...changed],
    repeats: () => {
      let repeats = 0;
      for (const times of sandbox.deliveries().values()) repeats += times - 1;
      return repeats;
    },
  };
};
