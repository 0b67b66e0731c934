/** What the cursor and key columns of an SQLite stream really hold: SQLite gives a type to each value, not to the column. */
import { type Cell, type ReadSpec, SourceError } from '../connector.ts';
import { type Described, requireTimezone } from '../sql/describe.ts';
import type { Run } from '../sql/dialect.ts';
import type { TimeForm } from '../sql/local-time.ts';
import { bind } from '../sql/statement.ts';
import { quote } from './catalogue.ts';

/** Storage class of a column's values. `unknown`: there are no rows. */
export type StorageClass = 'integer' | 'text' | 'blob' | 'unknown';

/** How the cursor is written: whole numbers, or ISO text; `utc` is text that ends in Z. */
export type CursorForm = { readonly kind: 'number' } | (TimeForm & { readonly utc: boolean });

export type ValueForms = { readonly cursor: CursorForm; readonly classes: ReadonlyMap<string, StorageClass> };

/**
 * One scan over cursor and key (of the index, where there is one on both), and one that proves the text's pattern.
 * Text of two formats does not sort by time, and a text sorts above every number: either would lose rows.
 */
export async function findForms(described: Described, run: Run): Promise<ValueForms> {
  const { cursorColumn, keyColumns, relation, condition, what, spec } = described;
  const cursor = quote(cursorColumn.name);
  const where = [`${cursor} IS NOT NULL`, ...(condition === undefined ? [] : [condition])].join(' AND ');
  const groups = await run(
    [
      `SELECT typeof(${cursor}), CASE typeof(${cursor}) WHEN 'text' THEN length(${cursor}) END,
         CASE WHEN typeof(${cursor}) <> 'text' THEN '' WHEN substr(${cursor}, 11, 1) IN ('', ' ', 'T') THEN substr(${cursor}, 11, 1) ELSE '?' END,
         typeof(${cursor}) = 'text' AND substr(${cursor}, -1) = 'Z'${keyColumns.map((key) => `, typeof(${quote(key.name)})`).join('')}
       FROM ${relation} WHERE ${where} GROUP BY ${['1, 2, 3, 4', ...keyColumns.map((_, at) => at + 5)].join(', ')} LIMIT 50`,
    ],
    `look at the values of ${what}`,
  );
  const classes = new Map<string, StorageClass>();
  keyColumns.forEach((key, at) => {
    classes.set(
      key.name,
      keyClass(
        groups.map((group) => group[at + 4] ?? null),
        key.name,
        what,
      ),
    );
  });
  const form = cursorForm(groups, described);
  // A primary key that is the cursor too was classed above already.
  if (!classes.has(cursorColumn.name)) {
    classes.set(cursorColumn.name, groups.length === 0 ? 'unknown' : form.kind === 'number' ? 'integer' : 'text');
  }
  if (form.kind !== 'number') {
    if (!form.utc) requireTimezone(spec, `cursor column "${cursorColumn.name}" of ${what}`);
    const [stranger] = await run(
      [`SELECT 1 FROM ${relation} WHERE ${where} AND NOT ${cursor} GLOB `, bind(globOf(form)), ' LIMIT 1'],
      `look at the cursor values of ${what}`,
    );
    if (stranger !== undefined) throw badFormat(described, `text that is not ${nameOf(form)}`);
  }
  return { cursor: form, classes };
}

function keyClass(found: readonly Cell[], name: string, what: string): StorageClass {
  const distinct = [...new Set(found)].filter((value) => value !== 'null');
  if (distinct.length === 0) return 'unknown';
  const [only] = distinct;
  if (distinct.length === 1 && (only === 'integer' || only === 'text' || only === 'blob')) return only;
  throw new SourceError(
    'cursor-format',
    `primary key column "${name}" of ${what} holds values of the type ${distinct.join(' and ')}`,
    {
      hint: 'a key must be all whole numbers or all text: use a query with CAST(column AS TEXT)',
    },
  );
}

function cursorForm(groups: readonly (readonly Cell[])[], described: Described): CursorForm {
  const { kind, name, type } = described.cursorColumn;
  if (kind === 'json' || kind === 'bytes' || kind === 'boolean' || kind === 'float') {
    throw new SourceError('cursor-type', `cursor column "${name}" of ${described.what} is declared ${type}`, {
      hint: 'use a column of ISO 8601 text or of increasing whole numbers',
    });
  }
  const names = new Map<string, CursorForm | undefined>();
  for (const group of groups) {
    const form = formOf(group);
    names.set(form === undefined ? foreignName(group) : nameOf(form), form);
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

function formOf([type, length, separator, isUtc]: readonly Cell[]): CursorForm | undefined {
  if (type === 'integer') return { kind: 'number' };
  if (type !== 'text') return undefined;
  const size = Number(length);
  if (separator === '' && size === 10) return { kind: 'date', separator: ' ', digits: 0, utc: false };
  if (separator !== ' ' && separator !== 'T') return undefined;
  const fraction = size - 19 - Number(isUtc);
  if (fraction !== 0 && (fraction < 2 || fraction > 10)) return undefined;
  return { kind: 'timestamp', separator, digits: Math.max(0, fraction - 1), utc: isUtc === 1n };
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

function patternOf(form: CursorForm): RegExp {
  if (form.kind === 'number') return /^-?\d+$/;
  if (form.kind === 'date') return /^\d{4}-\d\d-\d\d$/;
  const fraction = form.digits === 0 ? '' : `\\.\\d{${form.digits}}`;
  return new RegExp(`^\\d{4}-\\d\\d-\\d\\d${form.separator}\\d\\d:\\d\\d:\\d\\d${fraction}${form.utc ? 'Z' : ''}$`);
}

function nameOf(form: CursorForm): string {
  if (form.kind === 'number') return 'whole numbers';
  if (form.kind === 'date') return 'YYYY-MM-DD';
  const fraction = form.digits === 0 ? '' : `.${'f'.repeat(form.digits)}`;
  return `YYYY-MM-DD${form.separator}HH:MM:SS${fraction}${form.utc ? 'Z' : ''}`;
}

function foreignName([type, length]: readonly Cell[]): string {
  if (type === 'real') return 'floating-point numbers';
  return type === 'text' ? `other text of ${length} characters` : 'bytes';
}

function globOf(form: Exclude<CursorForm, { kind: 'number' }>): string {
  const d = '[0-9]';
  const date = `${d}${d}${d}${d}-[01]${d}-[0-3]${d}`;
  if (form.kind === 'date') return date;
  const fraction = form.digits === 0 ? '' : `.${d.repeat(form.digits)}`;
  return `${date}${form.separator}[0-2]${d}:[0-5]${d}:[0-6]${d}${fraction}${form.utc ? 'Z' : ''}`;
}

function badFormat({ cursorColumn, what }: Described, found: string): SourceError {
  return new SourceError('cursor-format', `cursor column "${cursorColumn.name}" of ${what} holds: ${found}`, {
    hint: 'SQLite sorts such values as text or number, so all must have one form: YYYY-MM-DD HH:MM:SS[.fff] (or with T, or Z at the end; no +hh:mm), or whole numbers. A query may bring them to one with strftime()',
  });
}
