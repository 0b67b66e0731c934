/** A mapping for a table, guessed from names and types. What was guessed is marked in what is written. */
import type { Column, TableFacts } from '../../connectors/connector.ts';
import {
  currencyColumn,
  isCreated,
  isHappened,
  isTime,
  isUpdated,
  mayBeTime,
  orderIdColumn,
  plain,
  statusColumn,
  valueColumn,
} from './column-names.ts';
import { joinedBuyer } from './join-buyer.ts';
import { hasContact, matchKeys, type ProposedKey } from './match-keys.ts';
import { keyOf, type RankedTable } from './rank-tables.ts';

export type CursorCandidate = {
  readonly column: string;
  /** `changes`: grows with every update. `inserts`: only new rows are seen. */
  readonly sees: 'changes' | 'inserts';
  readonly isIndexed: boolean;
};

export type Proposal = {
  readonly table: string;
  /** Instead of the table: with the columns of the buyer's own table. */
  readonly query: string | undefined;
  /** Every column that can be read. */
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** Best first; whether one serves, only the source tells. */
  readonly cursors: readonly CursorCandidate[];
  readonly eventName: string;
  readonly eventTime: Column | undefined;
  readonly keys: readonly ProposedKey[];
  readonly value: { readonly column: Column; readonly isMinor: boolean } | undefined;
  readonly currency: Column | undefined;
  readonly orderId: string | undefined;
  readonly status: string | undefined;
};

/**
 * @param quote an identifier in the source's own quotes; undefined: it takes no query
 * @param isLoose columns are typed by value (SQLite): names count where types say nothing
 */
export const propose = (
  { facts, kind }: RankedTable,
  tables: readonly TableFacts[],
  quote: ((name: string) => string) | undefined,
  isLoose: boolean,
): Proposal => {
  const primaryKey = keyOf(facts);
  const own = matchKeys(facts.columns, primaryKey);
  const joined = hasContact(own) || quote === undefined ? undefined : joinedBuyer(facts, tables, quote);
  const columns = [...facts.columns, ...(joined?.columns ?? [])];
  const cursors = cursorsOf(facts, primaryKey, isLoose);
  const value = kind === 'customer' ? undefined : valueColumn(facts.columns);
  const isPurchase = value !== undefined && kind !== 'lead';
  const [onlyKey] = primaryKey.length === 1 ? primaryKey : [];
  return {
    table: facts.name,
    query: joined?.query,
    columns,
    primaryKey,
    cursors,
    eventName: isPurchase
      ? 'Purchase'
      : { order: 'OrderPlaced', lead: 'Lead', customer: 'CompleteRegistration', other: 'Lead' }[kind],
    eventTime: eventTimeOf(facts, isLoose),
    keys: joined ? matchKeys(columns, primaryKey) : own,
    value,
    currency: value && currencyColumn(facts.columns),
    orderId: isPurchase ? (orderIdColumn(facts.columns)?.name ?? onlyKey) : undefined,
    status: statusColumn(facts.columns)?.name,
  };
};

const cursorsOf = (
  { columns, indexes, version }: TableFacts,
  primaryKey: readonly string[],
  isLoose: boolean,
): CursorCandidate[] => {
  const isIndexed = (name: string): boolean => indexes.some((index) => index.columns[0] === name);
  const weight = ({ name, nullable, kind }: Column): number =>
    (isUpdated(name) ? 100 : isCreated(name) ? 50 : 0) +
    (isIndexed(name) ? 5 : 0) +
    (kind === 'timestamptz' ? 2 : 0) -
    (nullable ? 3 : 0);
  const times = columns
    .filter((column) => mayBeTime(column, isLoose) && column.kind !== 'date')
    .map((column) => ({ column, weight: weight(column) }))
    .filter((each) => each.weight > 40)
    .sort((a, b) => b.weight - a.weight)
    .map(
      ({ column: { name } }): CursorCandidate => ({
        column: name,
        sees: isUpdated(name) ? 'changes' : 'inserts',
        isIndexed: isIndexed(name),
      }),
    );
  const versions: CursorCandidate[] =
    version === undefined ? [] : [{ column: version, sees: 'changes', isIndexed: isIndexed(version) }];
  const [first] = primaryKey;
  const isNumber = primaryKey.length === 1 && columns.some(({ name, kind }) => name === first && kind === 'integer');
  const found = [...versions, ...times];
  return isNumber && first !== undefined ? [...found, { column: first, sees: 'inserts', isIndexed: true }] : found;
};

const eventTimeOf = ({ columns }: TableFacts, isLoose: boolean): Column | undefined => {
  const times = columns.filter((column) => mayBeTime(column, isLoose));
  return (
    times.find(({ name }) => isHappened(name)) ??
    times.find(({ name }) => isCreated(name)) ??
    times.find((column) => isTime(column) && !isUpdated(column.name) && !OTHER_TIMES.test(plain(column.name))) ??
    times.find(({ name }) => isUpdated(name))
  );
};

/** Times that say nothing of when it happened. */
const OTHER_TIMES = /birth|dob|expire|expiry|due|deleted|ship|deliver|cancel|refund|login|until/;
