/** What is known of a table means for a mapping. */
import type { RelationFacts } from '../../connectors/connector.ts';
import type { CheckCode } from './check-codes.ts';
import { type Finding, fromAdvice } from './finding.ts';

export type RelationSubject = {
  readonly cursor: string;
  readonly primaryKey: readonly string[];
  readonly skipsNulls: boolean;
  /** Cursor text is a time and rows beyond the source's clock were found. */
  readonly hasFuture: boolean;
};

export const relationFindings = (facts: RelationFacts, subject: RelationSubject): Finding[] => [
  ...privileges(facts),
  primaryKey(facts, subject),
  ...cursorNulls(facts, subject),
  ...(subject.hasFuture ? [future(subject)] : []),
  facts.layout === undefined ? cursorIndex(facts, subject) : fromAdvice('cursor-layout', facts.layout),
  ...(facts.costs ?? []).map((advice) => fromAdvice('costs', advice)),
];

const privileges = ({ writes, cures }: RelationFacts): Finding[] => {
  const code: CheckCode = 'privileges';
  if (writes === undefined) return [];
  if (writes.length === 0) return [{ code, level: 'ok', text: 'the login only reads' }];
  const text = `the login may also ${listed(writes)}; reading is enough`;
  return [{ code, level: 'warning', text, paste: cures.privileges }];
};

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

const primaryKey = (facts: RelationFacts, { primaryKey: key }: RelationSubject): Finding => {
  const code: CheckCode = 'primary-key';
  const name = key.join(', ');
  if (facts.hasUniqueKey) return { code, level: 'ok', text: `(${name}) is guarded by a unique index` };
  const rows = facts.sampled.toLocaleString('en-US');
  if (facts.repeatedKeys > 0) {
    const text = `(${name}) repeats: ${facts.repeatedKeys.toLocaleString('en-US')} of ${rows} rows share a key with another`;
    return { code, level: 'problem', text, cure: 'name columns that are unique: rows with equal keys can be skipped' };
  }
  const text = `(${name}) does not repeat among ${rows} rows`;
  if (!facts.isTable || facts.layout !== undefined) return { code, level: 'ok', text };
  return { code, level: 'warning', text: `${text}, but no unique index guards it`, paste: facts.cures.uniqueIndex };
};

const cursorNulls = ({ nullCursors }: RelationFacts, { cursor, skipsNulls }: RelationSubject): Finding[] => {
  if (nullCursors === 0 || !skipsNulls) return [];
  const many = nullCursors > 1000 ? 'more than 1,000 rows' : nullCursors === 1 ? 'one row' : `${nullCursors} rows`;
  return [
    {
      code: 'cursor-nulls' satisfies CheckCode,
      level: 'warning',
      text: `${many} without "${cursor}" will never be read (on_null: skip)`,
      cure: 'fill the column, or use a query with COALESCE',
    },
  ];
};

const future = ({ cursor }: RelationSubject): Finding => ({
  code: 'cursor-future' satisfies CheckCode,
  level: 'warning',
  text: `there are rows whose "${cursor}" lies in the future: they wait until that time has come`,
  cure: 'often a local time that is read as UTC: see source.timezone',
});

const cursorIndex = (facts: RelationFacts, { cursor, primaryKey: key }: RelationSubject): Finding => {
  const code: CheckCode = 'cursor-index';
  const columns = [...new Set([cursor, ...key])].join(', ');
  if (facts.hasCursorIndex) return { code, level: 'ok', text: `an index on (${columns}) serves the reading` };
  if (!facts.isTable) {
    const text = 'what indexes stand behind a view or a query cannot be told';
    return { code, level: 'ok', text, cure: `the table that "${cursor}" comes from needs one on it and the key` };
  }
  const text = `no index on (${columns}): each page of rows sorts the table`;
  return { code, level: 'warning', text, paste: facts.cures.cursorIndex };
};
