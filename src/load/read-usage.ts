/**
 * How much of Meta's limits is used, from the headers of an answer. All of them are optional, in any case, and may hold anything.
 * developers.facebook.com/docs/graph-api/overview/rate-limiting (2026-09-12): `X-App-Usage`, `X-Ad-Account-Usage`,
 * `X-Business-Use-Case-Usage`. That `estimated_time_to_regain_access` is in minutes is general knowledge, not on that page.
 */
export type Usage = {
  /** Of the limit that is nearest, 0 to 100 and above. */
  readonly percent: number;
  /** Until calls are accepted again; 0 while they are. */
  readonly regainMs: number;
};

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const PERCENT = ['call_count', 'total_time', 'total_cputime', 'acc_id_util_pct'];
const LONGEST_MS = 24 * 3_600_000;

const objectOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;

const parse = (header: string | string[] | undefined): Record<string, unknown> | undefined => {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
};

/** @returns undefined where no header says anything */
export const readUsage = (headers: Headers): Usage | undefined => {
  const app = parse(headers['x-app-usage']);
  const account = parse(headers['x-ad-account-usage']);
  const business = parse(headers['x-business-use-case-usage'] ?? headers['x-business-use-case']);
  if (!app && !account && !business) return undefined;
  const cases = Object.values(business ?? {}).flatMap((list) => (Array.isArray(list) ? list.map(objectOf) : []));
  const all = [app, account, ...cases].filter((each) => each !== undefined);
  const numbers = (key: string): number[] =>
    all.map((each) => each[key]).filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[];
  const percent = Math.max(0, ...PERCENT.flatMap(numbers));
  // An account's time to reset counts only once its limit is reached.
  const reset = typeof account?.acc_id_util_pct === 'number' && account.acc_id_util_pct >= 100;
  const minutes = Math.max(0, ...numbers('estimated_time_to_regain_access'));
  const seconds = Math.max(0, ...(reset ? numbers('reset_time_duration') : []));
  return { percent, regainMs: Math.min(LONGEST_MS, Math.max(minutes * 60_000, seconds * 1000)) };
};

/** Retry-After, in seconds or as an HTTP date, in milliseconds from now; at most an hour. Undefined when absent, past or odd. */
export const readRetryAfter = (header: string | string[] | undefined, nowMs: number): number | undefined => {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  // Date.parse reads much that is no date: an HTTP date begins with the name of a day.
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /^[A-Z][a-z]{2,8}[, ]/.test(text)
      ? Date.parse(text) - nowMs
      : 0;
  return ms > 0 ? Math.min(ms, 3_600_000) : undefined;
};
