/** The forms in which an SQLite cursor may be written: whole numbers, or ISO text of one length. */
import type { Cell } from '../connector.ts';
import type { TimeForm } from '../sql/local-time.ts';

/** `utc` is text that ends in Z. */
export type CursorForm = { readonly kind: 'number' } | TextForm;
export type TextForm = TimeForm & { readonly utc: boolean };

const TEXT = /^\d{4}-[01]\d-[0-3]\d(?:([ T])[0-2]\d:[0-5]\d:[0-6]\d(?:\.(\d{1,9}))?(Z)?)?$/;

/** Undefined for a value in none of the forms. */
export function formOf(cell: Cell): CursorForm | undefined {
  if (typeof cell === 'bigint') return { kind: 'number' };
  const found = typeof cell === 'string' ? TEXT.exec(cell) : null;
  if (found === null) return undefined;
  const [, separator, fraction, utc] = found;
  if (separator === undefined) return { kind: 'date', separator: ' ', digits: 0, utc: false };
  return { kind: 'timestamp', separator: separator as ' ' | 'T', digits: fraction?.length ?? 0, utc: utc === 'Z' };
}

/** A quick look at a cell that has been read: its type, its length, and the marks at their places. */
export function looksLike(form: CursorForm): (cell: Cell) => boolean {
  if (form.kind === 'number') return (cell) => typeof cell === 'bigint';
  const size = nameOf(form).length;
  const mark = form.kind === 'date' ? undefined : form.separator;
  return (cell) =>
    typeof cell === 'string' &&
    cell.length === size &&
    cell[4] === '-' &&
    (mark === undefined || cell[10] === mark) &&
    cell.endsWith('Z') === form.utc;
}

/** The text of a form that comes next after this one; undefined for one that is no time. */
export function nextText(text: string, form: TextForm): string | undefined {
  const whole = Date.parse(form.kind === 'date' ? `${text}T00:00:00Z` : `${text.slice(0, 10)}T${text.slice(11, 19)}Z`);
  if (Number.isNaN(whole)) return undefined;
  const seconds = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', form.separator);
  if (form.kind === 'date') return seconds(whole + 86_400_000).slice(0, 10);
  const end = form.utc ? 'Z' : '';
  if (form.digits === 0) return `${seconds(whole + 1000)}${end}`;
  const fraction = String(Number(text.slice(20, 20 + form.digits)) + 1).padStart(form.digits, '0');
  const carries = fraction.length > form.digits;
  return `${seconds(carries ? whole + 1000 : whole)}.${carries ? fraction.slice(1) : fraction}${end}`;
}

export function patternOf(form: CursorForm): RegExp {
  if (form.kind === 'number') return /^-?\d+$/;
  if (form.kind === 'date') return /^\d{4}-\d\d-\d\d$/;
  const fraction = form.digits === 0 ? '' : `\\.\\d{${form.digits}}`;
  return new RegExp(`^\\d{4}-\\d\\d-\\d\\d${form.separator}\\d\\d:\\d\\d:\\d\\d${fraction}${form.utc ? 'Z' : ''}$`);
}

/** The same for SQLite's GLOB. */
export function globOf(form: TextForm): string {
  const d = '[0-9]';
  const date = `${d}${d}${d}${d}-[01]${d}-[0-3]${d}`;
  if (form.kind === 'date') return date;
  const fraction = form.digits === 0 ? '' : `.${d.repeat(form.digits)}`;
  return `${date}${form.separator}[0-2]${d}:[0-5]${d}:[0-6]${d}${fraction}${form.utc ? 'Z' : ''}`;
}

/** For messages. */
export function nameOf(form: CursorForm): string {
  if (form.kind === 'number') return 'whole numbers';
  if (form.kind === 'date') return 'YYYY-MM-DD';
  const fraction = form.digits === 0 ? '' : `.${'f'.repeat(form.digits)}`;
  return `YYYY-MM-DD${form.separator}HH:MM:SS${fraction}${form.utc ? 'Z' : ''}`;
}

/** A value in none of the forms, without the value. */
export function foreignName(cell: Cell): string {
  if (typeof cell === 'number') return 'floating-point numbers';
  if (typeof cell !== 'string') return 'bytes';
  return `other text of ${cell.length} characters`;
}
