import { expressionsOf } from '../mapping/template.ts';
import { USER_DATA } from '../meta/parameters.ts';
import { found, type LintRule } from './lint-subject.ts';

/** The state keeps primary keys of rows as they are: of the last one, and of those that were refused. */
export const contactKey: LintRule = (subject) => {
  const { primaryKey, userData } = subject.parsed;
  const contact = userData
    .filter(({ key }) => USER_DATA[key].hashed && key !== 'external_id')
    .flatMap(({ feeds }) => feeds.flatMap(({ value }) => expressionsOf(value)))
    .flatMap(({ expression }) => (expression.bare === undefined ? [] : [expression.bare]));
  return primaryKey
    .filter((name) => contact.includes(name))
    .map((name) =>
      found(
        subject,
        'key-is-contact-data',
        ['source', 'primary_key'],
        `"${name}" is contact data, and the state and the lists of refused rows hold primary keys as they are`,
      ),
    );
};
