/**
 * The SQL that the Snowflake connector writes, and simple queries of authors, in DuckDB's words. Word by word: identifiers get the case that
 * Snowflake gives them, strings lose Snowflake's escapes, formats of times become those of strftime, functions go to the macros of
 * snowflake-engine.ts. Nothing of the meaning is decided here: keyset, order, types and nanoseconds are computed by DuckDB.
 */

type Token = { readonly kind: 'word' | 'quoted' | 'string' | 'space' | 'other'; readonly text: string };

const TOKEN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:[^'\\]|''|\\[\s\S])*')|(?<quoted>"(?:[^"]|"")*")|(?<word>[A-Za-z_][\w$]*)|(?<other>[\s\S])/g;

function tokensOf(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)].map(({ groups = {} }) => {
    const [kind, text] = Object.entries(groups).find(([, found]) => found !== undefined) as [Token['kind'], string];
    return { kind, text };
  });
}

/** Functions of Snowflake that are macros in the engine, by the name behind `SF_`. */
export const MACROS = [
  ...['TO_VARCHAR', 'TO_JSON', 'HEX_ENCODE', 'CONVERT_TIMEZONE', 'SYSDATE', 'TO_DOUBLE', 'TO_BOOLEAN', 'TO_BINARY'],
  ...[
    'TO_DATE',
    'TO_TIME',
    'TO_TIMESTAMP_NTZ',
    'TO_TIMESTAMP_LTZ',
    'TO_TIMESTAMP_TZ',
    'IS_ROLE_IN_SESSION',
    'PARSE_JSON',
  ],
];

/** What a session answers of itself. */
export type SessionFacts = Readonly<
  Record<
    'CURRENT_VERSION' | 'CURRENT_USER' | 'CURRENT_ROLE' | 'CURRENT_WAREHOUSE' | 'CURRENT_DATABASE' | 'CURRENT_SCHEMA',
    string | undefined
  >
>;

export type Names = {
  /** Every database, schema, table and column, as they are written. */
  readonly names: ReadonlyMap<string, 'relation' | 'column'>;
  /** Of a column: its collation. */
  readonly collations: ReadonlyMap<string, string>;
  readonly session: SessionFacts;
};

/** An error as Snowflake words it. */
export class SnowflakeFailure extends Error {
  override readonly name = 'SnowflakeFailure';
  readonly code: string;
  readonly sqlState: string;
  constructor(code: string, sqlState: string, message: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }
}

export const unknownObject = (name: string): SnowflakeFailure =>
  new SnowflakeFailure('002003', '42S02', `SQL compilation error:\nObject '${name}' does not exist or not authorized.`);

export const unknownColumn = (name: string): SnowflakeFailure =>
  new SnowflakeFailure(
    '000904',
    '42000',
    `SQL compilation error: error line 1 at position 7\ninvalid identifier '"${name}"'`,
  );

/** @throws SnowflakeFailure for a name that is there in another case only: DuckDB would take it */
export function translate(sql: string, { names, collations, session }: Names): string {
  const tokens = tokensOf(sql);
  const anyCase = new Map([...names].map(([name, kind]) => [name.toLowerCase(), kind]));
  const checked = (name: string): string => {
    const kind = anyCase.get(name.toLowerCase());
    if (names.has(name) || kind === undefined) return name;
    throw kind === 'relation' ? unknownObject(name) : unknownColumn(name);
  };
  const isCall = (at: number): boolean => tokens.slice(at + 1).find(({ kind }) => kind !== 'space')?.text === '(';
  let out = '';
  for (let at = 0; at < tokens.length; at += 1) {
    const { kind, text } = tokens[at]!;
    if (kind === 'quoted') out += `"${checked(text.slice(1, -1).replaceAll('""', '"')).replaceAll('"', '""')}"`;
    else if (kind === 'string') out += literal(unescaped(text));
    else if (kind !== 'word') out += text;
    else out += word(text.toUpperCase(), at);
  }
  return out
    .replace(/SF_TO_VARCHAR\(("(?:[^"]|"")+"), '%H:%M:%S\.%n'\)/g, 'SF_TIME_TEXT($1)')
    .replace(/(?:"(?:[^"]|"")+"\.)?INFORMATION_SCHEMA\.(TABLES|COLUMNS|TABLE_PRIVILEGES)/g, '"SF"."META"."$1"');

  function word(upper: string, at: number): string {
    if (upper === 'SYSTEM$CLUSTERING_INFORMATION') return 'SF_CLUSTERING';
    if (upper === 'NUMBER') return 'DECIMAL';
    if (!isCall(at)) return checked(upper);
    if (upper in session) return skipCall(at, session[upper as keyof SessionFacts]);
    if (upper === 'COLLATION') {
      const column =
        tokens
          .slice(at)
          .find(({ kind }) => kind === 'quoted')
          ?.text.slice(1, -1) ?? '';
      return skipCall(at, collations.get(column));
    }
    return MACROS.includes(upper) ? `SF_${upper}` : upper;
  }

  /** A call whose answer is known: its parentheses are taken out with it. */
  function skipCall(at: number, answer: string | undefined): string {
    const end = tokens.findIndex(({ text }, place) => place > at && text === ')');
    for (let place = at + 1; place <= end; place += 1) tokens[place] = { kind: 'space', text: '' };
    return answer === undefined ? 'CAST(NULL AS VARCHAR)' : `CAST(${literal(answer)} AS VARCHAR)`;
  }
}

const literal = (text: string): string => `'${formatOf(text).replaceAll("'", "''")}'`;

function unescaped(string: string): string {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };
  return string
    .slice(1, -1)
    .replaceAll(/''|\\([\s\S])/g, (whole, escaped?: string) =>
      whole === "''" ? "'" : (escapes[escaped ?? ''] ?? escaped ?? ''),
    );
}

/** A format of Snowflake as one of strftime; any other text stays. */
function formatOf(text: string): string {
  if (!/^(YYYY-MM-DD|HH24:MI:SS)/.test(text)) return text;
  return text
    .replaceAll(/YYYY|MM|DD|HH24|MI|SS|FF9/g, (part) => FORMATS[part] ?? part)
    .replace('TZH:TZM', '+00:00')
    .replaceAll(/"(.)"/g, '$1');
}

const FORMATS: Readonly<Record<string, string>> = {
  YYYY: '%Y',
  MM: '%m',
  DD: '%d',
  HH24: '%H',
  MI: '%M',
  SS: '%S',
  FF9: '%n',
};
