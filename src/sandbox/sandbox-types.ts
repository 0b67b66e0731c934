import type { Fault } from './faults.ts';

/** A JSON object as it arrived; nothing is known about its values yet. */
export type JsonObject = { readonly [key: string]: unknown };

/** An event whose field types have been checked: what the rules about meaning may rely on. */
export type ShapedEvent = {
  readonly event_name: string;
  /** Unix seconds. */
  readonly event_time: number;
  readonly action_source: string;
  readonly user_data: JsonObject;
  readonly custom_data?: JsonObject;
  readonly app_data?: JsonObject;
  readonly event_id?: string;
  readonly event_source_url?: string;
  readonly messaging_channel?: string;
  readonly data_processing_options?: readonly string[];
  readonly data_processing_options_country?: number;
  readonly data_processing_options_state?: number;
  readonly [key: string]: unknown;
};

/** An event that was accepted: every key as it was sent, and (in camelCase, which Meta never uses) how it arrived. */
export type SandboxEvent = ShapedEvent & {
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** The same event_name and event_id came to this dataset in the 48 h before. */
  readonly duplicate: boolean;
  readonly datasetId: string;
  readonly testEventCode?: string;
  readonly partnerAgent?: string;
};

/** Why the far side refuses an event that looks right: answered as code 100 with this subcode. */
export type Refusal = { readonly subcode: number; readonly title?: string; readonly message?: string };

export type EventNameStats = {
  /** Events that Meta would keep: without the duplicates. */
  readonly count: number;
  readonly duplicates: number;
  /** Sum of custom_data.value of the kept events, by upper-case currency. */
  readonly value: Readonly<Record<string, number>>;
};

export type SandboxStats = {
  /** Requests to /events, whatever became of them. */
  readonly requests: number;
  /** `accepted`, `refused`, or `fault:<kind>` where a fault decided the answer. Requests whose sender left in mid-upload: `aborted`. */
  readonly requestsByOutcome: Readonly<Record<string, number>>;
  /** Before deduplication: eventsAccepted = eventsUnique + duplicates. */
  readonly eventsAccepted: number;
  readonly eventsUnique: number;
  readonly duplicates: number;
  /** Most events in one accepted request. */
  readonly largestBatch: number;
  /** Graph errors answered to event requests, faults included: `code` or `code/subcode`. */
  readonly refusedRequests: Readonly<Record<string, number>>;
  readonly byEventName: Readonly<Record<string, EventNameStats>>;
  /** Kept events that hold the user_data key. */
  readonly matchKeyCoverage: Readonly<Record<string, number>>;
  /** Kept events by action_source. */
  readonly actionSources: Readonly<Record<string, number>>;
  /** Requests of any kind with `access_token` in the URL, where logs and proxies can read it. */
  readonly tokenInUrl: number;
};

export type SandboxOptions = {
  /** 0 takes a free port (the default). The sandbox listens on 127.0.0.1 only. */
  readonly port?: number;
  /** The only token that is good. Without it every token of a plausible shape is. */
  readonly token?: string;
  /** The only datasets that exist. Without it every numeric id does. */
  readonly datasets?: readonly string[];
  readonly faults?: readonly Fault[];
  /** For events that only the far side refuses. Called after all rules passed; `duplicate` is what it would become. */
  readonly refuse?: (event: SandboxEvent) => Refusal | undefined;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** How many events are kept in full (1,000). Counts and the memory of ids are complete whatever it says. */
  readonly keepEvents?: number;
  readonly random?: () => number;
};

export type Sandbox = {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly stats: () => SandboxStats;
  /** Kept events, oldest first. */
  readonly events: () => readonly SandboxEvent[];
  /** `event_name + "\u0000" + event_id` to how often it was accepted, over all datasets; a copy. */
  readonly deliveries: () => ReadonlyMap<string, number>;
  /** Replaces all faults; their counts (times, after, every) start again. */
  readonly setFaults: (faults: readonly Fault[]) => void;
  readonly setToken: (token: string | undefined) => void;
  /** Forgets events, counts and ids, and starts the faults' counts again; token and faults stay. */
  readonly reset: () => void;
  /** Cuts open connections. */
  readonly close: () => Promise<void>;
};
