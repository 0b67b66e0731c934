/** Writes down what diagnostics say should stand at their place. A text of the file is changed in place, so that comments and layout stay. */
import type { Diagnostic } from '../config/diagnostic.ts';

export type Fix = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly message: string;
  /** As they stand in the file. */
  readonly before: string;
  readonly after: string;
};

type Edit = Fix & { readonly start: number; readonly end: number };

/** @returns the changed text and what was changed, in the order of the file; the same text where nothing can be */
export const applyFixes = (text: string, diagnostics: readonly Diagnostic[]): { text: string; fixes: Fix[] } => {
  // Places do not count a byte order mark.
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const starts = [mark];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const edits = diagnostics
    .flatMap((diagnostic) => editOf(text, starts, diagnostic))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const fixes: Fix[] = [];
  let result = '';
  let end = 0;
  for (const { start, end: until, ...fix } of edits) {
    // Two findings of one place: the second is looked at again when the first is mended.
    if (start < end) continue;
    result += text.slice(end, start) + fix.after;
    end = until;
    fixes.push(fix);
  }
  return { text: result + text.slice(end), fixes };
};

const editOf = (text: string, starts: readonly number[], diagnostic: Diagnostic): Edit[] => {
  const { file, line, column, endColumn, code, message, instead } = diagnostic;
  const lineStart = starts[line - 1];
  if (instead === undefined || endColumn === undefined || lineStart === undefined) return [];
  const [start, end] = [lineStart + column - 1, lineStart + endColumn - 1];
  const before = text.slice(start, end);
  // What comes from the environment stands nowhere in the file.
  if (before.includes('$' + '{') || before.includes('\n')) return [];
  const [quote] = /^(["'])[^"'\\]*\1$/.exec(before) ?? [];
  const isQuoted = quote !== undefined && !/^["']/.test(instead) && !/["'\\]/.test(instead);
  const after = isQuoted ? `${before[0]}${instead}${before[0]}` : instead;
  return before === after ? [] : [{ file, line, column, code, message, before, after, start, end }];
};
