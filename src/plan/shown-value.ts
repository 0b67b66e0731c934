/**
 * A value of an event as a plan may show it: nothing that could be a person's. Numbers of custom_data, times, and words of Meta's own lists are
 * shown; any other text is masked, and of a hash it is only said that there is one.
 */
import { maskValue } from '../explain/mask.ts';
import { CUSTOM_DATA, USER_DATA } from '../meta/parameters.ts';
import { ACTION_SOURCES, STANDARD_EVENTS } from '../meta/standard-names.ts';

const PLAIN: Readonly<Record<string, (value: unknown) => boolean>> = {
  event_time: (value) => typeof value === 'number',
  event_name: (value) => (STANDARD_EVENTS as readonly string[]).includes(String(value)),
  action_source: (value) => Object.hasOwn(ACTION_SOURCES, String(value)),
  'custom_data.currency': (value) => /^[A-Z]{3}$/.test(String(value)),
};

/** @param path `custom_data.value`, `user_data.em` */
export const shownValue = (path: string, value: unknown): string => {
  if (value === undefined) return 'none';
  if (PLAIN[path]?.(value)) return String(value);
  const [group, key = ''] = path.split('.');
  if (group === 'user_data') {
    const count = Array.isArray(value) ? value.length : 1;
    const isHashed = Object.hasOwn(USER_DATA, key) && USER_DATA[key as keyof typeof USER_DATA].hashed;
    if (isHashed) return count === 1 ? 'a hash' : `${count} hashes`;
  }
  const isNumber = group === 'custom_data' && Object.hasOwn(CUSTOM_DATA, key) && typeof value === 'number';
  return isNumber ? String(value) : maskValue(value as Parameters<typeof maskValue>[0]);
};
