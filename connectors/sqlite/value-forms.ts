/** What the cursor and key columns of an SQLite stream really hold: SQLite gives a type to each value, not to the column. */
import { type Cell, type Column, type ReadSpec, SourceError } from '../connector.ts';
import { type Described, requireTimezone } from '../sql/describe.ts';
import type { Run } from '../sql/dialect.ts';
import { quote } from './catalogue.ts';
import { type CursorForm, foreignName, formOf, nameOf, patternOf } from './cursor-form.ts';

/** Storage class of a column's values. `unknown`: there are no rows. */
export type StorageClass = 'integer' | 'text' | 'blob' | 'unknown';

export type ValueForms = { readonly cursor: CursorForm; readonly classes: ReadonlyMap<string, StorageClass> };

/**
 * Looks at the first and the last row, which an index on the cursor finds at once. SQLite sorts numbers before text before
 * bytes, so where both ends are text, all is text. What lies between is checked when it is read (`foreign-values.ts`).
 */
export async function findForms(described: Described, run: Run): Promise<ValueForms> {
  const { cursorColumn, keyColumns, what, spec } = described;
  const ends = await endRows(described, run);
  const classes = new Map<string, StorageClass>();
  for (const [at, key] of keyColumns.entries()) {
    const cells = hasAffinity(key) ? ends.map((row) => row[at + 1] ?? null) : await extremes(described, key, run);
    classes.set(key.name, keyClass(cells, key.name, what));
  }
  const form: CursorForm = spec.byKey
    ? { kind: 'number' }
    : cursorForm(
        ends.map(([cell = null]) => cell),
        described,
      );
  // A primary key that is the cursor too was classed above already.
  if (!classes.has(cursorColumn.name)) {
    classes.set(cursorColumn.name, ends.length === 0 ? 'unknown' : form.kind === 'number' ? 'integer' : 'text');
  }
  if (form.kind !== 'number' && !form.utc)
    requireTimezone(spec, `cursor column "${cursorColumn.name}" of ${described.what}`);
  return { cursor: form, classes };
}

/** Cursor and key of the first and the last row in the cursor's order; none where there are no rows. */
async function endRows({ cursorColumn, keyColumns, relation, condition, what }: Described, run: Run) {
  const cursor = quote(cursorColumn.name);
  const selected = [cursor, ...keyColumns.map((key) => quote(key.name))].join(', ');
  const where = [`${cursor} IS NOT NULL`, ...(condition === undefined ? [] : [condition])].join(' AND ');
  const end = async (order: 'ASC' | 'DESC'): Promise<Cell[][]> =>
    run(
      [`SELECT ${selected} FROM ${relation} WHERE ${where} ORDER BY ${cursor} ${order} LIMIT 1`],
      `look at the values of ${what}`,
    );
  return [...(await end('ASC')), ...(await end('DESC'))];
}

/**
 * Whether the declared type makes the digits of a text and of a number the same value (https://www.sqlite.org/datatype3.html#determination_of_column_affinity).
 * Without such a type '12' and 12 are two keys, and the text of a position does not tell which of them it was.
 */
function hasAffinity({ type }: Column): boolean {
  return /INT|CHAR|CLOB|TEXT/i.test(type) || (type !== '' && !/BLOB/i.test(type));
}

async function extremes({ relation, condition, what }: Described, key: Column, run: Run): Promise<Cell[]> {
  const from = `FROM ${relation}${condition === undefined ? '' : ` WHERE ${condition}`}`;
  const [row = []] = await run(
    [`SELECT (SELECT min(${quote(key.name)}) ${from}), (SELECT max(${quote(key.name)}) ${from})`],
    `look at the keys of ${what}`,
  );
  return row;
}

function keyClass(cells: readonly Cell[], name: string, what: string): StorageClass {
  const distinct = [...new Set(cells.map(classOf))].filter((found) => found !== 'null');
  const [only] = distinct;
  if (only === undefined) return 'unknown';
  if (distinct.length === 1 && (only === 'integer' || only === 'text' || only === 'blob')) return only;
  throw mixedKey(name, what, distinct);
}

export function mixedKey(name: string, what: string, found: readonly string[]): SourceError {
  return new SourceError(
    'cursor-format',
    `primary key column "${name}" of ${what} holds values of the type ${found.join(' and ')}`,
    { hint: 'a key must be all whole numbers or all text: use a query with CAST(column AS TEXT)' },
  );
}

/** SQLite's own name of a cell's storage class. */
export function classOf(cell: Cell): 'null' | 'integer' | 'real' | 'text' | 'blob' {
  if (cell === null) return 'null';
  if (typeof cell === 'bigint') return 'integer';
  if (typeof cell === 'string') return 'text';
  return cell instanceof Uint8Array ? 'blob' : 'real';
}

function cursorForm(cells: readonly Cell[], described: Described): CursorForm {
  const { kind, name, type } = described.cursorColumn;
  if (kind === 'json' || kind === 'bytes' || kind === 'boolean' || kind === 'float') {
    throw new SourceError('cursor-type', `cursor column "${name}" of ${described.what} is declared ${type}`, {
      hint: 'use a column of ISO 8601 text or of increasing whole numbers',
    });
  }
  const names = new Map<string, CursorForm | undefined>();
  for (const cell of cells) {
    const form = formOf(cell);
    names.set(form === undefined ? foreignName(cell) : nameOf(form), form);
  }
  const [only] = names;
  if (only === undefined) return emptyForm(described.spec, kind);
  if (names.size > 1 || only[1] === undefined) throw badFormat(described, [...names.keys()].join(', '));
  return only[1];
}

/** No rows to look at: what the declared type promises. Nothing can be read wrongly, and the next run looks again. */
function emptyForm(spec: ReadSpec, kind: string): CursorForm {
  if (kind === 'integer' || kind === 'decimal') return { kind: 'number' };
  return { kind: kind === 'date' ? 'date' : 'timestamp', separator: ' ', digits: 0, utc: spec.timezone === undefined };
}

/**
 * Fails on a checkpoint whose text is not in the form that the column has now: it would sort before or after all of its day,
 * and rows would be skipped. While there are no rows there is nothing to skip.
 */
export function checkText({ cursor: form, classes }: ValueForms, text: string, column: string, what: string): void {
  if (classes.get(column) === 'unknown' || patternOf(form).test(text)) return;
  throw new SourceError(
    'cursor-format',
    `cursor column "${column}" of ${what} now holds ${nameOf(form)}, and the checkpoint is written otherwise`,
    { hint: 'the values were rewritten: reset the checkpoint; the ledger keeps what was sent from going out twice' },
  );
}

export function badFormat(
  { cursorColumn, what }: Pick<Described, 'cursorColumn' | 'what'>,
  found: string,
): SourceError {
  return new SourceError('cursor-format', `cursor column "${cursorColumn.name}" of ${what} holds: ${found}`, {
    hint: 'SQLite sorts such values as text or number, so all must have one form: YYYY-MM-DD HH:MM:SS[.fff] (or with T, or Z at the end; no +hh:mm), or whole numbers. A query may bring them to one with strftime()',
  });
}
