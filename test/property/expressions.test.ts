import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell, Column } from '../../connectors/connector.ts';
import { bindExpression, checkExpression, FAILED, parseExpression } from '../../src/mapping/expression.ts';

const COLUMNS: readonly Column[] = (
  [
    ['a', 'integer'],
    ['b', 'decimal'],
    ['c', 'text'],
    ['d', 'boolean'],
    ['e', 'json'],
    ['f', 'timestamptz'],
    ['type', 'text'],
    ['__proto__', 'text'],
  ] as const
).map(([name, kind]) => ({ name, kind, type: kind, nullable: true }));

const word = fc.constantFrom(
  ...[
    'a',
    'b',
    'c',
    'd',
    'e',
    'f',
    'x',
    'row',
    'row["a"]',
    "row['x y']",
    'type',
    'int',
    'if',
    'in',
    '__proto__',
    'null',
  ],
  ...[
    'true',
    '1',
    '-2.5',
    '9223372036854775807',
    '1e999',
    '"t"',
    "'\\u00e9'",
    '"\\',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '.',
    ',',
  ],
  ...[
    '?',
    ':',
    '+',
    '-',
    '*',
    '/',
    '%',
    '==',
    '!=',
    '<',
    '>=',
    '&&',
    '||',
    '!',
    ' ',
    '\n',
    '\0',
    '😀',
    '\ud800',
    'r"x"',
  ],
  ...[
    'lower(',
    'coalesce(',
    'size(',
    '.map(i,',
    '.filter(',
    '.exists(k,',
    'cel.bind(y,',
    'has(',
    'timestamp(',
    'dyn(',
    'number(',
  ],
);
const anyText = fc.oneof(
  { weight: 4, arbitrary: fc.array(word, { maxLength: 14 }).map((words) => words.join('')) },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 9 }).map((words) => words.join(' ')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);

/** Expressions of the right form, mostly of wrong types. */
const anyExpression = fc.letrec<{ node: string; leaf: string }>((tie) => ({
  leaf: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'null', '1', '2.5', '"t"', 'true', 'row["c"]', 'row["type"]'),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc
      .tuple(
        tie('node'),
        fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '<=', '&&', '||', 'in'),
        tie('node'),
      )
      .map(([l, o, r]) => `(${l} ${o} ${r})`),
    fc.tuple(tie('node'), tie('node'), tie('node')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc
      .tuple(fc.constantFrom('lower', 'size', 'string', 'int', 'number', 'json', 'date', '!', '-'), tie('node'))
      .map(([f, x]) => `${f}(${x})`),
    fc.tuple(tie('node'), tie('node')).map(([x, y]) => `coalesce(${x}, ${y})`),
    fc.tuple(tie('node'), tie('node')).map(([x, y]) => `[${x}, ${y}].map(i, i == ${x})`),
  ),
})).node;

const anyCell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constant(null),
  fc.constantFrom<Cell>(
    '1',
    'x',
    '',
    '2026-01-01 00:00:00Z',
    't',
    '[1,null]',
    '{"a":{"__proto__":1}}',
    1n,
    0.5,
    true,
    Number.NaN,
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.uint8Array({ maxLength: 4 }),
);
const anyRow = fc.tuple(...COLUMNS.map(() => anyCell));

describe('expressions', () => {
  it('any text is an expression or a problem with a place in it, and checking never throws', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, anyExpression), (source) => {
        const parsed = parseExpression(source);
        for (const columns of [COLUMNS, undefined]) {
          const problem = 'problem' in parsed ? parsed.problem : checkExpression(parsed.expression, columns);
          if (!problem) continue;
          expect(problem.start).toBeGreaterThanOrEqual(0);
          expect(problem.end).toBeGreaterThan(problem.start);
          expect(problem.start).toBeLessThanOrEqual(source.length);
          expect(problem.message).not.toBe('');
        }
      }),
      { numRuns: 4000 },
    );
  });

  it('what passed the check gives a value or FAILED for any row, and the same one again', () => {
    let bound = 0;
    fc.assert(
      fc.property(fc.oneof(anyText, anyExpression), anyRow, (source, row) => {
        const parsed = parseExpression(source);
        if ('problem' in parsed || parsed.expression.bare !== undefined) return;
        if (checkExpression(parsed.expression, COLUMNS)) return;
        bound += 1;
        const evaluate = bindExpression(parsed.expression, COLUMNS, 'UTC');
        const value = evaluate(row);
        expect(value).not.toBeUndefined();
        if (value === FAILED) expect(evaluate(row)).toBe(FAILED);
        else expect(evaluate(row)).toEqual(value);
      }),
      { numRuns: 3000 },
    );
    expect(bound).toBeGreaterThan(150);
  });
});
