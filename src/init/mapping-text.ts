/** A proposed mapping as YAML that teaches: every line that was guessed says so. */
import type { Column } from '../../connectors/connector.ts';
import type { UserDataKey } from '../meta/parameters.ts';
import { isFbclid } from './match-keys.ts';
import type { CursorCandidate, Proposal } from './propose.ts';
import type { Answers } from './questions.ts';
import { asName, expression, scalar } from './yaml-text.ts';

export type ChosenCursor = CursorCandidate & {
  readonly skipsNulls: boolean;
  /** A number has no lag and begins at the beginning. */
  readonly unit: 'time' | 'number';
};

export const mappingName = ({ table, eventName }: Proposal): string =>
  `${asName(table.replace(/^.*\./, ''), 'rows')}-${asName(eventName, 'events')}`;

const GUESSED = '# guessed';

/** @param cursor undefined: the table is read as a snapshot */
/** @param answers what a person said: it is no guess any more */
export const mappingText = (
  proposal: Proposal,
  connection: string,
  cursor: ChosenCursor | undefined,
  answers: Answers = {},
): string => {
  const { table, query, primaryKey, eventName, eventTime, status } = proposal;
  const key = primaryKey.length === 1 ? scalar(primaryKey[0] ?? '') : `[${primaryKey.map(scalar).join(', ')}]`;
  const time = eventTime?.name ?? cursor?.column ?? '';
  return [
    '# yaml-language-server: $schema=../schemas/mapping.schema.json',
    '# Written by `capi-sync init` from names and types of columns. Lines marked "guessed" need your eye.',
    'version: 1',
    `name: ${mappingName(proposal)} # the key of its checkpoint and ledger: renaming it starts both anew`,
    `description: Rows of ${table.replaceAll('#', '')} become ${eventName} events`,
    '',
    'source:',
    `  connection: ${connection}`,
    ...(query === undefined
      ? [`  table: ${scalar(table)}`]
      : [
          `  query: | ${GUESSED}: the contact data stands in a table of its own`,
          ...query.split('\n').map((line) => `    ${line}`),
        ]),
    `  primary_key: ${key} # unique: it tells rows of one cursor value apart`,
    ...(needsZone(proposal, cursor)
      ? [
          answers.timezone === undefined
            ? `  timezone: UTC ${GUESSED}: the zone of times that carry none, such as Europe/Berlin`
            : `  timezone: ${answers.timezone} # the zone of times that carry none`,
        ]
      : []),
    ...(cursor ? cursorLines(cursor, primaryKey) : SNAPSHOT_LINES),
    '',
    ...(status === undefined
      ? []
      : [`# filter: ${filterText(status)} # only the rows that count: see what "${status}" holds`, '']),
    ...(status === undefined || eventName === 'Purchase'
      ? []
      : [
          `# emit: { on_change: [${scalar(status)}] } # an event for each value it takes; left out: one for each row`,
          '',
        ]),
    '# consent:',
    '#   require: =marketing_opt_in == true # who did not agree is never sent',
    '',
    'event:',
    `  event_name: ${scalar(eventName)}${answers.eventName === undefined ? ` ${GUESSED}` : ''}`,
    `  event_time: ${expression(time)} ${GUESSED}: when it happened, not when the row changed`,
    answers.actionSource === undefined
      ? `  action_source: system_generated ${GUESSED}: website, physical_store, phone_call, ... say where it happened`
      : `  action_source: ${answers.actionSource} # where it happened`,
    '  user_data: # normal form and hash follow from the key; no mapping says sha256',
    ...proposal.keys.map(({ key: name, column }) => `    ${keyLine(name, column, time)}`),
    ...customData(proposal, answers),
    '',
    ...(proposal.keys.some(({ key: name }) => name === 'country')
      ? []
      : ['# defaults: { country: us } # of phone numbers and addresses without a country', '']),
    ...testText(proposal, time, answers),
    '',
  ].join('\n');
};

const cursorLines = (cursor: ChosenCursor, primaryKey: readonly string[]): string[] => [
  '  cursor:',
  `    column: ${scalar(cursor.column)} # ${cursorRemark(cursor, primaryKey)}`,
  ...(cursor.unit === 'time'
    ? [
        '    start: 7d # the first run: Meta takes events of the last 7 days (physical_store: 62)',
        '    lag: 60s',
        '    lookback: 10m',
      ]
    : ['    start: beginning # or the first number to read', '    lookback: 1000']),
  ...(cursor.skipsNulls ? ['    on_null: skip # there are rows without it: they are never read'] : []),
];

const SNAPSHOT_LINES: readonly string[] = [
  '  mode: snapshot # no column tells what is new: each run reads all rows and compares them with hashes in the state',
  '  snapshot:',
  '    start: all # the first run sends what is there; none: it only remembers it',
];

const keyLine = (key: UserDataKey, column: string, time: string): string =>
  key === 'fbc' && isFbclid(column)
    ? `fbc: { fbclid: ${expression(column)}, at: ${expression(time)} } ${GUESSED}: \`at\` is the time of the click`
    : `${key}: ${expression(column)}`;

const filterText = (status: string): string => {
  const name = expression(status);
  return name.startsWith("'") ? `${name.slice(0, -1)} == "paid"'` : `${name} == "paid"`;
};

const cursorRemark = ({ column, sees, isIndexed }: ChosenCursor, primaryKey: readonly string[]): string =>
  [
    sees === 'changes' ? 'grows with every insert and update' : 'new rows only: a later change of a row is not seen',
    ...(isIndexed ? [] : [`it has no index: add one on (${[column, ...primaryKey].join(', ')})`]),
  ].join('; ');

/** Times of these kinds say no zone. A number is Unix seconds. */
const ZONELESS: ReadonlySet<string> = new Set(['timestamp', 'date', 'text', 'unknown']);
export const needsZone = ({ columns, eventTime }: Proposal, cursor: ChosenCursor | undefined): boolean =>
  [cursor?.column, eventTime?.name].some((name) => ZONELESS.has(kindOf(columns, name) ?? ''));

const kindOf = (columns: readonly Column[], name: string | undefined): string | undefined =>
  columns.find((column) => column.name === name)?.kind;

const customData = ({ value, currency, orderId }: Proposal, answers: Answers): string[] => {
  if (!value) return [];
  const amount = expression(value.column.name);
  return [
    '  custom_data:',
    value.isMinor
      ? `    value: { value: ${amount}, unit: minor } ${GUESSED}: cents and the like`
      : `    value: ${amount} ${GUESSED}${value.column.kind === 'integer' ? ': if it counts cents, { value: ..., unit: minor }' : ''}`,
    currency
      ? `    currency: ${expression(currency.name)}`
      : answers.currency === undefined
        ? `    currency: USD ${GUESSED}: no column looks like a currency`
        : `    currency: ${answers.currency}`,
    ...(orderId === undefined ? [] : [`    order_id: ${expression(orderId)} # two rows of one order are one event`]),
  ];
};

/** An invented row, so that `capi-sync test` has something to run. */
const testText = (proposal: Proposal, time: string, answers: Answers): string[] => {
  const { columns, primaryKey, eventName, keys, value, currency, orderId } = proposal;
  const row = new Map<string, string>();
  for (const name of primaryKey) row.set(name, kindOf(columns, name) === 'integer' ? '1001' : '"1001"');
  row.set(time, timeOf(kindOf(columns, time)));
  if (value) row.set(value.column.name, value.isMinor ? '1990' : value.column.kind === 'integer' ? '20' : '"19.90"');
  if (currency) row.set(currency.name, 'EUR');
  if (orderId !== undefined && !row.has(orderId))
    row.set(orderId, kindOf(columns, orderId) === 'integer' ? '1001' : '"1001"');
  const [known, given, normal] = sampleKey(proposal) ?? [];
  const sample = keys.find(({ key }) => key === known);
  if (sample && given !== undefined && !row.has(sample.column)) row.set(sample.column, given);
  const amount = value && (value.isMinor ? '19.9' : value.column.kind === 'integer' ? '20' : '19.9');
  return [
    'tests: # run by `capi-sync test`, without a database',
    `  - name: a row becomes a ${eventName}`,
    `    row: { ${[...row].map(([name, text]) => `${scalar(name)}: ${text}`).join(', ')} }`,
    '    event:',
    `      event_name: ${scalar(eventName)}`,
    ...(sample && normal !== undefined
      ? [`      user_data: { ${sample.key}: [${normal}] } # in normal form; compared after hashing`]
      : []),
    ...(amount === undefined
      ? []
      : [`      custom_data: { value: ${amount}, currency: ${currency ? 'EUR' : (answers.currency ?? 'USD')} }`]),
  ];
};

/** Key, value of the row and its normal form: what a test can show of a person. */
const sampleKey = ({ keys }: Proposal): readonly [UserDataKey, string, string] | undefined => {
  const has = (key: UserDataKey): boolean => keys.some((each) => each.key === key);
  if (has('em')) return ['em', '" Ada@Example.com "', 'ada@example.com'];
  const external = keys.find(({ key }) => key === 'external_id');
  if (external) return ['external_id', '"1001"', '"1001"'];
  if (has('ph')) return ['ph', '"+49 30 901820"', '"4930901820"'];
  return undefined;
};

const timeOf = (kind: string | undefined): string => {
  if (kind === 'integer') return '1780000000';
  if (kind === 'date') return '"2026-11-20"';
  return kind === 'timestamptz' ? '"2026-11-20 10:00:00+00"' : '"2026-11-20 10:00:00"';
};
