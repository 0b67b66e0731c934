/** Formats of birthdays: YYYY, MM (or M) and DD (or D), each once, in any order, with any separators. Two-digit years do not exist. */

export type CalendarDay = { readonly year: number; readonly month: number; readonly day: number };
export type ParseDay = (text: string) => CalendarDay | undefined;

const TOKEN = /YYYY|MM?|DD?/g;
/** A time of day after the date, as databases append it; it says nothing about the day. */
const TIME = '(?:[T ]\\d{1,2}:\\d{2}.*)?';
const GROUPS: Readonly<Record<string, string>> = {
  Y: '(?<year>\\d{4})',
  M: '(?<month>\\d{1,2})',
  D: '(?<day>\\d{1,2})',
};
const FIXED: Readonly<Record<string, string>> = { Y: '(?<year>\\d{4})', M: '(?<month>\\d{2})', D: '(?<day>\\d{2})' };

const escaped = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

const pattern = (format: string): RegExp | undefined => {
  const tokens = format.match(TOKEN) ?? [];
  const literals = format.split(TOKEN);
  const isComplete =
    tokens
      .map((token) => token[0])
      .toSorted()
      .join('') === 'DMY';
  if (!isComplete || literals.some((literal) => /[\p{L}\p{N}]/u.test(literal))) return undefined;
  const isSeparated = literals.slice(1, -1).every((literal) => literal !== '');
  const groups = isSeparated ? GROUPS : FIXED;
  const body = tokens.map((token, index) => groups[token[0] ?? ''] + escaped(literals[index + 1] ?? '')).join('');
  return new RegExp(`^${escaped(literals[0] ?? '')}${body}${TIME}$`);
};

const compiled = new Map<string, ParseDay | undefined>();

const compile = (format: string): ParseDay | undefined => {
  const expression = pattern(format);
  return expression === undefined
    ? undefined
    : (text) => {
        const groups = expression.exec(text)?.groups;
        if (groups === undefined) return undefined;
        return { year: Number(groups.year), month: Number(groups.month), day: Number(groups.day) };
      };
};

/** The reader of a format, or undefined where the text is no format: a mapping is checked with it when it is loaded. */
export const dateFormat = (format: string): ParseDay | undefined => {
  if (!compiled.has(format)) compiled.set(format, compile(format));
  return compiled.get(format);
};
