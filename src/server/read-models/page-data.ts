/**
 * The JSON behind the status page: what `/api/overview` and `/api/mappings/:name` answer. Times are epoch seconds.
 * Counts, codes, names of tables and keys; no value of a row, no primary key, no secret.
 */

/*
 * Nothing is imported here: the browser's code takes its types from this file, and knows no Node. That the types of state fit these is checked
 * where they are handed over.
 */

/** What runs did, added up. */
export type RunTotals = {
  readonly runs: number;
  readonly failed: number;
  readonly read: number;
  readonly sent: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly rejected: number;
  readonly expired: number;
  readonly requests: number;
  readonly retries: number;
  readonly inDoubtResent: number;
  readonly busySeconds: number;
};

/** `hour`: whole hours since 1970. */
export type RunHour = RunTotals & { readonly hour: number };

export type RunStatus = 'running' | 'succeeded' | 'completed_with_rejections' | 'failed' | 'skipped_busy';

/** From what needs a person now to what needs nobody. */
export const LEVELS = ['bad', 'warn', 'off', 'ok'] as const;
export type Level = (typeof LEVELS)[number];

export type Health = {
  readonly level: Level;
  /** One or two words. */
  readonly label: string;
  /** Why, in one sentence. */
  readonly why: string;
  /** What to do; absent where there is nothing to do. */
  readonly todo?: string | undefined;
  /** What a button can do about it. */
  readonly action?: 'run' | 'resume' | 'retry' | undefined;
};

/** One run in a strip. */
export type RunCell = {
  readonly id: number;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly read: number;
  readonly sent: number;
  readonly rejected: number;
  readonly errorCode?: string | undefined;
};

export type LiveRun = {
  readonly trigger: string;
  readonly startedAt: number;
  readonly read: number;
  readonly sent: number;
  readonly rejected: number;
  readonly totalRows: number | undefined;
};

/** Against what the age of the last sync is held, in seconds. */
export type FreshnessLimits = {
  readonly warn: number | undefined;
  readonly alert: number | undefined;
  /** Age at which Meta refuses an event of the mapping. */
  readonly meta: number;
};

export type MappingSummary = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly health: Health;
  readonly schedule: { readonly cron: string; readonly timezone: string } | undefined;
  readonly nextAt: number | undefined;
  readonly pausedSince: number | undefined;
  readonly queued: boolean;
  readonly running: LiveRun | undefined;
  /** Another instance runs it. */
  readonly elsewhere: boolean;
  /** When the last run began that read all there was. */
  readonly syncedAt: number | undefined;
  readonly freshness: 'ok' | 'warn' | 'alert';
  readonly limits: FreshnessLimits;
  /** Oldest first. */
  readonly runs: readonly RunCell[];
  /** The last 24 hours. */
  readonly day: RunTotals;
  readonly deadLetters: number;
  readonly inDoubt: number;
};

export type Overview = {
  readonly version: string;
  readonly startedAt: number;
  readonly stopping: boolean;
  /** Whether a token is set, so that there are actions at all. */
  readonly actions: boolean;
  readonly config: {
    readonly generation: number;
    readonly loadedAt: number;
    readonly problem: { readonly at: number; readonly count: number; readonly problems: readonly string[] } | undefined;
  };
  /** What needs attention comes first. */
  readonly mappings: readonly MappingSummary[];
  /** The last 48 hours, all mappings; every hour is there. */
  readonly hours: readonly RunHour[];
};

/** A step of a mapping's way, and how many rows it let through and kept back. */
export type FlowStep = {
  readonly kind: 'source' | 'filter' | 'rules' | 'dedup' | 'dataset';
  readonly title: string;
  readonly lines: readonly string[];
  /** Rows that came to the step. */
  readonly in: number;
  /** Rows that ended here, by outcome. */
  readonly left: readonly { readonly outcome: string; readonly rows: number }[];
};

export type KeyCoverage = {
  readonly key: string;
  readonly events: number;
  readonly dropped: readonly { readonly reason: string; readonly values: number; readonly cure: string | undefined }[];
};

export type Coverage = {
  readonly events: number;
  readonly keys: readonly KeyCoverage[];
  readonly broadOnly: number;
  readonly bands: readonly { readonly band: string; readonly events: number }[];
  readonly estimate: string | undefined;
};

export type LetterGroup = {
  readonly code: string;
  readonly field: string | undefined;
  readonly rows: number;
  readonly meaning: string | undefined;
  readonly cure: string | undefined;
};

export type RunRow = RunCell & {
  readonly duplicate: number;
  readonly filtered: number;
  readonly expired: number;
  readonly errorMessage?: string | undefined;
  readonly errorHint?: string | undefined;
};

export const RANGES = { '24h': 24, '7d': 168, '30d': 720 } as const;
export type Range = keyof typeof RANGES;

export type Detail = MappingSummary & {
  readonly range: Range;
  /** Every hour of the range is there. */
  readonly hours: readonly RunHour[];
  readonly totals: RunTotals;
  readonly flow: readonly FlowStep[];
  /** Events by age when Meta acknowledged them; `upTo` in seconds, absent in the last class. */
  readonly ages: readonly { readonly upTo: number | undefined; readonly events: number }[] | undefined;
  readonly coverage: Coverage | undefined;
  readonly letters: readonly LetterGroup[];
  readonly open: {
    readonly underWay: number;
    readonly inDoubt: number;
    readonly batches: number;
    readonly since: number | undefined;
  };
  readonly onUnknown: 'resend' | 'hold';
  /** Newest first. */
  readonly history: readonly RunRow[];
  /** Where the checkpoint stands, if that is a point in time. */
  readonly stands: { readonly cursor: string | undefined; readonly movedAt: number } | undefined;
};
