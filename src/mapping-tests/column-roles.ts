/** What the columns of a row are to a person who must not be recognised: by the key of user_data that they feed, and by their names. */
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { expressionsOf, type Template } from '../mapping/template.ts';
import { userDataColumns } from '../mapping/user-data-fields.ts';
import type { UserDataKey } from '../meta/parameters.ts';

export type Role = UserDataKey | 'full_name' | 'hashed' | 'id' | 'listed' | 'word';

const NAMED: readonly (readonly [Role, RegExp])[] = [
  ['em', /e_?mail/i],
  ['ph', /phone|mobile|(?:^|_)(?:tel|fax|cell)(?:_|$)/i],
  ['db', /birth|(?:^|_)dob(?:_|$)/i],
  ['fn', /first_?name|given_?name|forename|vorname/i],
  ['ln', /last_?name|sur_?name|family_?name|nachname/i],
  ['zp', /zip|post_?(?:al)?_?code|plz/i],
  ['ct', /(?:^|_)(?:city|town)(?:_|$)/i],
  ['full_name', /(?:^|_)(?:full_?|customer_?|buyer_?|contact_?|user_?)?name$/i],
  ['client_ip_address', /(?:^|_)ip(?:_|$)/i],
  ['client_user_agent', /user_?agent/i],
  [
    'id',
    /(?:^|_)(?:id|no|nr|num|number|ref|reference|uuid|guid|key|token|code|account|login|handle)$|[a-z](?:Id|No|Number|Ref|Key)$/,
  ],
];

/** Columns of a few plain words each: such words are kept, for tests are about them. */
const WORDS = /status|stage|phase|type|kind|channel|currency|categor|lang|locale|source|plan|tier|method|event|action/i;

/** Keys whose columns hold words of a list, not of a person. */
const LISTED: ReadonlySet<string> = new Set([
  'event_name',
  'action_source',
  'currency',
  'content_type',
  'delivery_category',
]);

const columnsOf = (template: Template | undefined): string[] =>
  template ? expressionsOf(template).flatMap(({ expression }) => expression.columns) : [];

/** @returns the role of a column; undefined: nothing is known of it */
export const columnRoles = (mapping: ParsedMapping): ((column: string) => Role | undefined) => {
  const roles = new Map<string, Role>();
  const give = (column: string, role: Role): void => {
    if (!roles.has(column)) roles.set(column, role);
  };
  for (const field of mapping.userData) {
    for (const feed of field.feeds) {
      const role: Role = feed.hashed ? 'hashed' : feed.form === 'full-name' ? 'full_name' : field.key;
      const columns = userDataColumns([{ key: field.key, feeds: [feed] }]);
      const times = new Set(columnsOf(feed.at));
      for (const column of columns) if (!times.has(column)) give(column, role);
    }
  }
  for (const column of mapping.primaryKey) give(column, 'id');
  for (const { key, template } of mapping.fields)
    if (LISTED.has(key)) for (const column of columnsOf(template)) give(column, 'listed');
  return (column) => {
    const known = roles.get(column) ?? NAMED.find(([, pattern]) => pattern.test(column))?.[0];
    return known ?? (WORDS.test(column) ? 'word' : undefined);
  };
};

/** Texts that the mapping itself compares with: `"paid"` of `=status == "paid"`. Whoever reads the mapping knows them already. */
export const writtenTexts = (mapping: ParsedMapping): ReadonlySet<string> => {
  const templates = [
    ...[mapping.filter, mapping.require, mapping.limitedDataUse, mapping.eventTime, mapping.eventId],
    ...mapping.fields.map(({ template }) => template),
    ...mapping.userData.flatMap(({ feeds }) => feeds.map(({ value }) => value)),
  ].filter((template) => template !== undefined);
  const sources = templates.flatMap(expressionsOf).map(({ expression }) => expression.source);
  return new Set(
    sources.flatMap((text) => [...text.matchAll(/"([^"\\]*)"|'([^'\\]*)'/g)].map(([, a, b]) => a ?? b ?? '')),
  );
};
