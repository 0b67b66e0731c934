import type { Diagnostic } from '../config/diagnostic.ts';
import { found, isExpression, isMapped, type LintRule, type LintSubject } from './lint-subject.ts';

/**
 * `goal`: what the advertiser optimises for, and what Meta needs for it. Value optimisation reads value and currency, dynamic product ads
 * the ids of products (end-to-end implementation guide, 2026-11). Conversions need nothing beyond the event.
 */
export const goalNeeds: LintRule = (subject) => {
  const { goal } = subject.loaded.mapping;
  if (goal === 'value') return valueNeeds(subject);
  return goal === 'product_ads' ? productNeeds(subject) : [];
};

const notMet = (subject: LintSubject, message: string): Diagnostic => found(subject, 'goal-not-met', ['goal'], message);

const valueNeeds = (subject: LintSubject): Diagnostic[] =>
  ['value', 'currency']
    .filter((key) => !isMapped(subject.customData[key]))
    .map((key) => notMet(subject, `the goal value needs custom_data.${key}, which is not mapped`));

const productNeeds = (subject: LintSubject): Diagnostic[] => {
  const { content_ids: ids, contents, content_type: type } = subject.customData;
  const problems: Diagnostic[] = [];
  if (!isMapped(ids) && !haveIds(contents)) {
    const lacking = isMapped(contents)
      ? 'the items of custom_data.contents have none'
      : 'neither custom_data.content_ids nor custom_data.contents is mapped';
    problems.push(notMet(subject, `the goal product_ads needs ids of products: ${lacking}`));
  }
  if (!isMapped(type)) {
    const path = ['event', 'custom_data', 'content_type'];
    problems.push(found(subject, 'content-type-missing', path, 'the goal product_ads wants custom_data.content_type'));
  }
  return problems;
};

/** Of an expression this is certain only where it writes the items itself, without a key "id". */
const haveIds = (contents: unknown): boolean => {
  if (Array.isArray(contents)) return contents.length > 0;
  if (!isExpression(contents) || !isMapped(contents)) return isMapped(contents);
  return !contents.includes('{') || /(["'])id\1\s*:/.test(contents);
};
