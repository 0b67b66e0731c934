/**
 * Tables as GoogleSQL declares them: what the REST API says of their columns (TableFieldSchema), what DuckDB keeps them in, and how a value is written on
 * the wire. From Google's pages on data types, DDL and the REST resources of tables and jobs, read 2026-11-30.
 */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type Token, tokensOf } from './bigquery-tokens.ts';

export type ApiField = {
  readonly name: string;
  readonly type: string;
  readonly mode: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
  readonly fields?: readonly ApiField[];
  readonly precision?: string;
  readonly scale?: string;
  readonly collation?: string;
  readonly rangeElementType?: { readonly type: string };
  readonly timestampPrecision?: string;
};

export type TableDefinition = {
  readonly dataset: string;
  readonly table: string;
  readonly fields: readonly ApiField[];
  readonly primaryKey: readonly string[];
  /** `_PARTITIONTIME` for one by arrival. */
  readonly partition:
    | { readonly column: string; readonly unit: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR' | 'RANGE' }
    | undefined;
  readonly clustering: readonly string[];
  readonly requireFilter: boolean;
};

const LEGACY: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
};

/** A reader over tokens that complains where the stand-in does not know what it sees. */
function cursorOver(tokens: readonly Token[]) {
  let at = 0;
  const peek = (offset = 0): string => tokens[at + offset]?.text.toUpperCase() ?? '';
  const next = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw new Error('the stand-in: a statement ends early');
    at += 1;
    return token;
  };
  const take = (text: string): boolean => {
    if (peek() !== text) return false;
    at += 1;
    return true;
  };
  const must = (text: string): void => {
    if (!take(text)) throw new Error(`the stand-in expected ${text} and found ${tokens[at]?.text}`);
  };
  return { peek, next, take, must, isDone: () => at >= tokens.length };
}
type Over = ReturnType<typeof cursorOver>;

function typeAt(over: Over, name: string): ApiField {
  const word = over.next().text.toUpperCase();
  if (word === 'ARRAY') {
    over.must('<');
    const element = typeAt(over, name);
    over.must('>');
    return { ...element, mode: 'REPEATED' };
  }
  if (word === 'STRUCT') {
    over.must('<');
    const fields: ApiField[] = [];
    do fields.push(typeAt(over, over.next().name));
    while (over.take(','));
    over.must('>');
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  if (word === 'RANGE') {
    over.must('<');
    const type = over.next().text.toUpperCase();
    over.must('>');
    return { name, type: 'RANGE', mode: 'NULLABLE', rangeElementType: { type } };
  }
  const field: ApiField = { name, type: LEGACY[word] ?? word, mode: 'NULLABLE' };
  if (!over.take('(')) return field;
  const precision = over.next().text;
  const scale = over.take(',') ? over.next().text : undefined;
  over.must(')');
  if (word === 'TIMESTAMP') return { ...field, timestampPrecision: precision };
  return { ...field, precision, ...(scale !== undefined && { scale }) };
}

/** `CREATE TABLE dataset.table (...) PARTITION BY ... CLUSTER BY ... OPTIONS (require_partition_filter = true)`. */
export function parseCreateTable(sql: string): TableDefinition {
  const over = cursorOver(tokensOf(sql));
  over.must('CREATE');
  over.must('TABLE');
  const dataset = over.next().name;
  over.must('.');
  const table = over.next().name;
  over.must('(');
  const fields: ApiField[] = [];
  let primaryKey: string[] = [];
  do {
    if (over.peek() === 'PRIMARY') {
      over.next();
      over.must('KEY');
      primaryKey = namesIn(over);
      over.must('NOT');
      over.must('ENFORCED');
      continue;
    }
    let field = typeAt(over, over.next().name);
    if (over.take('COLLATE')) field = { ...field, collation: over.next().name };
    if (over.take('NOT')) {
      over.must('NULL');
      field = { ...field, mode: 'REQUIRED' };
    }
    fields.push(field);
  } while (over.take(','));
  over.must(')');
  let [partition, clustering, requireFilter]: [TableDefinition['partition'], string[], boolean] = [
    undefined,
    [],
    false,
  ];
  while (!over.isDone()) {
    const word = over.next().text.toUpperCase();
    if (word === 'PARTITION') {
      over.must('BY');
      partition = partitionAt(over);
    } else if (word === 'CLUSTER') {
      over.must('BY');
      do clustering.push(over.next().name);
      while (over.take(','));
    } else if (word === 'OPTIONS') {
      over.must('(');
      over.must('REQUIRE_PARTITION_FILTER');
      over.must('=');
      requireFilter = over.next().text.toUpperCase() === 'TRUE';
      over.must(')');
    } else throw new Error(`the stand-in does not know ${word} in CREATE TABLE`);
  }
  return { dataset, table, fields, primaryKey, partition, clustering, requireFilter };
}

function namesIn(over: Over): string[] {
  over.must('(');
  const names: string[] = [];
  do names.push(over.next().name);
  while (over.take(','));
  over.must(')');
  return names;
}

/** `DATE(at)`, `TIMESTAMP_TRUNC(at, HOUR)`, `day`, `_PARTITIONDATE`, `RANGE_BUCKET(id, GENERATE_ARRAY(0, 100, 10))`. */
function partitionAt(over: Over): TableDefinition['partition'] {
  const first = over.next();
  const word = first.text.toUpperCase();
  if (word === '_PARTITIONDATE') return { column: '_PARTITIONTIME', unit: 'DAY' };
  if (over.peek() !== '(') return { column: first.name, unit: 'DAY' };
  over.must('(');
  const column = over.next().name;
  let unit = 'DAY';
  for (let depth = 1; depth > 0; ) {
    const { text } = over.next();
    if (text === '(') depth += 1;
    else if (text === ')') depth -= 1;
    else if (/^(?:HOUR|DAY|MONTH|YEAR)$/i.test(text)) unit = text.toUpperCase();
  }
  return { column, unit: word === 'RANGE_BUCKET' ? 'RANGE' : (unit as 'DAY') };
}

/**
 * What DuckDB keeps a column in. Types that it lacks are kept as the text that BigQuery's API gives: they are handed through, and not reckoned with. A
 * NUMERIC of 38 digits fits; a BIGNUMERIC of 76 does not, and is text too, so the stand-in cannot sort by one.
 */
export function duckType(field: ApiField): string {
  if (field.mode === 'REPEATED') return `${duckType({ ...field, mode: 'NULLABLE' })}[]`;
  switch (field.type) {
    case 'INTEGER':
      return 'BIGINT';
    case 'FLOAT':
      return 'DOUBLE';
    case 'BOOLEAN':
      return 'BOOLEAN';
    case 'BYTES':
      return 'BLOB';
    case 'NUMERIC':
      return 'DECIMAL(38,9)';
    case 'DATE':
      return 'DATE';
    case 'DATETIME':
      return 'TIMESTAMP';
    case 'TIME':
      return 'TIME';
    case 'TIMESTAMP':
      return 'TIMESTAMPTZ';
    case 'RECORD':
      return `STRUCT(${(field.fields ?? []).map((each) => `"${each.name}" ${duckType(each)}`).join(', ')})`;
    default:
      return 'VARCHAR';
  }
}

const API_TYPES: Readonly<Record<number, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.DOUBLE]: 'FLOAT',
  [DuckDBTypeId.DECIMAL]: 'NUMERIC',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIME]: 'TIME',
  [DuckDBTypeId.TIMESTAMP]: 'DATETIME',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
  [DuckDBTypeId.BLOB]: 'BYTES',
  [DuckDBTypeId.TINYINT]: 'INTEGER',
  [DuckDBTypeId.SMALLINT]: 'INTEGER',
  [DuckDBTypeId.INTEGER]: 'INTEGER',
  [DuckDBTypeId.BIGINT]: 'INTEGER',
  [DuckDBTypeId.HUGEINT]: 'INTEGER',
};

/** The field of a computed column. */
export function fieldOfType(name: string, { typeId }: DuckDBType): ApiField {
  return { name, type: API_TYPES[typeId] ?? 'STRING', mode: 'NULLABLE' };
}

export type WireOptions = { readonly useInt64Timestamp: boolean };
type WireValue =
  | string
  | null
  | { readonly f: readonly { readonly v: WireValue }[] }
  | readonly { readonly v: WireValue }[];

/** A value as TableRow has it. */
export function wireValue(value: DuckDBValue, field: ApiField, options: WireOptions): WireValue {
  if (field.mode === 'REPEATED') {
    const items = value instanceof DuckDBListValue ? value.items : [];
    return items.map((item) => ({ v: wireValue(item, { ...field, mode: 'NULLABLE' }, options) }));
  }
  if (value === null) return null;
  if (value instanceof DuckDBStructValue) {
    return {
      f: (field.fields ?? []).map((each) => ({ v: wireValue(value.entries[each.name] ?? null, each, options) })),
    };
  }
  if (value instanceof DuckDBTimestampTZValue) {
    if (options.useInt64Timestamp) return String(value.micros);
    return (Number(value.micros) / 1e6).toExponential().toUpperCase().replace('E+', 'E');
  }
  if (value instanceof DuckDBTimestampValue) return withoutZeros(String(value).replace(' ', 'T'));
  if (value instanceof DuckDBTimeValue) return withoutZeros(String(value));
  if (value instanceof DuckDBDateValue) return String(value);
  if (value instanceof DuckDBDecimalValue) return withoutZeros(String(value));
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (typeof value === 'number' && field.type === 'FLOAT')
    return Number.isInteger(value) && Math.abs(value) < 1e15
      ? value.toFixed(1)
      : String(value).replace('e+', 'E').replace('e', 'E');
  if (['string', 'bigint', 'boolean', 'number'].includes(typeof value)) return String(value);
  throw new Error(`the stand-in cannot write a ${field.type}`);
}

/** A fraction of zeros is not written. */
function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
