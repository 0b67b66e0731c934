/**
 * The SQL that the Databricks connector writes, and simple queries of authors, in DuckDB's words. Word by word: names lose their backticks, strings
 * Spark's escapes, types get DuckDB's names. Nothing of the meaning is decided here: keyset, order, types and microseconds are computed by DuckDB.
 */

type Token = { readonly kind: 'space' | 'string' | 'quoted' | 'word' | 'other'; readonly text: string };

const TOKEN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:[^'\\]|''|\\[\s\S])*')|(?<quoted>`(?:[^`]|``)*`)|(?<word>[A-Za-z_]\w*)|(?<other>[\s\S])/g;

export function tokensOf(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)].map(({ groups = {} }) => {
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined) as [Token['kind'], string];
    return { kind, text };
  });
}

/** Names that mean something else in DuckDB; what is no key here is the same there. */
const WORDS: Readonly<Record<string, string>> = {
  STRING: 'VARCHAR',
  TIMESTAMP: 'TIMESTAMPTZ',
  TIMESTAMP_NTZ: 'TIMESTAMP',
  BINARY: 'BLOB',
  INFORMATION_SCHEMA: 'unity',
  CURRENT_TIMESTAMP: 'now',
  CURRENT_USER: 'spark_user',
  CURRENT_TIMEZONE: 'spark_timezone',
  CURRENT_SCHEMA: 'current_schema',
  VERSION: 'spark_version',
  TO_JSON: 'spark_json',
  MAP: 'spark_map',
};

export function translate(sql: string): string {
  const tokens = tokensOf(sql);
  return tokens
    .map(({ kind, text }, at) => {
      if (kind === 'string') return `'${unescaped(text).replaceAll("'", "''")}'`;
      if (kind === 'quoted') return `"${text.slice(1, -1).replaceAll('``', '`').replaceAll('"', '""')}"`;
      if (kind === 'other' && text === ':' && tokens[at + 1]?.kind === 'word') return '$';
      if (kind !== 'word') return text;
      if (text.toUpperCase() === 'CAST') return castOf(tokens, at);
      return WORDS[text.toUpperCase()] ?? text;
    })
    .join('')
    .replaceAll(/\(DESCRIBE DETAIL ([^)]+)\)/g, (_whole, name: string) => {
      const table = name.split('.').at(-1)!.replaceAll('"', '');
      return `(SELECT * FROM unity.detail WHERE table_name = '${table.replaceAll("'", "''")}')`;
    });
}

/** A cast to text is Spark's way of writing a value; every other is the same in DuckDB. */
function castOf(tokens: readonly Token[], at: number): string {
  let depth = 0;
  for (let place = at + 1; place < tokens.length; place += 1) {
    const { text } = tokens[place]!;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0) return lastWord(tokens, place) === 'STRING' ? 'SPARK_TEXT' : 'CAST';
  }
  return 'CAST';
}

function lastWord(tokens: readonly Token[], end: number): string {
  return tokens[end - 1]!.text.toUpperCase();
}

function unescaped(string: string): string {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };
  return string
    .slice(1, -1)
    .replaceAll(/''|\\([\s\S])/g, (whole, escaped?: string) =>
      whole === "''" ? "'" : (escapes[escaped ?? ''] ?? escaped ?? ''),
    );
}

/** `SPARK_TEXT(x AS VARCHAR)` is no call: the type goes. */
export function finished(sql: string): string {
  let text = sql;
  for (;;) {
    const start = text.indexOf('SPARK_TEXT(');
    if (start === -1) return text;
    let depth = 0;
    let end = start + 'SPARK_TEXT'.length;
    for (; end < text.length; end += 1) {
      if (text[end] === '(') depth += 1;
      if (text[end] === ')') depth -= 1;
      if (depth === 0) break;
    }
    const inner = text.slice(start + 'SPARK_TEXT('.length, end).replace(/\s+AS\s+VARCHAR\s*$/i, '');
    text = `${text.slice(0, start)}spark_text(${inner})${text.slice(end + 1)}`;
  }
}

/** DuckDB's type as DESCRIBE of Databricks writes it. */
export function sparkType(type: string): string {
  const list = /^(.*)\[\]$/s.exec(type);
  if (list) return `array<${sparkType(list[1]!)}>`;
  const map = /^MAP\((\w+), (.*)\)$/s.exec(type);
  if (map) return `map<${sparkType(map[1]!)},${sparkType(map[2]!)}>`;
  if (type.startsWith('STRUCT')) return 'struct<>';
  const names: Readonly<Record<string, string>> = {
    VARCHAR: 'string',
    INTEGER: 'int',
    'TIMESTAMP WITH TIME ZONE': 'timestamp',
    TIMESTAMP: 'timestamp_ntz',
    BLOB: 'binary',
    JSON: 'variant',
  };
  return names[type] ?? type.toLowerCase();
}
