import type { Diagnostic } from '../config/diagnostic.ts';
import { mappingColumns } from '../mapping/compile-mapping.ts';
import { WEAK_COMBINATIONS } from '../meta/check-match-keys.ts';
import { found, isExpression, isMapped, type LintRule, type LintSubject } from './lint-subject.ts';

/** What Meta's rules ask of an event that this mapping gives to none of its rows (src/meta/event-rules.ts has the rules themselves). */
export const eventNeeds: LintRule = (subject) => [
  ...websiteNeeds(subject),
  ...purchaseNeeds(subject),
  ...currencyNeeds(subject),
  ...matchKeyNeeds(subject),
];

const websiteNeeds = (subject: LintSubject): Diagnostic[] => {
  if (subject.actionSource !== 'website') return [];
  const problems: Diagnostic[] = [];
  if (!isMapped(subject.loaded.mapping.event.event_source_url)) {
    const message = 'a website event needs event_source_url: every row would be rejected';
    problems.push(found(subject, 'website-without-url', ['event', 'action_source'], message));
  }
  if (!isMapped(subject.userData.client_user_agent)) {
    const message = 'a website event should have user_data.client_user_agent';
    problems.push(found(subject, 'website-without-user-agent', ['event', 'user_data'], message, 'key'));
  }
  return problems;
};

const purchaseNeeds = (subject: LintSubject): Diagnostic[] => {
  if (subject.eventName !== 'Purchase') return [];
  const path = ['event', 'event_name'];
  const missing = ['value', 'currency'].filter((key) => !isMapped(subject.customData[key]));
  const problems = missing.map((key) =>
    found(subject, 'purchase-without-value', path, `a Purchase needs custom_data.${key}: every row would be rejected`),
  );
  if (!isMapped(subject.customData.order_id)) {
    const message = 'a Purchase without custom_data.order_id: two rows of one order count twice';
    problems.push(found(subject, 'purchase-without-order-id', path, message));
  }
  return problems;
};

const LOOKS_LIKE_CURRENCY = /currency|(?:^|_)(?:curr|ccy)(?:_|$)/i;

/** Without the source: what the mapping reads, what its query names, and what the rows of its tests have. */
const knownColumns = ({ parsed, loaded: { mapping } }: LintSubject): string[] => [
  ...mappingColumns(parsed),
  ...(mapping.source.query?.replaceAll(/--.*$|'(?:[^']|'')*'/gm, ' ').match(/[A-Za-z_]\w*/g) ?? []),
  ...(mapping.tests ?? []).flatMap(({ row }) => Object.keys(row)),
];

const currencyNeeds = (subject: LintSubject): Diagnostic[] => {
  const { customData, eventName } = subject;
  const path = ['event', 'custom_data', 'currency'];
  if (!isMapped(customData.currency)) {
    if (eventName === 'Purchase' || !isMapped(customData.value)) return [];
    const message = 'value needs a currency: every row with a value would be rejected';
    return [found(subject, 'value-without-currency', ['event', 'custom_data', 'value'], message, 'key')];
  }
  if (isExpression(customData.currency)) return [];
  const column = knownColumns(subject).find((name) => LOOKS_LIKE_CURRENCY.test(name));
  if (column === undefined) return [];
  const message = `the currency is a constant, though there is a column "${column}"`;
  return [found(subject, 'currency-constant', path, message)];
};

const matchKeyNeeds = (subject: LintSubject): Diagnostic[] => {
  const keys = Object.keys(subject.userData).filter((key) => isMapped(subject.userData[key]));
  const isWeak = WEAK_COMBINATIONS.some((weak) => keys.every((key) => (weak as readonly string[]).includes(key)));
  if (!isWeak) return [];
  const message = 'these match keys alone are too broad to match anyone: every row would be rejected';
  return [found(subject, 'match-keys-too-weak', ['event', 'user_data'], message, 'key')];
};
