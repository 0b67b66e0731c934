/** The words of a GoogleSQL statement: strings, quoted names, comments and parameters are told apart, nothing more. */
export type Token = {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'parameter' | 'symbol' | 'blank';
  /** As written. */
  readonly text: string;
  /** Without quotes. */
  readonly name: string;
  /** Where it stands, from 0. */
  readonly at: number;
};

const FORMS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['blank', /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y],
  ['string', /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y],
  ['name', /`(?:[^`\\]|\\.)*`/y],
  ['parameter', /@\w+/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['word', /[A-Za-z_]\w*/y],
  ['symbol', /<=|>=|<>|!=|[\s\S]/y],
];

/** Every token, blanks too. */
export function allTokens(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    for (const [kind, form] of FORMS) {
      form.lastIndex = at;
      const text = form.exec(sql)?.[0];
      if (text === undefined) continue;
      const isQuoted = kind === 'string' || kind === 'name';
      tokens.push({ kind, text, name: isQuoted ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text, at });
      at += text.length;
      break;
    }
  }
  return tokens;
}

export function tokensOf(sql: string): Token[] {
  return allTokens(sql).filter(({ kind }) => kind !== 'blank');
}
