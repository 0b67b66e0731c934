/**
 * The one rule of a mapping: a string that starts with `=` is an expression over the row, everything else is a constant.
 * A template is parsed once, when the file is loaded; binding it to the source's columns gives the function that fills it in.
 */
import type { Column, Row } from '../../connectors/connector.ts';
import { type AmountForm, readAmount } from './amounts.ts';
import { cellText, cellValue, type Value } from './cell-values.ts';
import {
  bindExpression,
  checkExpression,
  type Evaluate,
  type Expression,
  type ExpressionProblem,
  FAILED,
  parseExpression,
} from './expression.ts';

export type Path = readonly (string | number)[];

export type Template =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly path: Path }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: string, value: Template])[] }
  /** A number with a declared form; `currency` gives the decimals of minor units. */
  | {
      readonly kind: 'amount';
      readonly value: Template;
      readonly form: AmountForm;
      readonly currency: Template | undefined;
    };

/** A problem and where its expression stands in the file. */
export type TemplateProblem = ExpressionProblem & { readonly path: Path; readonly source: string };

/** Parses a YAML value. Problems are added to `problems`; what cannot be read becomes null. */
export const parseTemplate = (value: unknown, path: Path, problems: TemplateProblem[]): Template => {
  if (typeof value === 'string' && value.startsWith('=')) {
    const source = value.slice(1);
    const parsed = parseExpression(source);
    if ('expression' in parsed) return { kind: 'expression', expression: parsed.expression, path };
    problems.push({ ...parsed.problem, path, source });
    return { kind: 'constant', value: null };
  }
  if (Array.isArray(value))
    return { kind: 'list', items: value.map((item, n) => parseTemplate(item, [...path, n], problems)) };
  if (typeof value === 'object' && value !== null) {
    return {
      kind: 'map',
      entries: Object.entries(value).map(([key, item]) => [key, parseTemplate(item, [...path, key], problems)]),
    };
  }
  return { kind: 'constant', value: value as Value };
};

type PlacedExpression = { readonly expression: Expression; readonly path: Path };

/** The expressions that are written in a template. */
const writtenIn = (template: Template): PlacedExpression[] => {
  if (template.kind === 'expression') return [template];
  if (template.kind === 'list') return template.items.flatMap(writtenIn);
  if (template.kind === 'map') return template.entries.flatMap(([, item]) => writtenIn(item));
  return template.kind === 'amount' ? writtenIn(template.value) : [];
};

/** Every expression a template depends on: those in it, and the currency of its amounts, which is written elsewhere. */
export const expressionsOf = (template: Template): PlacedExpression[] => [
  ...writtenIn(template),
  ...currenciesOf(template).flatMap(writtenIn),
];

const currenciesOf = (template: Template): Template[] => {
  if (template.kind === 'list') return template.items.flatMap(currenciesOf);
  if (template.kind === 'map') return template.entries.flatMap(([, item]) => currenciesOf(item));
  return template.kind === 'amount' && template.form.minor && template.currency ? [template.currency] : [];
};

/** Checks every expression against the columns; undefined columns (offline) are of any type. */
export const checkTemplate = (template: Template, columns: readonly Column[] | undefined): TemplateProblem[] =>
  writtenIn(template).flatMap(({ expression, path }) => {
    const problem = checkExpression(expression, columns);
    return problem ? [{ ...problem, path, source: expression.source }] : [];
  });

export type Binding = { readonly columns: readonly Column[]; readonly timezone: string | undefined };

/** The exact text of a bare column or constant; of anything else the value's text. Null, or FAILED. */
export const bindText = (template: Template, binding: Binding): ((row: Row) => string | null | typeof FAILED) => {
  const bare = bareIndex(template, binding);
  if (bare !== undefined) return (row) => cellText(row[bare] ?? null);
  const evaluate = bindValue(template, binding);
  return (row) => valueText(evaluate(row));
};

/** The value as the expression engine has it. A bare column is read by its kind. */
export const bindValue = (template: Template, binding: Binding): Evaluate => {
  switch (template.kind) {
    case 'constant':
      return () => template.value;
    case 'expression': {
      const bare = bareIndex(template, binding);
      if (bare === undefined) return bindExpression(template.expression, binding.columns, binding.timezone);
      const kind = binding.columns[bare]?.kind ?? 'unknown';
      return (row) => {
        try {
          return cellValue(row[bare] ?? null, kind, binding.timezone);
        } catch {
          return FAILED;
        }
      };
    }
    case 'amount':
      return bindAmount(template, binding);
    case 'list': {
      const items = template.items.map((item) => bindValue(item, binding));
      return (row) => {
        const values = items.map((item) => item(row));
        return values.includes(FAILED) ? FAILED : (values as Value[]);
      };
    }
    case 'map': {
      const entries = template.entries.map(([key, item]) => [key, bindValue(item, binding)] as const);
      return (row) => {
        const result: Record<string, Value> = {};
        for (const [key, item] of entries) {
          const value = item(row);
          if (value === FAILED) return FAILED;
          result[key] = value;
        }
        return result;
      };
    }
  }
};

const NUMBERS: ReadonlySet<string> = new Set(['integer', 'decimal', 'float']);

/** A column of numbers has the database's own form, whatever is declared for texts. */
const bindAmount = (amount: Extract<Template, { kind: 'amount' }>, binding: Binding): Evaluate => {
  const bare = bareIndex(amount.value, binding);
  const isNumeric = bare !== undefined && NUMBERS.has(binding.columns[bare]?.kind ?? '');
  const form = isNumeric ? { ...amount.form, decimal: undefined } : amount.form;
  const given = bare === undefined ? bindValue(amount.value, binding) : (row: Row) => row[bare] ?? null;
  const currencyOf = amount.form.minor && amount.currency ? bindText(amount.currency, binding) : () => null;
  return (row) => {
    const value = given(row);
    const currency = currencyOf(row);
    const isReadable =
      value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
    return isReadable && currency !== FAILED ? readAmount(value, form, currency) : FAILED;
  };
};

/** The column's index when the template is one bare column. */
export const bareIndex = (template: Template, { columns }: Binding): number | undefined => {
  if (template.kind !== 'expression' || template.expression.bare === undefined) return undefined;
  const index = columns.findIndex((column) => column.name === template.expression.bare);
  return index === -1 ? undefined : index;
};

/** The zone of a template's time where its text names none: a column of instants is rendered in UTC (MySQL does not say so in the text). */
export const zoneOf = (template: Template, binding: Binding): string | undefined => {
  const index = bareIndex(template, binding);
  return index !== undefined && binding.columns[index]?.kind === 'timestamptz' ? 'UTC' : binding.timezone;
};

/** Text of an engine value; lists, maps and bytes have none. */
export const valueText = (value: Value | typeof FAILED): string | null | typeof FAILED => {
  if (value === FAILED || value === null || typeof value === 'string') return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? FAILED : value.toISOString();
  if (typeof value === 'object') return FAILED;
  return String(value);
};
