import type { Diagnostic } from '../config/diagnostic.ts';
import { found, isExpression, isMapped, type LintRule } from './lint-subject.ts';

/** Keys of one person, device or click. The keys of a place, and gender, may well be the same for all rows. */
const ONE_PERSON = [
  'em',
  'ph',
  'fn',
  'ln',
  'db',
  'external_id',
  'client_ip_address',
  'client_user_agent',
  'fbc',
  'fbp',
  'subscription_id',
  'fb_login_id',
  'lead_id',
  'anon_id',
  'madid',
  'page_scoped_user_id',
  'ctwa_clid',
  'ig_sid',
];

/** A forgotten equals sign: `em: email` is the text "email" for every row. */
export const constantsPerRow: LintRule = (subject) => {
  const { event } = subject.loaded.mapping;
  const check = (value: unknown, path: readonly (string | number)[]): Diagnostic[] => {
    if (Array.isArray(value)) return value.flatMap((item, index) => check(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      const { value: inner, fbclid } = value as { value?: unknown; fbclid?: unknown };
      return check(inner ?? fbclid, [...path, inner === undefined ? 'fbclid' : 'value']);
    }
    if (!isMapped(value) || isExpression(value)) return [];
    const message = `${path.filter((step) => step !== 'event').join('.')} would be the same for every row`;
    // A plain word is the name of a column whose equals sign was forgotten; any other text may be anything.
    const instead = /^[A-Za-z_]\w*$/.test(String(value)) ? `=${value}` : undefined;
    return [found(subject, 'constant-not-expression', path, message, undefined, instead)];
  };
  return [
    ...check(event.event_time, ['event', 'event_time']),
    ...check(event.event_id, ['event', 'event_id']),
    ...ONE_PERSON.flatMap((key) => check(subject.userData[key], ['event', 'user_data', key])),
    ...check(subject.customData.order_id, ['event', 'custom_data', 'order_id']),
  ];
};
