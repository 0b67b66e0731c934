/**
 * A statement in pieces: SQL text (ours or the mapping author's) and values to bind.
 *
 * The two never share a string, so a `?` in the author's text, in a quoted name or in a comment is never taken for a
 * placeholder. (knex.raw rewrites every `?` of its text and cannot express `\?`; see pool.ts.)
 */
export type Value = string | number | bigint | Uint8Array;

export type Piece = string | { readonly bind: Value; readonly type?: string };

export type Statement = readonly Piece[];

/** @param type its type in SQL, where the server wants to be told */
export function bind(value: Value, type?: string): Piece {
  return type === undefined ? { bind: value } : { bind: value, type };
}

/** Statements one after another with `separator` between them. */
export function joinStatements(statements: readonly Statement[], separator: string): Statement {
  return statements.flatMap((statement, index) => (index === 0 ? [...statement] : [separator, ...statement]));
}

/** The driver's form of a statement: `placeholder(n)` stands for the n-th value, counted from 1. */
export function render(
  statement: Statement,
  placeholder: (n: number) => string,
): { readonly text: string; readonly values: Value[] } {
  const values: Value[] = [];
  let text = '';
  for (const piece of statement) {
    if (typeof piece === 'string') {
      text += piece;
    } else {
      values.push(piece.bind);
      text += placeholder(values.length);
    }
  }
  return { text, values };
}

/** A `query` as a relation. Its own lines, so that a last `-- comment` ends before our parenthesis; one closing `;` is dropped. */
export function asRelation(query: string): string {
  return `(\n${withoutSemicolon(query)}\n) AS capi_source`;
}

/** A `where` as one term of a conjunction. */
export function asCondition(where: string): string {
  return `(\n${withoutSemicolon(where)}\n)`;
}

export function withoutSemicolon(text: string): string {
  return text.trim().replace(/\s*;$/, '');
}
