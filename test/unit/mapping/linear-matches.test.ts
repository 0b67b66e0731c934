import { describe, expect, it } from 'vitest';
import type { Column } from '../../../connectors/connector.ts';
import { bindExpression, type Expression, FAILED, parseExpression } from '../../../src/mapping/expression.ts';

const COLUMNS: readonly Column[] = ['s', 'pattern', 'j'].map((name) => ({
  name,
  kind: name === 'j' ? 'json' : 'text',
  type: name === 'j' ? 'json' : 'text',
  nullable: true,
}));

const parsed = (source: string): Expression => {
  const result = parseExpression(source);
  if ('problem' in result) throw new Error(result.problem.message);
  return result.expression;
};
const evaluate = (source: string, s: string | null, pattern: string | null = null): unknown =>
  bindExpression(parsed(source), COLUMNS, undefined)([s, pattern, '["ab", "b"]']);

/** Patterns that an engine which tries every way takes minutes or years for. */
const SLOW: readonly (readonly [pattern: string, text: (length: number) => string])[] = [
  ['(a+)+$', (n) => `${'a'.repeat(n)}!`],
  ['^(a|aa)+$', (n) => `${'a'.repeat(n)}!`],
  ['^(a|a)*$', (n) => `${'a'.repeat(n)}!`],
  ['(.*)*x', (n) => 'y'.repeat(n)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', (n) => 'a'.repeat(n)],
  ['(x+x+)+y', (n) => 'x'.repeat(n)],
  ['^(\\d+)*$', (n) => `${'1'.repeat(n)}x`],
  ['([a-zA-Z]+)*@', (n) => 'a'.repeat(n)],
];

describe('matches', () => {
  it('finds what CEL says, wherever it stands', () => {
    expect(evaluate('s.matches("^[A-Z]{2}-[0-9]+$")', 'DE-17')).toBe(true);
    expect(evaluate('s.matches("^[A-Z]{2}-[0-9]+$")', 'DE-x')).toBe(false);
    expect(evaluate('(s + "!") . matches ( "b!$" ) && !lower(s).matches("^A")', 'Ab')).toBe(true);
    expect(evaluate('s.matches("(?i)^ab$") ? "yes" : null', 'AB')).toBe('yes');
    expect(evaluate('j.filter(x, x.matches("^a")).size() == 1', 'x')).toBe(true);
    expect(evaluate('s.matches("\\\\.matches\\\\(") && s.matches("matches")', 'x.matches(y)')).toBe(true);
    expect(evaluate('s.matches("ü")', 'Müller')).toBe(true);
  });

  it('gives null for null, and fails the row for a pattern of cells that is none', () => {
    expect(evaluate('s.matches("a")', null)).toBeNull();
    expect(evaluate('s.matches(pattern)', 'abc', '^a')).toBe(true);
    expect(evaluate('s.matches(pattern)', 'abc', '(a')).toBe(FAILED);
    expect(evaluate('s.matches(pattern)', 'abc', `a{1}`.repeat(500))).toBe(FAILED);
  });

  it.each(SLOW)('takes no longer than the text is long: %s', (pattern, text) => {
    const source = `s.matches("${pattern.replaceAll('\\', '\\\\')}")`;
    const run = bindExpression(parsed(source), COLUMNS, undefined);
    // With 30 characters an engine that goes back takes seconds, with 50 days. This ends, or the test does not.
    for (const length of [30, 50, 100_000]) expect(run([text(length), null, null])).toBe(false);
  });

  it('fails the row for a text beyond all measure', () => {
    expect(evaluate('s.matches("a")', 'a'.repeat(1_000_001))).toBe(FAILED);
  });

  it.each([
    ['s.matches("(a")', 'missing closing )'],
    ['lower(s).matches("a(?=b)")', '(?='],
    ['s.matches("(a)\\\\1")', '\\1'],
    ['s.matches("a{100000}")', 'repeat'],
  ])('with a pattern that cannot be is refused when the file is loaded: %s', (source, said) => {
    const result = parseExpression(source);
    expect(result).toMatchObject({ problem: { code: 'expression-syntax', hint: expect.stringContaining('RE2') } });
    const { message, start, end } = (result as { problem: { message: string; start: number; end: number } }).problem;
    expect(message).toContain(said);
    expect(source.slice(start, end)).toMatch(/^".*"$/);
  });
});
