import { describe, expect, it } from 'vitest';
import type { Cell, Column, ColumnKind } from '../../../connectors/connector.ts';
import {
  bindExpression,
  checkExpression,
  type Expression,
  type ExpressionProblem,
  FAILED,
  parseExpression,
} from '../../../src/mapping/expression.ts';

const column = (name: string, kind: ColumnKind): Column => ({ name, kind, type: kind, nullable: true });

/** The one row of these tests: `x_null` columns are NULL. */
const CELLS: readonly (readonly [name: string, kind: ColumnKind, cell: Cell])[] = [
  ['n', 'integer', '9007199254740993'],
  ['small', 'integer', '4'],
  ['d', 'decimal', '1.5'],
  ['s', 'text', 'Abc'],
  ['b', 'boolean', 't'],
  ['j', 'json', '{"list":[1,null,2],"none":null,"name":"Ada"}'],
  ['t', 'timestamptz', '2026-01-01 00:00:00+00'],
  ['born', 'date', '1990-12-31'],
  ['bad', 'text', '12,50'],
  ['bad_int', 'integer', 'x'],
  ['int_null', 'integer', null],
  ['dec_null', 'decimal', null],
  ['text_null', 'text', null],
  ['bool_null', 'boolean', null],
  ['time_null', 'timestamptz', null],
  ['json_null', 'json', null],
  ['Billing "Country"', 'text', 'DE'],
  ['type', 'text', 'retail'],
  ['if', 'text', 'yes'],
  ['row', 'text', 'seat 4'],
  ['constructor', 'text', 'ACME'],
];
const COLUMNS = CELLS.map(([name, kind]) => column(name, kind));
const ROW = CELLS.map(([, , cell]) => cell);

const parsed = (source: string): Expression => {
  const result = parseExpression(source);
  if ('problem' in result) throw new Error(`${source}: ${result.problem.message}`);
  return result.expression;
};
const evaluate = (source: string) => {
  const expression = parsed(source);
  expect(checkExpression(expression, COLUMNS)).toBeUndefined();
  return bindExpression(expression, COLUMNS, 'UTC')(ROW);
};
const problemOf = (source: string): ExpressionProblem | undefined => {
  const result = parseExpression(source);
  return 'problem' in result ? result.problem : checkExpression(result.expression, COLUMNS);
};

describe('null', () => {
  it.each(
    ['+', '-', '*', '/', '%'].flatMap((operator) => [
      `int_null ${operator} 1`,
      `1 ${operator} int_null`,
      `dec_null ${operator} 1.5`,
      `1.5 ${operator} dec_null`,
      `int_null ${operator} dec_null`,
      `null ${operator} null`,
      `n ${operator} null`,
    ]),
  )('arithmetic with it is null: %s', (source) => expect(evaluate(source)).toBe(null));

  it.each(['text_null + "x"', '"x" + text_null', 's + null', '-int_null', '-dec_null', 't - time_null'])(
    'so is: %s',
    (source) => expect(evaluate(source)).toBe(null),
  );

  it.each(
    ['<', '<=', '>', '>='].flatMap((operator) => [
      `int_null ${operator} 1`,
      `1.5 ${operator} dec_null`,
      `text_null ${operator} "x"`,
      `bool_null ${operator} true`,
      `time_null ${operator} t`,
      `t ${operator} time_null`,
      `int_null ${operator} int_null`,
    ]),
  )('an order comparison with it is false: %s', (source) => expect(evaluate(source)).toBe(false));

  it('is not less and not more, so the negation of a comparison holds', () => {
    expect(evaluate('!(time_null < t)')).toBe(true);
    expect(evaluate('!(int_null > 1)')).toBe(true);
  });

  it.each([
    ['int_null == null', true],
    ['null == text_null', true],
    ['s == null', false],
    ['s != null', true],
    ['int_null == 1', false],
    ['int_null != 1', true],
    ['text_null == s', false],
    ['text_null != s', true],
    ['text_null in ["a"]', false],
    ['!bool_null', true],
    ['!null', true],
  ])('%s is %s', (source, expected) => expect(evaluate(source)).toBe(expected));

  it('decides nothing that the other side of && and || has decided', () => {
    expect(evaluate('bool_null || true')).toBe(true);
    expect(evaluate('true || bool_null')).toBe(true);
    expect(evaluate('bool_null && false')).toBe(false);
    expect(evaluate('bool_null && true')).toBe(null);
    expect(evaluate('bool_null ? 1 : 2')).toBe(null);
  });

  it('may stand in any branch', () => {
    expect(evaluate('b ? null : "x"')).toBe(null);
    expect(evaluate('b ? "x" : null')).toBe('x');
    expect(evaluate('b ? n : null')).toBe(9007199254740993n);
    expect(evaluate('small > 100 ? "big" : (small > 10 ? "middle" : null)')).toBe(null);
    expect(evaluate('[null, small]')).toEqual([null, 4n]);
    expect(evaluate('{"a": null}')).toEqual({ a: null });
    expect(evaluate('s == "null" ? 1 : 2')).toBe(2n);
  });

  it.each([
    ...['int', 'double', 'string', 'bool', 'timestamp', 'duration', 'bytes', 'size'].map(
      (name) => `${name}(text_null)`,
    ),
    ...['lower', 'upper', 'trim', 'number', 'date', 'json'].map((name) => `${name}(text_null)`),
    ...['split(text_null, ",")', 'replace(text_null, "a", "b")', 'replace(s, "b", text_null)', 'coalesce(text_null)'],
    ...['text_null.contains("a")', 'text_null.size()', 'text_null.startsWith("a")', 'json_null.name', 'size(null)'],
    ...['"order-" + string(int_null)', 'j.list[1] * 2', 'size(j.none)'],
  ])('makes every function null: %s', (source) => expect(evaluate(source)).toBe(null));

  it.each([
    ...['"x" + lower(text_null)', 'lower(text_null) + "x"', 'number(text_null) * 2', 'number(text_null) * d'],
    ...[
      'size(text_null) + 1',
      'double(text_null) * 2.0',
      'date(text_null) + "T00"',
      'lower(text_null).contains("null")',
    ],
    ...[
      'string(int_null) + "x"',
      'size(lower(text_null))',
      'text_null.size() + 1',
      '1.5 * number(coalesce(text_null, null))',
    ],
  ])('stays null on its way through a call: %s', (source) => expect(evaluate(source)).toBe(null));

  it('compares as null behind a call', () => {
    expect(evaluate('number(text_null) < 5')).toBe(false);
    expect(evaluate('number(text_null) == 0')).toBe(false);
    expect(evaluate('lower(text_null) == null')).toBe(true);
  });

  it.each([
    ['coalesce(int_null, 5)', 5n],
    ['coalesce(number(text_null), 5)', 5n],
    ['coalesce(int(text_null), 5)', 5n],
    ['coalesce(double(int_null), 0.5)', 0.5],
    ['coalesce(size(text_null), 0)', 0n],
    ['coalesce(text_null.size(), 0)', 0n],
    ['coalesce(lower(text_null), upper(s))', 'ABC'],
    ['coalesce(int_null + 1, dec_null * 2, small)', 4n],
    ['coalesce(text_null, null)', null],
    ['coalesce(-int_null, 3)', 3n],
  ])('coalesce takes the first that is not: %s', (source, expected) => expect(evaluate(source)).toEqual(expected));

  it('does not hide a value that cannot be read beside it', () => {
    expect(evaluate('number(bad) + int_null')).toBe(FAILED);
    expect(evaluate('coalesce(number(bad), 0)')).toBe(FAILED);
    expect(evaluate('number(bad) - coalesce(int_null, 0)')).toBe(FAILED);
    expect(evaluate('int_null == null ? bad_int : small')).toBe(FAILED);
  });
});

describe('numbers', () => {
  it.each([
    ['small * d', 6],
    ['d * small', 6],
    ['small + 0.5', 4.5],
    ['small - d', 2.5],
    ['small / d', 4 / 1.5],
    ['d % small', 1.5],
    ['small / 3', 1n],
    ['small == 4.0', true],
    ['4.0 == small', true],
    ['d != small', true],
    ['d == 1', false],
    ['d < small', true],
    ['small >= d', true],
  ])('of both kinds mix: %s', (source, expected) => expect(evaluate(source)).toBe(expected));

  it('integers are exact beyond 2^53', () => {
    expect(evaluate('n + 1')).toBe(9007199254740994n);
    expect(evaluate('n == 9007199254740992.0')).toBe(false);
    expect(evaluate('n * 1')).toBe(9007199254740993n);
    expect(evaluate('string(n)')).toBe('9007199254740993');
  });

  it('a double makes the sum a double, as exact as doubles are', () => {
    expect(evaluate('n + 0.5')).toBe(9007199254740992);
    expect(evaluate('n * d')).toBe(13_510_798_882_111_488);
  });

  it('fail where there is no result', () => {
    expect(evaluate('n / 0')).toBe(FAILED);
    expect(evaluate('9223372036854775807 + small')).toBe(FAILED);
  });
});

describe('columns', () => {
  it('with odd names are read with row["…"]', () => {
    expect(evaluate('row["Billing \\"Country\\""] + "!"')).toBe('DE!');
    expect(evaluate("row['s'] + s")).toBe('AbcAbc');
    expect(parsed('row["Billing \\"Country\\""]').columns).toEqual(['Billing "Country"']);
    expect(parsed(" row[ 'a b' ] ")).toMatchObject({ columns: ['a b'], bare: 'a b' });
  });

  it('whose names are words of the language are read with row["…"], and the message says so', () => {
    expect(evaluate('row["type"] == "retail"')).toBe(true);
    expect(evaluate('row["if"] + "!"')).toBe('yes!');
    expect(evaluate('row["row"] + "!"')).toBe('seat 4!');
    expect(problemOf('s == type')).toEqual({
      code: 'expression-type',
      message: '"type" is a word of the expression language',
      hint: 'write row["type"] for the column of that name',
      start: 5,
      end: 9,
    });
    expect(problemOf('s + if')).toMatchObject({ code: 'expression-type', hint: expect.stringContaining('row["if"]') });
    expect(parsed('type')).toMatchObject({ bare: 'type', columns: ['type'] });
  });

  it('named like members of every JavaScript object are columns like any other', () => {
    expect(evaluate('constructor + "!"')).toBe('ACME!');
    expect(problemOf('toString + "!"')).toMatchObject({ code: 'unknown-column', message: 'unknown column "toString"' });
    expect(problemOf('row["hasOwnProperty"] + "!"')).toMatchObject({ code: 'unknown-column' });
    expect(problemOf('__proto__ + "!"')).toMatchObject({ code: 'expression-type' });
    expect(problemOf('row["__proto__"] + "!"')).toMatchObject({ code: 'expression-type' });
    expect(evaluate('j.constructor')).toBe(FAILED);
    expect(evaluate('j.__proto__')).toBe(FAILED);
  });

  it('are each listed once, and variables bound by macros are none', () => {
    expect(parsed('s + s + row["s"]').columns).toEqual(['s']);
    expect(parsed('j.list.map(i, i * small)').columns).toEqual(['j', 'small']);
    expect(parsed('j.list.filter(i, i > d).exists(k, k == i)').columns).toEqual(['j', 'd', 'i']);
    expect(parsed('cel.bind(x, s, x + x)').columns).toEqual(['s']);
    expect(parsed('j.list.map(row, row)').columns).toEqual(['j']);
    expect(parsed('"a column in a text: s"').columns).toEqual([]);
    expect(evaluate('cel.bind(x, s, x + x)')).toBe('AbcAbc');
    expect(evaluate('j.list.map(i, {"id": i})')).toEqual([{ id: 1 }, { id: null }, { id: 2 }]);
  });

  it('need one quoted name behind row', () => {
    for (const source of ['row', 'row[s]', 'row.s', 'row["a"].b + row'])
      expect(problemOf(source)).toMatchObject({
        code: 'expression-type',
        hint: expect.stringContaining('row["Billing Country"]'),
      });
  });

  it('on their own never meet the engine', () => {
    expect(parsed(' email ')).toEqual({ source: ' email ', columns: ['email'], bare: 'email' });
    expect(parsed('null').bare).toBeUndefined();
    expect(parsed('true').bare).toBeUndefined();
    expect(parsed('s + ""').bare).toBeUndefined();
  });
});

describe('problems', () => {
  const marked = (source: string): string => {
    const problem = problemOf(source);
    return source.slice(problem?.start, problem?.end);
  };

  it.each([
    ['emial', 'emial', 'unknown-column'],
    ['  emial', 'emial', 'unknown-column'],
    ['row["emial"]', 'emial', 'unknown-column'],
    ['s + emial', 'emial', 'unknown-column'],
    ['"emial" + emial', 'emial', 'unknown-column'],
    ['j.emial == emial', 'emial', 'unknown-column'],
    ['bad_int + bad_in', 'bad_in', 'unknown-column'],
    ['b ? null : emial', 'emial', 'unknown-column'],
    ['b ? null : (null == s ? null : (s + 1))', 's + 1', 'expression-type'],
    ['"😀" + emial', 'emial', 'unknown-column'],
    ['b ? null : lowr(s)', 'lowr(s)', 'unknown-function'],
    ['s + 1', 's + 1', 'expression-type'],
    ['s < 1', 's < 1', 'expression-type'],
    ['b == 1', 'b == 1', 'expression-type'],
    ['born == t', 'born == t', 'expression-type'],
  ])('are shown where they stand: %s', (source, where, code) => {
    expect(marked(source)).toBe(where);
    expect(problemOf(source)?.code).toBe(code);
    expect(problemOf(source)?.start).toBe(source.lastIndexOf(where));
  });

  it('suggest the name that was meant', () => {
    expect(problemOf('smal + 1')?.hint).toBe('did you mean "small"?');
    expect(problemOf('bor')?.hint).toBe('did you mean "born"?');
    expect(problemOf('lowr(s)')?.hint).toBe('did you mean "lower"?');
    expect(problemOf('s.contians("a")')?.hint).toBe('did you mean "contains"?');
    expect(problemOf('qwertyuiop')?.hint).toBeUndefined();
  });

  it.each(['s +', '(s', 's s', '"open', '1 +* 2', '', '   ', '[1, 2', '{"a" 1}', 's ? 1', '@'])(
    'of syntax are found when the text is parsed: %j',
    (source) => {
      const result = parseExpression(source);
      expect(result).toMatchObject({ problem: { code: 'expression-syntax' } });
      if (!('problem' in result)) return;
      expect(result.problem.end).toBeGreaterThan(result.problem.start);
      expect(result.problem.start).toBeLessThanOrEqual(source.length);
    },
  );

  it('of types are found without the columns where the expression itself tells', () => {
    expect(checkExpression(parsed('"a" + 1'), undefined)).toMatchObject({ code: 'expression-type', start: 0, end: 7 });
    expect(checkExpression(parsed('s + 1'), undefined)).toBeUndefined();
    expect(checkExpression(parsed('lowr(s)'), undefined)).toMatchObject({ code: 'unknown-function' });
    expect(checkExpression(parsed('coalesce(1, 2, 3, 4, 5, 6, 7)'), undefined)).toMatchObject({
      code: 'expression-type',
    });
  });

  it('of size are told, not run into', () => {
    expect(parseExpression(`"${'x'.repeat(8190)}"`)).toHaveProperty('expression');
    expect(parseExpression(`"${'x'.repeat(8191)}"`)).toHaveProperty('problem.code', 'expression-syntax');
    expect(parseExpression(`${'('.repeat(70)}s${')'.repeat(70)} + s`)).toHaveProperty('problem');
    expect(parseExpression(`${'!'.repeat(4000)}b`)).toHaveProperty('problem');
    expect(parseExpression(Array(1200).fill('s').join('+'))).toHaveProperty('problem');
    expect(parseExpression(`[${Array(1100).fill('1').join(',')}]`)).toHaveProperty('problem');
    expect(parseExpression(`${Array(30).fill('s').join('+')}`)).toHaveProperty('expression');
  });
});

describe('functions', () => {
  it.each([
    ['lower(s)', 'abc'],
    ['upper(s)', 'ABC'],
    ['trim("  a ")', 'a'],
    ['lower(small)', '4'],
    ['split("a,b", ",")', ['a', 'b']],
    ['replace("a-b-c", "-", "")', 'abc'],
    ['number("1.50")', 1.5],
    ['number(" -2e3 ")', -2000],
    ['number("1.234,50", ",")', 1234.5],
    ['number(small)', 4],
    ['date(t)', '2026-01-01'],
    ['date("2026-01-02T03:04:05Z")', '2026-01-02'],
    ['date("31.12.1990", "DD.MM.YYYY")', '1990-12-31'],
    ['date("1/2/1990", "MM/DD/YYYY")', '1990-01-02'],
    ['date("31 de 12 de 1990", "DD de MM de YYYY")', '1990-12-31'],
    ['json("[1, {\\"a\\": 2}]")', [1, { a: 2 }]],
    ['json(j).name', 'Ada'],
  ])('%s', (source, expected) => expect(evaluate(source)).toEqual(expected));

  it.each([
    'number(bad)',
    'number("")',
    'number("0x10")',
    'number("NaN")',
    'number(b)',
    'date(s)',
    'date("31.12.1990")',
    'date("1990", "DD.MM.YYYY")',
    'json("{")',
    'lower(j)',
    'int(s)',
    'bad_int + 1',
  ])('a value that cannot be read fails the row, not the run: %s', (source) => expect(evaluate(source)).toBe(FAILED));
});
