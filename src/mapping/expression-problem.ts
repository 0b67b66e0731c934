/** What is wrong with an expression, and where: from the engine's errors, in our words. */
import type { ParseError } from '@marcbachmann/cel-js';
import { closestTo } from '../config/did-you-mean.ts';
import { FUNCTION_NAMES } from './expression-functions.ts';

type Span = { readonly start: number; readonly end: number };

/** A place in the expression's text, `end` exclusive. */
export type ExpressionProblem = {
  readonly code: 'expression-syntax' | 'expression-type' | 'unknown-column' | 'unknown-function';
  readonly message: string;
  readonly hint?: string | undefined;
  readonly start: number;
  readonly end: number;
};

export const rowProblem = ({ start, end }: Span): ExpressionProblem => ({
  code: 'expression-type',
  message: 'row[...] takes one column name in quotes',
  hint: 'write row["Billing Country"], or the bare name where it has only letters, digits and _',
  start,
  end,
});

export const reservedProblem = (name: string, { start, end }: Span): ExpressionProblem => ({
  code: 'expression-type',
  message: `"${name}" is a word of the expression language`,
  hint: `write row["${name}"] for the column of that name`,
  start,
  end,
});

export const badPattern = (wrong: string, { start, end }: Span): ExpressionProblem => ({
  code: 'expression-syntax',
  message: `matches() cannot read this pattern: ${wrong}`,
  hint: "RE2's syntax, as CEL has it: no look-ahead, look-behind or back-references",
  start,
  end,
});

export const suggestion = (name: string, names: readonly string[]): string | undefined => {
  const near = closestTo(name, names);
  return near === undefined ? undefined : `did you mean "${near}"?`;
};

export const problemOf = (
  error: unknown,
  text: string,
  names: readonly string[],
  shifts: readonly number[] = [],
): ExpressionProblem => {
  const { code, summary, range } = error as ParseError & {
    code?: string;
    summary?: string;
    range?: { start: number; end: number };
  };
  const back = (offset: number): number =>
    offset - shifts.reduce((sum, start, n) => sum + Math.min(5, Math.max(0, offset - start - 5 * n)), 0);
  const start = back(range?.start ?? 0);
  const place = { start, end: Math.max(start + 1, back(range?.end ?? text.length)) };
  const message = summary ?? 'the expression cannot be read';
  if (code === 'unknown_variable') {
    const name = message.replace(/^.*: /, '');
    return { code: 'unknown-column', message: `unknown column "${name}"`, hint: suggestion(name, names), ...place };
  }
  const word = /^reserved identifier: (\w+)$/i.exec(message)?.[1];
  if (word !== undefined) return reservedProblem(word, place);
  const called = /'(?:[\w.<>, ]+\.)?(\w+)\(/.exec(message)?.[1];
  if (code === 'no_matching_overload' && called !== undefined) {
    if (!FUNCTION_NAMES.includes(called))
      return {
        code: 'unknown-function',
        message: `unknown function "${called}"`,
        hint: suggestion(called, FUNCTION_NAMES),
        ...place,
      };
    return { code: 'expression-type', message: message.replace(/^found no/, 'no'), hint: undefined, ...place };
  }
  const isSyntax = code === undefined || /token|parse|unterminated|invalid_escape|unexpected|limit/.test(code);
  return {
    code: isSyntax ? 'expression-syntax' : 'expression-type',
    message: lowerFirst(message),
    hint: undefined,
    ...place,
  };
};

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
