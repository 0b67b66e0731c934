/**
 * What expressions can call beside CEL's own, and the operators that make null and mixed numbers ordinary.
 * Every function gives null for null; a value that it cannot read fails the row (a rejection), never the run.
 */
import { Environment, type EnvironmentOptions } from '@marcbachmann/cel-js';
import { ConversionError, parseJson, type Value } from './cell-values.ts';
import { linearMatches, MATCHES } from './linear-matches.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const text = (value: Value): string => {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) throw new ConversionError('not a text');
  return String(value);
};

/** `number("1,234.50")` is refused: what stands for the decimal sign is said, not guessed. */
const toNumber = (value: Value, decimal = '.'): number => {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  const raw = text(value).trim();
  const plain = decimal === ',' ? raw.replaceAll('.', '').replace(',', '.') : raw;
  if (!NUMBER.test(plain)) throw new ConversionError('not a number');
  return Number(plain);
};

/** The day of a timestamp or ISO text, as `YYYY-MM-DD`; other forms by their format, e.g. `DD.MM.YYYY`. */
const toDate = (value: Value, format?: string): string => {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  const raw = text(value).trim();
  if (format === undefined) {
    const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ]|$)/.exec(raw)?.[1];
    if (iso === undefined) throw new ConversionError('not an ISO date');
    return iso;
  }
  const order = format.match(/YYYY|MM|DD/g) ?? [];
  const pattern = new RegExp(
    `^${format
      .replace(/[^A-Za-z0-9]/g, '\\$&')
      .replace('YYYY', '(\\d{4})')
      .replace('MM', '(\\d{1,2})')
      .replace('DD', '(\\d{1,2})')}$`,
  );
  const found = pattern.exec(raw);
  if (!found || order.length !== 3) throw new ConversionError('not a date of that format');
  const part = (name: string): string => (found[order.indexOf(name) + 1] ?? '').padStart(2, '0');
  return `${part('YYYY')}-${part('MM')}-${part('DD')}`;
};

type Definition = { readonly signature: string; readonly run: (...args: Value[]) => Value; readonly help: string };

const nullSafe =
  (run: (...args: never[]) => Value) =>
  (...args: Value[]): Value =>
    args.some((arg) => arg === null) ? null : run(...(args as never[]));

const coalesce = (...args: Value[]): Value => args.find((arg) => arg !== null && arg !== undefined) ?? null;

/** Ours, beside CEL's own (docs/expressions.md is written from this table). */
export const FUNCTIONS: readonly Definition[] = [
  { signature: 'lower(dyn): string', run: nullSafe((v: Value) => text(v).toLowerCase()), help: 'lower case' },
  { signature: 'upper(dyn): string', run: nullSafe((v: Value) => text(v).toUpperCase()), help: 'upper case' },
  {
    signature: 'trim(dyn): string',
    run: nullSafe((v: Value) => text(v).trim()),
    help: 'without white space at the ends',
  },
  ...[1, 2, 3, 4, 5, 6].map((n) => ({
    signature: `coalesce(${Array(n).fill('dyn').join(', ')}): dyn`,
    run: coalesce,
    help: 'the first that is not null',
  })),
  {
    signature: 'split(dyn, string): list',
    run: nullSafe((v: Value, by: string) => text(v).split(by)),
    help: 'parts of a text',
  },
  {
    signature: 'replace(dyn, string, string): string',
    run: nullSafe((v: Value, a: string, b: string) => text(v).replaceAll(a, b)),
    help: 'each occurrence replaced',
  },
  {
    signature: 'number(dyn): double',
    run: nullSafe((v: Value) => toNumber(v)),
    help: 'a number of a text with a decimal point',
  },
  {
    signature: 'number(dyn, string): double',
    run: nullSafe((v: Value, decimal: string) => toNumber(v, decimal)),
    help: 'the same with the decimal sign named: number(price, ",")',
  },
  {
    signature: 'date(dyn): string',
    run: nullSafe((v: Value) => toDate(v)),
    help: 'the day, YYYY-MM-DD, of a timestamp or ISO text',
  },
  {
    signature: 'date(dyn, string): string',
    run: nullSafe((v: Value, format: string) => toDate(v, format)),
    help: 'the day of a text in the format named: date(born, "DD.MM.YYYY")',
  },
  {
    signature: 'json(dyn): dyn',
    run: nullSafe((v: Value) => (typeof v === 'string' ? parseJson(v) : v)),
    help: 'the value of a JSON text',
  },
];

/** Every name that can be called, for did-you-mean. */
export const FUNCTION_NAMES: readonly string[] = [
  ...new Set(FUNCTIONS.map((f) => f.signature.slice(0, f.signature.indexOf('(')))),
  ...[
    'string',
    'int',
    'double',
    'bool',
    'size',
    'timestamp',
    'duration',
    'has',
    'map',
    'filter',
    'all',
    'exists',
    'exists_one',
    'dyn',
    'type',
    'bytes',
    'uint',
  ],
  ...['contains', 'startsWith', 'endsWith', 'matches', 'indexOf', 'lastIndexOf', 'substring', 'join'],
];

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};
const SCALARS = ['int', 'double', 'string', 'bool', 'google.protobuf.Timestamp'];

const OWN_OF_NULL = ['int', 'double', 'string', 'bool', 'bytes', 'timestamp', 'duration', 'size'];
/** Functions whose result may be null, whatever type they declare. */
export const NULLABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  ...OWN_OF_NULL,
  ...FUNCTIONS.map((f) => f.signature.slice(0, f.signature.indexOf('('))),
]);

/** CEL's own functions of null: null where it stands, so that `coalesce(int(x), 0)` is 0 when x is null. */
const OF_NULL = [
  ...OWN_OF_NULL.map((name) => `${name}(null)`),
  ...['contains', 'startsWith', 'endsWith', 'matches', 'indexOf', 'lastIndexOf'].map((name) => `null.${name}(string)`),
  ...['null.size()', 'null.trim()', 'null.lowerAscii()', 'null.upperAscii()', 'null.substring(int)'],
  ...['null.substring(int, int)', 'null.split(string)', 'null.join(string)'],
];

/** A CEL environment with our functions and operators. */
export const environmentWithFunctions = (options: EnvironmentOptions): Environment => {
  const environment = new Environment(options);
  for (const { signature, run } of FUNCTIONS) environment.registerFunction(signature, run as never);
  for (const [operator, run] of Object.entries(ARITHMETIC)) {
    const mixed = (a: number | bigint, b: number | bigint): number => run(Number(a), Number(b));
    environment
      .registerOperator(`int ${operator} double: double`, mixed)
      .registerOperator(`double ${operator} int: double`, mixed);
    for (const [a, b] of withNull(['int', 'double', 'string']))
      environment.registerOperator(`${a} ${operator} ${b}: null`, () => null);
  }
  environment
    .registerOperator('int == double: bool', sameNumber)
    .registerOperator('double % double: double', (a: number, b: number) => a % b);
  environment
    .registerFunction(`string.${MATCHES}(string): bool`, linearMatches)
    .registerFunction(`null.${MATCHES}(string): null`, () => null);
  for (const signature of OF_NULL) environment.registerFunction(`${signature}: null`, () => null);
  for (const operator of ['<', '<=', '>', '>=']) {
    for (const [a, b] of withNull(SCALARS)) environment.registerOperator(`${a} ${operator} ${b}: bool`, () => false);
  }
  return environment.registerOperator('!null: bool', () => true).registerOperator('-null: null', () => null);
};

/** Exact, also beyond 2^53. Asked in either order. */
const sameNumber = (a: number | bigint, b: number | bigint): boolean => {
  const [whole, other] = typeof a === 'bigint' ? [a, b] : [b, a];
  return Number.isInteger(Number(other)) && BigInt(other) === BigInt(whole);
};

const withNull = (types: readonly string[]): [string, string][] => [
  ...types.flatMap((t): [string, string][] => [
    ['null', t],
    [t, 'null'],
  ]),
  ['null', 'null'],
];
