import { FAULT_KINDS, type FaultKind, type Setting, WHEN_SETTINGS } from './fault-kinds.ts';

export type { FaultKind } from './fault-kinds.ts';
export type FaultBody = 'empty' | 'html' | 'json' | 'truncated';

/** One thing that goes wrong on purpose. What is left out has the default that describeFaults() tells. */
export type Fault = {
  readonly kind: FaultKind;
  /** status: HTTP status. */
  readonly code?: number;
  readonly body?: FaultBody;
  /** throttle and permission: Graph's error code. */
  readonly graphCode?: number;
  /** throttle: minutes until access returns, as the usage headers say. */
  readonly regain?: number;
  /** slow and drip: milliseconds. */
  readonly ms?: number;
  /** Whether the events are processed and stored although the answer is spoilt. */
  readonly stored?: boolean;
  /** too-large: requests of up to so many events pass. */
  readonly max?: number;
  readonly event_id?: string;
  readonly order_id?: string;
  readonly share?: number;
  readonly subcode?: number;
  /** Only the first N matching requests. */
  readonly times?: number;
  /** Not before N event requests have passed. */
  readonly after?: number;
  /** Only each Nth request. */
  readonly every?: number;
  /** Only this share of the requests, by chance. */
  readonly rate?: number;
};

/** A fault with every setting of its kind filled in. */
export const withFaultDefaults = (fault: Fault): Fault => {
  const settings: readonly Setting[] = [...FAULT_KINDS[fault.kind].settings, ...WHEN_SETTINGS];
  const defaults = settings.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const]));
  return { ...Object.fromEntries(defaults), ...fault };
};

const isKind = (text: string): text is FaultKind => Object.hasOwn(FAULT_KINDS, text);

/**
 * Reads `KIND[:key=value[,key=value...]]`, as `--fault` takes it.
 * @throws Error that names what is wrong and what is allowed.
 */
export const parseFault = (text: string): Fault => {
  const colon = text.indexOf(':');
  const kind = (colon === -1 ? text : text.slice(0, colon)).trim();
  if (!isKind(kind)) {
    throw new Error(`unknown fault "${kind}"; allowed are ${Object.keys(FAULT_KINDS).join(', ')}`);
  }
  const settings: readonly Setting[] = [...FAULT_KINDS[kind].settings, ...WHEN_SETTINGS];
  const read = new Map<string, string | number | boolean>();
  const pairs = colon === -1 ? [] : text.slice(colon + 1).split(',');
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const key = (equals === -1 ? pair : pair.slice(0, equals)).trim();
    const setting = settings.find((candidate) => candidate.key === key);
    if (setting === undefined) {
      throw new Error(`fault ${kind} has no "${key}"; allowed are ${settings.map((each) => each.key).join(', ')}`);
    }
    if (equals === -1) throw new Error(`fault ${kind}: "${key}" needs a value: ${key}=${setting.allowed}`);
    if (read.has(key)) throw new Error(`fault ${kind}: "${key}" is given twice`);
    const value = setting.read(pair.slice(equals + 1).trim());
    if (value === undefined) throw new Error(`fault ${kind}: "${key}" must be ${setting.allowed}`);
    read.set(key, value);
  }
  const { oneOf = [] } = FAULT_KINDS[kind];
  if (oneOf.length > 0 && !oneOf.some((key) => read.has(key))) {
    throw new Error(`fault ${kind} needs at least one of ${oneOf.join(', ')}`);
  }
  return withFaultDefaults({ ...Object.fromEntries(read), kind });
};

const describeSetting = ({ key, allowed, value, says }: Setting): string =>
  `${key}=${allowed}${value === undefined ? '' : ` (${value})`}${says === undefined ? '' : `: ${says}`}`;

/** Help of `--fault`: each kind with its settings and their defaults. */
export const describeFaults = (): string => {
  const width = Math.max(...Object.keys(FAULT_KINDS).map((kind) => kind.length)) + 2;
  const indent = ' '.repeat(width + 2);
  return [
    'KIND[:key=value[,key=value...]], for example  throttle:times=3  or  status:code=503,rate=0.15',
    '',
    ...Object.entries(FAULT_KINDS).flatMap(([kind, { says, settings }]) => [
      `  ${kind.padEnd(width)}${says}`,
      ...settings.map((setting) => `${indent}${describeSetting(setting)}`),
    ]),
    '',
    'Of every kind:',
    ...WHEN_SETTINGS.map((setting) => `  ${describeSetting(setting)}`),
    'The first fault that matches a request decides its answer; refuse works beside any other.',
  ].join('\n');
};
