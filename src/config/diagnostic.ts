import { styleText } from 'node:util';
import { displayWidth } from './display-width.ts';

/** One problem of a file, where it stands. Never holds a secret or a value that came through `${}`. */
export type Diagnostic = {
  /** As the user should read it: relative to the working directory. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** Column after the last one; absent where only a point is known. On the same line as `column`. */
  readonly endColumn?: number;
  readonly severity: 'error' | 'warning';
  /** Stable, kebab-case; listed in docs/errors.md. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** What to write at this place instead, where that is certain enough for `validate --fix`. Not between quotes, even where the file has them. */
  readonly instead?: string;
};

/** Longest source line shown whole; of a longer one, only a window around the caret. */
const FRAME_WIDTH = 160;

/** Longest run of carets: what matters is where it starts. */
const MAX_CARETS = 80;

/** Ordered as a reader goes through the files, each problem once. Files keep the order in which they first appear. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const fileOrder = new Map<string, number>();
  const unique = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { file, line, column, code, message } = diagnostic;
    if (!fileOrder.has(file)) fileOrder.set(file, fileOrder.size);
    const identity = JSON.stringify([file, line, column, code, message]);
    if (!unique.has(identity)) unique.set(identity, diagnostic);
  }
  return [...unique.values()].sort(
    (a, b) => (fileOrder.get(a.file) ?? 0) - (fileOrder.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
}

/**
 * The problems as text, each with the line it stands on and the one before. `sources` holds the texts by the `file` of the
 * diagnostics (secrets masked); a file that is not among them gets no frame. Ends without a newline; empty for no problems.
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  options: { readonly color: boolean },
): string {
  const lines = new Map<string, readonly string[]>();
  for (const [file, text] of sources) lines.set(file, text.split(/\r?\n/));
  return diagnostics.map((each) => formatOne(each, lines.get(each.file), options.color)).join('\n\n');
}

type Format = Parameters<typeof styleText>[0];

function formatOne(diagnostic: Diagnostic, lines: readonly string[] | undefined, color: boolean): string {
  const paint = (format: Format, text: string): string =>
    color ? styleText(format, text, { validateStream: false }) : text;
  const { file, line, column, severity, code } = diagnostic;
  const tone: Format = severity === 'error' ? 'red' : 'yellow';
  const message = diagnostic.hint === undefined ? diagnostic.message : `${diagnostic.message}; ${diagnostic.hint}`;
  const header = `${paint('bold', `${file}:${line}:${column}`)}  ${paint(tone, severity)}  ${code}`;

  const content = lines?.[line - 1];
  if (content === undefined) return `${header}\n  ${message}`;

  const digits = String(line).length;
  const gutter = (label: string): string => paint('dim', `  ${label.padStart(digits)} |`);
  const row = (label: string, text: string): string => `${gutter(label)} ${text}`.trimEnd();
  const start = Math.min(column - 1, content.length);
  const from = content.length > FRAME_WIDTH ? Math.max(0, start - FRAME_WIDTH / 2) : 0;
  const before = content.slice(from, start);
  const marked = content.slice(start, Math.max(start, (diagnostic.endColumn ?? column + 1) - 1));
  const carets = '^'.repeat(Math.max(1, Math.min(MAX_CARETS, displayWidth(printable(marked)))));

  const rows = [header];
  const previous = lines?.[line - 2];
  if (previous !== undefined) rows.push(row(String(line - 1), printable(previous.slice(from, from + FRAME_WIDTH))));
  rows.push(row(String(line), printable(content.slice(from, from + FRAME_WIDTH))));
  rows.push(row('', `${indentLike(before)}${paint(tone, carets)} ${message}`));
  return rows.join('\n');
}

/** Blanks that end in the column where `text` ends: tabs stay tabs, whatever their width, and wide characters take two. */
function indentLike(text: string): string {
  return text
    .split('\t')
    .map((part) => ' '.repeat(displayWidth(printable(part))))
    .join('\t');
}

/** Control characters could move the cursor or recolour the terminal: shown as a dot instead. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '·');
}

/** A text of a file inside a message: quoted, on one line, not endless. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
