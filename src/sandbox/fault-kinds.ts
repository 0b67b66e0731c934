export type FaultKind =
  | 'status'
  | 'throttle'
  | 'transient'
  | 'expire-token'
  | 'permission'
  | 'timeout'
  | 'slow'
  | 'reset-before'
  | 'reset-after'
  | 'garbage'
  | 'wrong-count'
  | 'truncate'
  | 'too-large'
  | 'refuse'
  | 'drip'
  | 'redirect';

type Value = string | number | boolean;

/** One key of a fault: how its text is read (undefined: not allowed), and its default. */
export type Setting = {
  readonly key: string;
  readonly read: (text: string) => Value | undefined;
  readonly allowed: string;
  readonly value?: Value;
  readonly says?: string;
};

type Kind = {
  readonly says: string;
  readonly settings: readonly Setting[];
  /** At least one of these keys has to be given. */
  readonly oneOf?: readonly string[];
};

const WHOLE = /^\d{1,9}$/;
const FRACTION = /^(0|1|0?\.\d+|1\.0+)$/;

const whole = (key: string, min: number, max: number, value: number | undefined, says?: string): Setting => ({
  key,
  read: (text) => (WHOLE.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined),
  allowed: `a whole number from ${min} to ${max}`,
  ...(value === undefined ? {} : { value }),
  ...(says === undefined ? {} : { says }),
});
const share = (key: string, value: number | undefined, says: string): Setting => ({
  key,
  read: (text) => (FRACTION.test(text) ? Number(text) : undefined),
  allowed: 'a number from 0 to 1',
  ...(value === undefined ? {} : { value }),
  says,
});
const choice = (key: string, choices: readonly Value[], value: Value, says?: string): Setting => ({
  key,
  read: (text) => choices.find((each) => String(each) === text),
  allowed: choices.join('|'),
  value,
  ...(says === undefined ? {} : { says }),
});
const text = (key: string, says: string): Setting => ({
  key,
  read: (value) => (value === '' ? undefined : value),
  allowed: 'text without a comma',
  says,
});
const stored = (value: boolean): Setting =>
  choice('stored', [true, false], value, 'whether the events are processed all the same');

const MOST = 999_999_999;

/** Every kind of fault: the truth for the parser, the help text and the defaults. */
export const FAULT_KINDS: Readonly<Record<FaultKind, Kind>> = {
  status: {
    says: 'answers with an HTTP status',
    settings: [
      whole('code', 400, 599, 500),
      choice('body', ['empty', 'html', 'json', 'truncated'], 'json'),
      stored(false),
    ],
  },
  throttle: {
    says: "HTTP 400 with Graph's rate limit error and usage headers",
    settings: [
      choice('graphCode', [4, 17, 32, 613, 80004], 80004),
      whole('regain', 0, 1440, 0, 'minutes until access returns, told in the headers'),
    ],
  },
  transient: { says: 'HTTP 500, code 2 with is_transient', settings: [] },
  'expire-token': { says: 'HTTP 401, code 190/463', settings: [] },
  permission: { says: 'HTTP 403, a permission is missing', settings: [choice('graphCode', [200, 10], 200)] },
  timeout: { says: 'never answers; cut after 120 s', settings: [stored(false)] },
  slow: { says: 'processes, then answers late', settings: [whole('ms', 1, 600_000, 2000)] },
  'reset-before': { says: 'cuts the connection before processing', settings: [] },
  'reset-after': { says: 'processes and stores, then cuts the connection without an answer', settings: [] },
  garbage: { says: 'HTTP 200 with a page of HTML', settings: [stored(false)] },
  'wrong-count': { says: 'HTTP 200, events_received one too low', settings: [] },
  truncate: { says: 'HTTP 200 with the first half of the JSON', settings: [stored(true)] },
  'too-large': {
    says: 'HTTP 413',
    settings: [whole('max', 0, 1000, 0, 'requests of up to so many events pass')],
  },
  refuse: {
    says: 'refuses certain events though they look right: HTTP 400, code 100',
    settings: [
      text('event_id', 'events with this event_id'),
      text('order_id', 'events with this custom_data.order_id'),
      share('share', undefined, 'so many of all events, always the same ones'),
      whole('subcode', 1, MOST, 2804019),
    ],
    oneOf: ['event_id', 'order_id', 'share'],
  },
  drip: { says: 'processes, then answers byte by byte', settings: [whole('ms', 1, 60_000, 200, 'between two bytes')] },
  redirect: { says: 'HTTP 302 to a path that does not exist', settings: [] },
};

/** When a fault acts, the same for every kind. All that are given have to hold. */
export const WHEN_SETTINGS: readonly Setting[] = [
  whole('times', 1, MOST, undefined, 'only the first N matching requests'),
  whole('after', 0, MOST, 0, 'not before N event requests have passed'),
  whole('every', 1, MOST, 1, 'only each Nth request'),
  share('rate', 1, 'only this share of the requests, by chance'),
];
