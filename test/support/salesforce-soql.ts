/** SOQL, parsed as its reference has it: as much of the grammar as a client that pages through objects can write, and what the API refuses of it. */

export type Literal =
  | { readonly kind: 'string' | 'number' | 'datetime' | 'date'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' };

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'IN' | 'NOT IN';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare';
      readonly field: string;
      readonly operator: Operator;
      readonly values: readonly Literal[];
      readonly at: number;
    };

export type Query = {
  /** Undefined: `COUNT()`. */
  readonly fields: readonly { readonly path: string; readonly at: number }[] | undefined;
  readonly object: string;
  readonly objectAt: number;
  readonly condition: Condition | undefined;
  readonly order: readonly { readonly path: string; readonly descending: boolean; readonly at: number }[];
  readonly limit: number | undefined;
};

/** What the API answers to a query that it does not take. */
export class SoqlError extends Error {
  readonly errorCode: string;
  constructor(errorCode: string, soql: string, at: number, detail: string) {
    super(`\n${soql}\n${' '.repeat(at)}^\nERROR at Row:1:Column:${at + 1}\n${detail}`);
    this.errorCode = errorCode;
  }
}

type Token = {
  readonly kind: 'word' | 'string' | 'datetime' | 'date' | 'number' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
};

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['datetime', /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/y],
  ['date', /\d{4}-\d\d-\d\d/y],
  ['number', /[+-]?\d+(?:\.\d+)?/y],
  ['word', /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y],
  ['string', /'(?:\\.|[^'\\])*'/y],
  ['sign', /<>|!=|<=|>=|[=<>(),]/y],
];

const tokensOf = (soql: string): Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  while (at < soql.length) {
    if (/\s/.test(soql[at] ?? '')) {
      at += 1;
      continue;
    }
    const found = PATTERNS.map(([kind, pattern]) => {
      pattern.lastIndex = at;
      const text = pattern.exec(soql)?.[0];
      return text === undefined ? undefined : { kind, text, at };
    }).find((token) => token !== undefined);
    if (found === undefined) throw new SoqlError('MALFORMED_QUERY', soql, at, `unexpected token: '${soql[at]}'`);
    tokens.push(found);
    at += found.text.length;
  }
  return [...tokens, { kind: 'end', text: '<EOF>', at: soql.length }];
};

const OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);
const MOST_LETTERS = 100_000;

export const parseSoql = (soql: string): Query => {
  if (soql.length > MOST_LETTERS)
    throw new SoqlError(
      'MALFORMED_QUERY',
      soql.slice(0, 100),
      0,
      'SOQL statements cannot be longer than 100000 characters.',
    );
  const tokens = tokensOf(soql);
  let next = 0;
  const peek = (): Token => tokens[next]!;
  const is = (text: string): boolean => peek().kind !== 'string' && peek().text.toUpperCase() === text;
  const unexpected = (token = peek()): SoqlError =>
    new SoqlError('MALFORMED_QUERY', soql, token.at, `unexpected token: '${token.text}'`);
  const take = (text?: string): Token => {
    if (text !== undefined && !is(text)) throw unexpected();
    next += 1;
    return tokens[next - 1]!;
  };
  const word = (): Token => {
    if (peek().kind !== 'word') throw unexpected();
    return take();
  };
  const list = <T>(one: () => T): T[] => {
    const all = [one()];
    while (is(',')) {
      take();
      all.push(one());
    }
    return all;
  };

  const literal = (): Literal => {
    const token = take();
    if (token.kind === 'string') return { kind: 'string', text: token.text.slice(1, -1).replace(/\\(.)/g, '$1') };
    if (token.kind === 'datetime' || token.kind === 'date' || token.kind === 'number')
      return { kind: token.kind, text: token.text };
    const name = token.text.toUpperCase();
    if (name === 'TRUE' || name === 'FALSE') return { kind: 'boolean', value: name === 'TRUE' };
    if (name === 'NULL') return { kind: 'null' };
    throw unexpected(token);
  };

  const comparison = (): Condition => {
    const { text: field, at } = word();
    const sign = take();
    const operator = sign.text.toUpperCase() === '<>' ? '!=' : sign.text.toUpperCase();
    if (operator === 'IN' || operator === 'NOT') {
      if (operator === 'NOT') take('IN');
      take('(');
      const values = list(literal);
      take(')');
      return { kind: 'compare', field, operator: operator === 'NOT' ? 'NOT IN' : 'IN', values, at };
    }
    if (operator !== 'LIKE' && !OPERATORS.has(operator)) throw unexpected(sign);
    return { kind: 'compare', field, operator: operator as Operator, values: [literal()], at };
  };

  const term = (): Condition => {
    if (is('NOT')) {
      take();
      return { kind: 'not', part: term() };
    }
    if (!is('(')) return comparison();
    take();
    const inner = condition();
    take(')');
    return inner;
  };

  /** AND and OR do not mix without parentheses. */
  const condition = (): Condition => {
    const parts = [term()];
    const joint = is('AND') || is('OR') ? peek().text.toUpperCase() : undefined;
    while (joint !== undefined && is(joint)) {
      take();
      parts.push(term());
    }
    if (is('AND') || is('OR')) throw unexpected();
    return joint === undefined ? parts[0]! : { kind: joint === 'AND' ? 'and' : 'or', parts };
  };

  take('SELECT');
  let fields: { path: string; at: number }[] | undefined;
  if (is('COUNT')) {
    take();
    take('(');
    take(')');
  } else {
    fields = list(() => {
      const { text: path, at } = word();
      return { path, at };
    });
  }
  take('FROM');
  const object = word();
  let where: Condition | undefined;
  if (is('WHERE')) {
    take();
    where = condition();
  }
  const order = [];
  if (is('ORDER')) {
    take();
    take('BY');
    order.push(
      ...list(() => {
        const { text: path, at } = word();
        const descending = is('DESC');
        if (descending || is('ASC')) take();
        return { path, descending, at };
      }),
    );
  }
  let limit: number | undefined;
  if (is('LIMIT')) {
    take();
    if (peek().kind !== 'number') throw unexpected();
    limit = Number(take().text);
  }
  if (peek().kind !== 'end') throw unexpected();
  return { fields, object: object.text, objectAt: object.at, condition: where, order, limit };
};
