/**
 * Values that are not of the form their column was described with. Text of two formats does not sort by time, and text sorts
 * above every number: such a row would wait for ever, or lie behind the checkpoint unread. Three looks, none of them a scan of the table:
 * at the ends of the column (`value-forms.ts`), at every row that is read, and at what lies shortly behind a checkpoint.
 * `check` looks at all.
 */
import type { Cell, Column, SourceError } from '../connector.ts';
import type { Dialect, Run } from '../sql/dialect.ts';
import { bind, joinStatements, type Statement } from '../sql/statement.ts';
import { quote } from './catalogue.ts';
import { foreignName, formOf, globOf, looksLike, nameOf, type TextForm } from './cursor-form.ts';
import type { SqliteStream } from './index.ts';
import { badFormat, classOf, mixedKey } from './value-forms.ts';

/** @returns a check of cells that were read; undefined while there was no row to learn the form from. */
export function cellCheck(stream: SqliteStream): Dialect['check'] {
  const { forms, cursorColumn, what } = stream;
  if (forms.classes.get(cursorColumn.name) === 'unknown') return undefined;
  const isOurs = looksLike(forms.cursor);
  return (column: Column, cell: Cell) => {
    if (column.name === cursorColumn.name && !stream.spec.byKey) {
      if (!isOurs(cell)) throw badFormat(stream, found(stream, cell));
      return;
    }
    const expected = forms.classes.get(column.name) ?? 'unknown';
    const own = classOf(cell);
    if (expected !== 'unknown' && own !== expected && own !== 'null')
      throw mixedKey(column.name, what, [expected, own]);
  };
}

/** Both forms, so that it is seen which one is the stranger. */
function found({ forms }: SqliteStream, cell: Cell): string {
  const form = formOf(cell);
  return `${nameOf(forms.cursor)}, ${form === undefined ? foreignName(cell) : nameOf(form)}`;
}

/** So many rows before a checkpoint are looked at one by one. */
const NEAREST = 50_000;
const DAY_MS = 86_400_000;

/**
 * Fails on text of another form within two days behind a checkpoint: there new rows of such a form come to lie, by their
 * separator or by their zone, and would not be read. Other separators are found by the index at any number of rows.
 */
export async function checkBehind(run: Run, stream: SqliteStream, checkpoint: string): Promise<void> {
  const { forms, relation, condition, cursorColumn, what } = stream;
  const form = forms.cursor;
  if (form.kind === 'number' || forms.classes.get(cursorColumn.name) === 'unknown') return;
  const cursor = quote(cursorColumn.name);
  const also = condition === undefined ? '' : ` AND ${condition}`;
  const days = [2, 1, 0].map((back) => dayOf(checkpoint, -back));
  const exists = (where: Statement): Statement => [
    `EXISTS (SELECT 1 FROM ${relation} WHERE `,
    ...where,
    `${also} LIMIT 1)`,
  ];
  const strangers = days.flatMap((day) => besideSeparator(cursor, form, day).map(exists));
  const nearest: Statement = [
    `EXISTS (SELECT 1 FROM (SELECT ${cursor} AS capi_at FROM ${relation} WHERE ${cursor} >= `,
    bind(days[0] ?? ''),
    ` AND ${cursor} <= `,
    bind(checkpoint),
    `${also} ORDER BY ${cursor} DESC LIMIT ${NEAREST}) WHERE NOT capi_at GLOB `,
    bind(globOf(form)),
    ' LIMIT 1)',
  ];
  const [row] = await run(
    ['SELECT ', ...joinStatements([...strangers, nearest], ' OR ')],
    `look at the values behind the checkpoint of ${what}`,
  );
  if (row?.[0] === 1n) throw stranger(stream, form);
}

/** The texts of a day that do not go on with the form's separator: those that sort before it, and those after. */
function besideSeparator(cursor: string, form: TextForm, day: string): Statement[] {
  const next = bind(dayOf(day, 1));
  if (form.kind === 'date') return [[`${cursor} > `, bind(day), ` AND ${cursor} < `, next]];
  const above = String.fromCharCode(form.separator.charCodeAt(0) + 1);
  return [
    [`${cursor} >= `, bind(day), ` AND ${cursor} < `, bind(`${day}${form.separator}`)],
    [`${cursor} >= `, bind(`${day}${above}`), ` AND ${cursor} < `, next],
  ];
}

/** The day of a text, so many days on. */
function dayOf(text: string, days: number): string {
  const at = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  // A day that no calendar has (February 31st) stands for itself.
  return Number.isNaN(at) ? text.slice(0, 10) : new Date(at + days * DAY_MS).toISOString().slice(0, 10);
}

function stranger(stream: SqliteStream, form: TextForm): SourceError {
  return badFormat(stream, `${nameOf(form)}, and text that is not`);
}

/** Every value of cursor and key, for `check`. A scan. */
export async function checkAll(run: Run, stream: SqliteStream): Promise<void> {
  const { forms, relation, condition, cursorColumn, keyColumns, what } = stream;
  const cursor = quote(cursorColumn.name);
  const form = forms.cursor;
  const ours: Statement =
    form.kind === 'number'
      ? [`typeof(${cursor}) = 'integer'`]
      : [`typeof(${cursor}) = 'text' AND ${cursor} GLOB `, bind(globOf(form))];
  const keys = keyColumns
    .filter(({ name }) => forms.classes.get(name) !== 'unknown')
    .map((key): Statement => [`typeof(${quote(key.name)}) = `, bind(forms.classes.get(key.name) ?? '')]);
  const terms = stream.spec.byKey ? keys : [ours, ...keys];
  if (terms.length === 0) return;
  const [row] = await run(
    [
      `SELECT ${[cursorColumn, ...keyColumns].map(({ name }) => quote(name)).join(', ')} FROM ${relation} WHERE ${cursor} IS NOT NULL`,
      condition === undefined ? '' : ` AND ${condition}`,
      ' AND NOT (',
      ...joinStatements(terms, ' AND '),
      ') LIMIT 1',
    ],
    `look at all values of ${what}`,
  );
  if (row === undefined) return;
  const check = cellCheck(stream);
  for (const [at, column] of [cursorColumn, ...keyColumns].entries()) check?.(column, row[at] ?? null);
  if (form.kind !== 'number') throw stranger(stream, form);
}
