/**
 * SOQL that an author wrote, taken apart at its clauses: what a query selects, from what, and under which condition. No more is understood of it
 * than is needed to put the bounds of a page beside the author's condition; what Salesforce makes of the condition is for Salesforce to say.
 */
import { SourceError } from '../connector.ts';

type Token = { readonly text: string; readonly at: number; readonly depth: number };

/** Texts in quotes, words and what stands between them. */
const TOKEN = /'(?:\\[\s\S]|[^'\\])*'|[A-Za-z_][\w.]*|[(),]|[^\s(),'A-Za-z_][^\s(),']*/g;

/** Words that begin another clause where they stand outside of parentheses. */
const CLAUSES: ReadonlySet<string> = new Set([
  'WHERE',
  'USING',
  'WITH',
  'GROUP',
  'HAVING',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FOR',
  'UPDATE',
  'ALL',
]);

export type ParsedQuery = {
  /** As the author wrote them. */
  readonly fields: readonly string[];
  readonly object: string;
  readonly condition: string | undefined;
  /** `ALL ROWS`: deleted records too. */
  readonly allRows: boolean;
};

/** @throws SourceError `source-query-failed` */
export function parseQuery(text: string): ParsedQuery {
  const soql = withoutSemicolon(text);
  const tokens = tokensOf(soql, 'the query');
  if (word(tokens[0]) !== 'SELECT') throw refused('the query', 'it does not begin with SELECT');
  const from = tokens.findIndex((token) => token.depth === 0 && word(token) === 'FROM');
  if (from === -1) throw refused('the query', 'it has no FROM');
  const fields = fieldsOf(tokens.slice(1, from));
  const object = tokens[from + 1];
  if (object === undefined || !/^\w+$/.test(object.text))
    throw refused('the query', 'FROM is not followed by an object');
  const rest = tokens.slice(from + 2);
  const allRows = rest.length >= 2 && word(rest.at(-2)) === 'ALL' && word(rest.at(-1)) === 'ROWS';
  const clauses = allRows ? rest.slice(0, -2) : rest;
  const [first] = clauses;
  if (first === undefined) return { fields, object: object.text, condition: undefined, allRows };
  if (!CLAUSES.has(word(first)))
    throw refused(
      'the query',
      'the object is followed by a word that is no clause',
      'write no alias: FROM Lead WHERE ...',
    );
  if (word(first) !== 'WHERE') throw refusedClause('the query', first);
  const end = allRows ? rest.at(-2)!.at : soql.length;
  return {
    fields,
    object: object.text,
    condition: checkCondition(soql.slice(first.at + 5, end), 'the query'),
    allRows,
  };
}

/** A condition of the author's, which must stand in parentheses without reaching outside of them. @throws SourceError */
export function checkCondition(text: string, what: string): string {
  const condition = withoutSemicolon(text);
  const tokens = tokensOf(condition, what);
  if (tokens.length === 0) throw refused(what, 'the condition is empty');
  const clause = tokens.find((token) => token.depth === 0 && CLAUSES.has(word(token)));
  if (clause !== undefined) throw refusedClause(what, clause);
  return condition;
}

function fieldsOf(tokens: readonly Token[]): string[] {
  const fields: string[] = [];
  for (const [index, { text }] of tokens.entries()) {
    if (index % 2 === 1 ? text !== ',' : !/^[A-Za-z_][\w.]*$/.test(text) || word(tokens[index]) === 'TYPEOF')
      throw refused(
        'the query',
        'it selects something other than fields',
        'list fields, also of parents (Owner.Email): no functions, aliases, subqueries or TYPEOF',
      );
    if (index % 2 === 0) fields.push(text);
  }
  if (fields.length === 0 || tokens.length % 2 === 0) throw refused('the query', 'the list of fields has a gap');
  return fields;
}

function tokensOf(text: string, what: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let end = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    // Whatever lies between tokens is blank, or it is a quote that nobody closed.
    if (text.slice(end, index).trim() !== '') throw refused(what, 'a quote is not closed');
    end = index + token.length;
    if (token === ')') depth -= 1;
    if (depth < 0) throw refused(what, 'it closes a parenthesis that it did not open');
    tokens.push({ text: token, at: index, depth });
    if (token === '(') depth += 1;
  }
  if (text.slice(end).trim() !== '') throw refused(what, 'a quote is not closed');
  if (depth !== 0) throw refused(what, 'a parenthesis is not closed');
  return tokens;
}

function word(token: Token | undefined): string {
  return token?.text.toUpperCase() ?? '';
}

function withoutSemicolon(text: string): string {
  return text.trim().replace(/\s*;$/, '');
}

function refusedClause(what: string, token: Token): SourceError {
  return refused(
    what,
    `it has a clause ${word(token)}`,
    'SELECT, FROM and WHERE are yours, and ALL ROWS for deleted records; order and pages are made by the program',
  );
}

function refused(what: string, why: string, hint?: string): SourceError {
  return new SourceError(
    'source-query-failed',
    `${what} cannot be read in pages: ${why}`,
    hint === undefined ? {} : { hint },
  );
}
