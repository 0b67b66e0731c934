/**
 * GoogleSQL to DuckDB's SQL, word by word: as much as the connector writes, and what a `where` of a test may hold. And the rule of partitions: which of a
 * table's partitions a statement can leave aside, by the conditions in its WHERE that hold the partition column and constants alone.
 */
import { allTokens, type Token } from './bigquery-tokens.ts';

export type Parameter = {
  readonly name: string;
  readonly parameterType: { readonly type: string };
  readonly parameterValue: { readonly value?: string };
};

/** An error of the API: `reason`, and the HTTP status that goes with it. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  STRING: 'VARCHAR',
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  BYTES: 'BLOB',
  COUNTIF: 'COUNT_IF',
  BIGNUMERIC: 'DECIMAL(38,9)',
};
/** Before a string these make a literal. */
const LITERALS: Readonly<Record<string, string>> = { TIMESTAMP: 'TIMESTAMPTZ', DATETIME: 'TIMESTAMP', DATE: 'DATE' };

/** What a parameter of a type may hold. https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types */
const PARAMETERS: Readonly<Record<string, readonly [form: RegExp, sql: (placeholder: string) => string]>> = {
  STRING: [/^[\s\S]*$/, (at) => at],
  INT64: [/^-?\d{1,19}$/, (at) => `CAST(${at} AS BIGINT)`],
  NUMERIC: [/^-?\d{1,29}(?:\.\d{1,9})?$/, (at) => `CAST(${at} AS DECIMAL(38,9))`],
  BIGNUMERIC: [/^-?\d{1,38}(?:\.\d{1,38})?$/, (at) => at],
  BOOL: [/^(?:true|false)$/i, (at) => `CAST(${at} AS BOOLEAN)`],
  BYTES: [/^[A-Za-z0-9+/]*=*$/, (at) => `from_base64(${at})`],
  DATE: [/^\d{4}-\d\d?-\d\d?$/, (at) => `CAST(${at} AS DATE)`],
  TIME: [/^\d\d?:\d\d?:\d\d?(?:\.\d{1,6})?$/, (at) => `CAST(${at} AS TIME)`],
  DATETIME: [/^\d{4}-\d\d?-\d\d?(?:[ T]\d\d?:\d\d?:\d\d?(?:\.\d{1,6})?)?$/, (at) => `CAST(${at} AS TIMESTAMP)`],
  TIMESTAMP: [
    /^\d{4}-\d\d?-\d\d?(?:[ Tt]\d\d?:\d\d?:\d\d?(?:\.\d{1,6})?(?: ?UTC|[Zz]|[+-]\d\d?(?::\d\d)?)?)?$/,
    (at) => `CAST(${at} AS TIMESTAMPTZ)`,
  ],
};

export type Translated = { readonly sql: string; readonly values: readonly string[] };

export function translate(
  text: string,
  parameters: readonly Parameter[],
  facts: { readonly now: string; readonly user: string },
): Translated {
  const tokens = allTokens(text);
  const values: string[] = [];
  const after = (index: number): Token | undefined => tokens.slice(index + 1).find(({ kind }) => kind !== 'blank');
  let sql = '';
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    const upper = token.text.toUpperCase();
    if (token.kind === 'name') sql += `"${token.name.replaceAll('"', '""')}"`;
    else if (token.kind === 'string') sql += `'${token.name.replaceAll("'", "''")}'`;
    else if (token.kind === 'blank') sql += token.text.replace(/#/g, '--');
    else if (token.kind === 'parameter') sql += placeholder(token, parameters, values);
    else if (token.kind !== 'word') sql += token.text;
    else if (upper === 'CURRENT_TIMESTAMP' || upper === 'SESSION_USER') {
      sql += upper === 'SESSION_USER' ? `'${facts.user}'` : `TIMESTAMPTZ '${facts.now}'`;
      if (after(index)?.text === '(') index = tokens.findIndex(({ text: each }, at) => at > index && each === ')');
    } else
      sql +=
        LITERALS[upper] !== undefined && after(index)?.kind === 'string'
          ? LITERALS[upper]
          : (WORDS[upper] ?? token.text);
  }
  return { sql, values };
}

function placeholder(token: Token, parameters: readonly Parameter[], values: string[]): string {
  const parameter = parameters.find(({ name }) => `@${name}` === token.text);
  if (parameter === undefined) {
    const name = token.text.slice(1);
    throw new ApiProblem(400, 'invalidQuery', `Query parameter '${name}' not found at [1:${token.at + 1}]`);
  }
  const { type } = parameter.parameterType;
  const known = PARAMETERS[type];
  const value = parameter.parameterValue.value ?? '';
  if (known === undefined || !known[0].test(value))
    throw new ApiProblem(400, 'invalid', `Invalid value for parameter of type ${type}`);
  return known[1](`$${values.push(value)}`);
}

/** `project.dataset.table` in a statement, and where it stands. */
export type Mention = {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly index: number;
};

/** The tables that a statement reads: what stands behind FROM or JOIN. */
export function tablesIn(tokens: readonly Token[], project: string, dataset: string | undefined): Mention[] {
  const found: Mention[] = [];
  tokens.forEach(({ kind, text }, at) => {
    if (kind !== 'word' || !/^(?:FROM|JOIN)$/i.test(text)) return;
    const parts: string[] = [];
    let index = at + 1;
    for (; ['name', 'word'].includes(tokens[index]?.kind ?? ''); index += 2) {
      parts.push(...(tokens[index]?.name.split('.') ?? []));
      if (tokens[index + 1]?.text !== '.') break;
    }
    const table = parts.at(-1);
    if (table === undefined) return;
    found.push({ table, dataset: parts.at(-2) ?? dataset ?? '', project: parts.at(-3) ?? project, index });
  });
  return found;
}

/** The conditions joined by AND in the WHERE that follows a mention, as slices of the tokens. Empty where there is none, or an OR beside them. */
export function conditionsOf(tokens: readonly Token[], { index }: Mention): Token[][] {
  let at = index + 1;
  if (/^AS$/i.test(tokens[at]?.text ?? '')) at += 2;
  if (!/^WHERE$/i.test(tokens[at]?.text ?? '')) return [];
  const conditions: Token[][] = [[]];
  let hasOr = false;
  for (let depth = 0; ; ) {
    at += 1;
    const token = tokens[at];
    if (token === undefined) break;
    const upper = token.text.toUpperCase();
    if (token.text === '(' || upper === 'CASE') depth += 1;
    if (token.text === ')' || upper === 'END') depth -= 1;
    if (depth < 0) break;
    if (depth === 0 && token.kind === 'word' && /^(?:ORDER|GROUP|LIMIT|HAVING)$/.test(upper)) break;
    if (depth === 0 && upper === 'OR') hasOr = true;
    if (depth === 0 && upper === 'AND') conditions.push([]);
    else conditions.at(-1)?.push(token);
  }
  return hasOr ? [] : conditions;
}

const CONSTANT_WORDS =
  /^(?:AND|OR|NOT|IS|NULL|BETWEEN|IN|TIMESTAMP|DATETIME|DATE|CURRENT_TIMESTAMP|CURRENT_DATE|TRUE|FALSE)$/i;

/** Whether a condition holds nothing but this column and constants: those can eliminate partitions. */
export function isPartitionCondition(condition: readonly Token[], column: string): boolean {
  let isMentioned = false;
  for (const { kind, text, name } of condition) {
    if (kind !== 'name' && kind !== 'word') continue;
    if (name === column) isMentioned = true;
    else if (kind === 'name' || !CONSTANT_WORDS.test(text)) return false;
  }
  return isMentioned;
}

/** The columns of a table that a statement mentions: those are read, and paid for. */
export function columnsMentioned(tokens: readonly Token[], columns: readonly string[]): string[] {
  const hasStar = tokens.some(({ text }, at) => text === '*' && /^SELECT$/i.test(tokens[at - 1]?.text ?? ''));
  if (hasStar) return [...columns];
  const names = new Set(tokens.map(({ name }) => name));
  return columns.filter((column) => names.has(column));
}
