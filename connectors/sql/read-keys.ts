import { type Bounds, type Cell, type Column, SourceError } from '../connector.ts';
import type { Dialect, Run, SqlStream } from './dialect.ts';
import { rangeTerms, whereAll } from './range-condition.ts';
import { joinStatements, type Statement } from './statement.ts';

export type KeyRead = {
  readonly columns: readonly string[];
  readonly keys: readonly (readonly string[])[];
  readonly within?: Bounds | undefined;
};

/** Keys of one query: far below what a server takes, and below SQLite's limit on how deep a condition may be. */
const KEYS_PER_QUERY = 200;

/** The rows with these primary keys, by index look-ups. A text that its column cannot hold is no row's key, and is not asked for. */
export async function readKeys(
  dialect: Dialect,
  run: Run,
  stream: SqlStream,
  { columns, keys, within }: KeyRead,
): Promise<readonly Cell[][]> {
  const selected = columns.map((name) => {
    const column = stream.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw new SourceError('unknown-column', `${stream.what} has no column "${name}"`);
    return dialect.read(column, dialect.quote(name));
  });
  const possible = keys.filter((key) => stream.keyColumns.every((column, at) => canHold(column, key[at] ?? '')));
  const range = within === undefined ? [] : rangeTerms(dialect, stream, within);
  const found: Cell[][] = [];
  for (let at = 0; at < possible.length; at += KEYS_PER_QUERY) {
    const wanted = isOneOf(dialect, stream.keyColumns, possible.slice(at, at + KEYS_PER_QUERY));
    const rows = await run(
      [`SELECT ${selected.join(', ')} FROM ${stream.relation}`, ...whereAll(stream, [wanted, ...range])],
      `look up rows of ${stream.what} by their key`,
    );
    for (const row of rows) found.push(row);
  }
  return found;
}

/** `k IN (?, ?)`, or for a key of several columns `((a = ? AND b = ?) OR (...))`: each form is served from the key's index. */
function isOneOf(dialect: Dialect, columns: readonly Column[], keys: readonly (readonly string[])[]): Statement {
  const [only] = columns;
  if (only !== undefined && columns.length === 1) {
    const values = keys.map((key) => bound(dialect, only, key[0] ?? ''));
    return [`${dialect.quote(only.name)} IN (`, ...joinStatements(values, ', '), ')'];
  }
  const rows = keys.map((key): Statement => {
    const terms = columns.map(
      (column, at): Statement => [`${dialect.quote(column.name)} = `, ...bound(dialect, column, key[at] ?? '')],
    );
    return ['(', ...joinStatements(terms, ' AND '), ')'];
  });
  return ['(', ...joinStatements(rows, ' OR '), ')'];
}

/** A row's key holds the bytes of SQLite as bare digits, a position as `\x` and digits. */
function bound(dialect: Dialect, column: Column, text: string): Statement {
  return dialect.bound(column, column.kind === 'bytes' && !text.startsWith('\\x') ? `\\x${text}` : text);
}

const WHOLE = /^[+-]?\d{1,78}$/;
const DECIMAL = /^[+-]?\d{1,65}(\.\d{1,65})?$/;
const SIGNED = 1n << 63n;

/** Whether a text can be a value of the column. MySQL would take any other for a zero, PostgreSQL would fail, and SQLite's driver too. */
function canHold({ kind, type }: Column, text: string): boolean {
  if (kind === 'integer') {
    if (/^number\b/i.test(type)) return DECIMAL.test(text); // Snowflake's, of up to 38 digits
    if (!WHOLE.test(text)) return false;
    const value = BigInt(text.replace(/^\+/, ''));
    const wide = /\b(U?)Int(\d+)\b/.exec(type); // ClickHouse's, up to 256 bits
    if (wide !== null) {
      const bits = BigInt(wide[2] ?? 64);
      return wide[1] === 'U'
        ? value >= 0n && value < 1n << bits
        : value >= -(1n << (bits - 1n)) && value < 1n << (bits - 1n);
    }
    return /unsigned|^bit\b|^ubigint/i.test(type)
      ? value >= 0n && value < SIGNED * 2n
      : value >= -SIGNED && value < SIGNED;
  }
  if (kind === 'decimal') return DECIMAL.test(text);
  if (kind === 'bytes') return /^(\\x)?([0-9a-f]{2})*$/i.test(text);
  return true;
}
