/**
 * The T-SQL that the connector writes, and plain queries of an author, as DuckDB's SQL. Not a compiler of T-SQL: what it does not know goes to DuckDB
 * as it is, or is refused. How each type is kept is told in tds-types.ts.
 */
import { Refusal } from './tds-server.ts';

type Token = { readonly kind: 'text' | 'name' | 'word' | 'number' | 'mark' | 'parameter'; readonly text: string };

/** What a statement asks of the server it runs on. */
export type Surroundings = {
  /** `YYYY-MM-DD HH:MM:SS.fffffff`, UTC. */
  readonly now: string;
  readonly user: string;
  readonly database: string;
  readonly rights: readonly string[];
  readonly isReadOnly: boolean;
  /** The highest rowversion given, and the lowest that is not committed. */
  readonly dbts: bigint;
  readonly minActive: bigint;
  /** Rows of sys.dm_tran_active_transactions, as VALUES. */
  readonly transactions: string;
  readonly isColumn: (name: string) => boolean;
};

const SHAPE =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|N?'((?:[^']|'')*)'|\[((?:[^\]]|\]\])*)\]|"((?:[^"]|"")*)"|@@?\w+|[A-Za-z_#][\w#$]*|\d+(?:\.\d+)?|<=|>=|<>|!=|[^\s]/gy;

const tokensOf = (sql: string): Token[] => {
  const found: Token[] = [];
  for (const [whole, text, bracketed, quoted] of sql.matchAll(SHAPE)) {
    if (/^\s|^--|^\/\*/.test(whole)) continue;
    if (text !== undefined) found.push({ kind: 'text', text: text.replaceAll("''", "'") });
    else if (bracketed !== undefined) found.push({ kind: 'name', text: bracketed.replaceAll(']]', ']') });
    else if (quoted !== undefined) found.push({ kind: 'name', text: quoted.replaceAll('""', '"') });
    else if (whole.startsWith('@')) found.push({ kind: 'parameter', text: whole });
    else if (/^[A-Za-z_#]/.test(whole)) found.push({ kind: 'word', text: whole });
    else found.push({ kind: /^\d/.test(whole) ? 'number' : 'mark', text: whole });
  }
  return found;
};

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const isWord = (token: Token | undefined, word: string): boolean =>
  token?.kind === 'word' && token.text.toUpperCase() === word;
const isMark = (token: Token | undefined, mark: string): boolean => token?.kind === 'mark' && token.text === mark;

/** What SQL Server does not know, and DuckDB does: an author's text that leans on it must fail here too. */
const FOREIGN = new Set(['LIMIT', 'QUALIFY', 'ILIKE', 'USING']);

const syntaxError = (near: string): Refusal =>
  new Refusal({ number: 102, severity: 15, text: `Incorrect syntax near '${near}'.` });

export const toDuckdb = (sql: string, around: Surroundings): string => group(tokensOf(sql), around);

/** The index behind the parenthesis that `tokens[open]` opens. */
const closing = (tokens: readonly Token[], open: number): number => {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    if (isMark(tokens[at], '(')) depth += 1;
    if (isMark(tokens[at], ')')) depth -= 1;
    if (depth === 0) return at;
  }
  throw syntaxError('(');
};

/** A list of tokens without the parentheses around it; a SELECT with TOP gets its LIMIT at the end. */
const group = (tokens: readonly Token[], around: Surroundings): string => {
  if (!isWord(tokens[0], 'SELECT') || !isWord(tokens[1], 'TOP')) return sequence(tokens, around);
  const end = closing(tokens, 2);
  return `SELECT ${sequence(tokens.slice(end + 1), around)} LIMIT ${sequence(tokens.slice(3, end), around)}`;
};

const sequence = (tokens: readonly Token[], around: Surroundings): string => {
  const out: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!;
    const call = token.kind === 'word' && isMark(tokens[at + 1], '(');
    if (call) {
      const end = closing(tokens, at + 1);
      out.push(callOf(token.text, tokens.slice(at + 2, end), around));
      at = end;
    } else if (isMark(token, '(')) {
      const end = closing(tokens, at);
      out.push(`(${group(tokens.slice(at + 1, end), around)})`);
      at = end;
    } else if (isMark(token, ')')) {
      throw syntaxError(')');
    } else if (isWord(token, 'COLLATE')) {
      at += 1; // DuckDB's columns bear theirs
    } else if (
      isWord(token, 'SYS') &&
      isMark(tokens[at + 1], '.') &&
      isWord(tokens[at + 2], 'DM_TRAN_ACTIVE_TRANSACTIONS')
    ) {
      out.push(around.transactions);
      at += 2;
    } else if (isMark(token, '+') && (tokens[at - 1]?.kind === 'text' || tokens[at + 1]?.kind === 'text')) {
      out.push('||');
    } else out.push(single(token, around));
  }
  return out.join(' ').replaceAll(' . ', '.');
};

const single = (token: Token, { isColumn, dbts }: Surroundings): string => {
  switch (token.kind) {
    case 'text':
      return literal(token.text);
    case 'name':
      return `"${token.text.replaceAll('"', '""')}"`;
    case 'parameter':
      return token.text === '@@DBTS'
        ? `CAST(${dbts} AS UBIGINT)`
        : token.text === '@@SPID'
          ? '51'
          : `$${token.text.slice(1)}`;
    case 'word':
      if (FOREIGN.has(token.text.toUpperCase())) throw syntaxError(token.text);
      return isColumn(token.text) ? `"${token.text}"` : token.text;
    default:
      return token.text === ';' ? '' : token.text;
  }
};

const argumentsOf = (tokens: readonly Token[]): Token[][] => {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(')) depth += 1;
    if (isMark(token, ')')) depth -= 1;
    if (depth === 0 && isMark(token, ',')) found.push([]);
    else found.at(-1)!.push(token);
  }
  return found;
};

const callOf = (name: string, inner: readonly Token[], around: Surroundings): string => {
  const given = argumentsOf(inner);
  const sql = (at: number): string => sequence(given[at] ?? [], around);
  switch (name.toUpperCase()) {
    case 'CONVERT':
    case 'TRY_CONVERT':
      return conversion(given, around);
    case 'SYSUTCDATETIME':
    case 'GETUTCDATE':
    case 'GETDATE':
      return `TIMESTAMP_NS '${around.now}'`;
    case 'MIN_ACTIVE_ROWVERSION':
      return `CAST(${around.minActive} AS UBIGINT)`;
    case 'CURRENT_TRANSACTION_ID':
      return '0';
    case 'SCHEMA_NAME':
      return "'dbo'";
    case 'DB_NAME':
      return literal(around.database);
    case 'SUSER_SNAME':
    case 'USER_NAME':
      return literal(around.user);
    case 'SERVERPROPERTY':
      return sql(0) === "'EngineEdition'" ? "'3'" : "'16.0.4135.4'";
    case 'DATABASEPROPERTYEX':
      return around.isReadOnly ? "'READ_ONLY'" : "'READ_WRITE'";
    case 'IS_SRVROLEMEMBER':
    case 'IS_ROLEMEMBER':
      return '0';
    case 'HAS_PERMS_BY_NAME':
      return around.rights.map(literal).includes(sql(2)) ? '1' : '0';
    case 'OBJECT_ID':
      return `(SELECT object_id FROM sys.object_names WHERE full_name = ${sql(0)})`;
    case 'QUOTENAME':
      return `('[' || ${sql(0)} || ']')`;
    case 'ISNULL':
      return `COALESCE(${sql(0)}, ${sql(1)})`;
    case 'DATEADD':
      return `CAST(${sql(2)} AS TIMESTAMP) + INTERVAL (${sql(1)}) ${sql(0)}`;
    case 'DATEDIFF_BIG':
      return `date_diff(${literal(sql(0))}, CAST(${sql(1)} AS TIMESTAMP), CAST(${sql(2)} AS TIMESTAMP))`;
    case 'IN':
    case 'VALUES':
    case 'AS':
    case 'AND':
    case 'OR':
    case 'NOT':
    case 'EXISTS':
    case 'FROM':
    case 'JOIN':
    case 'WHERE':
    case 'ON':
    case 'SELECT':
    case 'WHEN':
    case 'THEN':
      return `${name} (${group(inner, around)})`;
    default:
      return `${name}(${sequence(inner, around)})`;
  }
};

const conversion = (given: readonly Token[][], around: Surroundings): string => {
  const [target = [], source = [], styleTokens] = given;
  const type = target
    .map(({ text }) => text)
    .join('')
    .toLowerCase();
  const [, base = '', first, second] = /^(\w+)(?:\((\w+)(?:,(\d+))?\))?$/.exec(type) ?? [];
  const style = styleTokens?.[0]?.text;
  const value = sequence(source, around);
  switch (base) {
    case 'nvarchar':
    case 'varchar':
      return textOf(source, value, { length: first ?? '30', style, around });
    case 'bigint':
    case 'int':
    case 'smallint':
      return `CAST(${value} AS ${base})`;
    case 'tinyint':
      return `CAST(${value} AS UTINYINT)`;
    case 'bit':
      return `CAST(${value} AS BOOLEAN)`;
    case 'decimal':
    case 'numeric':
      return `CAST(${value} AS DECIMAL(${first ?? 18}, ${second ?? 0}))`;
    case 'money':
      return `CAST(${value} AS DECIMAL(19, 4))`;
    case 'float':
      return `CAST(${value} AS DOUBLE)`;
    case 'binary':
      return `CAST(${value} AS UBIGINT)`;
    case 'varbinary':
      return style === '2' ? `unhex(${value})` : value;
    case 'uniqueidentifier':
      return `guid_key(${value})`;
    case 'date':
      return `CAST(${value} AS DATE)`;
    case 'time':
      return `CAST(${value} AS VARCHAR)`;
    case 'datetime':
      return `datetime_of(CAST(${value} AS TIMESTAMP_NS))`;
    case 'smalldatetime':
      return `smalldatetime_of(CAST(${value} AS TIMESTAMP_NS))`;
    case 'datetime2':
      return `datetime2_of(CAST(${value} AS TIMESTAMP_NS), ${first ?? 7})`;
    case 'datetimeoffset':
      return `datetime2_of(CAST(replace(${value}, ' +00:00', '') AS TIMESTAMP_NS), ${first ?? 7})`;
    default:
      throw new Refusal({ number: 243, severity: 16, text: `Type ${base} is not a defined system type.` });
  }
};

type TextTarget = { readonly length: string; readonly style: string | undefined; readonly around: Surroundings };

const textOf = (source: readonly Token[], value: string, { length, style, around }: TextTarget): string => {
  if (isWord(source[0], 'SWITCHOFFSET')) {
    const [inner = []] = argumentsOf(source.slice(2, -1));
    return `left(strftime(${sequence(inner, around)}, '%Y-%m-%d %H:%M:%S.%n'), ${Number(length) - 7}) || ' +00:00'`;
  }
  if (style === '121' && Number(length) > 16) return `left(strftime(${value}, '%Y-%m-%d %H:%M:%S.%n'), ${length})`;
  if (style === '121') return `left(${value}, ${length})`;
  if (style === '2' && length === 'max') return `hex(${value})`;
  if (length === '1') return `CAST(CAST(${value} AS INTEGER) AS VARCHAR)`;
  if (length === '36') return `guid_text(${value})`;
  return `CAST(${value} AS VARCHAR)`;
};
