import { ACTION_SOURCE_RULES } from './action-source-rules.ts';
import { CUSTOM_DATA_RULES } from './custom-data-rules.ts';
import { type EventRule, jsonPath, mistyped, PARAMETER_ERROR, type Violation } from './event-rule.ts';
import { isObject } from './field-types.ts';
import type { JsonObject, ShapedEvent } from './sandbox-types.ts';
import { SHAPE_RULES } from './shape-rules.ts';
import { TIME_RULES } from './time-rules.ts';
import { USER_DATA_RULES } from './user-data-rules.ts';

/** Using the API page, 2026-09-12. */
const MAX_EVENTS = 1000;

/** Rules about meaning, in the order in which they are checked once the types are right. */
export const MEANING_RULES: readonly EventRule<ShapedEvent>[] = [
  ...TIME_RULES,
  ...USER_DATA_RULES,
  ...CUSTOM_DATA_RULES,
  ...ACTION_SOURCE_RULES,
];

const firstViolation = (event: JsonObject, nowSeconds: number): Violation | undefined => {
  for (const rule of SHAPE_RULES) {
    const found = rule.check(event, nowSeconds);
    if (found !== undefined) return found;
  }
  for (const rule of MEANING_RULES) {
    const found = rule.check(event as ShapedEvent, nowSeconds);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Subcode, title and user message of the answer; for type errors the message holds the JSON path. */
export type RequestViolation = { readonly subcode: number; readonly title: string; readonly message: string };

const located = (index: number, { subcode, title, message, path }: Violation): RequestViolation => ({
  subcode,
  title,
  message: path === undefined ? message : `${jsonPath(index, path)} ${message}.`,
});

const wholeRequest = (message: string): RequestViolation => ({
  subcode: PARAMETER_ERROR,
  title: 'Parameter error',
  message: `$['data'] ${message}.`,
});

/** An element of `data` is an object, or the JSON text of one (as the Python SDK sends it). */
const toObject = (element: unknown): JsonObject | undefined => {
  if (isObject(element)) return element;
  if (typeof element !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(element);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
};

/** All events of a request, or the first thing wrong: one bad event refuses them all (Using the API page, 2026-09-12). */
export const checkEvents = (
  data: readonly unknown[],
  nowMilliseconds: number,
): { readonly events: readonly ShapedEvent[] } | { readonly violation: RequestViolation } => {
  if (data.length === 0) return { violation: wholeRequest('must hold at least one event') };
  if (data.length > MAX_EVENTS) return { violation: wholeRequest(`must hold at most ${MAX_EVENTS} events`) };
  const nowSeconds = nowMilliseconds / 1000;
  const events: ShapedEvent[] = [];
  for (let index = 0; index < data.length; index++) {
    const event = toObject(data[index]);
    const violation = event === undefined ? mistyped([], 'must be an object') : firstViolation(event, nowSeconds);
    if (violation !== undefined) return { violation: located(index, violation) };
    events.push(event as ShapedEvent);
  }
  return { events };
};
