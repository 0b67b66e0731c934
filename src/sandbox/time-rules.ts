import { type EventRule, refused } from './event-rule.ts';
import type { ShapedEvent } from './sandbox-types.ts';

const DAY = 86_400;
// Fact sheet §2 (event_time): 7 days, and 62 for physical_store (Offline Events page, 2026-09-12). How far ahead Meta
// tolerates is not documented; one minute is what a large sender allows.
const MAX_AGE = 7 * DAY;
const MAX_AGE_PHYSICAL_STORE = 62 * DAY;
const MAX_AHEAD = 60;

/** Meta looks at the time before the match keys (a real call of 2026-09-05 with both faults got the time's error). */
export const TIME_RULES: readonly EventRule<ShapedEvent>[] = [
  {
    name: 'event-too-old',
    check: ({ event_time, action_source }, now) =>
      now - event_time > (action_source === 'physical_store' ? MAX_AGE_PHYSICAL_STORE : MAX_AGE)
        ? refused(
            2804003,
            'Event time too old',
            'An event is older than 7 days (62 days for physical_store). No event of this request was processed.',
          )
        : undefined,
  },
  {
    name: 'event-in-the-future',
    check: ({ event_time }, now) =>
      event_time - now > MAX_AHEAD
        ? refused(2804004, 'Event time in the future', 'event_time is in the future. Send Unix time in seconds, GMT.')
        : undefined,
  },
];
